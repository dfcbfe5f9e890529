"""What a bench compares: presets with their options, by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from acutance.errors import InputError
from acutance.training.space.presets import SPACE_PRESETS


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


QUICK_VARIANTS = (
    Variant(preset="deepsdf"),
    Variant(preset="relu-fft"),
    Variant(preset="siren"),
    Variant(preset="hosc"),
    Variant(preset="siren-fft"),
    Variant(preset="siren", normals=1.0),
    Variant(preset="best"),
)
"""What a small machine can train one after the other."""

FULL_VARIANTS = (
    Variant(preset="deepsdf"),
    *(
        Variant(preset=f"{activation}{encoding}", normals=normals)
        for activation in ("relu", "siren", "hosc")
        for encoding in ("", "-fft", "-hash")
        for normals in (0.0, 1.0)
    ),
    Variant(preset="siren", film=True),
    Variant(preset="hosc", film=True),
    Variant(preset="local"),
    Variant(preset="best"),
)
"""The paper's table, and what we add to it."""


def variants_named(names: Sequence[str]) -> tuple[Variant, ...]:
    """Variants by their names, as ``siren+film+normals``.

    Raises:
        InputError: there is no such preset or option.
    """
    variants = []
    for name in names:
        preset, *options = name.split("+")
        if preset not in SPACE_PRESETS or not set(options) <= {"film", "normals"}:
            raise InputError(
                f"There is no variant {name!r}; a variant is a preset ({', '.join(SPACE_PRESETS)}) "
                "and perhaps +film and +normals."
            )
        normals = 1.0 if "normals" in options else 0.0
        variants.append(Variant(preset=preset, film="film" in options, normals=normals))
    return tuple(variants)
