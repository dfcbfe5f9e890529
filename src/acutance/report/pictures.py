"""The pictures of a report: input, result and error from one camera, and the sharpest place."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.ndimage import uniform_filter

from acutance.machine.devices import CPU
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.report.camera import Camera, framing
from acutance.report.colours import PLASTER, linear_rgb, sequential
from acutance.report.png import encode_png
from acutance.report.render import SUPERSAMPLING, Stage, View, shade
from acutance.report.surfels import surfels
from acutance.types import PointArray

CLOSE_UP = 0.27
"""Side of the close-up as a part of the picture's side."""

LEAST_LIMIT = 1e-5
"""Distance of the brightest colour at least, in radii: less would paint rounding errors."""

BEHIND_TO_MENTION = 1e-3
"""Part of the samples seen from behind from which on the caption says so."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture of a report.

    Attributes:
        caption: what it shows, as plain text.
        png: the picture.
        limit: the length of the brightest colour where colours mean lengths (the darkest is 0).
        unit: unit of `limit`, as plain text.
    """

    caption: str
    png: bytes
    limit: float | None = None
    unit: str = ""


def comparison(
    reference: TriangleMesh | PointCloud,
    result: TriangleMesh,
    distance: Callable[[PointArray], Float[np.ndarray, " points"]],
    *,
    limit: float | None = None,
    size: int = 640,
    device: torch.device | str = CPU,
) -> list[Picture]:
    """Input, result and error with the same camera, and a close-up of both where it is sharpest.

    Args:
        reference: what was given.
        result: what came out, in the same frame.
        distance: unsigned distance of points to the reference, in units of its bounding-sphere
            radius; it is asked at every point of the result that the picture shows.
        limit: distance of the brightest colour; by default the 99th percentile of what is seen.
        size: pixels along a side.
        device: where rays are followed; see `choose_device`.
    """
    shown = surfels(reference) if isinstance(reference, PointCloud) else reference
    given, made = Stage(shown, device=device), Stage(result, device=device)
    camera = framing(np.concatenate([given.mesh.vertices, result.vertices]))
    cloud = isinstance(reference, PointCloud)

    def plain(stage: Stage, camera: Camera) -> tuple[View, bytes]:
        view = stage.look(camera, size)
        plaster = np.broadcast_to(linear_rgb(PLASTER), view.points.shape)
        colours = plaster if stage is given and cloud else None
        return view, encode_png(shade(view, camera, colours))

    def both(camera: Camera) -> list[tuple[View, bytes]]:
        """Input and result side by side: much of a picture runs on one core."""
        with ThreadPoolExecutor(2) as threads:
            return list(threads.map(plain, (given, made), (camera, camera)))

    (given_view, given_png), (made_view, made_png) = both(camera)
    error = np.asarray(distance(made_view.points), dtype=np.float64)
    if limit is None:
        limit = float(np.percentile(error, 99)) if len(error) else 0.0
    limit = max(limit, LEAST_LIMIT)
    heat = shade(made_view, camera, sequential(error / limit), contrast=0.4)
    (_, given_near), (_, made_near) = both(close_up(given_view, camera))
    behind = given_view.behind.sum() > BEHIND_TO_MENTION * len(given_view.behind) and not cloud
    return [
        Picture(caption="Input; orange: from behind" if behind else "Input", png=given_png),
        Picture(caption="Result", png=made_png),
        Picture(
            caption="Distance of the result to the input",
            png=encode_png(heat),
            limit=limit,
            unit="R",
        ),
        Picture(caption="Input, where it is sharpest", png=given_near),
        Picture(caption="Result, at the same place", png=made_near),
    ]


def close_up(view: View, camera: Camera) -> Camera:
    """The camera cut to the square of the picture that holds most crease.

    Crease is counted in the picture: 1 − cos of the angle between the normals of neighbouring
    samples that both see the shape, at nearly the same depth (else it is an outline, no crease).
    """
    side = view.side
    normals, depth = np.zeros((side, side, 3)), np.full((side, side), np.inf)
    seen = view.seen.reshape(side, side)
    normals[seen] = view.normals
    depth[seen] = (view.points - camera.eye) @ camera.forward
    # A neighbour on the same surface is about a sample's width deeper; ten leave room for slopes.
    step = 10.0 * 2.0 * camera.extent / side
    crease = np.zeros((side, side))
    for axis in (0, 1):
        first, second = np.moveaxis(normals, axis, 0)[:-1], np.moveaxis(normals, axis, 0)[1:]
        near, far = np.moveaxis(depth, axis, 0)[:-1], np.moveaxis(depth, axis, 0)[1:]
        with np.errstate(invalid="ignore"):  # inf − inf outside of the shape
            joined = np.abs(near - far) < step * near
        turn = np.where(joined, 1.0 - np.einsum("...i,...i->...", first, second), 0.0)
        np.moveaxis(crease, axis, 0)[:-1] += turn
    window = max(int(side * CLOSE_UP), SUPERSAMPLING)
    row, column = np.unravel_index(
        uniform_filter(crease, window, mode="constant").argmax(), crease.shape
    )
    return camera.window((column + 0.5) / side, (row + 0.5) / side, CLOSE_UP)
