"""Details of a shape's own, which its space could not know."""

from copy import deepcopy
from dataclasses import dataclass, field

import torch

from acutance.model.space.coded import Coded
from acutance.model.space.refined import Refined, RefinedConfig
from acutance.progress import SILENT, Progress
from acutance.training.schedule import Budget
from acutance.training.shape.fit import Fitting, fit
from acutance.training.space.observation import Observation
from acutance.training.space.prior import samples_of


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
        >>> from acutance.data.pool import Pool
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
    pool = samples_of(alone, observation)
    run = fit(pool.to(device), _Start(alone), refinement.fitting, refinement.budget, progress)
    assert isinstance(run.decoder, Refined)
    return run.decoder
