"""Any mesh or point cloud is read as it is meant, and bad input is said in one sentence."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import trimesh

from acutance.errors import InputError
from acutance.mesh.io.load import load, load_points, read
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.topology import topology

ENDINGS = (
    ".obj .ply .stl .off .glb .gltf .3mf .step .stp .xyz .xyzn .xyzrgb .txt .csv .pts .asc "
    ".las .laz .e57 .npz .npy"
)

# A prism over a concave pentagon: area of the base 2.5, height 1.
PRISM_POINTS = [
    *[(0.0, 0.0, 0.0), (2.0, 0.0, 0.0), (2.0, 2.0, 0.0), (1.0, 0.5, 0.0), (0.0, 2.0, 0.0)],
    *[(0.0, 0.0, 1.0), (2.0, 0.0, 1.0), (2.0, 2.0, 1.0), (1.0, 0.5, 1.0), (0.0, 2.0, 1.0)],
]
PRISM_FACES = [
    [4, 3, 2, 1, 0],
    [5, 6, 7, 8, 9],
    *[[i, (i + 1) % 5, (i + 1) % 5 + 5, i + 5] for i in range(5)],
]
PRISM_VOLUME = 2.5
PRISM_AREA = 2 * 2.5 + 6 + 2 * np.sqrt(3.25)

BOX = trimesh.creation.box((1.0, 2.0, 3.0))


def _off_text(points: list, faces: list, header: str = "OFF\n") -> str:
    rows = [f"{len(points)} {len(faces)} 0", *(" ".join(map(str, p)) for p in points)]
    rows += [" ".join(map(str, [len(f), *f])) for f in faces]
    return header + "\n".join(rows) + "\n"


def _obj_text(points: list, faces: list) -> str:
    rows = ["v " + " ".join(map(str, p)) for p in points]
    return "\n".join(rows + ["f " + " ".join(str(i + 1) for i in f) for f in faces])


def _ply_header(form: str, vertices: int, faces: int, extra: str = "") -> bytes:
    return (
        f"ply\nformat {form} 1.0\ncomment made by hand\nelement vertex {vertices}\n"
        f"property float x\nproperty float y\nproperty float z\n{extra}"
        f"element face {faces}\nproperty uchar red\nproperty list uchar int vertex_indices\n"
        "end_header\n"
    ).encode()


def _ply_binary(points: list, faces: list, order: str = "<") -> bytes:
    form = {"<": "binary_little_endian", ">": "binary_big_endian"}[order]
    rows = [b"\x07" + bytes([len(f)]) + np.array(f, order + "i4").tobytes() for f in faces]
    body = np.array(points, order + "f4").tobytes() + b"".join(rows)
    return _ply_header(form, len(points), len(faces)) + body


def _ply_ascii(points: list, faces: list) -> bytes:
    rows = [" ".join(map(str, p)) for p in points]
    rows += [" ".join(map(str, [7, len(f), *f])) for f in faces]
    return _ply_header("ascii", len(points), len(faces)) + "\n".join(rows).encode()


def _mesh(path: Path, content: str | bytes) -> TriangleMesh:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    shape = load(path)
    assert isinstance(shape, TriangleMesh)
    return shape


def _cloud(path: Path, content: str | bytes) -> PointCloud:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    shape = load(str(path))
    assert isinstance(shape, PointCloud)
    return shape


def _error(path: Path, content: str | bytes | None = None) -> str:
    """What is said about the file, after its path."""
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError) as caught:
        load(path)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert "\n" not in text
    return text.removeprefix(str(path)).strip()


def _damaged(kind: str, reason: str) -> str:
    return f"cannot be read as {kind}: {reason}. Check the file, or export it again."


# Meshes


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        (".off", _off_text(PRISM_POINTS, PRISM_FACES)),
        (".OFF", _off_text(PRISM_POINTS, PRISM_FACES, "# a comment\nCOFF # more\n\n")),
        (".off", _off_text(PRISM_POINTS, PRISM_FACES, "OFF")),  # as in ModelNet40
        (".obj", _obj_text(PRISM_POINTS, PRISM_FACES)),
        (".ply", _ply_binary(PRISM_POINTS, PRISM_FACES)),
        (".ply", _ply_binary(PRISM_POINTS, PRISM_FACES, ">")),
        (".ply", _ply_ascii(PRISM_POINTS, PRISM_FACES)),
    ],
)
def test_concave_polygons_of_mixed_size_become_triangles_of_the_same_surface(
    tmp_path: Path, ending: str, content: str | bytes
) -> None:
    mesh = _mesh(tmp_path / f"prism{ending}", content)
    assert topology(mesh).manifold
    assert mesh.volume == pytest.approx(PRISM_VOLUME)
    assert mesh.area == pytest.approx(PRISM_AREA)
    assert (mesh.vertices.dtype, mesh.faces.dtype) == (np.float64, np.int32)


def test_concave_quadrilaterals_are_cut_along_their_inner_diagonal(tmp_path: Path) -> None:
    arrow = [(0, 0, 0), (2, 2, 0), (0, 0.5, 0), (-2, 2, 0), (0, 0, 1)]
    for turn in range(4):
        quad = [(i + turn) % 4 for i in range(4)]
        faces = [quad[::-1], *[[i, (i + 1) % 4, 4] for i in range(4)]]
        mesh = _mesh(tmp_path / "arrow.off", _off_text(arrow, faces))
        assert mesh.volume == pytest.approx(1 / 3)
        assert np.abs(mesh.face_vectors[:, 2]).sum() / 2 == pytest.approx(2 * 1.0)


@pytest.mark.parametrize("kind", ["stl", "stl_ascii", "ply", "off", "obj", "glb", "3mf"])
def test_what_trimesh_writes_is_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"box.{kind.split('_')[0]}"
    exported = BOX.export(file_type=kind)
    mesh = _mesh(path, exported)
    assert topology(mesh).manifold
    assert (len(mesh.vertices), len(mesh.faces)) == (8, 12)
    assert mesh.volume == pytest.approx(6.0)


def test_vertices_that_obj_splits_at_seams_are_welded(tmp_path: Path) -> None:
    text = "mtllib missing.mtl\no box\nvt 0 0\nvn 0 0 1\n"
    for number, triangle in enumerate(BOX.triangles.tolist()):
        text += "".join(f"v {x} {y} {z}\n" for x, y, z in triangle)
        a, b, c = (3 * number + k for k in (1, 2, 3))
        text += f"usemtl m{number}\nf {a}/1/1 {b}//1 {c}/1\n"
    mesh = _mesh(tmp_path / "box.obj", text)
    assert topology(mesh).manifold
    assert len(mesh.vertices) == 8


def test_negative_indices_of_obj_count_back_from_where_they_stand(tmp_path: Path) -> None:
    faces = ["f -4 -2 -3", "f -4 -3 -1", "f -3 -2 -1", "f -2 -4 -1"]
    part = "v {0} 0 0\nv {1} 0 0\nv {0} 1 0\nv {0} 0 1\n" + "\n".join(faces) + "\n"
    mesh = _mesh(tmp_path / "two.obj", "o a\n" + part.format(0, 1) + "o b\n" + part.format(5, 6))
    assert topology(mesh).manifold
    assert topology(mesh).bodies == 2
    assert mesh.volume == pytest.approx(2 / 6)


@pytest.mark.parametrize("ending", ["glb", "gltf"])
def test_the_parts_of_a_scene_are_merged_where_their_nodes_put_them(
    tmp_path: Path, ending: str
) -> None:
    scene = trimesh.Scene()
    turned = trimesh.transformations.rotation_matrix(np.pi / 2, (0, 0, 1))
    mirrored = np.diag([-2.0, 1.0, 1.0, 1.0])
    mirrored[0, 3] = 10
    scene.add_geometry(BOX, node_name="turned", transform=turned)
    scene.add_geometry(BOX, node_name="mirrored", transform=mirrored)
    exported = scene.export(file_type=ending)
    if ending == "gltf":
        for name, data in exported.items():
            (tmp_path / name).write_bytes(data)
        exported = exported["model.gltf"]
    mesh = _mesh(tmp_path / f"model.{ending}", exported)
    assert topology(mesh).manifold and topology(mesh).bodies == 2
    assert mesh.volume == pytest.approx(6.0 + 2 * 6.0)
    np.testing.assert_allclose(mesh.bounds, [[-1, -1, -1.5], [11, 1, 1.5]], atol=1e-6)


def test_the_items_of_a_3mf_file_are_merged_where_they_are_placed(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    scene.add_geometry(BOX, node_name="a")
    moved = trimesh.transformations.translation_matrix((5, 0, 0))
    scene.add_geometry(BOX, node_name="b", transform=moved)
    mesh = _mesh(tmp_path / "plate.3mf", scene.export(file_type="3mf"))
    assert topology(mesh).bodies == 2
    np.testing.assert_allclose(mesh.bounds, [[-0.5, -1, -1.5], [5.5, 1, 1.5]])


def test_unused_vertices_and_faces_that_repeat_a_vertex_are_dropped(tmp_path: Path) -> None:
    points = [(9, 9, 9), *PRISM_POINTS, (0, 0, 0)]
    faces = [[i + 1 for i in face] for face in PRISM_FACES] + [[1, 2, 11], [3, 3, 3]]
    mesh = _mesh(tmp_path / "prism.off", _off_text(points, faces))
    assert topology(mesh).manifold
    assert len(mesh.vertices) == 10


def test_a_face_without_area_stays_where_it_closes_the_surface(tmp_path: Path) -> None:
    points = [(0, 0, 0), (2, 0, 0), (0, 2, 0), (0, 0, 2), (1, 0, 0)]
    faces = [[0, 2, 1], [0, 1, 4], [0, 4, 3], [4, 1, 3], [1, 2, 3], [2, 0, 3]]
    found = topology(_mesh(tmp_path / "tetrahedron.off", _off_text(points, faces)))
    assert found.degenerate_faces == 1
    assert found.manifold


# Point clouds

CLOUD = np.random.default_rng(0).normal(size=(50, 3))
UNIT = CLOUD / np.linalg.norm(CLOUD, axis=1, keepdims=True)


def _text(*columns: np.ndarray, separator: str = " ") -> str:
    return "\n".join(separator.join(map(repr, row)) for row in np.hstack(columns).tolist())


@pytest.mark.parametrize("separator", [" ", "\t", ",", "; "])
@pytest.mark.parametrize("ending", [".xyz", ".txt"])
def test_columns_of_numbers_are_points_and_normals(
    tmp_path: Path, ending: str, separator: str
) -> None:
    path = tmp_path / f"cloud{ending}"
    bare = _cloud(path, "# x y z\n" + _text(CLOUD, separator=separator))
    np.testing.assert_array_equal(bare.points, CLOUD)
    assert bare.normals is None
    oriented = _cloud(path, _text(CLOUD, 3 * UNIT, separator=separator))
    np.testing.assert_allclose(oriented.normals, UNIT)


def test_npz_holds_points_and_normals(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", points=CLOUD.astype(np.float32))
    np.savez(tmp_path / "b.npz", points=CLOUD, normals=2 * UNIT)
    bare, oriented = load(tmp_path / "a.npz"), load(tmp_path / "b.npz")
    assert isinstance(bare, PointCloud) and isinstance(oriented, PointCloud)
    assert bare.normals is None and bare.points.dtype == np.float64
    np.testing.assert_array_equal(oriented.points, CLOUD)
    np.testing.assert_allclose(oriented.normals, UNIT)


def test_npy_holds_positions_and_no_objects(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, CLOUD.astype(np.float32))
    np.testing.assert_allclose(load_points(path), CLOUD, rtol=1e-6)
    np.save(path, CLOUD[0])
    assert "arrays of numbers of shape (N, 3) were expected" in _error(path)
    np.save(path, np.array([{"a": 1}], dtype=object))
    assert "it holds arrays that are no numbers" in _error(path)


def test_ply_vertices_with_lists_of_mixed_length_keep_their_order(tmp_path: Path) -> None:
    """Some tools list the neighbours of each vertex; faces count vertices in the file's order."""
    lists = "property list uchar int neighbours\n"
    rows = [" ".join(map(str, [*p, i % 3, *[0] * (i % 3)])) for i, p in enumerate(PRISM_POINTS)] + [
        " ".join(map(str, [7, len(f), *f])) for f in PRISM_FACES
    ]
    header = _ply_header("ascii", len(PRISM_POINTS), len(PRISM_FACES), lists)
    mesh = _mesh(tmp_path / "a.ply", header + "\n".join(rows).encode())
    assert mesh.volume == pytest.approx(PRISM_VOLUME)


