"""glTF files are read as their specification says, and what they need that is not read is named."""

import base64
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
import trimesh
from gltf_files import KINDS, Builder

from acutance.errors import InputError
from acutance.mesh.io.load import read
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.topology import topology

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype="<f4")
FACES = trimesh.Trimesh(CORNERS).convex_hull
CUBE = np.asarray(FACES.vertices, "<f4"), np.asarray(FACES.faces, "<u2").ravel()


def _cube() -> Builder:
    builder = Builder()
    builder.mesh(builder.accessor(CUBE[0]), builder.accessor(CUBE[1]))
    return builder


def _mesh(path: Path, content: bytes | str) -> TriangleMesh:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    shape = read(path).shape
    assert isinstance(shape, TriangleMesh)
    return shape


def _refusal(path: Path, builder: Builder) -> str:
    path.write_bytes(builder.glb())
    with pytest.raises(InputError) as caught:
        read(path)
    return str(caught.value)


def test_a_part_stands_wherever_it_is_instanced(tmp_path: Path) -> None:
    """EXT_mesh_gpu_instancing: moved, turned (in whole numbers) and scaled."""
    builder = _cube()
    moves = np.array([[0, 0, 0], [5, 0, 0], [10, 0, 0]], "<f4")
    turns = np.array([[0, 0, 0, 127], [0, 0, 90, 90], [0, 0, 127, 0]], "<i1")
    sizes = np.array([[1, 1, 1], [2, 1, 1], [1, 1, -3]], "<f4")
    attributes = {
        "TRANSLATION": builder.accessor(moves),
        "ROTATION": builder.accessor(turns, normalized=True),
        "SCALE": builder.accessor(sizes),
    }
    node = builder.header["nodes"][0]
    node["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": attributes}}
    node["translation"] = [0, 0, 7]
    builder.header["extensionsUsed"] = ["EXT_mesh_gpu_instancing"]
    builder.header["extensionsRequired"] = ["EXT_mesh_gpu_instancing"]
    mesh = _mesh(tmp_path / "a.glb", builder.glb())
    assert topology(mesh).bodies == 3 and topology(mesh).manifold
    assert mesh.volume == pytest.approx(1 + 2 + 3)
    # The second is 2 long along its own x, which points along y; the third is turned by 180°.
    np.testing.assert_allclose(mesh.bounds, [[0, -1, 4], [10, 2, 8]], atol=1e-6)


@pytest.mark.parametrize("kind", ["u1", "u2", "i1", "i2"])
@pytest.mark.parametrize("normalized", [False, True])
def test_quantized_positions_are_whole_numbers_or_fractions(
    tmp_path: Path, kind: str, normalized: bool
) -> None:
    most = np.iinfo(kind).max
    rows = np.zeros((8, 4), f"<{kind}")
    rows[:, :3] = CUBE[0] * most
    builder = Builder()
    view = builder.view(rows.tobytes(), byteStride=rows.strides[0])
    builder.header["accessors"].append(
        {
            "bufferView": view,
            "componentType": KINDS[kind],
            "count": 8,
            "type": "VEC3",
            "normalized": normalized,
        }
    )
    builder.mesh(0, builder.accessor(CUBE[1]))
    builder.header["nodes"][0]["scale"] = [2, 4, 6]
    builder.header["extensionsRequired"] = ["KHR_mesh_quantization"]
    mesh = _mesh(tmp_path / "a.glb", builder.glb())
    side = 1 if normalized else most
    np.testing.assert_allclose(np.ptp(mesh.bounds, axis=0), np.array([2, 4, 6]) * side)


@pytest.mark.parametrize("name", ["my cube.bin", "würfel 100%.bin", "a#b.bin"])
@pytest.mark.parametrize("escaped", [True, False])
def test_a_buffer_is_found_under_its_name_escaped_or_not(
    tmp_path: Path, name: str, escaped: bool
) -> None:
    builder = _cube()
    (tmp_path / name).write_bytes(builder.data)
    text = builder.gltf(quote(name) if escaped else name)
    assert _mesh(tmp_path / "a b.gltf", text).volume == pytest.approx(1)


