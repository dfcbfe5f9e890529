"""How a bench is made: the settings of `bench`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from acutance.errors import InputError
from acutance.jobs.bench.variants import PAPER_VARIANTS, QUICK_VARIANTS, Variant, variants_named
from acutance.shapes.catalogue import CATEGORIES
from acutance.training.schedule import Budget
from acutance.training.space.infer import Inference


@dataclass(frozen=True, kw_only=True)
class BenchConfig:
    """How the comparison is made.

    Attributes:
        variants: what is compared, all with the same samples and the same budget.
        budget: of each training.
        resolution: cells along the longest side of the meshes that are measured.
        limit: shapes of every category and split that are measured; None for all.
        inference: how the codes of unseen shapes are found.
        categories: of procedural shapes, where there is no other store.
        count: procedural shapes a category to learn.
        test_share: part of the procedural shapes that is kept aside, one a category or more.
        samples: with a signed distance, a procedural shape.
        device: where to compute.
        seed: of the first training of each variant, and of the procedural shapes.
        seeds: trainings of each variant, with this and the following seeds.

    Raises:
        InputError: a number is out of its range.
    """

    variants: tuple[Variant, ...] = PAPER_VARIANTS
    budget: Budget = field(default_factory=lambda: Budget(seconds=3600.0))
    resolution: int = 256
    limit: int | None = None
    inference: Inference = field(default_factory=Inference)
    categories: tuple[str, ...] = CATEGORIES
    count: int = 1000
    test_share: float = 0.2
    samples: int = 300_000
    device: str = "auto"
    seed: int = 0
    seeds: int = 1

    def __post_init__(self) -> None:
        if min(self.count, self.seeds, 1 if self.limit is None else self.limit) < 1:
            raise InputError("The count, the limit and the seeds must be 1 or more.")
        if self.seed < 0:
            raise InputError(f"A seed must not be negative; got {self.seed}.")

    @property
    def unseen(self) -> int:
        """Procedural shapes a category that are kept aside."""
        return max(1, round(self.count * self.test_share / (1 - self.test_share)))

    @property
    def every_seed(self) -> range:
        """The seeds of the trainings."""
        return range(self.seed, self.seed + self.seeds)

    def changed(
        self,
        *,
        variants: Sequence[str] = (),
        seconds: float | None = None,
        steps: int | None = None,
        **settings: Any,
    ) -> "BenchConfig":
        """The same with other settings; None, or no variant, leaves a setting as it is.

        Args:
            variants: names, as ``siren+film+normals``.
            seconds: time of each training.
            steps: steps of each training, instead of a time.
            settings: other attributes, by name.

        Raises:
            InputError: there is no such variant, or both seconds and steps are given.
        """
        if seconds is not None and steps is not None:
            raise InputError("Give --seconds or --steps, not both: a training ends by one of them.")
        settings = {name: value for name, value in settings.items() if value is not None}
        if variants:
            settings["variants"] = variants_named(variants)
        if steps is not None:
            settings["budget"] = Budget(steps=steps)
        elif seconds is not None:
            settings["budget"] = Budget(seconds=seconds)
        return replace(self, **settings)


FULL = BenchConfig()
"""The paper's protocol, for a GPU."""

QUICK = BenchConfig(
    variants=QUICK_VARIANTS,
    budget=Budget(seconds=60.0),
    resolution=64,
    limit=4,
    categories=("chair",),
    count=80,
    test_share=0.05,
    samples=60_000,
)
"""A small protocol for a few cores: enough chairs that a space knows what a chair is."""
