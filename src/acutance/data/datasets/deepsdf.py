"""Samples that DeepSDF has prepared (Park et al., arXiv 1901.05103)."""

from pathlib import Path

from acutance.data.datasets.safe_names import safe_name
from acutance.data.datasets.shapenet import readable_category
from acutance.data.datasets.source import SampleSource

SAMPLES_FOLDER, NORMALIZATIONS_FOLDER = "SdfSamples", "NormalizationParameters"


def shapes_in_deepsdf(folder: Path) -> list[SampleSource]:
    """The samples in ``SdfSamples/<dataset>/<class>/<instance>.npz``, by class and instance.

    Args:
        folder: DeepSDF's data folder, which holds `SAMPLES_FOLDER`.
    """
    shapes = []
    for file in sorted((folder / SAMPLES_FOLDER).glob("*/*/*.npz")):
        if not file.is_file():
            continue
        inside = file.relative_to(folder / SAMPLES_FOLDER)
        normalization = folder / NORMALIZATIONS_FOLDER / inside
        shapes.append(
            SampleSource(
                category=readable_category(inside.parts[1]),
                name=safe_name(file.stem),
                path=file,
                normalization=normalization if normalization.is_file() else None,
            )
        )
    return shapes
