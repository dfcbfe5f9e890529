"""Ray casting: what a camera sees of a mesh or a point cloud, and how it is lit.

No display, no OpenGL and no library of the system is needed: the rays run in Warp.
"""

from dataclasses import dataclass

import numpy as np
import torch
import warp as wp
from jaxtyping import Bool, Float, Float32, Int
from scipy.ndimage import uniform_filter

from acutance.machine.devices import CPU, choose_device
from acutance.machine.warp import array, empty, launch_in_parts, ray_tree
from acutance.mesh.mesh import TriangleMesh
from acutance.report import kernels
from acutance.report.camera import Camera
from acutance.report.colours import PLASTER, REVERSE, linear_rgb
from acutance.report.png import Pixels, to_srgb

SUPERSAMPLING = 2
"""Rays a pixel in each direction: smooth outlines."""

SKY_TILE = 12
"""Samples along a side of the tile over which ambient light is averaged. Every second sample in
both directions sends a ray: 36 directions for each tile."""

SKY_REACH = 0.25
"""How far something darkens its surroundings, in radii of the shape."""

LIGHT = (-0.45, 0.62, 0.64)
"""Direction to the main light, in the camera's axes right, up and towards the eye."""


@dataclass(frozen=True)
class View:
    """What the samples of a square picture see; the arrays hold the samples that hit the shape.

    Attributes:
        side: samples along a side: pixels times `SUPERSAMPLING`.
        seen: which samples hit the shape, rows from the top.
        points: where they hit it, in the frame of the shape.
        normals: unit normals there, turned towards the eye.
        behind: whether the face is seen from behind.
        sky: part of the hemisphere above that is free nearby, in [0, 1].
    """

    side: int
    seen: Bool[np.ndarray, " samples"]
    points: Float[np.ndarray, "hits 3"]
    normals: Float[np.ndarray, "hits 3"]
    behind: Bool[np.ndarray, " hits"]
    sky: Float[np.ndarray, " hits"]


class Stage:
    """A mesh, ready to be looked at from several sides."""

    def __init__(self, mesh: TriangleMesh, *, device: torch.device | str = CPU) -> None:
        """Bring the mesh to the origin and to radius 1, where float32 is good, and sort it.

        Args:
            mesh: what is looked at.
            device: where to compute; see `choose_device`.
        """
        self.mesh = mesh
        self.device = choose_device(device)
        self.centre = mesh.bounds.mean(axis=0)
        self.radius = max(float(np.linalg.norm(mesh.bounds[1] - mesh.bounds[0])) / 2, 1e-12)
        placed = (mesh.vertices - self.centre) / self.radius
        self._tree = ray_tree(placed, mesh.faces, device=self.device)

    def look(self, camera: Camera, size: int) -> View:
        """What the camera sees, in a picture of size × size pixels."""
        side = size * SUPERSAMPLING
        face = empty(side * side, wp.int32, device=self.device)
        hit = empty(side * side, wp.vec3, device=self.device)
        lens = [
            wp.vec3(*((camera.eye - self.centre) / self.radius)),
            *(wp.vec3(*axis) for axis in (camera.forward, camera.right, camera.up)),
            wp.vec2(*camera.centre),
            camera.extent,
        ]
        arguments = [self._tree, side, *lens, face, hit]
        launch_in_parts(kernels.cast, side * side, arguments, device=self.device)
        faces = face.numpy()
        seen = faces >= 0
        placed = hit.numpy()[seen].astype(np.float64)
        points = placed * self.radius + self.centre
        normals = self.mesh.face_normals[faces[seen]]
        behind = np.einsum("ij,ij->i", points - camera.eye, normals) > 0
        normals = np.where(behind[:, None], -normals, normals)
        sky = self._sky(placed, normals, np.flatnonzero(seen), side)
        return View(side, seen, points, normals, behind, sky)

    def _sky(
        self,
        placed: Float[np.ndarray, "hits 3"],
        normals: Float[np.ndarray, "hits 3"],
        samples: Int[np.ndarray, " hits"],
        side: int,
    ) -> Float[np.ndarray, " hits"]:
        """Part of the hemisphere that is free within reach, averaged over the tile of each hit.

        Args:
            placed: the hits, in the frame of radius 1.
            normals: their normals, towards the eye.
            samples: the hits' indices in the picture of `side` × `side` samples.
            side: samples along a side.
        """
        row, column = np.divmod(samples, side)
        sender = (row % 2 == 0) & (column % 2 == 0)
        free = empty(int(sender.sum()), wp.float32, device=self.device)
        rays = [
            array(placed[sender].astype(np.float32), wp.vec3, device=self.device),
            array(normals[sender].astype(np.float32), wp.vec3, device=self.device),
            array(_square(row[sender], column[sender]), wp.vec2, device=self.device),
        ]
        arguments = [self._tree, SKY_REACH, *rays, free]
        launch_in_parts(kernels.sky, len(free), arguments, device=self.device)
        planes = np.zeros((2, side * side))
        planes[0, samples[sender]], planes[1, samples[sender]] = free.numpy(), 1.0
        total, weight = (
            uniform_filter(plane.reshape(side, side), SKY_TILE, mode="constant").ravel()[samples]
            for plane in planes
        )
        # A hit with no sender around (a sliver) counts as free.
        return np.where(weight > 1e-9, total / np.maximum(weight, 1e-9), 1.0)