@pytest.mark.parametrize("normals", [None, "nx ny nz", "normal_x normal_y normal_z"])
@pytest.mark.parametrize("faces", ["", "element face 0\nproperty list uchar int vertex_indices\n"])
def test_ply_without_faces_is_a_point_cloud(
    tmp_path: Path, normals: str | None, faces: str
) -> None:
    names = ["x", "y", "z", *(normals.split() if normals else [])]
    header = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(CLOUD)}\n"
    header += "".join(f"property double {name}\n" for name in names) + faces + "end_header\n"
    table = np.hstack([CLOUD, UNIT]) if normals else CLOUD
    cloud = _cloud(tmp_path / "cloud.ply", header.encode() + table.tobytes())
    np.testing.assert_array_equal(cloud.points, CLOUD)
    assert (cloud.normals is not None) == (normals is not None)


def test_points_without_normal_are_left_out_if_few_and_else_all_normals(tmp_path: Path) -> None:
    """Zero, or NaN: what Gaussian splats and some estimators write."""
    points = np.random.default_rng(1).normal(size=(200, 3))
    normals = points.copy()
    normals[7] = 0
    (tmp_path / "cloud.xyz").write_text(_text(points, normals))
    few = read(tmp_path / "cloud.xyz")
    assert isinstance(few.shape, PointCloud) and len(few.shape.points) == 199
    assert few.notes == ("Points whose normal is zero or NaN were left out: 1.",)
    normals[:20] = np.nan
    (tmp_path / "cloud.xyz").write_text(_text(points, normals))
    many = read(tmp_path / "cloud.xyz")
    assert isinstance(many.shape, PointCloud) and many.shape.normals is None
    assert len(many.shape.points) == 200
    assert many.notes == (
        "20 of 200 normals are zero or NaN, and were left out; so were the others.",
    )


