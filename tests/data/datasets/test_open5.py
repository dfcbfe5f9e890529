"""The benchmark open5 is built from two packages, here from tiny ones that the tests make."""

import csv
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from acutance.data.datasets.open5 import sweethome
from acutance.data.datasets.open5.build import MANIFEST, Open5, build_open5
from acutance.data.datasets.open5.models import AIRCRAFT, FURNITURE, furniture_category
from acutance.data.datasets.open5.properties import read_properties
from acutance.data.datasets.open5.sweethome import CATALOGUE, Furniture, read_library
from acutance.errors import InputError
from acutance.mesh.io.load import load
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS

ROUND, HIGH = 12, 6
UPRIGHT = "1 0 0  0 0 1  0 -1 0"  # z becomes y


def spheroid(x: float, y: float, z: float) -> tuple[list[tuple[float, ...]], list[list[int]]]:
    """Vertices and polygons of a closed shape of these half axes: 168 triangles once cut."""
    rows = [
        (x * np.sin(a) * np.cos(b), y * np.cos(a), z * np.sin(a) * np.sin(b))
        for a in np.linspace(0, np.pi, HIGH + 3)[1:-1]
        for b in np.arange(ROUND) * 2 * np.pi / ROUND
    ]
    poles = [(0.0, y, 0.0), (0.0, -y, 0.0)]
    polygons = []
    for i in range(ROUND):
        j = (i + 1) % ROUND
        bands = range(0, HIGH * ROUND, ROUND)
        polygons += [[k + i, k + j, k + ROUND + j, k + ROUND + i] for k in bands]
        polygons += [[len(rows), j, i]]
        polygons += [[len(rows) + 1, HIGH * ROUND + i, HIGH * ROUND + j]]
    return [*rows, *poles], polygons


def obj(x: float, y: float, z: float) -> str:
    """An OBJ file of a spheroid, with an edge among its faces, as some of these models have."""
    vertices, polygons = spheroid(x, y, z)
    rows = [f"v {a} {b} {c}" for a, b, c in vertices]
    faces = [f"f {' '.join(str(corner + 1) for corner in polygon)}" for polygon in polygons]
    return "\n".join(["mtllib a.mtl", *rows, "f 1 2", *faces, ""])


def ac3d(x: float, y: float, z: float) -> str:
    """An AC3D file of a spheroid."""
    vertices, polygons = spheroid(x, y, z)
    rows = "".join(f"{a} {b} {c}\n" for a, b, c in vertices)
    faces = "".join(
        f"SURF 0x0\nmat 0\nrefs {len(p)}\n" + "".join(f"{c} 0 0\n" for c in p) for p in polygons
    )
    return (
        f"AC3Db\nOBJECT world\nkids 1\nOBJECT poly\nnumvert {len(vertices)}\n{rows}"
        f"numsurf {len(polygons)}\n{faces}kids 0\n"
    )


def library(path: Path, models: dict[str, str], *lines: str) -> Path:
    """A furniture library: titles and models, and further lines of the catalogue."""
    catalogue = ["# a catalogue", "license=Public domain"]
    with zipfile.ZipFile(path, "w") as archive:
        for number, (title, model) in enumerate(models.items(), start=1):
            member = f"maker/{number}/{number}.obj"
            archive.writestr(member, model)
            catalogue += [f"name#{number}={title}", f"category#{number}=Living room"]
            catalogue += [f"model#{number}=/{member}", f"creator#{number}=J\xf6rg"]
        archive.writestr(CATALOGUE, "\n".join([*catalogue, *lines]).encode("latin-1"))
    return path


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two packages, unpacked into one folder."""
    root = tmp_path_factory.mktemp("packages")
    furniture, aircraft = root / FURNITURE.folder, root / AIRCRAFT.folder
    furniture.mkdir(parents=True)
    models = {
        "Desk lamp": obj(1, 3, 1),
        "Sofa 2 seats": obj(4, 2, 1),
        "Tall stool": obj(1, 2, 3),
        "Table fan": obj(1, 1, 1),
        "Round table": "v 0 0 0\nf 1 1 1\n",
        "Old desk": "no model\n",
    }
    library(furniture / "Any Maker.sh3f", models, f"modelRotation#3={UPRIGHT}")
    for name, text in {
        "747/Models/744.ac": ac3d(5, 1, 4),
        "747/Models/74F.ac": ac3d(10, 2, 8),
        "747/Models/lights/Red.ac": ac3d(1, 1, 1),
        "T-38/T38.ac": ac3d(5, 1, 3),
    }.items():
        (aircraft / name).parent.mkdir(parents=True, exist_ok=True)
        (aircraft / name).write_text(text)
    return root


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the benchmark is built."""
    return tmp_path_factory.mktemp("built") / "open5"


@pytest.fixture(scope="module")
def built(packages: Path, output: Path) -> Open5:
    """The benchmark, built once."""
    return build_open5(output, packages=packages)


