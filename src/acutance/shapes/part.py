"""A bearing block: a CAD part with planes, cylinders, cones, tori and sharp creases."""

from dataclasses import dataclass, replace

import numpy as np
from manifold3d import CrossSection, JoinType, Manifold

from acutance.mesh.mesh import TriangleMesh

SEGMENTS = 128  # sides of a full circle: the boss's chords stay within 0.01 mm of its circle
CHAMFER, GROOVE = 2.5, 2.2
BEYOND = 1.0  # how far a tool reaches past the face that it cuts: no two faces may coincide
MERGE_DISTANCE = 1e-4  # in mm: nearly coincident vertices of the Boolean operations become one


@dataclass(frozen=True, kw_only=True)
class BearingBlock:
    """Dimensions in millimetres; the bore runs along y, above x = 0, at the height `axis`."""

    length: float = 128.0
    depth: float = 64.0
    plate: float = 13.0
    corner: float = 13.0
    axis: float = 54.0
    boss_radius: float = 28.0
    boss_depth: float = 46.0
    bore_radius: float = 17.0
    web: float = 16.0
    fillet: float = 9.0
    hole_radius: float = 4.5


def part(seed: int | None = None) -> TriangleMesh:
    """A bearing block: planes, cylinders, cones and tori that meet in sharp creases.

    A plate with four counter-bored holes carries a boss with a chamfered bore, a keyway, two round
    grooves and an oil hole; a web flows into the plate through fillets, with a rib either side.

    Args:
        seed: None for the block as drawn; a number for one of other proportions.

    Returns:
        A closed 2-manifold of one component and genus 6, in millimetres, standing on z = 0;
        the same arguments give the same mesh.

    >>> mesh = part()
    >>> mesh.vertices.dtype, mesh.faces.dtype
    (dtype('float64'), dtype('int32'))
    >>> (mesh.bounds[1] - mesh.bounds[0]).round().tolist()  # length, depth and height
    [128.0, 64.0, 87.0]
    """
    block = BearingBlock() if seed is None else _proportions(np.random.default_rng(seed))
    solid = _plate(block) + _boss(block) + _web(block) + _rib(block) - _bore(block)
    mesh = solid.simplify(MERGE_DISTANCE).to_mesh64()
    # Copies: a view would keep the C++ mesh alive.
    return TriangleMesh(np.array(mesh.vert_properties[:, :3]), np.array(mesh.tri_verts, np.int32))


def _proportions(rng: np.random.Generator) -> BearingBlock:
    """Dimensions in half millimetres, drawn so that every feature keeps its place."""
    boss = rng.integers(44, 64) / 2
    return replace(
        BearingBlock(),
        length=2 * boss + rng.integers(140, 190) / 2,
        depth=rng.integers(120, 160) / 2,
        plate=rng.integers(20, 32) / 2,
        axis=boss + rng.integers(48, 90) / 2,
        boss_radius=boss,
        boss_depth=rng.integers(72, 104) / 2,
        bore_radius=np.floor(boss * rng.uniform(0.9, 1.3)) / 2,
        web=rng.integers(20, 36) / 2,
        hole_radius=rng.integers(7, 10) / 2,
    )


def _plate(block: BearingBlock) -> Manifold:
    c, r = block.corner, block.hole_radius
    core = CrossSection.square((block.length - 2 * c, block.depth - 2 * c), center=True)
    plate = core.offset(c, JoinType.Round, circular_segments=SEGMENTS).extrude(block.plate)
    hole = Manifold.cylinder(block.plate + 2 * BEYOND, r, circular_segments=SEGMENTS)
    sink = Manifold.cylinder(block.plate, 1.8 * r, circular_segments=SEGMENTS)
    tool = hole.translate((0, 0, -BEYOND)) + sink.translate((0, 0, 0.55 * block.plate))
    x, y = block.length / 2 - c, block.depth / 2 - c
    for corner in ((x, y, 0), (-x, y, 0), (-x, -y, 0), (x, -y, 0)):
        plate -= tool.translate(corner)
    return plate - Manifold.cube((block.length / 2, block.depth + 2 * BEYOND, 4), center=True)


def _boss(block: BearingBlock) -> Manifold:
    r, y = block.boss_radius, block.boss_depth / 2
    core = CrossSection.square((2 * (r - CHAMFER), 2 * (y - CHAMFER)), center=True)
    profile = core.offset(CHAMFER, JoinType.Bevel)
    for side in (-1, 1):
        profile -= CrossSection.circle(GROOVE, 32).translate((r, side * (y - 3 * GROOVE)))
    socket = Manifold.cylinder(r + 5, 0.3 * r, circular_segments=SEGMENTS)
    return _on_axis(profile.revolve(SEGMENTS), block) + socket.translate((0, 0, block.axis))


def _web(block: BearingBlock) -> Manifold:
    r, f, top = block.boss_radius, block.fillet, block.plate
    angle = np.linspace(np.pi, 1.5 * np.pi, SEGMENTS // 4 + 1)
    arc = zip(r + f + f * np.cos(angle), top + f + f * np.sin(angle), strict=True)
    right = [(r, block.axis), *arc, (r + f, top / 2)]
    return _upright([*((-x, z) for x, z in right), *reversed(right)], block.web)


def _rib(block: BearingBlock) -> Manifold:
    foot, head, top = block.depth / 2 - 4, block.boss_depth / 2 - CHAMFER - 1, block.plate
    right = [(head, block.axis - 0.8 * block.boss_radius), (foot, top), (foot, top / 2)]
    outline = [*((-y, z) for y, z in right), *reversed(right)]
    return _upright(outline, 0.3 * block.boss_radius).rotate((0, 0, 90))


def _bore(block: BearingBlock) -> Manifold:
    """What is cut away: the bore with a cone at either end, the keyway and the oil hole."""
    r, y, top, oil = block.bore_radius, block.boss_depth / 2, block.boss_radius + 5, 3.0
    bore = Manifold.cylinder(2 * y, r, circular_segments=SEGMENTS, center=True)
    flare = CHAMFER + BEYOND
    cone = Manifold.cylinder(flare, r, r + flare, SEGMENTS).translate((0, 0, y - CHAMFER))
    key = Manifold.cube((1.2 * r, 0.35 * r, 2 * (y + BEYOND)), center=True)
    around = bore + cone + cone.mirror((0, 0, 1)) + key.translate((0.6 * r, 0, 0))
    hole = Manifold.cylinder(top, oil, circular_segments=SEGMENTS)
    mouth = Manifold.cylinder(oil + BEYOND, oil, 2 * oil + BEYOND, SEGMENTS)
    down = hole + mouth.translate((0, 0, top - oil))
    return _on_axis(around, block) + down.translate((0, 0, block.axis))


def _upright(outline: list[tuple[float, float]], thickness: float) -> Manifold:
    """A counter-clockwise outline of (x, z) as a slab about y = 0."""
    slab = CrossSection([outline]).extrude(thickness)
    return slab.translate((0, 0, -thickness / 2)).rotate((90, 0, 0))


def _on_axis(turned: Manifold, block: BearingBlock) -> Manifold:
    """A solid of revolution about z, laid onto the axis of the bore."""
    return turned.rotate((-90, 0, 0)).translate((0, 0, block.axis))
