import numpy as np
import pytest
import torch
import trimesh

from acutance.errors import InputError
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.shapes.analytic import Box, Sphere
from acutance.solid.solid import Solid

BOX = Box(half=(0.5, 0.4, 0.3)).mesh()


def ball(radius: float = 1.0, subdivisions: int = 4) -> TriangleMesh:
    mesh = trimesh.creation.icosphere(subdivisions, radius=radius)
    return TriangleMesh(np.asarray(mesh.vertices), mesh.faces.astype(np.int32))


def merged(*meshes: TriangleMesh) -> TriangleMesh:
    counts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + count for mesh, count in zip(meshes, counts, strict=False)]
    vertices = np.concatenate([mesh.vertices for mesh in meshes])
    return TriangleMesh(vertices, np.concatenate(faces).astype(np.int32))


def moved(mesh: TriangleMesh, scale: float, x: float = 0.0) -> TriangleMesh:
    return TriangleMesh(scale * mesh.vertices + np.array([x, 0.0, 0.0]), mesh.faces)


def flipped(mesh: TriangleMesh, faces: slice = slice(None)) -> TriangleMesh:
    turned = mesh.faces.copy()
    turned[faces] = turned[faces, ::-1]
    return TriangleMesh(mesh.vertices, turned)


def sdf_of_box(solid: Solid, points: np.ndarray) -> np.ndarray:
    """The truth, for points of the solid's unit frame."""
    placed = torch.from_numpy(solid.transform.to_input(points))
    return Box(half=(0.5, 0.4, 0.3)).sdf(placed).numpy() / solid.transform.scale


def everywhere(count: int = 10_000) -> np.ndarray:
    return np.random.default_rng(3).uniform(-1, 1, (count, 3))


def check_box(solid: Solid) -> None:
    points = everywhere()
    np.testing.assert_allclose(solid.distance(points), sdf_of_box(solid, points), atol=1e-6)


def test_a_closed_mesh_is_exact():
    solid = Solid.of(BOX)
    check_box(solid)
    assert solid.rule == "exact"
    assert solid.report.agreement == 1.0
    assert solid.report.warnings == ()
    assert solid.report.thickness is None
    assert solid.report.reason == "The mesh is closed and its faces agree on which side is outside."


def test_the_unit_frame_holds_the_shape_wherever_it_was():
    solid = Solid.of(moved(BOX, 250.0, 1e4))
    check = Solid.of(BOX)
    np.testing.assert_allclose(
        solid.distance(everywhere()), check.distance(everywhere()), atol=1e-6
    )
    assert np.linalg.norm(solid.mesh.vertices, axis=1).max() == pytest.approx(1 / 1.03)


def test_an_inside_out_cube_is_turned():
    solid = Solid.of(flipped(BOX))
    check_box(solid)
    assert solid.rule == "exact"
    assert solid.report.warnings == ("The whole shape was inside out and was turned.",)


def test_faces_that_disagree_are_turned():
    solid = Solid.of(flipped(BOX, slice(3, 5)))
    check_box(solid)
    assert solid.report.warnings == ("2 faces disagreed with their neighbours and were turned.",)


def test_a_part_that_is_inside_out_is_turned():
    solid = Solid.of(merged(moved(BOX, 0.5, -0.5), flipped(moved(BOX, 0.4, 0.5))))
    assert solid.rule == "exact"
    assert solid.report.warnings == ("1 of 2 parts were inside out and were turned.",)
    centres = solid.transform.to_unit(np.array([[-0.5, 0, 0], [0.5, 0, 0], [0.0, 0, 0]]))
    assert np.array_equal(np.sign(solid.distance(centres)), [-1, -1, 1])


def pierced_box(width: float = 0.02) -> TriangleMesh:
    """A box with a thin pit that goes through its floor and ends below it, inside out there."""
    square = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    floor, roof = (np.column_stack([square, np.full(4, z)]) for z in (-1.0, 1.0))
    rim = np.column_stack([width * square, np.full(4, 1.0)])
    vertices = np.concatenate([floor, roof, rim, [[0.0, 0.0, -1.4]]])
    faces = [[0, 2, 1], [0, 3, 2]]
    for i in range(4):
        j = (i + 1) % 4
        faces += [[i, j, 4 + j], [i, 4 + j, 4 + i], [4 + i, 4 + j, 8 + j], [4 + i, 8 + j, 8 + i]]
        faces += [[8 + i, 8 + j, 12]]
    return TriangleMesh(vertices, np.array(faces, dtype=np.int32))


