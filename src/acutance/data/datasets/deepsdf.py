"""Samples that DeepSDF has prepared (Park et al., arXiv 1901.05103)."""

from pathlib import Path

from acutance.data.datasets.shapenet import category_of
from acutance.data.datasets.source import SampleSource, safe

SAMPLES, NORMALIZATIONS = "SdfSamples", "NormalizationParameters"


def in_deepsdf(folder: Path) -> list[SampleSource]:
    """The samples in ``SdfSamples/<dataset>/<class>/<instance>.npz``, by class and instance.

    Args:
        folder: DeepSDF's data folder, which holds `SAMPLES`.
    """
    shapes = []
    for file in sorted((folder / SAMPLES).glob("*/*/*.npz")):
        inside = file.relative_to(folder / SAMPLES)
        normalization = folder / NORMALIZATIONS / inside
        shapes.append(
            SampleSource(
                category=category_of(inside.parts[1]),
                name=safe(file.stem),
                path=file,
                normalization=normalization if normalization.is_file() else None,
            )
        )
    return shapes
