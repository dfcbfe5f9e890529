"""The benchmark open5: chairs, lamps, planes, sofas and tables that are free to use.

They come from two packages of Debian and Ubuntu: the furniture of Sweet Home 3D, and the aircraft
that fly past in FlightGear. They are as their makers left them: open, overlapping, inside out.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from hashlib import sha1
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from acutance.data.datasets.debian.package import package_root
from acutance.data.datasets.open5.models import AIRCRAFT, FURNITURE, Model, aircraft, furniture
from acutance.errors import InputError
from acutance.machine.files import atomically_folder
from acutance.mesh.io.load import load
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import normalizing
from acutance.mesh.weld import coincident, weld
from acutance.types import VertexArray

MANIFEST = "manifest.csv"

LEAST_FACES = 100
"""A model with fewer faces is left out: most of these are lights, flames and placards."""

WELD_DISTANCE = 1e-8
"""Vertices that are this near, in the model's own unit, become one; faces this thin are dropped."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row of the manifest.

    Attributes:
        category, name: the file is ``<category>/<name>.ply``.
        source: the library that it comes from.
        title: what it is called there.
        raw_faces: number of triangles.
        extent: size along x, y and z in the unit frame, as ``0.87x1.54x0.92``; y is up.
        model: where the model lies in the library or package.
        creator, license: whom to name, and on what terms it may be used.
    """

    category: str
    name: str
    source: str
    title: str
    raw_faces: int
    extent: str
    model: str
    creator: str
    license: str


@dataclass(frozen=True, kw_only=True)
class Open5:
    """What has been built.

    Attributes:
        entries: the rows of the manifest, by category and name.
        left_out: for every model that could not be used, its path and why.
    """

    entries: list[Entry]
    left_out: dict[str, str]


def build_open5(output: Path, *, packages: Path | None = None) -> Open5:
    """Writes every shape as ``<category>/<name>.ply`` into a folder, and ``manifest.csv``.

    Shapes are in the unit frame, y up; of shapes with the same vertices the first is kept. A name
    ends with a hash of the vertices, so that it stays when the packages grow.

    Args:
        output: the folder; what lies there under the same names is replaced.
        packages: a folder with the two .deb files, or into which they were unpacked; None to take
            what is installed, or else to fetch them with apt (400 MB).

    Raises:
        InputError: the packages can't be had or are damaged, or the folder cannot be written.
    """
    with TemporaryDirectory() as temporary:
        place = Path(temporary)
        models = [
            *furniture(package_root(FURNITURE, packages, place) / FURNITURE.folder),
            *aircraft(package_root(AIRCRAFT, packages, place) / AIRCRAFT.folder),
        ]
        with atomically_folder(output) as folder:
            built = _write_models(models, folder)
            _write_manifest(built.entries, folder / MANIFEST)
    return built


def _write_models(models: Iterable[Model], folder: Path) -> Open5:
    entries, left_out = dict[str, Entry](), dict[str, str]()  # entries by digest
    for model in models:
        mesh = _unit_mesh(model)
        why = mesh if isinstance(mesh, str) else _write_shape(model, mesh, entries, folder)
        if why:
            left_out[f"{model.source}/{model.path}"] = why
    ordered = sorted(entries.values(), key=lambda entry: (entry.category, entry.name))
    return Open5(entries=ordered, left_out=left_out)


def _unit_mesh(model: Model) -> TriangleMesh | str:
    """The mesh of a model in the unit frame, or why there is none."""
    try:
        mesh = _cleaned(model.read())
    except ValueError as error:
        return str(error)
    if len(mesh.faces) < LEAST_FACES:
        return f"it has {len(mesh.faces)} faces, fewer than {LEAST_FACES}"
    return normalizing(mesh.vertices).mesh_to_unit(mesh)


def _write_shape(model: Model, mesh: TriangleMesh, entries: dict[str, Entry], folder: Path) -> str:
    """Writes one shape and adds its row to the others; else says why not."""
    digest = _digest(mesh.vertices)
    if digest in entries:
        return f"it has the same vertices as {entries[digest].model}"
    slug = re.sub(r"[^a-z0-9]+", "-", f"{model.source}-{model.title}".lower()).strip("-")
    path = folder / model.category / f"{slug}-{digest[:6]}.ply"
    save_mesh(mesh, path)
    try:
        load(path)
    except InputError as error:
        path.unlink()
        return str(error).removeprefix(f"{path} ")
    entries[digest] = _entry(model, mesh, path.stem)
    return ""


def _entry(model: Model, mesh: TriangleMesh, name: str) -> Entry:
    return Entry(
        category=model.category,
        name=name,
        source=model.source,
        title=model.title,
        raw_faces=len(mesh.faces),
        extent="x".join(f"{size:.2f}" for size in np.ptp(mesh.bounds, axis=0)),
        model=model.path,
        creator=model.creator,
        license=model.license,
    )


def _cleaned(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh, its nearly coincident vertices merged and its faces of no height dropped."""
    merged = mesh.vertices[coincident(np.round(mesh.vertices / WELD_DISTANCE))]
    mesh = weld(TriangleMesh(merged, mesh.faces))
    edges = np.roll(mesh.triangles, 1, axis=1) - mesh.triangles
    longest = np.linalg.norm(edges, axis=2).max(axis=1)
    thick = 2 * mesh.face_areas > WELD_DISTANCE * longest
    return weld(TriangleMesh(mesh.vertices, mesh.faces[thick]))


def _digest(vertices: VertexArray) -> str:
    """A hash of the vertices to three decimals, whatever their order."""
    # Adding zero takes the sign off exact zeros, which a sort would leave in any order.
    ordered = np.round(np.sort(vertices + 0.0, axis=0), 3)
    return sha1(ordered.tobytes(), usedforsecurity=False).hexdigest()


def _write_manifest(entries: list[Entry], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, [field.name for field in fields(Entry)], lineterminator="\n")
        rows.writeheader()
        rows.writerows(asdict(entry) for entry in entries)
