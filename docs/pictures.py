"""Make the pictures of the README, from shapes that the package makes itself.

    python docs/pictures.py [FOLDER]

It takes some ten minutes on two cores. Without a folder the pictures go to `docs/images`. Their
background is transparent, so that they look right on a light and on a dark page.
"""

import struct
import sys
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from manifold3d import Manifold
from scipy.cluster.vq import kmeans2, vq

from acutance.data.datasets.procedural import PROCEDURAL, ProceduralSource
from acutance.data.preparation import Preparation
from acutance.jobs.prepare import prepare
from acutance.jobs.shape.fit import FitConfig, fit_shape
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.train import train
from acutance.machine.files import write_file
from acutance.mesh.mesh import TriangleMesh
from acutance.model.space.shape_space import ShapeSpace
from acutance.report.camera import framing
from acutance.report.colours import sequential
from acutance.report.png import Pixels, png_file
from acutance.report.render import Stage, shade
from acutance.shapes.furniture.chair import ChairParameters
from acutance.training.schedule import Budget

HEAT_CONTRAST = 0.4
"""Colours that mean distances are lit less, so that they speak."""

MESSY = 11
"""Seed of the chair that is made messy."""

FULL_COLOUR = 3e-4
"""Distance that is painted in the brightest colour, in radii."""

SHAPES = (
    (("chair", 12), ("plane", 21), ("lamp", 4), ("sofa", 11), ("table", 0), ("chair", 16)),
    (("chair", 6), ("lamp", 11), ("plane", 4), ("table", 15), ("sofa", 9), ("lamp", 7)),
)
"""Category and seed of the shapes of the space, as they stand in its picture."""


def messy_chair() -> TriangleMesh:
    """A chair as modelling programs leave it: parts that overlap, turned faces, and copies."""
    rng = np.random.default_rng(6)
    soup = [
        _messy(part, rng) for part in _parts(ChairParameters.draw(np.random.default_rng(MESSY)))
    ]
    starts = np.cumsum([0, *(len(part.vertices) for part in soup)])
    faces = [part.faces + start for part, start in zip(soup, starts, strict=False)]
    return TriangleMesh(np.concatenate([part.vertices for part in soup]), np.concatenate(faces))


def _parts(p: ChairParameters) -> list[Manifold]:
    base, seat, back = p.base(p.seat, p.legs), p.seat.parts(), p.back(p.frame)
    return [*base, *seat, *back, *p.arms(p.seat, p.frame, p.arm_height)]


def _messy(part: Manifold, rng: np.random.Generator) -> TriangleMesh:
    """A part as it is or inside out, or with some faces turned; and perhaps twice."""
    raw = part.to_mesh64()
    faces = np.array(raw.tri_verts, np.int32)
    inside_out = rng.random() < 0.5
    turned = rng.random(len(faces)) < (1.0 if inside_out else 0.05)
    faces[turned] = faces[turned, ::-1]
    if rng.random() < 0.3:
        faces = np.concatenate([faces, faces])
    return TriangleMesh(np.array(raw.vert_properties[:, :3]), faces)


def picture(mesh: TriangleMesh, size: int) -> Pixels:
    """A shape by itself."""
    camera = framing(mesh.vertices, margin=0.01)
    return shade(Stage(mesh).look(camera, size), camera)


def row(panels: Sequence[Pixels], gap: int) -> Pixels:
    """Pixelss side by side on a common floor, without what is empty around the shapes."""
    cut = [_trimmed(panel) for panel in panels]
    height = max(len(panel) for panel in cut)
    wide = [np.pad(p, ((height - len(p), 0), (gap // 2, gap // 2), (0, 0))) for p in cut]
    return np.concatenate(wide, axis=1)


def _trimmed(panel: Pixels) -> Pixels:
    filled = panel[..., 3] > 0
    rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    return panel[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def with_palette(panel: Pixels, colours: int) -> bytes:
    """The picture as a small PNG: with so many colours, each with its opacity (ISO/IEC 15948)."""
    height, width, _ = panel.shape
    pixels = panel.reshape(-1, 4).astype(np.float64)
    filled = pixels[pixels[:, 3] > 0]
    centres, _ = kmeans2(filled, colours - 1, minit="++", rng=np.random.default_rng(0))
    table = np.concatenate([np.zeros((1, 4)), centres[np.argsort(centres.sum(axis=1))]])
    index, _ = vq(pixels, table)
    lines = np.pad(index.astype(np.uint8).reshape(height, width), ((0, 0), (1, 0)))
    palette = table.round().astype(np.uint8)
    return png_file(
        [
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", palette[:, :3].tobytes()),
            (b"tRNS", palette[:, 3].tobytes()),
            (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        ]
    )


def rows(lines: Sequence[Pixels], gap: int) -> Pixels:
    """Lines of a picture below each other, each in the middle."""
    width = max(line.shape[1] for line in lines)
    spaces = [width - line.shape[1] for line in lines]
    even = [
        np.pad(line, ((gap // 2, gap // 2), (space // 2, space - space // 2), (0, 0)))
        for line, space in zip(lines, spaces, strict=True)
    ]
    return np.concatenate(even)[gap // 2 : -(gap // 2)]


def input_result_error(size: int) -> Pixels:
    """A messy chair, the mesh of its neural SDF, and how far that is from the chair."""
    fitted = fit_shape(messy_chair(), FitConfig(budget=Budget(steps=2500)))
    camera = framing(fitted.mesh.vertices, margin=0.01)
    given = shade(Stage(fitted.source).look(camera, size), camera)
    view = Stage(fitted.mesh).look(camera, size)
    frame, radius = fitted.solid.transform, fitted.metrics.radius
    error = fitted.solid.inside.unsigned(frame.to_unit(view.points)) * frame.scale / radius
    heat = shade(view, camera, sequential(error / FULL_COLOUR), HEAT_CONTRAST)
    return row([given, shade(view, camera), heat], size // 8)


def learn_space(folder: Path) -> ShapeSpace:
    """A space of all the shapes."""
    sources = [
        ProceduralSource(
            category=category,
            name=str(seed),
            split="train",
            path=Path(PROCEDURAL, category, str(seed)),
            seed=seed,
        )
        for line in SHAPES
        for category, seed in line
    ]
    store = prepare(sources, folder / "store", Preparation()).store
    config = TrainConfig(budget=Budget(seconds=360), gallery=False)
    return train(store, folder / "run", config).space


def shapes_of_a_space(space: ShapeSpace, size: int) -> Pixels:
    """The space's meshes of its shapes."""
    lines = [
        row([picture(space.shape(f"{c}/{seed}").mesh(192), size) for c, seed in line], size // 8)
        for line in SHAPES
    ]
    return rows(lines, size // 8)


def main() -> None:
    """Make them all."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "images")
    write_file(folder / "fit.png", with_palette(input_result_error(420), 192))
    with tempfile.TemporaryDirectory() as temporary:
        space = learn_space(Path(temporary))
    write_file(folder / "space.png", with_palette(shapes_of_a_space(space, 240), 96))


if __name__ == "__main__":
    main()
