"""The code of an unseen shape, found with the decoder fixed (DeepSDF, section 4.3)."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from acutance.model.space.coded import ShapeDecoder
from acutance.model.space.shape_space import ShapeSpace
from acutance.training.losses import ClampedL1, DistanceLoss
from acutance.training.schedule import ExponentialDecay
from acutance.training.space.observation import Observation
from acutance.training.space.presets import FEW_SHAPES

FEW, SHORTLIST, PROBES = 256, 16, 4096
"""Samples by which known shapes are put on a short list, its length, and samples that choose the
nearest one of it."""

TOGETHER = 64
"""Known shapes that are looked at in one go."""

CAUTION = 1000.0
"""How much closer to a known shape a code is kept, where a scan of one side leaves room for shapes
that fit it and are none, and the space is of too few shapes (`FEW_SHAPES`) to know better."""


@dataclass(frozen=True, kw_only=True)
class Inference:
    """How a code is found.

    Attributes:
        steps: of Adam on the code.
        points: samples a step.
        learning_rate: at the start, in units of the known codes' deviation.
        distance: the distance term.
        free_weight: weight of ``max(0, −f)`` at positions known to be outside.
        penalty: weight of the code's squared offset from the known shape where it started, in
            units of the known codes' deviation; perhaps `CAUTION` times as much where the shape is
            seen in part. A hundred times the default left the code where it started.
        seed: of the order of the samples.
    """

    steps: int = 120
    points: int = 4096
    learning_rate: float = 0.3
    distance: DistanceLoss = field(default_factory=ClampedL1)
    free_weight: float = 1.0
    penalty: float = 1e-5
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.steps, self.points) < 1 or not self.learning_rate > 0:
            raise ValueError("steps, points and learning_rate must be positive")
        if min(self.free_weight, self.penalty) < 0:
            raise ValueError("weights must not be negative")


@dataclass(frozen=True, kw_only=True)
class Inferred:
    """A code that was found.

    Attributes:
        code: the code.
        start: the known shape that it started from.
        losses: distance term, step by step.
    """

    code: Float[Tensor, " code"]
    start: str
    losses: list[float]


def infer_code(
    space: ShapeSpace, observation: Observation, inference: Inference | None = None
) -> Inferred:
    """Find the code whose shape fits what was observed.

    It starts from the known shape that fits best. Nothing of other shapes that are reconstructed in
    the same run plays a part: the same input gives the same code.

    Args:
        space: decoder and known codes.
        observation: samples of the shape, unit frame.
        inference: how.

    Example:
        >>> from acutance.data.pool import Pool
        >>> from acutance.mesh.normalize import Similarity
        >>> from acutance.model.space.conditioning import Concatenated
        >>> from acutance.model.space.decoder import SpaceDecoderConfig
        >>> from acutance.model.space.shape_space import SpaceEntry
        >>> config = SpaceDecoderConfig(code=4, conditioning=Concatenated(), width=16)
        >>> entry = SpaceEntry(key="ball/small", transform=Similarity())
        >>> space = ShapeSpace(config.build(torch.Generator()), torch.ones(1, 4), (entry,))
        >>> points = torch.rand(1000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
        >>> pool = Pool(points, points.norm(dim=1) - 0.5, torch.empty(0, 3), torch.empty(0, 3))
        >>> found = infer_code(space, Observation.complete(pool), Inference(steps=5, points=100))
        >>> found.start, len(found.code), len(found.losses)
        ('ball/small', 4, 5)
    """
    inference = inference or Inference()
    generator = torch.Generator().manual_seed(inference.seed)
    observation = observation.to(space.device)
    nearest = nearest_shape(space, observation)
    careful = not observation.whole and len(space.codes) <= FEW_SHAPES
    penalty = inference.penalty * (CAUTION if careful else 1.0)
    start, deviation = space.codes[nearest], _deviation(space.codes)
    offset = nn.Parameter(torch.zeros_like(start))
    optimizer = torch.optim.Adam([offset], lr=inference.learning_rate)
    decay, losses = ExponentialDecay(last=0.05), list[Tensor]()
    for step in range(inference.steps):
        optimizer.param_groups[0]["lr"] = inference.learning_rate * decay(step / inference.steps)
        code = start + deviation * offset
        term = _misfit(space.decoder, code, observation, inference, generator)
        optimizer.zero_grad()
        (term + penalty * offset.square().sum()).backward()
        optimizer.step()
        losses.append(term.detach())  # read at the end: it would wait for a GPU at every step
    found = (start + deviation * offset).detach()
    course: list[float] = torch.stack(losses).tolist()
    return Inferred(code=found, start=space.keys[nearest], losses=course)


def nearest_shape(space: ShapeSpace, observation: Observation) -> int:
    """The number of the known shape whose field fits the observation best."""
    left = torch.arange(len(space.codes), device=space.device)
    for probes, kept in ((FEW, SHORTLIST), (PROBES, 1)):
        pool = observation.pool
        misfit = _misfits(space, left, pool.points[:probes], pool.sdf[:probes])
        left = left[misfit.topk(min(kept, len(left)), largest=False).indices]
    return int(left[0])


@torch.no_grad()
def _misfits(
    space: ShapeSpace,
    chosen: Int64[Tensor, " shapes"],
    points: Float[Tensor, "points 3"],
    sdf: Float[Tensor, " points"],
) -> Float[Tensor, " shapes"]:
    """How badly each of some known shapes fits samples."""
    points, sdf, found = points.to(space.device), sdf.to(space.device), list[Tensor]()
    for some in chosen.split(TOGETHER):
        codes = space.codes[some]
        values = space.decoder(points.expand(len(codes), -1, -1).contiguous(), codes)
        found.append(ClampedL1()(values, sdf.expand_as(values)).mean(dim=1))
    return torch.cat(found)


def _misfit(
    decoder: ShapeDecoder,
    code: Float[Tensor, " code"],
    observation: Observation,
    inference: Inference,
    generator: torch.Generator,
) -> Tensor:
    """How badly a code's shape fits a random part of the observation, on the device of both."""
    pool = observation.pool
    chosen = _choose(len(pool), inference.points, generator).to(code.device)
    points, sdf = pool.points[chosen], pool.sdf[chosen]
    term = inference.distance(decoder(points[None], code[None])[0], sdf).mean()
    if not len(observation.free) or not inference.free_weight:
        return term
    count = max(1, inference.points // 2)
    chosen = _choose(len(observation.free), count, generator).to(code.device)
    outside = decoder(observation.free[chosen][None], code[None])[0]
    return term + inference.free_weight * (-outside).clamp(min=0.0).mean()


def _choose(size: int, count: int, generator: torch.Generator) -> Int64[Tensor, " count"]:
    """So many random places in a pool, drawn where the generator is."""
    return torch.randint(size, (count,), generator=generator, device=generator.device)


def _deviation(codes: Float[Tensor, "shapes code"]) -> Float[Tensor, ""]:
    """Size of the known codes' differences; that of the codes where there is only one."""
    spread = (codes - codes.mean(dim=0)).square().mean().sqrt()
    return spread if spread > 0 else codes.square().mean().sqrt().clamp(min=1e-6)