# Bad input


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    assert _error(tmp_path / "none.obj") == "does not exist; check the path."


def test_a_folder_is_said(tmp_path: Path) -> None:
    assert _error(tmp_path) == "is a folder; give the path of one file."


@pytest.mark.parametrize("ending", ENDINGS.split())
def test_a_file_of_no_bytes_is_said(tmp_path: Path, ending: str) -> None:
    assert _error(tmp_path / f"a{ending}", "") == "is empty (0 bytes); export it again."


def test_an_unknown_ending_is_said_with_the_known_ones(tmp_path: Path) -> None:
    assert _error(tmp_path / "a.blend", "x") == (
        f"has the ending '.blend'; expected one of {ENDINGS}."
    )


def test_no_permission_to_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path) -> bytes:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "read_bytes", denied)
    assert _error(tmp_path / "a.obj", "v 0 0 0") == (
        "cannot be read: permission denied; check the path and its permissions."
    )


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (".obj", "it holds no vertex"),
        (".ply", "it does not begin with the header of a PLY file"),
        (".stl", "it is neither a binary STL file nor begins with the word 'solid'"),
        (".off", "it does not begin with the word OFF of a text file in three dimensions"),
        (".glb", "its contents are damaged"),
        (".gltf", "its contents are damaged"),
        (".3mf", "it is no ZIP archive, or a damaged one"),
        (".xyz", "it holds no row of at least three numbers"),
        (".npz", "it is no NPZ archive"),
        (".npy", "it is no NPY array"),
    ],
)
def test_text_with_the_ending_of_a_mesh_is_said(tmp_path: Path, ending: str, reason: str) -> None:
    assert _error(tmp_path / f"a{ending}", "Dear all,\nthe meshes.") == _damaged(
        ending[1:].upper(), reason
    )


