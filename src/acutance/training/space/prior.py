"""What a space makes of a shape, where nothing of it was seen."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.spatial import cKDTree
from torch import Tensor

from acutance.data.pool import Pool
from acutance.model.neural_sdf import UnitField
from acutance.model.space.coded import Coded
from acutance.training.space.observation import Observation

KEPT = 0.5
"""Samples that hold the field to the space's prior, as a fraction of the observed ones."""

NEWTON_STEPS, SPREAD = 4, 0.01
"""Half of them lie about the surface of the prior: so many steps lead there, and so far from it, in
the unit frame, they are spread."""

NEAR_DATA = 0.05
"""Within this distance of the data, in the unit frame, the data alone decide."""


def samples_of(shape: Coded, observation: Observation) -> Pool:
    """What the details of a shape are learned from, in random order.

    Of a shape that was seen in part, samples of what the space makes of it hold the field where
    nothing was seen. What is known to be free is as far from the surface as from what was scanned,
    or nearer.

    Args:
        shape: as the space knows it, on the CPU.
        observation: samples of it, unit frame.
    """
    pool, free = observation.pool, observation.free
    if observation.whole:
        return pool
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