def _square(
    row: Int[np.ndarray, " rays"], column: Int[np.ndarray, " rays"]
) -> Float32[np.ndarray, "rays 2"]:
    """Points of the unit square, of which each tile of samples gets the same well-spread set.

    The set is the additive recurrence by the plastic number (Roberts 2018, "The unreasonable
    effectiveness of quasirandom sequences"), in random order within the tile.
    """
    rays = SKY_TILE // 2
    order = np.random.default_rng(0).permutation(rays * rays)
    index = order[(row // 2 % rays) * rays + column // 2 % rays]
    golden = np.array([0.7548776662466927, 0.5698402909980532])
    return ((index[:, None] + 0.5) * golden % 1.0).astype(np.float32)


def shade(
    view: View,
    camera: Camera,
    colours: Float[np.ndarray, "hits 3"] | None = None,
    contrast: float = 1.0,
) -> Pixels:
    """The lit picture on nothing, flat in every face so that creases look as sharp as they are.

    Args:
        view: what the camera saw.
        camera: the same camera, to which the lights are fixed.
        colours: linear light of every hit; without, plaster, and terracotta seen from behind.
        contrast: of light and shadow, in [0, 1]; less lets colours speak.
    """
    if colours is None:
        colours = np.where(view.behind[:, None], linear_rgb(REVERSE), linear_rgb(PLASTER))
    axes = np.stack([camera.right, camera.up, -camera.forward])
    to_light = np.asarray(LIGHT) @ axes / np.linalg.norm(LIGHT)
    lamp = np.maximum(view.normals @ to_light, 0.0)
    above = 0.5 + 0.5 * view.normals[:, 1]
    light = view.sky * (0.14 + 0.26 * above) + (0.3 + 0.7 * view.sky) * 0.85 * lamp
    # float32 halves the time, which goes into moving memory.
    samples = np.zeros((view.side * view.side, 4), np.float32)
    samples[view.seen, :3] = np.minimum(colours * (1.0 - contrast + contrast * light)[:, None], 1.0)
    samples[view.seen, 3] = 1.0
    size = view.side // SUPERSAMPLING
    blocks = samples.reshape(size, SUPERSAMPLING, size, SUPERSAMPLING, 4)
    mean = blocks.mean(axis=3).mean(axis=1)
    cover = mean[..., 3:]
    colour = to_srgb(mean[..., :3] / np.maximum(cover, 1.0 / SUPERSAMPLING**2))
    return np.concatenate([colour, np.round(255.0 * cover).astype(np.uint8)], axis=2)