@pytest.mark.parametrize("ending", ENDINGS.split())
def test_random_bytes_are_said(tmp_path: Path, ending: str) -> None:
    assert _error(tmp_path / f"a{ending}", np.random.default_rng(0).bytes(5000))


def test_a_mesh_without_faces_is_said(tmp_path: Path) -> None:
    assert _error(tmp_path / "a.obj", _obj_text(PRISM_POINTS, [])) == _damaged(
        "OBJ", "it holds no faces (lines that begin with 'f')"
    )
    assert _error(tmp_path / "a.off", _off_text(PRISM_POINTS, [])) == _damaged(
        "OFF", "it holds no faces"
    )
    assert _error(tmp_path / "a.stl", bytes(84)) == (
        "holds no faces; a surface needs faces (points alone are read from .ply .xyz .xyzn "
        ".xyzrgb .txt .csv .pts .asc .las .laz .e57 .npz .npy)."
    )


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e40"])
def test_coordinates_that_are_no_lengths_are_said(tmp_path: Path, value: str) -> None:
    points = [*PRISM_POINTS[:3], (0.0, float(value), 0.0), *PRISM_POINTS[4:]]
    tail = (
        "that are NaN, infinite or beyond 1e+30: 1, the first with number 3, counted from 0; "
        "remove or mend them."
    )
    for ending, content in [
        (".off", _off_text(points, PRISM_FACES)),
        (".obj", _obj_text(points, PRISM_FACES)),
        (".ply", _ply_ascii(points, PRISM_FACES)),
    ]:
        assert _error(tmp_path / f"a{ending}", content) == f"holds vertices {tail}"
    if value != "nan":  # rows of NaN are how scanners write that they saw nothing
        text = _text(np.array(points))
        assert _error(tmp_path / "a.xyz", text) == f"holds points {tail}"


