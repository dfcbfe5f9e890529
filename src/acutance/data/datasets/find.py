"""All shapes of a data set, whichever kind of data set it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from acutance.data.datasets.deepsdf import SAMPLES_FOLDER, shapes_in_deepsdf
from acutance.data.datasets.folder import ENDINGS, shapes_in_folder
from acutance.data.datasets.listing import shapes_in_list
from acutance.data.datasets.shapenet import shapes_in_shapenet, synset_folders
from acutance.data.datasets.source import AnySource
from acutance.data.datasets.splits import split_by_files
from acutance.errors import InputError

LIST_ENDINGS = (".txt", ".csv")


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a data set holds.

    Attributes:
        shapes: its shapes, in the order of their keys, no two alike.
        ignored: number of files that are no shapes, and of ShapeNet's models without a mesh.
        passed_over: files beside which the same shape lies in a better format.
    """

    shapes: list[AnySource]
    ignored: int
    passed_over: list[Path]


def find_shapes(source: Path, *, split: Path | Sequence[Path] = ()) -> list[AnySource]:
    """The shapes of a data set; see `search`, which also counts what it passed over.

    Args:
        source: the folder or the list.
        split: DeepSDF's split files. Where given, only the shapes that they name are kept.

    Raises:
        InputError: as `search`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for name in ["mug/train/a.obj", "mug/test/b.ply", "bowl/c.stl"]:
    ...         (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
    ...         (Path(folder) / name).touch()
    ...     shapes = find_shapes(Path(folder))
    >>> [(shape.key, shape.split) for shape in shapes]
    [('bowl/c', ''), ('mug/a', 'train'), ('mug/b', 'test')]
    """
    return search(source, split=split).shapes


def search(source: Path, *, split: Path | Sequence[Path] = ()) -> Findings:
    """The shapes of a data set, whose kind is recognised by what it holds.

    A folder with ``SdfSamples`` is what DeepSDF has prepared; a folder of ShapeNet's numbers that
    hold its models, or one such, is ShapeNetCore; any other folder holds meshes, by category as
    in ModelNet, or all in one; a .txt or .csv file is a list of them.

    Args:
        source: the folder or the list.
        split: DeepSDF's split files. Where given, only the shapes that they name are kept.

    Raises:
        InputError: there is no such source, it holds no shape, two shapes have the same name, or
            shapes that a split names are missing.
    """
    try:
        shapes, ignored, passed = _found(source)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{source} cannot be read: {reason}; check its permissions.") from error
    if not shapes:
        others = f" ({ignored} other files)" if ignored else ""
        raise InputError(
            f"{source} holds no shape{others}; expected files of the endings {' '.join(ENDINGS)}, "
            "ShapeNetCore, or the samples of DeepSDF."
        )
    shapes = _distinct(shapes, source)
    files = [split] if isinstance(split, Path) else [*split]
    return Findings(
        shapes=split_by_files(shapes, files, source) if files else shapes,
        ignored=ignored,
        passed_over=sorted(passed),
    )


def _found(source: Path) -> tuple[list[AnySource], int, list[Path]]:
    """Shapes, the number of ignored files, and the files passed over, as in `Findings`."""
    if source.is_dir():
        return _found_in_folder(source)
    if not source.exists():
        raise InputError(f"{source} does not exist; check the path.")
    if source.suffix.lower() not in LIST_ENDINGS:
        raise InputError(
            f"{source} is one file; expected a folder of shapes, or a list of paths in a file of "
            f"the ending {' or '.join(LIST_ENDINGS)}."
        )
    return [*shapes_in_list(source)], 0, []


def _found_in_folder(folder: Path) -> tuple[list[AnySource], int, list[Path]]:
    """As `_found`: DeepSDF's samples, ShapeNetCore, or a folder of meshes."""
    if folder.resolve().name == SAMPLES_FOLDER:
        folder = folder.resolve().parent
    if (folder / SAMPLES_FOLDER).is_dir():
        return [*shapes_in_deepsdf(folder)], 0, []
    if synset_folders(folder):
        models, empty = shapes_in_shapenet(folder)
        if models:
            return [*models], empty, []
    meshes, others, passed = shapes_in_folder(folder)
    return [*meshes], others, passed


def _distinct(shapes: Sequence[AnySource], source: Path) -> list[AnySource]:
    """The shapes by key; one file that is named twice is one shape."""
    found = dict[str, AnySource]()
    for shape in sorted(shapes, key=lambda shape: (shape.key, shape.path)):
        # Some file systems do not tell small letters from capitals.
        other = found.setdefault(shape.key.casefold(), shape)
        if other != shape:
            raise InputError(
                f"{source} holds two shapes named {shape.key}: {other.path} and {shape.path}; "
                "rename one of them."
            )
    return [*found.values()]
