"""A trained space, opened again, and the shapes that it knows."""

from pathlib import Path

from acutance.contouring.contour import Contouring
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.space.run_folder import MODEL, RUN_SETTINGS, read_settings
from acutance.machine.devices import choose_device
from acutance.mesh.io.save import save_mesh
from acutance.mesh.units import Unit
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import SILENT, Progress


def open_space(folder: Path, device: str = "auto") -> ShapeSpace:
    """The space of a run's folder, or of `model/` in it.

    Raises:
        InputError: there is none, or it is damaged.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give what `acutance train` wrote.")
    model = folder / MODEL
    if SampleStore.is_store(folder):
        raise InputError(f"{folder} is a store of samples; give what `acutance train` made of it.")
    if not model.is_dir() and (folder / RUN_SETTINGS).exists():
        raise InputError(f"The training in {folder} is unfinished; resume it with --resume.")
    return ShapeSpace.load(model if model.is_dir() else folder, choose_device(device))


def known_shape(run: Path, space: ShapeSpace, name: str) -> NeuralSDF:
    """A known shape of a run.

    Args:
        run: the run's folder.
        space: of that run.
        name: ``category/name``; the name alone where it is unique.

    Raises:
        InputError: it is not known; the message says so where it was kept aside.
    """
    try:
        return space.shape(name)
    except InputError:
        if key := _kept_aside(run, name):
            raise InputError(
                f"{key} was kept aside when {run} was trained; give its mesh as the input, or "
                "measure all such shapes by `acutance evaluate --split test`."
            ) from None
        raise


def _kept_aside(run: Path, name: str) -> str | None:
    """The full name of a shape of the run's store that it did not learn."""
    store = str(read_settings(run).get("store", "")) if (run / RUN_SETTINGS).exists() else ""
    if not store or not SampleStore.is_store(Path(store)):
        return None
    keys = SampleStore.open(Path(store)).split("test")
    return next((key for key in keys if name in (key, key.split("/", 1)[-1])), None)


def write_known_shapes(
    space: ShapeSpace,
    folder: Path,
    contouring: Contouring,
    ending: str,
    progress: Progress = SILENT,
    *,
    unit: Unit | None = None,
) -> list[Path]:
    """Write the meshes of all known shapes as ``folder/category/name.ending``, in a unit if given.

    Raises:
        InputError: a shape has no surface, or a file cannot be written.
    """
    files = list[Path]()
    progress.stage("meshing")
    for done, key in enumerate(space.keys, start=1):
        files.append(folder / f"{key}.{ending}")
        extraction = space.shape(key).in_unit(unit).extract(contouring)
        save_mesh(extraction.mesh, files[-1], extraction.unit)
        progress.advance(done / len(space.keys), f"{done}/{len(space.keys)}  {key}")
    return files
