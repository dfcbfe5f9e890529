"""What the codes of a space tell of its shapes."""

import numpy as np

from acutance.data.store import SampleStore
from acutance.metrics.codes import CodeScores, principal_places, score_codes, surface_distances
from acutance.model.space.shape_space import ShapeSpace
from acutance.report.scatter import Scatter

MOST_SHAPES = 200
"""Known shapes that are compared, each with each."""

POINTS = 1024
"""Surface points of each."""


def measure_codes(space: ShapeSpace, store: SampleStore) -> CodeScores | None:
    """Compare distances of codes with distances of the surfaces in a store.

    Args:
        space: whose known shapes are compared, 200 of them where there are more.
        store: what the space was trained on.

    Returns:
        The scores; None of fewer than three shapes, or where the store has no surface points.
    """
    keys = [key for key in space.keys if key in store.records]
    chosen = keys[:: -(-len(keys) // MOST_SHAPES) or 1]
    surfaces = [store.pool(key).surface_points[:POINTS].numpy() for key in chosen]
    if len(chosen) < 3 or not all(map(len, surfaces)):
        return None
    codes = space.codes[[space.index(key) for key in chosen]].cpu().numpy()
    return score_codes(codes, surface_distances(surfaces).astype(np.float64))


def plot_codes(space: ShapeSpace) -> Scatter:
    """The codes of the known shapes as points, coloured by category."""
    places, share = principal_places(space.codes.cpu().numpy())
    categories = [entry.category for entry in space.entries]
    rows = {
        name: [i for i, c in enumerate(categories) if c == name] for name in sorted({*categories})
    }
    return Scatter(
        title="Codes of the known shapes",
        about=(
            f"The plane of the two first principal components, which hold {share:.0%} of the "
            "codes' variance. The name of a point shows under the mouse."
        ),
        groups={name: places[index] for name, index in rows.items()},
        names={name: tuple(space.keys[i] for i in index) for name, index in rows.items()},
    )