def test_a_closed_mesh_that_cuts_itself_has_the_right_sign_far_from_the_cut_too():
    solid = Solid.of(pierced_box())
    below = solid.transform.to_unit(np.array([[0.01, 0.0, -1.6], [0.0, 0.1, -1.5]]))
    assert solid.rule == "winding"
    assert "of its faces cut others" in solid.report.reason
    assert (solid.distance(below) > 0).all()
    # The nearest face alone says otherwise.
    assert (Solid.of(pierced_box(), rule="exact").distance(below) < 0).any()


def test_a_cavity_stays_a_cavity():
    solid = Solid.of(merged(BOX, flipped(moved(BOX, 0.5))))
    assert solid.rule == "exact"
    assert solid.report.warnings == ()
    assert solid.distance(np.zeros((1, 3)))[0] > 0


def test_duplicate_faces_count_once():
    solid = Solid.of(TriangleMesh(BOX.vertices, np.concatenate([BOX.faces, BOX.faces[:5]])))
    check_box(solid)
    assert solid.report.warnings == ("5 faces repeat others.",)


def test_a_panel_without_volume_that_can_be_seen_is_kept_by_flooding():
    corners = np.array([[1.0, 0.0, -0.5], [2.0, 0.0, -0.5], [2.0, 0.0, 0.5], [1.0, 0.0, 0.5]])
    both = np.array([[0, 1, 2], [0, 2, 3], [2, 1, 0], [3, 2, 0]], dtype=np.int32)
    vertices = np.concatenate([BOX.vertices, corners])
    mesh = TriangleMesh(vertices, np.concatenate([BOX.faces, both + len(BOX.vertices)]))
    solid = Solid.of(mesh)
    assert solid.rule == "flood"
    assert "panels of no volume" in solid.report.reason
    on_panel = solid.transform.to_unit(np.array([[1.5, 0.0, 0.1]]))
    assert solid.distance(on_panel)[0] < 0


def test_a_panel_without_volume_does_not_disturb():
    panel = np.array([[0, 1, 7], [7, 1, 0], [0, 7, 6], [6, 7, 0]], dtype=np.int32)
    solid = Solid.of(TriangleMesh(BOX.vertices, np.concatenate([BOX.faces, panel])))
    check_box(solid)
    assert solid.rule == "exact"


def test_nested_cubes_are_the_outer_one():
    solid = Solid.of(merged(BOX, moved(BOX, 0.4)))
    check_box(solid)
    assert solid.rule == "winding"


def test_overlapping_cubes_are_their_union():
    solid = Solid.of(merged(BOX, moved(BOX, 1.0, 0.5)))
    assert solid.rule == "winding"
    points = everywhere()
    placed = torch.from_numpy(solid.transform.to_input(points))
    union = Box(half=(0.75, 0.4, 0.3)).sdf(placed - torch.tensor([0.25, 0.0, 0.0]).double())
    truth = union.numpy() / solid.transform.scale
    distance = solid.distance(points)
    assert np.array_equal(distance < 0, truth < 0)
    np.testing.assert_allclose(distance[truth > 0], truth[truth > 0], atol=1e-6)


def test_a_ball_with_a_small_hole_is_closed_by_the_winding_number():
    whole = ball()
    mesh = TriangleMesh(whole.vertices, whole.faces[whole.triangles.mean(axis=1)[:, 2] < 0.996])
    solid = Solid.of(mesh)
    assert solid.rule == "winding"
    points = everywhere()
    truth = Sphere(radius=1 / 1.03).sdf(torch.from_numpy(points)).numpy()
    away = points[:, 2] < 0.8
    np.testing.assert_allclose(solid.distance(points)[away], truth[away], atol=5e-3)


def test_an_open_bowl_is_a_shell_and_not_a_ball():
    whole = ball()
    mesh = TriangleMesh(whole.vertices, whole.faces[whole.triangles.mean(axis=1)[:, 2] < 0])
    solid = Solid.of(mesh)
    assert solid.rule == "flood"
    assert solid.report.thickness == 1.5e-3
    assert solid.report.agreement == 1.0
    assert solid.distance(np.array([[0.0, 0.0, 0.1]]))[0] > 0.1


