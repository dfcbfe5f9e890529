"""ShapeNetCore, versions 1 and 2 (Chang et al., arXiv 1512.03012)."""

import csv
from collections.abc import Iterator
from pathlib import Path

from acutance.data.datasets.safe_names import safe_name
from acutance.data.datasets.source import ShapeSource
from acutance.errors import InputError

MODELS = (Path("models", "model_normalized.obj"), Path("model.obj"))
"""Where the mesh lies in the folder of a model: version 2, version 1."""

SYNSETS = {
    "02691156": "airplane",
    "02747177": "trash-bin",
    "02773838": "bag",
    "02801938": "basket",
    "02808440": "bathtub",
    "02818832": "bed",
    "02828884": "bench",
    "02834778": "bicycle",  # in the first release only, like boat
    "02843684": "birdhouse",
    "02858304": "boat",
    "02871439": "bookshelf",
    "02876657": "bottle",
    "02880940": "bowl",
    "02924116": "bus",
    "02933112": "cabinet",
    "02942699": "camera",
    "02946921": "can",
    "02954340": "cap",
    "02958343": "car",
    "02992529": "cellphone",
    "03001627": "chair",
    "03046257": "clock",
    "03085013": "keyboard",
    "03207941": "dishwasher",
    "03211117": "display",
    "03261776": "earphone",
    "03325088": "faucet",
    "03337140": "file-cabinet",
    "03467517": "guitar",
    "03513137": "helmet",
    "03593526": "jar",
    "03624134": "knife",
    "03636649": "lamp",
    "03642806": "laptop",
    "03691459": "loudspeaker",
    "03710193": "mailbox",
    "03759954": "microphone",
    "03761084": "microwave",
    "03790512": "motorbike",
    "03797390": "mug",
    "03928116": "piano",
    "03938244": "pillow",
    "03948459": "pistol",
    "03991062": "flowerpot",
    "04004475": "printer",
    "04074963": "remote",
    "04090263": "rifle",
    "04099429": "rocket",
    "04225987": "skateboard",
    "04256520": "sofa",
    "04330267": "stove",
    "04379243": "table",
    "04401088": "telephone",
    "04460130": "tower",
    "04468005": "train",
    "04530566": "watercraft",
    "04554684": "washer",
}
"""WordNet's numbers of the 55 categories, and of two that only the first release has."""

_SPLITS = {"train": "train", "val": "train", "test": "test"}
"""The official validation shapes are for training here: they choose nothing, and the test shapes
stay those of the official split."""


def readable_category(synset: str) -> str:
    """The readable name of a category; the given name, made safe, if it is none of ShapeNet's.

    >>> readable_category("03001627"), readable_category("robot/arm")
    ('chair', 'robot_arm')
    """
    return SYNSETS.get(synset, safe_name(synset))


def synset_folders(folder: Path) -> list[Path]:
    """The folders of ShapeNet's categories: those inside, or the one that the folder itself is."""
    if folder.resolve().name in SYNSETS:
        return [folder]
    return sorted(child for child in folder.iterdir() if child.name in SYNSETS and child.is_dir())


def shapes_in_shapenet(folder: Path) -> tuple[list[ShapeSource], int]:
    """The shapes of ShapeNetCore or of one of its categories, and how many models lack a mesh.

    The official split is taken from ``all.csv`` where that lies in the folder.

    Raises:
        InputError: ``all.csv`` is damaged.
    """
    table = folder / "all.csv"
    splits = _official(table) if table.is_file() else {}
    shapes, empty = list[ShapeSource](), 0
    for synset in synset_folders(folder):
        number = synset.resolve().name if synset == folder else synset.name
        for model in _folders(synset):
            mesh = next((model / path for path in MODELS if (model / path).is_file()), None)
            if mesh is None:
                empty += 1
                continue
            split = splits.get((number, model.name), "")
            shapes.append(
                ShapeSource(
                    category=readable_category(number),
                    name=safe_name(model.name),
                    split=split,
                    path=mesh,
                )
            )
    return shapes, empty


def _folders(folder: Path) -> Iterator[Path]:
    """The folders in a folder, but for hidden ones."""
    return (
        child
        for child in sorted(folder.iterdir())
        if child.is_dir() and not child.name.startswith(".")
    )


def _official(table: Path) -> dict[tuple[str, str], str]:
    """The official split: (synset, model) to train or test."""
    try:
        rows = [*csv.reader(table.read_text(encoding="utf-8-sig").splitlines())]
        synset, model, split = (rows[0].index(name) for name in ("synsetId", "modelId", "split"))
        # Spreadsheets drop the zero in front of a number.
        return {(row[synset].zfill(8), row[model]): _SPLITS[row[split]] for row in rows[1:] if row}
    except (ValueError, LookupError, csv.Error) as error:
        raise InputError(
            f"{table} is not ShapeNet's table of splits; expected columns synsetId, modelId and "
            "split (train, val or test). Fetch it again, or remove it."
        ) from error