def test_a_buffer_within_the_text_is_read(tmp_path: Path) -> None:
    builder = _cube()
    body = base64.b64encode(builder.data).decode()
    text = builder.gltf(f"data:application/octet-stream;base64,{body}")
    assert _mesh(tmp_path / "a.gltf", text).volume == pytest.approx(1)


@pytest.mark.parametrize("uri", ["../data.bin", "%2e%2e/data.bin", "/etc/passwd", "."])
def test_buffers_are_read_from_the_folder_of_the_file_alone(tmp_path: Path, uri: str) -> None:
    builder = _cube()
    (tmp_path / "data.bin").write_bytes(builder.data)
    (tmp_path / "inner").mkdir()
    path = tmp_path / "inner" / "a.gltf"
    path.write_text(builder.gltf(uri))
    with pytest.raises(InputError, match="is not beside it"):
        read(path)


def test_sparse_accessors_replace_rows(tmp_path: Path) -> None:
    builder = Builder()
    places = builder.view(np.arange(8, dtype="<u1").tobytes())
    values = builder.view(CUBE[0].tobytes())
    builder.header["accessors"].append(
        {
            "componentType": 5126,
            "count": 8,
            "type": "VEC3",
            "sparse": {
                "count": 8,
                "indices": {"bufferView": places, "componentType": 5121},
                "values": {"bufferView": values},
            },
        }
    )
    builder.mesh(0, builder.accessor(CUBE[1]))
    assert _mesh(tmp_path / "a.glb", builder.glb()).volume == pytest.approx(1)


def test_strips_and_fans_are_triangles_of_alike_orientation(tmp_path: Path) -> None:
    """A tetrahedron as a strip, and a double pyramid as two fans."""
    builder = Builder()
    points = np.array([[0, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]], "<f4")
    strip = builder.accessor(np.array([0, 1, 2, 3, 0, 1], "<u1"))
    builder.mesh(builder.accessor(points), strip, mode=5)
    mesh = _mesh(tmp_path / "a.glb", builder.glb())
    assert topology(mesh).manifold
    assert mesh.volume == pytest.approx(1 / 6)
    builder = Builder()
    around = np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]])
    upper = np.vstack([[0, 0, 1], around, around[:1]]).astype("<f4")
    lower = np.vstack([[0, 0, -1], around[::-1], around[-1:]]).astype("<f4")
    for points in (upper, lower):
        builder.mesh(builder.accessor(points), None, mode=6)
    builder.header["nodes"] = [{"mesh": 0}, {"mesh": 1}]
    builder.header["scenes"][0]["nodes"] = [0, 1]
    mesh = _mesh(tmp_path / "b.glb", builder.glb())
    assert topology(mesh).manifold
    assert mesh.volume == pytest.approx(4 / 3)


def test_matrices_of_nodes_are_joined_and_a_mirrored_part_is_turned(tmp_path: Path) -> None:
    builder = _cube()
    mirror = np.diag([-2.0, 1, 1, 1])
    mirror[:3, 3] = 1, 2, 3
    builder.header["nodes"] = [
        {"children": [1], "rotation": [0, 0, np.sqrt(0.5), np.sqrt(0.5)]},
        {"mesh": 0, "matrix": mirror.T.ravel().tolist()},
    ]
    mesh = _mesh(tmp_path / "a.glb", builder.glb())
    assert mesh.volume == pytest.approx(2)
    np.testing.assert_allclose(mesh.bounds, [[-3, -1, 3], [-2, 1, 4]], atol=1e-6)


def test_without_a_scene_all_nodes_are_taken_and_points_are_a_cloud(tmp_path: Path) -> None:
    builder = Builder()
    builder.mesh(builder.accessor(CUBE[0]), None, mode=0)
    del builder.header["scenes"], builder.header["scene"]
    (tmp_path / "a.glb").write_bytes(builder.glb())
    reading = read(tmp_path / "a.glb")
    assert isinstance(reading.shape, PointCloud) and len(reading.shape.points) == 8
    assert reading.unit == "m"


