"""3MF files are read as their specification says, with the production extension and their unit."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from acutance.errors import InputError
from acutance.mesh.io.load import read
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.reading import Reading
from acutance.mesh.topology import topology
from acutance.shapes.analytic import Box

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
ROOT = "3D/3dmodel.model"


def _object(number: int, size: float = 1.0, kind: str = "model") -> str:
    """A cube of an edge length."""
    mesh = Box(half=(size / 2, size / 2, size / 2)).mesh()
    vertices = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in mesh.vertices.tolist())
    faces = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in mesh.faces.tolist())
    return (
        f'<object id="{number}" type="{kind}"><mesh><vertices>{vertices}</vertices>'
        f"<triangles>{faces}</triangles></mesh></object>"
    )


def _composed(number: int, *components: str) -> str:
    parts = "".join(f"<component {each}/>" for each in components)
    return f'<object id="{number}"><components>{parts}</components></object>'


def _model(resources: str, items: str = "", attributes: str = 'unit="millimeter"') -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><model {attributes} xmlns="{CORE}" '
        f'xmlns:p="{PRODUCTION}"><resources>{resources}</resources>'
        f"<build>{items}</build></model>"
    )


def _package(**files: str) -> bytes:
    """Files by names in which __ stands for / and the ending is left out."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/") + ".model", text)
    return data.getvalue()


def _read(path: Path, **files: str) -> Reading:
    path = path / "a.3mf"
    path.write_bytes(_package(**files))
    return read(path)


def _refusal(path: Path, **files: str) -> str:
    with pytest.raises(InputError) as caught:
        _read(path, **files)
    return str(caught.value)


def _at(x: float) -> str:
    return f'transform="1 0 0 0 1 0 0 0 1 {x} 0 0"'


def _mesh(reading: Reading) -> TriangleMesh:
    assert isinstance(reading.shape, TriangleMesh)
    return reading.shape


def test_components_and_items_reach_into_other_files_of_the_package(tmp_path: Path) -> None:
    """Ids are unique in a file only: 1 and 2 mean other objects in every file."""
    reading = _read(
        tmp_path,
        **{
            "3D__3dmodel": _model(
                _object(1, 1) + _composed(2, 'p:path="/3D/parts/a.model" objectid="2"'),
                f'<item objectid="1"/><item objectid="2" {_at(10)}/>'
                f'<item objectid="1" p:path="/3D/parts/b.model" {_at(20)}/>'
                f'<item objectid="1" p:path="/3D/PARTS/A.model" {_at(30)}/>',
            ),
            "3D__parts__a": _model(_object(1, 4) + _composed(2, 'objectid="1"')),
            "3D__parts__b": _model(_object(1, 3)),
        },
    )
    mesh = _mesh(reading)
    assert (topology(mesh).bodies, topology(mesh).manifold) == (4, True)
    assert mesh.volume == pytest.approx(1 + 64 + 27 + 64)
    np.testing.assert_allclose(mesh.bounds[:, 0], [-0.5, 32])


def test_transforms_are_joined_from_the_inside_out_and_mirrors_turn_faces(tmp_path: Path) -> None:
    turned = 'transform="0 1 0 -1 0 0 0 0 1 0 0 0"'  # rows: x goes to y, y to -x
    mirrored = 'transform="-2 0 0 0 1 0 0 0 1 5 0 0"'
    resources = _object(1) + _composed(2, f'objectid="1" {mirrored}')
    model = _model(resources, f'<item objectid="2" {turned}/>')
    mesh = _mesh(_read(tmp_path, **{"3D__3dmodel": model}))
    assert mesh.volume == pytest.approx(2)
    np.testing.assert_allclose(mesh.bounds, [[-0.5, 4, -0.5], [0.5, 6, 0.5]])


@pytest.mark.parametrize(
    ("word", "unit"),
    [
        *[("micron", "um"), ("millimeter", "mm"), ("centimeter", "cm")],
        *[("meter", "m"), ("inch", "in"), ("foot", "ft")],
    ],
)
def test_the_unit_is_read_and_nothing_is_converted(tmp_path: Path, word: str, unit: str) -> None:
    model = _model(_object(1, 2), '<item objectid="1"/>', f'unit="{word}"')
    reading = _read(tmp_path, **{"3D__3dmodel": model})
    assert reading.unit == unit
    assert _mesh(reading).volume == pytest.approx(8)


def test_a_file_without_a_unit_is_in_millimetres(tmp_path: Path) -> None:
    model = _model(_object(1), '<item objectid="1"/>', "")
    assert _read(tmp_path, **{"3D__3dmodel": model}).unit == "mm"
    model = _model(_object(1), '<item objectid="1"/>', 'unit="parsec"')
    assert "its unit is 'parsec'" in _refusal(tmp_path, **{"3D__3dmodel": model})


def test_a_part_in_another_unit_is_brought_into_that_of_the_root(tmp_path: Path) -> None:
    item = '<item objectid="1" p:path="/b.model"/>'
    root = _model("", item, 'unit="inch"')
    part = _model(_object(1, 25.4), attributes='unit="millimeter"')
    reading = _read(tmp_path, **{"3D__3dmodel": root, "b": part})
    assert reading.unit == "in" and _mesh(reading).volume == pytest.approx(1)


