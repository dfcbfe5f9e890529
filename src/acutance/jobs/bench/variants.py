"""What a bench compares: presets with their options, by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from acutance.errors import InputError
from acutance.training.space.presets import SPACE_PRESETS

ACTIVATIONS, ENCODINGS = ("relu", "siren", "hosc"), ("", "-fft", "-hash")
"""Parts of the names of the paper's presets."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One of the things that are compared.

    Attributes:
        preset: a name in `SPACE_PRESETS`.
        film: codes scale and shift every layer.
        normals: τ of the normal term.
    """

    preset: str
    film: bool = False
    normals: float = 0.0

    @property
    def name(self) -> str:
        """How it is called in tables."""
        return self.preset + ("+film" if self.film else "") + ("+normals" if self.normals else "")


QUICK_VARIANTS = (Variant(preset="deformed"), Variant(preset="siren"))
"""What a small machine can train one after the other. DeepSDF is no such: a step takes seconds
there, and the code of an unseen shape a minute."""

PAPER = "paper"
"""The word for `PAPER_VARIANTS`."""

PAPER_VARIANTS = (
    Variant(preset="best"),
    Variant(preset="deepsdf"),
    *(
        Variant(preset=f"{activation}{encoding}", normals=normals)
        for activation in ACTIVATIONS
        for encoding in ENCODINGS
        for normals in (0.0, 1.0)
    ),
)
"""What the paper compares (arXiv 2410.12725), and our default."""


def variants_named(names: Sequence[str]) -> tuple[Variant, ...]:
    """Variants by their names, as ``siren+film+normals``, or all of the paper by ``paper``.

    Raises:
        InputError: there is no such preset or option.

    Example:
        >>> [variant.name for variant in variants_named(["siren", "siren+normals", "siren"])]
        ['siren', 'siren+normals']
    """
    return tuple(dict.fromkeys(variant for name in names for variant in _named(name)))


def _named(name: str) -> Iterator[Variant]:
    """The variants that a name stands for."""
    if name == PAPER:
        yield from PAPER_VARIANTS
        return
    preset, *options = name.split("+")
    if preset not in SPACE_PRESETS or not set(options) <= {"film", "normals"}:
        raise InputError(
            f"There is no variant {name!r}; a variant is a preset ({', '.join(SPACE_PRESETS)}) "
            f"and perhaps +film and +normals, or {PAPER} for all that the paper compares."
        )
    normals = 1.0 if "normals" in options else 0.0
    yield Variant(preset=preset, film="film" in options, normals=normals)
