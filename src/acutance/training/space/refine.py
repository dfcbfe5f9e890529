"""Details of a shape's own, which its space could not know."""

from copy import deepcopy
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.spatial import cKDTree
from torch import Tensor

from acutance.data.pool import Pool
from acutance.model.neural_sdf import UnitField
from acutance.model.space.coded import Coded
from acutance.model.space.refined import Refined, RefinedConfig
from acutance.progress import SILENT, Progress
from acutance.training.schedule import Budget
from acutance.training.shape.fit import Fitting, fit
from acutance.training.space.observation import Observation

KEPT = 0.5
"""Samples that hold the field to the space's prior, as a fraction of the observed ones."""

NEWTON_STEPS, SPREAD = 4, 0.01
"""Half of them lie about the surface of the prior: so many steps lead there, and so far from it, in
the unit frame, they are spread."""

NEAR_DATA = 0.05
"""Within this distance of the data, in the unit frame, the data alone decide."""


@dataclass(frozen=True, kw_only=True)
class Refinement:
    """How details are learned.

    Attributes:
        fitting: how the residual is trained.
        budget: for how long.
    """

    fitting: Fitting = field(default_factory=lambda: Fitting(final_ratio=0.01, batch_growth=4.0))
    budget: Budget = field(default_factory=lambda: Budget(seconds=10.0))


@dataclass(frozen=True)
class _Start:
    """Builds the network of a refinement: the shape as found, and a residual of zero."""

    shape: Coded

    def build(self, generator: torch.Generator) -> Refined:
        config = RefinedConfig(base=self.shape.config)
        residual = config.residual.build(generator)
        return Refined(deepcopy(self.shape).requires_grad_(False), residual)


def refine(
    shape: Coded,
    observation: Observation,
    refinement: Refinement | None = None,
    progress: Progress = SILENT,
) -> Refined:
    """Learn what the space could not know: a hash grid of the object's own is added to its field.

    Where a scan shows nothing, the field stays what the space made of it.

    Args:
        shape: a shape of the space.
        observation: samples of it, unit frame.
        refinement: how.
        progress: receives the state of the training.

    Raises:
        InputError: the training failed.

    Example:
        >>> from acutance.model.space.conditioning import Concatenated
        >>> from acutance.model.space.decoder import SpaceDecoderConfig
        >>> config = SpaceDecoderConfig(code=4, conditioning=Concatenated(), width=16)
        >>> shape = Coded(config.build(torch.Generator()), torch.ones(4))
        >>> points = torch.rand(1000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
        >>> pool = Pool(points, points.norm(dim=1) - 0.5, torch.empty(0, 3), torch.empty(0, 3))
        >>> quickly = Refinement(budget=Budget(steps=5))
        >>> refined = refine(shape, Observation.complete(pool), quickly)
        >>> torch.equal(refined.base.code, shape.code)
        True
    """
    refinement = refinement or Refinement()
    device = shape.code.device
    alone = deepcopy(shape.alone()).cpu()  # samples are on the CPU until all are there
    pool = observation.pool if observation.whole else _with_prior(alone, observation)
    run = fit(pool.to(device), _Start(alone), refinement.fitting, refinement.budget, progress)
    assert isinstance(run.decoder, Refined)
    return run.decoder


def _with_prior(shape: Coded, observation: Observation) -> Pool:
    """The observed samples, and some that hold the prior where nothing was seen, in random order.

    What is known to be free is as far from the surface as from what was scanned, or nearer.
    """
    pool, free = observation.pool, observation.free
    generator = torch.Generator().manual_seed(0)
    count, place = round(KEPT * len(pool)), generator.device
    prior = torch.rand(count, 3, generator=generator, device=place) * 2 - 1
    prior[::2] = _near_surface(shape, prior[::2], generator)
    scanned = cKDTree(pool.surface_points[: 1 << 16].numpy())
    prior = prior[_distance(scanned, prior) > NEAR_DATA]
    points = torch.cat([pool.points, prior, free])
    sdf = torch.cat([pool.sdf, UnitField(shape).sdf(prior), _distance(scanned, free)])
    order = torch.randperm(len(points), generator=generator, device=place)
    return replace(pool, points=points[order], sdf=sdf[order])


def _near_surface(
    shape: Coded, points: Float[Tensor, "points 3"], generator: torch.Generator
) -> Float[Tensor, "points 3"]:
    """The points moved close to the shape's surface by a few Newton steps, within the cube."""
    field = UnitField(shape)
    for _ in range(NEWTON_STEPS):
        gradient = field.gradient(points)
        squared = gradient.square().sum(dim=1, keepdim=True).clamp(min=0.1)
        points = (points - field.sdf(points)[:, None] * gradient / squared).clamp(-1.0, 1.0)
    noise = SPREAD * torch.randn(points.shape, generator=generator, device=generator.device)
    return (points + noise).clamp(-1.0, 1.0)


def _distance(tree: cKDTree, points: Float[Tensor, "points 3"]) -> Float[Tensor, " points"]:
    """Distance to the nearest point of a tree."""
    return torch.from_numpy(tree.query(points.numpy(), workers=-1)[0].astype(np.float32))