@pytest.mark.parametrize("ending", [".off", ".obj", ".ply"])
def test_vertices_that_no_face_has_may_be_anything(tmp_path: Path, ending: str) -> None:
    points = [*PRISM_POINTS, (0.0, np.nan, np.inf)]
    content = {".off": _off_text, ".obj": _obj_text, ".ply": _ply_ascii}[ending](
        points, PRISM_FACES
    )
    data = content.encode() if isinstance(content, str) else content
    (tmp_path / f"a{ending}").write_bytes(data)
    assert len(load(tmp_path / f"a{ending}").vertices) == len(PRISM_POINTS)


def test_points_without_a_position_are_left_out_of_clouds_and_said(tmp_path: Path) -> None:
    points = np.array([*PRISM_POINTS, (0.0, np.nan, 0.0)])
    np.save(tmp_path / "a.npy", points)
    np.savez(tmp_path / "a.npz", points=points, normals=points)
    (tmp_path / "a.xyz").write_text(_text(points))
    (tmp_path / "a.csv").write_text("x,y,z,i\n1,0,2,7\n0,1,0,7\n,,,7\n0,0,3,7\n2,1,0,7\n")
    for name, count in [("a.npy", 10), ("a.npz", 10), ("a.xyz", 10), ("a.csv", 4)]:
        reading = read(tmp_path / name)
        assert isinstance(reading.shape, PointCloud)
        assert len(load_points(tmp_path / name)) == count
        assert "Points without a position (NaN) were left out: 1." in reading.notes


def test_a_flat_sheet_is_said_with_its_direction(tmp_path: Path) -> None:
    sheet = [(0, 0, 5), (1, 0, 5), (1, 1, 5), (0, 1, 5)]
    for ending, content in [
        (".off", _off_text(sheet, [[0, 1, 2, 3]])),
        (".xyz", _text(np.array(sheet, dtype=float))),
    ]:
        assert _error(tmp_path / f"a{ending}", content) == (
            "lies in one plane, flat along the direction (0, 0, 1); a solid needs extent in three "
            "dimensions. Give the sheet a thickness, or choose another file."
        )


