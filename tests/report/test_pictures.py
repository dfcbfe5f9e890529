"""Pictures: cameras, rays, light and the encoded bytes."""

import struct
import zlib

import numpy as np
import pytest
import trimesh
from jaxtyping import UInt8

from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.report.camera import Camera, framing
from acutance.report.colours import VIRIDIS, linear_rgb, sequential
from acutance.report.pictures import CLOSE_UP, close_up, comparison
from acutance.report.png import encode_png, to_srgb
from acutance.report.render import Stage, shade
from acutance.report.surfels import surfels
from acutance.types import PointArray, ScalarArray

SIZE = 64


def decode(png: bytes) -> UInt8[np.ndarray, "rows columns 4"]:
    """The pixels of a PNG as `encode_png` writes it, with its check sums verified."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = {}, 8
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        data = png[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", png[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(kind + data)
        chunks[kind] = data
        place += 12 + length
    columns, rows = struct.unpack(">II", chunks[b"IHDR"][:8])
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(rows, -1)
    assert (lines[:, 0] == 2).all()
    return np.cumsum(lines[:, 1:], axis=0, dtype=np.uint8).reshape(rows, columns, 4)


def plain(mesh: trimesh.Trimesh) -> TriangleMesh:
    return TriangleMesh(np.array(mesh.vertices, float), np.array(mesh.faces, np.int32))


@pytest.fixture(scope="module")
def ball() -> TriangleMesh:
    return plain(trimesh.creation.icosphere(subdivisions=5))


@pytest.fixture(scope="module")
def cube() -> TriangleMesh:
    return plain(trimesh.creation.box((2.0, 2.0, 2.0)))


def test_a_png_holds_the_pixels(rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256, (7, 5, 4), dtype=np.uint8)
    assert np.array_equal(decode(encode_png(pixels)), pixels)


def test_colours_return_from_linear_light() -> None:
    for colour in ("#000000", "#ffffff", "#2a788e", "#010203"):
        pixel = to_srgb(linear_rgb(colour)[None, None])[0, 0]
        assert "#" + bytes(pixel).hex() == colour


def test_the_colour_scale_runs_from_dark_to_bright() -> None:
    colours = sequential(np.array([-1.0, 0.0, 1.0, 2.0]))
    assert np.allclose(colours[0], linear_rgb(VIRIDIS[0]))
    assert np.allclose(colours[3], linear_rgb(VIRIDIS[-1]))
    luminance = sequential(np.linspace(0, 1, 200)) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) > 0).all()


def test_a_frame_holds_all_points_and_no_more(cube: TriangleMesh) -> None:
    seen = framing(cube.vertices, margin=0.1).project(cube.vertices)[:, :2]
    assert seen.min() == pytest.approx(0.1)
    assert seen.max() == pytest.approx(0.9)


def test_up_is_up_and_right_is_right(cube: TriangleMesh) -> None:
    camera = framing(cube.vertices, towards_eye=(0.0, 0.0, 1.0))
    points = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    middle, right, top, near = camera.project(points)
    assert np.allclose(middle[:2], 0.5)
    assert right[0] > middle[0]
    assert top[1] < middle[1]
    assert near[2] < middle[2]


def test_a_window_shows_a_part_of_the_same_view(cube: TriangleMesh) -> None:
    camera = framing(cube.vertices)
    whole = camera.project(cube.vertices)
    part = camera.window(0.3, 0.6, 0.25).project(cube.vertices)
    assert np.allclose(part[:, :2], (whole[:, :2] - [0.3, 0.6]) / 0.25 + 0.5)


def test_a_picture_has_a_positive_side() -> None:
    axes = np.eye(3)
    with pytest.raises(ValueError, match="half side of a picture must be positive, not 0"):
        Camera(eye=axes[0], forward=axes[0], right=axes[1], up=axes[2], extent=0)


def test_rays_hit_where_the_sphere_is(ball: TriangleMesh) -> None:
    camera = framing(ball.vertices, margin=0.0)
    view = Stage(ball).look(camera, SIZE)
    assert view.seen.mean() == pytest.approx(np.pi / 4, abs=0.01)
    assert np.allclose(np.linalg.norm(view.points, axis=1), 1.0, atol=1e-3)
    assert (np.einsum("ij,ij->i", view.normals, view.points) > 0.99).all()
    assert not view.behind.any()
    columns = camera.project(view.points)[:, 0] * view.side
    assert np.allclose(columns, np.flatnonzero(view.seen) % view.side + 0.5, atol=1e-2)


def test_a_convex_shape_sees_the_whole_sky(ball: TriangleMesh) -> None:
    assert Stage(ball).look(framing(ball.vertices), SIZE).sky.mean() > 0.99


def test_the_inside_of_a_corner_is_darker(cube: TriangleMesh) -> None:
    inside = TriangleMesh(cube.vertices, cube.faces[cube.face_normals.sum(axis=1) < 0])
    view = Stage(inside).look(framing(inside.vertices), SIZE)
    assert view.behind.all()
    edge_distance = np.sort(view.points + 1.0, axis=1)[:, 1]
    assert view.sky[edge_distance < 0.05].mean() < view.sky[edge_distance > 0.5].mean() - 0.2


def test_a_picture_is_the_shape_on_nothing(ball: TriangleMesh) -> None:
    camera = framing(ball.vertices)
    pixels = shade(Stage(ball).look(camera, SIZE), camera)
    assert pixels.shape == (SIZE, SIZE, 4)
    assert (pixels[0] == 0).all()
    middle = pixels[SIZE // 4 : -SIZE // 4, SIZE // 4 : -SIZE // 4].astype(int)
    assert (middle[..., 3] == 255).all()
    middle = middle[..., :3]
    assert middle.max() < 255
    assert middle.min() > 20
    assert len(np.unique(middle)) > 20


def test_a_face_of_a_cube_has_one_colour_up_to_its_edges(cube: TriangleMesh) -> None:
    camera = framing(cube.vertices)
    view = Stage(cube).look(camera, SIZE)
    pixels = shade(view, camera).reshape(-1, 4)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    empty = (colours == 0).all(axis=1)
    largest = np.sort(counts[~empty])[::-1]
    # Three faces; what is left are the pixels that an edge crosses.
    assert largest[:3].sum() > 0.9 * counts[~empty].sum()


def test_the_picture_does_not_depend_on_units(ball: TriangleMesh) -> None:
    far = TriangleMesh(ball.vertices * 1e4 + 5e4, ball.faces)
    pictures = []
    for mesh in (ball, far):
        camera = framing(mesh.vertices)
        pictures.append(shade(Stage(mesh).look(camera, SIZE), camera).astype(int))
    assert np.abs(pictures[0] - pictures[1]).mean() < 1.0


def test_the_close_up_holds_the_nearest_corner_of_a_cube(cube: TriangleMesh) -> None:
    camera = framing(cube.vertices)
    near = close_up(Stage(cube).look(camera, SIZE), camera)
    corner = near.project(np.array([[1.0, 1.0, 1.0]]))[0, :2]
    assert ((corner > 0) & (corner < 1)).all()
    assert near.extent == pytest.approx(camera.extent * CLOSE_UP)


@pytest.mark.parametrize("oriented", [True, False])
def test_tiles_of_a_cloud_lie_in_the_surface(
    ball: TriangleMesh, oriented: bool, rng: np.random.Generator
) -> None:
    samples = sample_surface(ball, 3_000, rng)
    tiles = surfels(PointCloud(samples.points, samples.normals if oriented else None))
    assert len(tiles.faces) == 6_000
    assert np.abs(np.linalg.norm(tiles.vertices, axis=1) - 1).max() < 0.02
    outwards = np.einsum("ij,ij->i", tiles.face_normals, tiles.triangles.mean(axis=1))
    assert (np.abs(outwards) > 0.95).mean() > 0.95
    assert not oriented or (outwards > 0).all()
    view = Stage(tiles).look(framing(ball.vertices, margin=0.0), SIZE)
    assert view.seen.mean() == pytest.approx(np.pi / 4, abs=0.05)


@pytest.mark.parametrize("cloud", [True, False])
def test_a_comparison_shows_input_result_error_and_close_ups(
    ball: TriangleMesh, cloud: bool, rng: np.random.Generator
) -> None:
    def distance(points: PointArray) -> ScalarArray:
        return np.abs(points[:, 0])

    samples = sample_surface(ball, 2_000, rng)
    reference = PointCloud(samples.points) if cloud else ball
    pictures = comparison(reference, ball, distance, limit=0.5, size=SIZE)
    assert [picture.limit for picture in pictures] == [None, None, 0.5, None, None]
    assert len({picture.caption for picture in pictures}) == 5
    for picture in pictures:
        pixels = decode(picture.png)
        assert pixels.shape == (SIZE, SIZE, 4)
        assert len(np.unique(pixels.reshape(-1, 4), axis=0)) > 10
    error = decode(pictures[2].png)[SIZE // 2].astype(int)
    assert error[SIZE // 10, 1] > error[SIZE // 2 - 8 : SIZE // 2 + 8, 1].min() + 60


def test_an_error_of_rounding_is_painted_as_none(ball: TriangleMesh) -> None:
    def distance(points: PointArray) -> ScalarArray:
        return np.full(len(points), 1e-8)

    assert comparison(ball, ball, distance, size=SIZE)[2].limit == 1e-5


def test_an_open_input_says_what_is_seen_from_behind(ball: TriangleMesh) -> None:
    front = TriangleMesh(ball.vertices, ball.faces[ball.face_normals @ [0.0, 0.0, 1.0] < 0.3])

    def distance(points: PointArray) -> ScalarArray:
        return np.zeros(len(points))

    pictures = comparison(front, ball, distance, size=SIZE)
    assert pictures[0].caption == "Input; orange: from behind"