def test_the_place_of_a_skinned_parts_node_is_ignored(tmp_path: Path) -> None:
    """The joints place the part; glTF says so in 3.7.3.3."""
    builder = _cube()
    (tmp_path / "a.glb").write_bytes(builder.glb())
    plain = read(tmp_path / "a.glb").shape.bounds
    builder.header["nodes"][0] |= {"skin": 0, "scale": [5.0, 5.0, 5.0]}
    (tmp_path / "b.glb").write_bytes(builder.glb())
    assert np.array_equal(read(tmp_path / "b.glb").shape.bounds, plain)


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    builder = _cube()
    builder.header["meshes"][0]["primitives"].append({"attributes": {"POSITION": 0}, "mode": 1})
    builder.header["nodes"][0] |= {"skin": 0, "weights": [0.5]}
    (tmp_path / "a.glb").write_bytes(builder.glb())
    assert read(tmp_path / "a.glb").notes == (
        "Skinned parts are taken as they are before their joints move them.",
        "Parts with morph targets are taken in their basic form.",
        "Lines are left out: they bound no solid.",
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("KHR_draco_mesh_compression", "its geometry is compressed (KHR_draco_mesh_compression)"),
        ("EXT_meshopt_compression", "its geometry is compressed (EXT_meshopt_compression)"),
        ("ACME_voxels", "it requires the extension ACME_voxels, which is not supported"),
    ],
)
def test_a_required_extension_that_is_not_read_is_named(
    tmp_path: Path, name: str, reason: str
) -> None:
    builder = _cube()
    builder.header["extensionsRequired"] = ["KHR_materials_unlit", name]
    assert f"{reason}; export it without" in _refusal(tmp_path / "a.glb", builder)


def test_compression_that_is_not_declared_as_required_is_noticed(tmp_path: Path) -> None:
    builder = Builder()
    position = builder.accessor(CUBE[0], bufferView=None)
    builder.mesh(position, None, extensions={"KHR_draco_mesh_compression": {}})
    assert "its geometry is compressed" in _refusal(tmp_path / "a.glb", builder)


def test_gltf_of_another_version_is_said(tmp_path: Path) -> None:
    builder = _cube()
    builder.header["asset"]["version"] = "1.0"
    assert "it is glTF 1.0, and glTF 2 is read" in _refusal(tmp_path / "a.glb", builder)


def test_nodes_that_are_their_own_children_are_said(tmp_path: Path) -> None:
    builder = _cube()
    builder.header["nodes"] = [{"children": [1]}, {"children": [0], "mesh": 0}]
    assert "a node of it has two parents, or is its own" in _refusal(tmp_path / "a.glb", builder)


def test_accessors_that_reach_beyond_their_data_are_said(tmp_path: Path) -> None:
    for change in ({"count": 10**7}, {"count": -1}, {"byteOffset": -4}, {"byteOffset": 10**12}):
        builder = _cube()
        builder.header["accessors"][0] |= change
        assert "reaches beyond its data" in _refusal(tmp_path / "a.glb", builder)
    builder = _cube()
    builder.header["accessors"][0] |= {"count": 10**12}
    del builder.header["accessors"][0]["bufferView"]
    assert "would fill more than" in _refusal(tmp_path / "a.glb", builder)


def test_parts_without_end_are_said_and_not_made(tmp_path: Path) -> None:
    """Two thousand instances of a mesh that is named a thousand times: 24 million triangles."""
    builder = _cube()
    attributes = {"TRANSLATION": builder.accessor(np.zeros((2000, 3), "<f4"))}
    node = builder.header["nodes"][0]
    node["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": attributes}}
    primitives = builder.header["meshes"][0]["primitives"]
    builder.header["meshes"][0]["primitives"] = primitives * 1000
    assert "would fill more than" in _refusal(tmp_path / "a.glb", builder)