def test_an_open_sheet_gets_the_thickness():
    sheet = TriangleMesh(BOX.vertices, np.concatenate([BOX.faces[:2], BOX.faces[4:6]]))
    solid = Solid.of(sheet, thickness=2e-3)
    assert solid.rule == "flood"
    samples = solid.sample_surface(500, np.random.default_rng(0))
    np.testing.assert_allclose(solid.distance(samples.points), 0.0, atol=1e-4)
    np.testing.assert_allclose(solid.surface.unsigned(samples.points), 2e-3, atol=1e-4)


@pytest.mark.parametrize("rule", ["exact", "winding"])
def test_a_rule_can_be_asked_for(rule):
    solid = Solid.of(BOX, rule=rule)
    check_box(solid)
    assert (solid.rule, solid.report.reason) == (rule, "The rule was asked for.")


def test_points_with_normals_are_a_solid():
    directions = np.random.default_rng(0).normal(size=(5000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    solid = Solid.of(PointCloud(3.0 * directions, directions))
    points = everywhere(3000)
    truth = Sphere(radius=1 / 1.03).sdf(torch.from_numpy(points)).numpy()
    np.testing.assert_allclose(solid.distance(points), truth, atol=0.02)
    assert solid.rule == "points"
    assert solid.surface is None


def test_points_without_normals_get_some_and_that_is_said():
    directions = np.random.default_rng(0).normal(size=(5000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    solid = Solid.of(PointCloud(directions))
    assert solid.distance(np.zeros((1, 3)))[0] == pytest.approx(-1 / 1.03, abs=0.02)
    assert solid.report.warnings[0] == (
        "The points had no normals; they were estimated and oriented from neighbours."
    )


def test_the_same_seed_gives_the_same_solid():
    sheets = merged(BOX, moved(BOX, 0.5, 0.6))
    first, second = (Solid.of(sheets, rule="flood", seed=7) for _ in range(2))
    assert first.report == second.report
    assert np.array_equal(first.distance(everywhere()), second.distance(everywhere()))


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (
            TriangleMesh(BOX.vertices, BOX.faces[1:]),
            {"rule": "exact"},
            "The rule 'exact' needs a closed, consistently oriented mesh; this one has 3 open and "
            "0 misoriented edges. Use 'winding', 'flood' or 'auto'.",
        ),
        (
            BOX,
            {"rule": "points"},
            "The rule 'points' is for point clouds; a mesh needs another or 'auto'.",
        ),
        (
            PointCloud(BOX.vertices),
            {"rule": "flood"},
            "A point cloud needs at least 16 distinct points; got 8.",
        ),
        (
            BOX,
            {"thickness": 0.5},
            "The thickness must lie above 0 and below 0.1 (of the shape's radius); got 0.5. Leave "
            "it out for the one that fits.",
        ),
        (
            TriangleMesh(BOX.vertices[:-1], BOX.faces),
            {},
            "The mesh has 7 vertices, and faces with the vertices 0 to 7; vertices are counted "
            "from 0.",
        ),
        (
            TriangleMesh(np.full((8, 3), np.nan), BOX.faces),
            {},
            "The mesh has vertices that are NaN, infinite or beyond 1e+30; remove or mend them.",
        ),
        (
            TriangleMesh(np.zeros((3, 3)), np.array([[0, 1, 2]], dtype=np.int32)),
            {},
            "A solid needs triangles of positive area; the mesh has none.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(source, options, message):
    with pytest.raises(InputError) as error:
        Solid.of(source, **options)
    assert str(error.value) == message


def test_a_part_that_lacks_a_face_is_closed_with_a_flat_lid():
    whole = ball()
    cap = whole.triangles.mean(axis=1)[:, 2] > 0.85
    mesh = TriangleMesh(whole.vertices, whole.faces[~cap])
    solid = Solid.of(mesh, rule="winding")
    below = np.array([[0.0, 0.0, 0.5]])
    lid = solid.transform.to_unit(np.array([[0.0, 0.0, 0.85]]))[0, 2]
    assert solid.distance(below)[0] == pytest.approx(0.5 - lid, abs=0.02)
    assert solid.inside.boundary.bounds[1, 2] <= lid + 0.02
    assert len(solid.inside.boundary.faces) == len(mesh.faces)


def test_what_could_be_closed_says_how():
    whole = ball()
    mesh = TriangleMesh(whole.vertices, whole.faces[whole.triangles.mean(axis=1)[:, 2] < 0.3])
    report = Solid.of(mesh).report
    assert (report.rule, report.alternative) == ("flood", "winding")
    assert report.hint == "If its holes are to be closed, take the rule winding."


def teapot(gap: float = 0.02) -> TriangleMesh:
    """A body that is open at its top under a loose lid, and two tubes that end within it."""
    profile = [(0.001, 0.0), (0.8, 0.0), (1.5, 0.0)]
    profile += [(1.5 + 0.5 * np.sin(np.pi * z), 2.4 * z) for z in np.linspace(0, 1, 16)[1:-1]]
    profile += [(1.5, 2.4)]
    rise = np.linspace(0.0, np.pi / 2 - 0.02, 8)
    dome = [(1.5 * np.cos(a), 2.4 + gap + 0.4 * np.sin(a)) for a in rise]
    t = np.linspace(0.0, 1.0, 12)
    spout = np.stack([1.2 + 2.0 * t, 0 * t, 0.8 + 1.4 * t * t], axis=1)
    handle = np.stack([-1.6 - np.sin(np.pi * t), 0 * t, 0.7 + 1.2 * t], axis=1)
    upright = np.array([0.0, 0, 1])
    parts = [
        *(swept([(0, 0, z) for _, z in p], [r for r, _ in p], upright) for p in (profile, dome)),
        swept(spout, 0.45 - 0.25 * t, None),
        swept(handle, 0.15 + 0 * t, None),
    ]
    return merged(*parts)


def swept(path: object, radii: object, axis: np.ndarray | None, sides: int = 32) -> TriangleMesh:
    """An open tube of circles around a path in the plane y = 0, square to it or to the axis."""
    path, radii = np.asarray(path, float), np.asarray(radii, float)
    along = np.gradient(path, axis=0) if axis is None else np.broadcast_to(axis, path.shape)
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    up = np.array([0.0, 1, 0])
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)[:, None]
    ring = np.cos(angle) * np.cross(up, along)[:, None] + np.sin(angle) * up
    vertices = (path[:, None] + radii[:, None, None] * ring).reshape(-1, 3)
    i, j = (x.ravel() for x in np.indices((len(path) - 1, sides)))
    a, b = i * sides + j, i * sides + (j + 1) % sides
    faces = np.concatenate([np.stack([a, b, b + sides], 1), np.stack([a, b + sides, a + sides], 1)])
    return TriangleMesh(vertices, faces.astype(np.int32))


@pytest.mark.parametrize("gap", [0.02, -0.03])
def test_a_pot_of_open_shells_that_cover_each_other_is_solid(gap):
    solid = Solid.of(teapot(gap))
    assert solid.rule == "winding"
    assert solid.report.alternative == "flood"
    within = solid.transform.to_unit(np.array([[0.0, 0, 1.2], [0, 0, 2.2], [1.5, 0, 1.0]]))
    assert (solid.distance(within) < 0).all()


def test_a_pot_without_its_lid_is_a_shell_and_closing_it_is_proposed():
    body = teapot()
    solid = Solid.of(body.with_faces(body.faces[: 2 * 32 * 17]))
    assert solid.rule == "flood"
    assert solid.report.alternative == "winding"


def test_a_badly_rounded_soup_is_flooded_since_no_two_faces_meet():
    """Corners of the same vertex lie a ten-thousandth apart: each face would be closed alone."""
    corners = ball().triangles.reshape(-1, 3)
    shaken = corners + np.random.default_rng(0).normal(0.0, 1e-4, corners.shape)
    mesh = TriangleMesh(shaken, np.arange(len(shaken), dtype=np.int32).reshape(-1, 3))
    solid = Solid.of(mesh)
    assert solid.rule == "flood"
    assert solid.report.reason.startswith("The faces do not meet")
    assert solid.distance(np.zeros((1, 3)))[0] < -0.9
    with pytest.raises(InputError, match="Nothing is inside the mesh by its winding number"):
        Solid.of(mesh, rule="winding")
