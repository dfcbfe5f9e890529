"""Details of a shape's own in few bytes: its tables, tuned."""

from copy import deepcopy
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from acutance.errors import InputError
from acutance.model.space.coded import Coded
from acutance.model.space.tables import TABLE_SCALE, OwnTables
from acutance.training.adam import adam, set_rate
from acutance.training.losses import BandL1, DistanceLoss
from acutance.training.schedule import ExponentialDecay
from acutance.training.space.observation import Observation
from acutance.training.space.prior import samples_of

STILL = 0.1
"""Rate of the lattices that move space, in that of the tables."""

DECAY = ExponentialDecay(last=0.02)
"""Of the rates."""


@dataclass(frozen=True, kw_only=True)
class Detailing:
    """How tables are tuned.

    Attributes:
        steps: of Adam.
        points: samples a step.
        rate: of the tables, at the start.
        distance: what is minimised.
    """

    steps: int = 300
    points: int = 8192
    rate: float = 5e-3
    distance: DistanceLoss = field(default_factory=BandL1)

    def __post_init__(self) -> None:
        if min(self.steps, self.points) < 1 or not self.rate > 0:
            raise ValueError("steps, points and rate must be positive")


def detail(shape: Coded, observation: Observation, detailing: Detailing | None = None) -> Coded:
    """Tune the tables of one shape, which its code has mixed, with the network left as it is.

    What all shapes of a space share is how tables are read; with tables of its own a shape needs no
    code, and may be of a kind that the space has not seen. They are a few thousand numbers, kept as
    float16.

    Args:
        shape: a shape of a space, by the best code that was found.
        observation: samples of it, unit frame.
        detailing: how.

    Returns:
        the shape alone; see `Coded.alone`.

    Raises:
        InputError: the space has no tables that a shape could own.

    Example:
        >>> from acutance.data.pool import Pool
        >>> from acutance.model.space.decoder import SpaceDecoderConfig
        >>> shape = Coded(SpaceDecoderConfig(code=4).build(torch.Generator()), torch.zeros(4))
        >>> points = torch.rand(1000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
        >>> pool = Pool(points, points.norm(dim=1) - 0.5, torch.empty(0, 3), torch.empty(0, 3))
        >>> own = detail(shape, Observation.complete(pool), Detailing(steps=2))
        >>> type(own.config.decoder.conditioning).__name__, len(own.code)
        ('Local', 19300)
    """
    detailing = detailing or Detailing()
    device = shape.code.device
    alone = deepcopy(shape.alone()).cpu()  # samples are on the CPU until all are there
    reader = getattr(alone.decoder, "conditioning", None)
    if not isinstance(reader, OwnTables):
        raise InputError(
            "The codes of this space choose no tables, which could be tuned; --refine adds a grid "
            "of the shape's own instead, or train `best` or `many`."
        )
    pool = samples_of(alone, observation).to(device)
    alone = alone.to(device).requires_grad_(False)
    split = alone.code.clone().tensor_split((reader.moving,))
    parts: list[Tensor] = [nn.Parameter(part) for part in split]
    rates = (STILL * detailing.rate / TABLE_SCALE, detailing.rate / TABLE_SCALE)
    groups = [{"params": [p], "peak": rate} for p, rate in zip(parts, rates, strict=True)]
    optimizer = adam(groups, device, epsilon=1e-12)
    for step in range(detailing.steps):
        for group in optimizer.param_groups:
            set_rate(group, group["peak"] * DECAY(step / detailing.steps))
        start = step * detailing.points
        chosen = torch.arange(start, start + detailing.points, device=device) % len(pool)
        values = alone.decoder(pool.points[chosen][None], torch.cat(parts)[None])[0]
        optimizer.zero_grad(set_to_none=True)
        detailing.distance(values, pool.sdf[chosen]).mean().backward()
        optimizer.step()
    return Coded(alone.decoder, torch.cat(parts).detach().half().float())