def test_a_tilted_sheet_in_32_bits_is_flat_and_a_thin_plate_is_not(tmp_path: Path) -> None:
    flat = np.random.default_rng(0).random((100, 2)) @ [[1.0, 0, 0.75], [0, 1, 0]]
    flat = flat.astype(np.float32).astype(np.float64) + 7
    assert _error(tmp_path / "a.xyz", _text(flat)).startswith(
        "lies in one plane, flat along the direction (-0.6, 0, 0.8);"
    )
    thin = np.vstack([flat, flat + np.array([0, 0, 1e-4])])
    assert len(_cloud(tmp_path / "b.xyz", _text(thin)).points) == 200


def test_points_on_one_line_or_at_one_place_are_said(tmp_path: Path) -> None:
    line = np.linspace(0, 1, 9)[:, None] * [[1.0, 2.0, 3.0]]
    assert _error(tmp_path / "a.xyz", _text(line)).startswith("lies on one line;")
    assert _error(tmp_path / "a.xyz", _text(0 * line + 3)).startswith("lies at one place;")


def test_one_triangle_is_said(tmp_path: Path) -> None:
    assert _error(tmp_path / "a.off", _off_text(PRISM_POINTS[:3], [[0, 1, 2]])) == (
        "holds one triangle of three different corners; a solid needs more."
    )


@pytest.mark.parametrize("wrong", [10, -1])
def test_indices_of_no_vertex_are_said(tmp_path: Path, wrong: int) -> None:
    faces = [*PRISM_FACES, [0, 1, wrong]]
    reason = f"a face refers to vertex {wrong}, but the vertices are numbered from 0 to 9"
    assert _error(tmp_path / "a.off", _off_text(PRISM_POINTS, faces)) == _damaged("OFF", reason)
    assert _error(tmp_path / "a.ply", _ply_binary(PRISM_POINTS, faces)) == _damaged("PLY", reason)


@pytest.mark.parametrize(("wrong", "named"), [(0, 0), (11, 11), (-11, 0)])
def test_indices_of_no_vertex_are_said_as_obj_counts_them(
    tmp_path: Path, wrong: int, named: int
) -> None:
    text = _obj_text(PRISM_POINTS, PRISM_FACES) + f"\nf 1 2 {wrong}"
    assert _error(tmp_path / "a.obj", text) == _damaged(
        "OBJ", f"a face refers to vertex {named}, but the vertices are numbered from 1 to 10"
    )


def test_indices_that_point_into_another_part_are_said(tmp_path: Path) -> None:
    wrong = trimesh.Trimesh(BOX.vertices, BOX.faces + 1, process=False, validate=False)
    scene = trimesh.Scene([wrong, BOX])
    assert _error(tmp_path / "a.glb", scene.export(file_type="glb")) == _damaged(
        "GLB", "a face refers to vertex 8, but the vertices are numbered from 0 to 7"
    )


def test_counts_that_the_file_cannot_hold_are_said_and_not_allocated(tmp_path: Path) -> None:
    many = 10**15
    assert _error(tmp_path / "a.off", f"OFF\n{many} 12 0\n0 0 0\n") == _damaged(
        "OFF", f"its header claims {many} vertices and 12 faces, but only 1 rows follow"
    )
    for form in ("ascii", "binary_little_endian"):
        content = _ply_header(form, many, 12) + b" 0 0 0 0 0 0"
        held = 2 if form == "ascii" else 1
        assert _error(tmp_path / "a.ply", content) == _damaged(
            "PLY", f"its header claims {many} rows of 'vertex', but the file ends after {held}"
        )
    face = _ply_header("binary_little_endian", 1, many) + bytes(12) + b"\x07\x00" * 5
    assert _error(tmp_path / "a.ply", face) == _damaged(
        "PLY", f"its header claims {many} rows of 'face', but the file ends after 5"
    )
    stl = bytes(80) + (2**32 - 1).to_bytes(4, "little") + bytes(60)
    assert _error(tmp_path / "a.stl", stl) == _damaged(
        "STL",
        "its header claims 4,294,967,295 triangles, but it is cut off after 1",
    )


