"""How a space is trained: the settings of `train`."""

from dataclasses import dataclass, field, replace
from typing import Any

from acutance.errors import InputError
from acutance.training.schedule import Budget
from acutance.training.space.presets import (
    SPACE_PRESETS,
    SpacePreset,
    preset_of,
    with_film,
    with_normals,
)


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How a space is trained.

    Attributes:
        preset: decoder and its settings: a name in `SPACE_PRESETS`, or a preset of your own.
        film: codes scale and shift every layer, instead of joining the first one's input.
        normals: τ of the normal term; 0 leaves it out.
        budget: how long to train.
        epochs: rounds in which every shape comes up once, instead of a budget; or None.
        split: the shapes that are learned.
        categories: only shapes of these; none for all.
        pictures: how often the quality is noted and a picture of some shapes is made.
        gallery: whether there are pictures at all.
        device: `auto`, `cpu`, `cuda`, ...
        seed: of the initial weights, codes and the order of the shapes.

    Example:
        >>> TrainConfig(preset="siren").changed(steps=500).budget.steps
        500
    """

    preset: str | SpacePreset = "best"
    film: bool = False
    normals: float = 0.0
    budget: Budget = field(default_factory=lambda: Budget(seconds=600.0))
    epochs: int | None = None
    split: str = "train"
    categories: tuple[str, ...] = ()
    pictures: int = 5
    gallery: bool = True
    device: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.preset, str) and self.preset not in SPACE_PRESETS:
            raise InputError(
                f"There is no preset {self.preset!r}; choose one of {', '.join(SPACE_PRESETS)}."
            )
        if self.normals < 0 or self.pictures < 0 or self.seed < 0:
            raise InputError("normals, pictures and seed must not be negative.")
        if self.epochs is not None and self.epochs < 1:
            raise InputError(f"epochs must be 1 or more; got {self.epochs}.")

    def chosen(self, shapes: int) -> SpacePreset:
        """The preset with its options, for a number of shapes.

        Raises:
            InputError: the options do not fit the preset.
        """
        preset = preset_of(self.preset, shapes) if isinstance(self.preset, str) else self.preset
        try:
            preset = with_film(preset) if self.film else preset
        except ValueError as error:
            raise InputError(f"{error}.") from error
        preset = with_normals(preset, self.normals) if self.normals else preset
        return replace(preset, fitting=replace(preset.fitting, seed=self.seed))

    def changed(
        self,
        *,
        seconds: float | None = None,
        steps: int | None = None,
        epochs: int | None = None,
        **settings: Any,
    ) -> "TrainConfig":
        """The same with other settings; None leaves a setting as it is.

        Args:
            seconds: end after this time.
            steps: end after so many steps.
            epochs: end after so many rounds.
            settings: other attributes, by name.

        Raises:
            InputError: more than one end is given.
        """
        if sum(end is not None for end in (seconds, steps, epochs)) > 1:
            raise InputError(
                "Give only one of --epochs, --seconds and --steps: a training has one end."
            )
        settings = {name: value for name, value in settings.items() if value is not None}
        if epochs is not None:
            settings["epochs"] = epochs
        elif steps is not None:
            settings |= {"budget": Budget(steps=steps), "epochs": None}
        elif seconds is not None:
            settings |= {"budget": Budget(seconds=seconds), "epochs": None}
        return replace(self, **settings)
