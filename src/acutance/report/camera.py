"""Where a picture is seen from: one camera for all pictures of a shape."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from acutance.types import PointArray

THREE_QUARTER = (0.62, 0.48, 1.0)
"""From the shape to the eye: right of the front, from above, +y up, as ShapeNet's pictures."""

EYE_DISTANCE = 5.0
"""Of the eye from the centre, in bounding radii: a long lens, which bends parallel edges little."""


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A pinhole camera with a square picture.

    A point p has the picture coordinates ``((p−eye)·right, (p−eye)·up) / ((p−eye)·forward)``; the
    picture shows the square of half side `extent` around `centre` in them.

    Attributes:
        eye: position, in the frame of the shape.
        forward, right, up: orthonormal axes of the view.
        centre: middle of the picture, in picture coordinates.
        extent: half side of the picture, in picture coordinates; positive.
    """

    eye: Float[np.ndarray, " 3"]
    forward: Float[np.ndarray, " 3"]
    right: Float[np.ndarray, " 3"]
    up: Float[np.ndarray, " 3"]
    centre: tuple[float, float] = (0.0, 0.0)
    extent: float = 1.0

    def __post_init__(self) -> None:
        if self.extent <= 0:
            raise ValueError(f"the half side of a picture must be positive, not {self.extent}")

    def project(self, points: PointArray) -> Float[np.ndarray, "points 3"]:
        """Position in the picture, x to the right and y down in [0, 1] where seen, and depth."""
        x, y, depth = ((points - self.eye) @ np.stack([self.right, self.up, self.forward], 1)).T
        across = (x / depth - self.centre[0]) / self.extent
        upward = (y / depth - self.centre[1]) / self.extent
        return np.stack([0.5 + 0.5 * across, 0.5 - 0.5 * upward, depth], axis=1)

    def window(self, x: float, y: float, side: float) -> "Camera":
        """The same view, cut to a square around (x, y) with the given part of the picture's side.

        Args:
            x, y: middle of the cut in the picture, as `project` gives it.
            side: part of the picture's side, in (0, 1].
        """
        return Camera(
            eye=self.eye,
            forward=self.forward,
            right=self.right,
            up=self.up,
            centre=(
                self.centre[0] + self.extent * (2.0 * x - 1.0),
                self.centre[1] + self.extent * (1.0 - 2.0 * y),
            ),
            extent=self.extent * side,
        )


def framing(
    points: PointArray,
    towards_eye: tuple[float, float, float] = THREE_QUARTER,
    margin: float = 0.06,
) -> Camera:
    """The camera that sees all the points from a direction, as large as they fit.

    Args:
        points: what must be seen; at least one.
        towards_eye: direction from the shape to the eye, not parallel to +y, which is up.
        margin: part of the picture left free at every side.
    """
    lower, upper = points.min(axis=0), points.max(axis=0)
    radius = max(float(np.linalg.norm(upper - lower)) / 2.0, 1e-12)  # one point has no extent
    back = np.asarray(towards_eye) / np.linalg.norm(towards_eye)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    wide = Camera(
        eye=0.5 * (lower + upper) + EYE_DISTANCE * radius * back,
        forward=-back,
        right=right,
        up=np.cross(back, right),
        extent=1.0 / (EYE_DISTANCE - 1.0),
    )
    seen = wide.project(points)[:, :2]
    low, high = seen.min(axis=0), seen.max(axis=0)
    side = max(float((high - low).max()) / (1.0 - 2.0 * margin), 1e-6)
    x, y = 0.5 * (low + high)
    return wide.window(float(x), float(y), side)
