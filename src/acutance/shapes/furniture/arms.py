"""Arms of chairs."""

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from acutance.shapes.furniture.backs import BackFrame
from acutance.shapes.furniture.seats import Seat
from acutance.shapes.modelling.bars import UP, beam, rod, tube
from acutance.shapes.modelling.curves import Polyline3D, rounded, spline, vector
from acutance.shapes.modelling.panels import box

ChairArms = Callable[[Seat, BackFrame, float], list[Manifold]]
"""From the seat, the surface of the back and the height above the seat: both arms."""


def no_chair_arms(_seat: Seat, _frame: BackFrame, _height: float) -> list[Manifold]:
    """No arms: an empty list."""
    return []


def post_arms(seat: Seat, frame: BackFrame, height: float) -> list[Manifold]:
    """Bars from the sides of the back forwards, each on a post that rises from the seat."""
    v = np.array([(height + seat.height - frame.foot) / frame.height])
    parts = []
    for side in (-1.0, 1.0):
        rear = frame.at(side, v)[0]
        foot_z = 0.24 * seat.depth
        foot = vector(side * (seat.half_width(foot_z) - 0.03), seat.middle, foot_z)
        front = vector(foot[0] + 0.03 * side, rear[1] + 0.012, foot_z + 0.03)
        tip = front + vector(0.004 * side, -0.004, 0.06)
        middle = 0.5 * (rear + front) + vector(0.016 * side, 0.004, 0.0)
        path = spline(np.stack([rear, middle, front, tip]), 14)
        parts += [beam(path, 0.042, 0.02, UP), rod(foot, front, 0.013, 0.011)]
    return parts


def loop_arms(seat: Seat, _frame: BackFrame, height: float) -> list[Manifold]:
    """Bent bars that come out of the seat's side, rise, run level and go down again."""
    return [tube(path, 0.011) for path in _loops(seat, height)]


def pad_arms(seat: Seat, frame: BackFrame, height: float) -> list[Manifold]:
    """Loops with a soft pad on each."""
    pads = []
    for path in _loops(seat, height):
        x, top = path[:, 0][np.argmax(path[:, 1])], path[:, 1].max()
        lower = vector(x - 0.03, top - 0.004, -0.3 * seat.depth)
        pads.append(box(lower, lower + vector(0.06, 0.03, 0.64 * seat.depth), 0.012))
    return [*loop_arms(seat, frame, height), *pads]


def _loops(seat: Seat, height: float) -> list[Polyline3D]:
    """The centre lines of both loops, from the rear to the front."""
    outside = seat.width / 2 + 0.014
    profile = [(0, -0.22), (1, -0.22), (1, 0.26), (0, 0.26)]
    paths = []
    for side in (-1.0, 1.0):
        bow = [vector(side * outside, seat.middle + height * y, z * seat.depth) for y, z in profile]
        inner = [
            vector(side * (seat.half_width(end[2]) - 0.05), end[1], end[2])
            for end in (bow[0], bow[-1])
        ]
        paths.append(rounded(np.stack([inner[0], *bow, inner[1]]), 0.04))
    return paths