def test_the_build_writes_every_shape_and_a_row_for_each(built: Open5, output: Path) -> None:
    with (output / MANIFEST).open(newline="", encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    assert [(row["category"], row["name"][:-7], row["extent"]) for row in rows] == [
        ("chair", "any-maker-tall-stool", "0.65x1.94x1.29"),
        ("lamp", "any-maker-desk-lamp", "0.65x1.94x0.65"),
        ("plane", "flightgear-ai-744", "1.94x0.39x1.55"),
        ("plane", "flightgear-ai-t38", "1.94x0.39x1.17"),
        ("sofa", "any-maker-sofa-2-seats", "1.94x0.97x0.49"),
    ]
    written = sorted(output.rglob("*.ply"))
    assert [path.relative_to(output).as_posix() for path in written] == [
        f"{row['category']}/{row['name']}.ply" for row in rows
    ]
    assert [entry.name for entry in built.entries] == [row["name"] for row in rows]
    assert rows[0]["creator"] == "Jörg"
    assert rows[0]["license"] == "Public domain"
    assert rows[0]["model"] == "maker/3/3.obj"
    assert {row["raw_faces"] for row in rows} == {"168"}


@pytest.mark.usefixtures("built")
def test_shapes_are_in_the_unit_frame_and_closed_as_they_were(output: Path) -> None:
    for path in output.rglob("*.ply"):
        mesh = load(path)
        assert isinstance(mesh, TriangleMesh)
        np.testing.assert_allclose(mesh.bounds.sum(axis=0), 0, atol=1e-12)
        assert np.linalg.norm(mesh.vertices, axis=1).max() == pytest.approx(UNIT_RADIUS)
        assert mesh.volume > 0


def test_what_could_not_be_used_is_said(built: Open5) -> None:
    assert built.left_out == {
        "Any Maker/maker/5/5.obj": "it has 0 faces, fewer than 100",
        "Any Maker/maker/6/6.obj": "it holds no vertex",
        "flightgear-ai/747/Models/74F.ac": "it has the same vertices as 747/Models/744.ac",
    }


def test_the_same_packages_give_the_same_names(
    built: Open5, packages: Path, tmp_path: Path
) -> None:
    assert build_open5(tmp_path / "again", packages=packages) == built


def test_a_title_says_the_category() -> None:
    titles = {
        "Desk lamp": "lamp",
        "Corner sofa": "sofa",
        "Winchester armchair": "chair",
        "Wooden desk": "table",
        "Table tennis bat": "",
        "Tablet": "",
        "Wheelchair": "",
        "Bed": "",
    }
    entry = {"room": "Office", "creator": "", "library": Path(), "license": "", "member": ""}
    found = {title: furniture_category(Furniture(title=title, **entry)) for title in titles}
    assert found == titles
    assert furniture_category(Furniture(title="Seat Leon", **{**entry, "room": "Vehicles"})) == ""


def test_properties_are_read_as_java_reads_them() -> None:
    data = b"! note\n a#1 = b\\\n   c\\u20ac \nkey\\:\\ x:y=z\nempty\n"
    data += b"name=J\xf6rg\n# z=1\na#2\tv\\\\\n"
    assert read_properties(data) == {
        "a#1": "bc€",
        "key: x": "y=z",
        "empty": "",
        "name": "Jörg",
        "a#2": "v\\",
    }


def test_a_library_is_read_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    path = library(tmp_path / "a.sh3f", {str(number): "" for number in range(1, 12)})
    assert [entry.title for entry in read_library(path)] == [str(n) for n in range(1, 12)]


def test_a_damaged_library_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.sh3f"
    with pytest.raises(InputError, match="cannot be read: no such file or directory"):
        read_library(path)
    path.write_bytes(b"no zip")
    message = f"{path} cannot be read as a furniture library; fetch it again."
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        read_library(path)
    zipfile.ZipFile(path, "w").close()
    message = f"{path} holds no {CATALOGUE}; fetch the library again."
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        read_library(path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("name#7=Chair", "'category'"),
        ("modelRotation#1=1 0 0", "a rotation of 3 numbers"),
    ],
)
def test_a_damaged_entry_is_refused(tmp_path: Path, line: str, reason: str) -> None:
    path = library(tmp_path / "a.sh3f", {"Chair": ""}, line)
    message = f"{path} has a catalogue with a damaged entry ({reason}); fetch the library again."
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        read_library(path)


def test_a_model_outside_the_library_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "secret.obj").write_text(obj(1, 1, 1))
    path = library(tmp_path / "a.sh3f", {"Chair": ""}, "model#1=../secret.obj")
    with pytest.raises(InputError, match=r"holds no \.\./secret\.obj"):
        read_library(path)[0].load()


def test_a_model_of_absurd_size_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = library(tmp_path / "a.sh3f", {"Chair": "v" * 5000})
    monkeypatch.setattr(sweethome, "LARGEST_MODEL", 4000)
    message = (
        f"{path} holds maker/1/1.obj of 5000 bytes, more than the 4000 that are read; fetch the "
        "library again."
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        read_library(path)[0].load()
