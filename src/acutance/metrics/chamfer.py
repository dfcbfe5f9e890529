"""The Chamfer distance of the literature, with the floor below which it says nothing."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree


@dataclass(frozen=True, kw_only=True)
class Floored:
    """A number beside what the same computation gives for two samplings of the reference.

    Attributes:
        value: between the result and the reference.
        floor: between two samplings of the reference; None if one of them is empty.
        points: points a side; the smaller number where the sides differ.
    """

    value: float
    floor: float | None
    points: int


def chamfer(first: Float[np.ndarray, "points 3"], second: Float[np.ndarray, "others 3"]) -> float:
    """Chamfer distance ×10³ as DeepSDF defines it (arXiv 1901.05103, supplement).

    The sum, not the mean, of the two mean squared distances to the nearest sample of the other
    side, in the unit of the points squared. It never vanishes for samples of one surface: for n
    samples of an area A it is about 2A/(πn)·10³.

    Example:
        >>> import numpy as np
        >>> chamfer(np.zeros((1, 3)), np.array([[0.1, 0.0, 0.0]]))  # 10³ · (0.01 + 0.01)
        20.0...
    """
    to_second, _ = cKDTree(second).query(first, workers=-1)
    to_first, _ = cKDTree(first).query(second, workers=-1)
    return 1e3 * float(np.square(to_second).mean() + np.square(to_first).mean())