def test_a_list_that_the_file_cannot_hold_is_said(tmp_path: Path) -> None:
    header = _ply_header("binary_little_endian", 1, 2).replace(b"list uchar", b"list int")
    content = header + bytes(12) + b"\x07" + (-5).to_bytes(4, "little", signed=True)
    assert _error(tmp_path / "a.ply", content) == _damaged("PLY", "its face 0 claims -5 corners")


def test_files_that_are_cut_off_are_said(tmp_path: Path) -> None:
    off = _off_text(PRISM_POINTS, PRISM_FACES)
    stl_ascii = BOX.export(file_type="stl_ascii")
    for ending, content in [
        (".off", off.encode()),
        (".ply", _ply_binary(PRISM_POINTS, PRISM_FACES)),
        (".ply", _ply_ascii(PRISM_POINTS, PRISM_FACES)),
        (".stl", BOX.export(file_type="stl")),
        (".stl", stl_ascii.encode()),
        (".glb", BOX.export(file_type="glb")),
        (".3mf", BOX.export(file_type="3mf")),
    ]:
        for part in (0.1, 0.5, 0.8, 0.95):
            assert _error(tmp_path / f"a{ending}", content[: int(part * len(content))])


def test_a_face_row_that_is_cut_off_is_said(tmp_path: Path) -> None:
    text = _off_text(PRISM_POINTS, PRISM_FACES).rstrip().rsplit(" ", 1)[0]
    assert _error(tmp_path / "a.off", text) == _damaged("OFF", "a face of 4 corners names only 3")


@pytest.mark.parametrize(
    ("ending", "text", "what", "row"),
    [
        ("xyz", "0 0 0\n1 a 0\n", "row of 3 numbers", "1 a 0"),
        ("obj", "v 0 0 0\nv 1 0 0\nv 0 1 x\nf 1 2 3\n", "vertex of 3 numbers", "0 1 x"),
        ("obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 b\n", "face of vertex numbers", "1 2 b"),
        (
            "off",
            "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 q\n",
            "face of vertex numbers",
            "0 1 q",
        ),
        ("off", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\nx 0 1 2\n", "face", "x 0 1 2"),
        ("obj", f"v 0 0 0\nf 1 1 {2**64}\n", "face of vertex numbers", f"1 1 {2**64}"),
    ],
)
def test_a_row_that_is_no_numbers_is_quoted(
    tmp_path: Path, ending: str, text: str, what: str, row: str
) -> None:
    """Instead of Python's own words about a literal."""
    reason = f"a {what} was expected, not '{row}'"
    assert _error(tmp_path / f"a.{ending}", text) == _damaged(ending.upper(), reason)


def test_a_buffer_that_is_not_beside_its_gltf_is_named(tmp_path: Path) -> None:
    header = BOX.scene().export(file_type="gltf")["model.gltf"]
    names = [buffer["uri"] for buffer in json.loads(header)["buffers"]]
    assert _error(tmp_path / "a.gltf", header) in [
        _damaged("GLTF", f"its data, '{name}', is not beside it") for name in names
    ]


def test_compressed_gltf_is_said(tmp_path: Path) -> None:
    header = {"asset": {"version": "2.0"}, "extensionsRequired": ["KHR_draco_mesh_compression"]}
    assert _error(tmp_path / "a.gltf", json.dumps(header)) == _damaged(
        "GLTF", "its geometry is compressed (KHR_draco_mesh_compression); export it without"
    )


def test_npz_arrays_are_checked_and_pickles_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, vertices=CLOUD)
    assert _error(path) == _damaged(
        "NPZ", "an array named 'points' was expected; it holds vertices"
    )
    np.savez(path, points=CLOUD[:, :2])
    assert _error(path) == _damaged(
        "NPZ", "arrays of numbers of shape (N, 3) were expected, not float64 of shape (50, 2)"
    )
    np.savez(path, points=CLOUD, normals=UNIT[:9])
    assert _error(path) == _damaged("NPZ", "it holds 50 points but 9 normals")
    np.savez(path, points=np.array([{"a": 1}], dtype=object))
    assert "it holds arrays that are no numbers" in _error(path)
