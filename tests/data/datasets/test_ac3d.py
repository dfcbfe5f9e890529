"""AC3D files: a tree of objects, each in the frame of its parent."""

import re

import numpy as np
import pytest

from acutance.data.datasets.open5.ac3d import read_ac3d

MATERIAL = 'MATERIAL "OBJECT" rgb 1 1 1  amb 0 0 0  emis 0 0 0  spec 0 0 0  shi 1  trans 0\n'


def surface(*corners: int, flags: str = "0x20") -> str:
    """A surface with its corners."""
    rows = "".join(f"{corner} 0 0\n" for corner in corners)
    return f"SURF {flags}\nmat 0\nrefs {len(corners)}\n{rows}"


def poly(vertices: list[tuple[float, float, float]], *surfaces: str, more: str = "") -> str:
    """An object without children."""
    rows = "".join(f"{x} {y} {z}\n" for x, y, z in vertices)
    return (
        f'OBJECT poly\nname "kids 7"\n{more}crease 45.0\nnumvert {len(vertices)}\n{rows}'
        f"numsurf {len(surfaces)}\n{''.join(surfaces)}kids 0\n"
    )


def file(*objects: str, kids: int | None = None) -> bytes:
    """A file of these objects."""
    count = len(objects) if kids is None else kids
    return f"AC3Db\n{MATERIAL}OBJECT world\nkids {count}\n{''.join(objects)}".encode()


SQUARE: list[tuple[float, float, float]] = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]


def test_polygons_become_triangles_that_look_the_same_way() -> None:
    mesh = read_ac3d(file(poly(SQUARE, surface(0, 1, 2, 3))))
    assert mesh.faces.shape == (2, 3)
    assert mesh.area == pytest.approx(1)
    np.testing.assert_allclose(mesh.face_normals, [[0, 0, 1]] * 2)


def test_a_concave_polygon_is_not_covered_twice() -> None:
    arrow: list[tuple[float, float, float]] = [(0, 0, 0), (2, 1, 0), (0, 2, 0), (1, 1, 0)]
    mesh = read_ac3d(file(poly(arrow, surface(0, 1, 2, 3))))
    assert mesh.area == pytest.approx(1)


def test_a_child_lies_in_the_frame_of_its_parent() -> None:
    child = poly(SQUARE, surface(0, 1, 2, 3), more="loc 1 0 0\n")
    quarter = "rot 0 1 0  -1 0 0  0 0 1\n"  # about z: x becomes y
    group = f"OBJECT group\n{quarter}loc 0 0 5\nkids 1\n{child}"
    after = poly(SQUARE, surface(0, 1, 2))  # a sibling, again in the frame of the world
    mesh = read_ac3d(file(group, after))
    np.testing.assert_allclose(mesh.vertices[:4], [[0, 1, 5], [0, 2, 5], [-1, 2, 5], [-1, 1, 5]])
    np.testing.assert_allclose(mesh.vertices[4:], SQUARE)
    assert mesh.faces.max() == 6


def test_lines_and_what_has_too_few_corners_are_left_out() -> None:
    surfaces = [surface(0, 1, 2), surface(0, 1, 2, 3, flags="0x11"), surface(0, 1, flags="0x2")]
    mesh = read_ac3d(file(poly(SQUARE, *surfaces, surface(0, 1), surface())))
    assert len(mesh.faces) == 1


def test_data_of_an_object_may_look_like_anything() -> None:
    mesh = read_ac3d(file(poly(SQUARE, surface(0, 1, 2), more="data 13\nkids 0\nOBJECT\n")))
    assert len(mesh.faces) == 1


def test_a_count_of_children_that_is_too_large_is_borne() -> None:
    assert len(read_ac3d(file(poly(SQUARE, surface(0, 1, 2)), kids=10**12)).faces) == 1


def test_a_deep_tree_is_read() -> None:
    """Deeper than Python's own recursion goes."""
    deep = "OBJECT group\nloc 1 0 0\nkids 1\n" * 1500 + poly(SQUARE, surface(0, 1, 2))
    assert read_ac3d(file(deep, kids=1)).vertices[0].tolist() == [1500, 0, 0]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"v 0 0 0\n", "it does not begin with the word AC3D"),
        (b"", "it is cut off where the word AC3D was expected"),
        (b"AC3Db\0", "it is no text"),
        (b"AC3Db\n", "it holds no polygons"),
        (b"AC3Db\nOBJECT poly\nnumvert 9\n0 0 0\n", "it is cut off where a vertex was expected"),
        (b"AC3Db\nOBJECT poly\nnumvert 1\n0 0\n", "a vertex was expected, not '0 0'"),
        (b"AC3Db\nOBJECT poly\nnumvert -1\n", "a number was expected after 'numvert', not '-1'"),
        (b"AC3Db\nOBJECT poly\nloc 1 2\n", "3 values were expected after 'loc', not 2"),
        (file("OBJECT poly\nnumsurf 1\nkids 0\n"), "'refs' of a surface was expected, not 'kids'"),
        (
            file(poly(SQUARE, surface(0, 1, 4))),
            "a face refers to vertex 4, but the vertices are numbered from 0 to 3",
        ),
        (
            file(poly(SQUARE, surface(0, 1, 2, flags="0x14"))),
            "surfaces of the kind 4 are not supported, only polygons and lines",
        ),
    ],
)
def test_a_damaged_file_says_what_is_wrong(data: bytes, error: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        read_ac3d(data)
