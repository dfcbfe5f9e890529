"""Agreement of two surfaces' normals."""

import numpy as np
from jaxtyping import Float


def normal_consistency(
    normals: Float[np.ndarray, "points 3"], others: Float[np.ndarray, "points 3"]
) -> float:
    """Mean of |n·m|, in [0, 1]: 1 where the surfaces are parallel.

    Occupancy Networks (Mescheder et al. 2019, supplement) take the normal m of the
    nearest sample; here it is that of the closest point of the surface. The sign is left out, as
    there, because a reference may be unoriented.

    Args:
        normals: unit normals of the points.
        others: unit normals where the points come nearest to the other surface.

    Example:
        >>> import numpy as np
        >>> up = np.array([[0.0, 0.0, 1.0]])
        >>> normal_consistency(up, -up)
        1.0
    """
    return float(np.abs(np.einsum("ij,ij->i", normals, others)).mean())
