"""A surface that is written and read again is the same surface."""

from pathlib import Path

import manifold3d
import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from acutance.errors import InputError
from acutance.mesh.io.load import load
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology

EXACT = [".obj", ".ply", ".off", ".3mf"]
ROUNDED = [".stl", ".glb"]


def _torus(around: int = 24, across: int = 16) -> TriangleMesh:
    i, j = np.meshgrid(np.arange(around), np.arange(across), indexing="ij")
    u, v = 2 * np.pi * i / around, 2 * np.pi * j / across
    ring = 1 + 0.4 * np.cos(v)
    vertices = np.stack([ring * np.cos(u), ring * np.sin(u), 0.4 * np.sin(v)], axis=2)
    a, b = i * across + j, (i + 1) % around * across + j
    c, d = (i + 1) % around * across + (j + 1) % across, i * across + (j + 1) % across
    faces = np.stack([a, b, c, a, c, d], axis=2).reshape(-1, 3).astype(np.int32)
    return TriangleMesh(vertices.reshape(-1, 3), faces)


def _again(mesh: TriangleMesh, path: Path) -> TriangleMesh:
    save_mesh(mesh, path)
    again = load(path)
    assert isinstance(again, TriangleMesh)
    return again


@pytest.mark.parametrize("ending", EXACT + ROUNDED)
def test_every_format_gives_the_same_closed_surface_again(tmp_path: Path, ending: str) -> None:
    mesh = _torus()
    again = _again(mesh, tmp_path / f"torus{ending}")
    assert topology(again) == topology(mesh)
    assert topology(again).manifold
    assert again.volume == pytest.approx(mesh.volume, rel=1e-6)
    if ending in EXACT:
        np.testing.assert_array_equal(again.vertices, mesh.vertices)
        np.testing.assert_array_equal(again.faces, mesh.faces)


@pytest.mark.parametrize("ending", EXACT + ROUNDED)
def test_independent_libraries_find_what_was_written_closed(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"torus{ending}"
    save_mesh(_torus(), path)
    read = trimesh.load_mesh(path)
    assert read.is_watertight and read.is_winding_consistent
    solid = manifold3d.Manifold(
        manifold3d.Mesh(read.vertices.astype(np.float32), read.faces.astype(np.uint32))
    )
    assert solid.status() == manifold3d.Error.NoError
    assert solid.genus() == 1


@pytest.mark.parametrize("ending", EXACT + ROUNDED)
def test_vertices_closer_than_32_bits_can_tell_stay_apart(tmp_path: Path, ending: str) -> None:
    mesh = _torus()
    vertices = mesh.vertices.copy()
    # Neighbours and strangers are brought together to far below the spacing of 32-bit numbers.
    for moved, place in [(1, 0), (17, 16), (200, 40), (201, 40), (300, 0)]:
        vertices[moved] = vertices[place] + 1e-12 * (moved + 1)
    pinched = TriangleMesh(vertices, mesh.faces)
    again = _again(pinched, tmp_path / f"pinched{ending}")
    assert topology(again).manifold
    assert topology(again).euler == topology(mesh).euler
    # Three of the five pairs were neighbours: their edges are gone.
    assert len(again.vertices) == len(mesh.vertices) - 3
    assert cKDTree(vertices).query(again.vertices)[0].max() < 1e-6


@pytest.mark.parametrize("ending", [*EXACT, ".glb"])
def test_a_shape_far_from_the_origin_keeps_its_place_and_detail(
    tmp_path: Path, ending: str
) -> None:
    mesh = TriangleMesh(_torus().vertices + np.array([4.5e6, 6e5, 120.0]), _torus().faces)
    again = _again(mesh, tmp_path / f"far{ending}")
    assert topology(again) == topology(mesh)
    np.testing.assert_allclose(again.vertices, mesh.vertices, rtol=0, atol=2e-7)


def test_a_shape_too_far_from_the_origin_for_stl_is_refused(tmp_path: Path) -> None:
    mesh = TriangleMesh(_torus().vertices + 4.5e6, _torus().faces)
    path = tmp_path / "far.stl"
    with pytest.raises(InputError) as caught:
        save_mesh(mesh, path)
    assert str(caught.value) == (
        f"{path} cannot be written as STL: coordinates reach 4.5e+06, where its 32-bit numbers "
        "are 0.5 apart, too coarse for a shape of size 2.8. Write PLY, OBJ or GLB."
    )
    assert not path.exists()


@pytest.mark.parametrize("ending", EXACT)
def test_the_smallest_units_are_written_in_full(tmp_path: Path, ending: str) -> None:
    mesh = TriangleMesh(_torus().vertices * 1e-9 / 3, _torus().faces)
    again = _again(mesh, tmp_path / f"small{ending}")
    np.testing.assert_array_equal(again.vertices, mesh.vertices)


def test_a_glb_file_holds_no_normals_and_a_light_material(tmp_path: Path) -> None:
    save_mesh(_torus(), tmp_path / "torus.glb")
    data = (tmp_path / "torus.glb").read_bytes()
    assert b"POSITION" in data and b"NORMAL" not in data
    assert b'"metallicFactor":0.0' in data


def test_an_unknown_ending_is_said_with_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "torus.blend"
    with pytest.raises(InputError) as caught:
        save_mesh(_torus(), path)
    assert str(caught.value) == (
        f"{path} has the ending '.blend'; a mesh is written as one of "
        ".obj .ply .stl .off .glb .3mf."
    )


def test_a_disk_error_leaves_the_old_mesh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "torus.ply"
    save_mesh(_torus(), path)
    before = path.read_bytes()

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="the disk is full"):
        save_mesh(_torus(30), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["torus.ply"]
