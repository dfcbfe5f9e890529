"""New shapes of a space beside unseen ones, as the field judges generated shapes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.space.evaluate import EvaluateConfig, selected_keys
from acutance.jobs.space.run_folder import read_settings
from acutance.jobs.space.sample import JUDGEMENT, SampleConfig, draw_meshes, write_new_shapes
from acutance.machine.files import write_json
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS
from acutance.mesh.surface import sample_surface
from acutance.metrics.chamfer import chamfer
from acutance.metrics.generation import SetScores, earth_movers, score_set
from acutance.metrics.table import Row, Table
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import SILENT, Progress
from acutance.types import PointArray

ShapeDistance = Literal["chamfer", "emd"]

POINTS: dict[ShapeDistance, int] = {"chamfer": 2048, "emd": 512}
"""Surface points of a shape, at most: 2,048 as in PointFlow, and few where the time grows with the
cube."""

NAMES: dict[ShapeDistance, str] = {"chamfer": "Chamfer", "emd": "earth mover's"}


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """How well new shapes stand for unseen ones.

    Attributes:
        shapes: how many of each set were compared.
        points: surface points of a shape.
        by: the distance of two shapes.
        new: of the new shapes.
        known: of as many known shapes: what new ones could reach.
    """

    shapes: int
    points: int
    by: ShapeDistance
    new: SetScores
    known: SetScores

    def table(self) -> Table:
        """The numbers of both sets."""
        return Table(
            title="New shapes beside unseen ones",
            columns=("n", "MMD", "COV", "1-NNA"),
            rows=(self._row("new shapes", self.new), self._row("known shapes", self.known)),
            note=(
                f"n: shapes of each set, compared by the {NAMES[self.by]} distance ×10³ of "
                f"{self.points:,} points a shape. MMD: mean distance of an unseen shape from the "
                "nearest of the row. COV: share of the unseen shapes that are the nearest one of a "
                "shape of the row. 1-NNA: share of both whose nearest other one is of their own "
                "set; 50 % where they cannot be told apart. The row of known shapes is the "
                "measure; copies of them would score the same."
            ),
        )

    def _row(self, name: str, scores: SetScores) -> Row:
        values = (
            f"{self.shapes}",
            f"{scores.matching:.3g}",
            f"{scores.coverage:.0%}",
            f"{scores.accuracy:.0%}",
        )
        return Row(name=name, values=values, unit="", formula="", points="", floor="")


def sample_and_judge(
    run: Path,
    space: ShapeSpace,
    folder: Path,
    config: SampleConfig,
    by: ShapeDistance = "chamfer",
    progress: Progress = SILENT,
) -> tuple[Judgement, list[Path]]:
    """Write as many new shapes as the run's store has unseen ones, and judge them.

    Args:
        run: the run's folder.
        space: of that run.
        folder: where to write what `sample` writes, and `judgement.json`.
        config: how; its count is not looked at.
        by: the distance of two shapes.
        progress: receives how it goes on.

    Raises:
        InputError: there are fewer than two unseen shapes, a new shape has no surface, or a file
            cannot be written.
    """
    store = SampleStore.open(str(read_settings(run).get("store", "")))
    unseen = len(selected_keys(space, store, EvaluateConfig(split="test")))
    meshes = draw_meshes(space, replace(config, count=unseen), progress)
    found = judge(space, store, meshes, by, progress)
    files = write_new_shapes(folder, meshes, config)
    write_json(folder / JUDGEMENT, asdict(found))
    return found, [*files[:-1], folder / JUDGEMENT, files[-1]]


def judge(
    space: ShapeSpace,
    store: SampleStore,
    meshes: Sequence[TriangleMesh],
    by: ShapeDistance = "chamfer",
    progress: Progress = SILENT,
) -> Judgement:
    """Compare new shapes, and as many known ones, with as many unseen ones.

    Args:
        space: what the new shapes are of.
        store: surfaces of known and unseen shapes.
        meshes: the new shapes, in the unit frame.
        by: the distance of two shapes.
        progress: receives the stage.

    Raises:
        InputError: a set has fewer than two shapes, or the store no surface points.
    """
    progress.stage("judging")
    test = selected_keys(space, store, EvaluateConfig(split="test"))
    known = [key for key in space.keys if key in store.records]
    count = min(len(meshes), len(test), len(known))
    if count < 2:
        raise InputError(
            "New shapes are judged beside two unseen ones or more; the store has "
            f"{len(test)}: prepare with a larger --test-share."
        )
    rng = np.random.default_rng(0)
    unseen, learned = (
        [keys[i] for i in rng.permutation(len(keys))[:count]] for keys in (test, known)
    )
    points = _points_of_all(store, [*unseen, *learned], POINTS[by])
    new = [sample_surface(mesh, points, rng).points / UNIT_RADIUS for mesh in meshes[:count]]
    real, alike = ([_surface(store, key, points) for key in keys] for keys in (unseen, learned))
    apart = chamfer if by == "chamfer" else earth_movers
    return Judgement(
        shapes=count,
        points=points,
        by=by,
        new=score_set(new, real, apart),
        known=score_set(alike, real, apart),
    )


def _points_of_all(store: SampleStore, keys: Sequence[str], most: int) -> int:
    """As many surface points as every shape has.

    Raises:
        InputError: one has none.
    """
    fewest = min(len(store.pool(key).surface_points) for key in keys)
    if fewest == 0:
        raise InputError(
            f"Shapes of {store.folder} have no surface points to be compared by; prepare them with "
            "--surface."
        )
    return min(most, fewest)


def _surface(store: SampleStore, key: str, count: int) -> PointArray:
    """Points of a shape's surface, in radii."""
    return store.pool(key).surface_points[:count].numpy().astype(np.float64) / UNIT_RADIUS