def test_what_is_not_of_the_model_is_left_out_and_said(tmp_path: Path) -> None:
    items = '<item objectid="1"/><item objectid="2"/><item objectid="3" printable="0"/>'
    model = _model(_object(1) + _object(2, 9, "support") + _object(3, 9), items)
    reading = _read(tmp_path, **{"3D__3dmodel": model})
    assert _mesh(reading).volume == pytest.approx(1)
    assert reading.notes == (
        "1 items that are marked as not to be printed are left out.",
        "1 supports, which only hold the model in print, are left out.",
    )


def test_a_package_that_builds_nothing_gives_its_objects(tmp_path: Path) -> None:
    model = _model(_object(1) + _composed(2, f'objectid="1" {_at(4)}'))
    reading = _read(tmp_path, **{"3D__3dmodel": model})
    np.testing.assert_allclose(_mesh(reading).bounds[:, 0], [3.5, 4.5])
    assert "nothing of what is to be printed" in reading.notes[0]


def test_the_root_is_where_the_relationships_say(tmp_path: Path) -> None:
    model = _model(_object(1, 3), '<item objectid="1"/>')
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("3D/other.model", model)
        archive.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="a" Target="/x.png" Type="http://a/thumbnail"/>'
            '<Relationship Id="b" Target="/3D/other.model" Type="http://a/2013/01/3dmodel"/>'
            "</Relationships>",
        )
    path = tmp_path / "a.3mf"
    path.write_bytes(data.getvalue())
    assert _mesh(read(path)).volume == pytest.approx(27)


@pytest.mark.parametrize("name", ["3D/a part", "3D/a%20part"])
def test_names_of_parts_may_be_encoded_on_either_side(tmp_path: Path, name: str) -> None:
    """Paths are URIs, in which a space is %20; the archive has the one or the other."""
    root = _model("", '<item objectid="1" p:path="/3D/a%20part.model"/>')
    reading = _read(tmp_path, **{"3D__3dmodel": root, name: _model(_object(1, 3))})
    assert _mesh(reading).volume == pytest.approx(27)


def test_a_required_extension_that_is_not_read_is_named(tmp_path: Path) -> None:
    uri = "http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"
    model = _model(_object(1), '<item objectid="1"/>', f'requiredextensions="p b" xmlns:b="{uri}"')
    assert f"it requires the extension '{uri}'" in _refusal(tmp_path, **{"3D__3dmodel": model})


def test_elements_of_other_namespaces_are_no_geometry(tmp_path: Path) -> None:
    more = '<q:vertex xmlns:q="urn:q" x="9" y="9" z="9"/></vertices>'
    model = _model(_object(1).replace("</vertices>", more), '<item objectid="1"/>')
    assert _mesh(_read(tmp_path, **{"3D__3dmodel": model})).volume == pytest.approx(1)


def test_objects_within_themselves_or_without_end_are_said(tmp_path: Path) -> None:
    circle = _model(
        _composed(1, 'objectid="2"') + _composed(2, 'objectid="1"'), '<item objectid="1"/>'
    )
    assert "a component of itself" in _refusal(tmp_path, **{"3D__3dmodel": circle})
    doubling = [_composed(n, *([f'objectid="{n - 1}"'] * 10)) for n in range(2, 12)]
    bomb = _model(_object(1) + "".join(doubling), '<item objectid="11"/>')
    assert "would fill more than" in _refusal(tmp_path, **{"3D__3dmodel": bomb})


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('objectid="1"', 'objectid="7"', "it uses the object 7, which is not in 3D/3dmodel.model"),
        ('objectid="1"', 'objectid="1" p:path="/q.model"', "it refers to /q.model, which is not"),
        ('<item objectid="1"/>', "<item/>", "lacks the attribute 'objectid'"),
        ('y="-0.5"', 'w="-0.5"', "lacks the attribute 'y'"),
        ('v1="0"', f'v1="{2**70}"', "the number of no vertex"),
        ('v1="0"', 'v1="8"', "a face refers to vertex 8"),
        ("</build>", "</built>", "its XML is damaged"),
        ("?>", '?><!DOCTYPE a [<!ENTITY b "c">]>', "a document type, which 3MF forbids"),
    ],
)
def test_damage_is_named(tmp_path: Path, old: str, new: str, reason: str) -> None:
    model = _model(_object(1), '<item objectid="1"/>').replace(old, new, 1)
    assert reason in _refusal(tmp_path, **{"3D__3dmodel": model})


def test_deep_nesting_costs_nothing(tmp_path: Path) -> None:
    deep = "<a>" * 100_000 + "</a>" * 100_000
    model = _model(deep + _object(1), '<item objectid="1"/>')
    assert _mesh(_read(tmp_path, **{"3D__3dmodel": model})).volume == pytest.approx(1)


def test_a_package_that_unpacks_to_gigabytes_is_said_and_not_unpacked(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(ROOT, "w") as to:
        for _ in range(300):
            to.write(bytes(1_000_000))
    path = tmp_path / "a.3mf"
    path.write_bytes(data.getvalue())
    with pytest.raises(InputError, match="would fill more than 256 MB"):
        read(path)
    # The directory declares less than there is: what is unpacked ends there.
    small = data.getvalue().replace((300_000_000).to_bytes(4, "little"), bytes([0, 1, 0, 0]))
    path.write_bytes(small)
    with pytest.raises(InputError, match="is damaged"):
        read(path)
