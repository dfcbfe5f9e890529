"""One step of training: the gradient of a batch, its work shared among the cores, and Adam.

`Steps.of` chooses between ways to the same step: `AutogradSteps` for any network and objective;
`GridSteps`, faster, for networks on a table without terms of the gradient; and `RepeatedSteps` on a
GPU.
"""

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import fields

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.data.pool import Pool
from acutance.machine.replay import Replay
from acutance.machine.tuning import Team
from acutance.model.decoder import Decoder
from acutance.model.grid.feature_grid import encode_levels, pull_levels
from acutance.model.grid.feature_table import FeatureTable
from acutance.model.grid.levels import shares
from acutance.model.network import Network
from acutance.model.space.refined import Refined
from acutance.training.adam import adam, set_rate
from acutance.training.objective import Objective
from acutance.types import PointTensor

Terms = dict[str, Tensor]
"""The weighted terms of an objective, by name."""

Gradients = tuple[Tensor | None, ...]
"""Of a loss, by every parameter that it depends on."""

Head = Callable[[Float[Tensor, "points features"], PointTensor], Float[Tensor, " points"]]
"""Features of points, and the points → signed distances."""


class Steps(ABC):
    """Takes the steps of one training of one network."""

    def __init__(self, network: Network, pool: Pool, objective: Objective, team: Team) -> None:
        """Prepare for the first step; the network is changed in place from then on."""
        self.network, self.pool, self.objective, self.team = network, pool, objective, team

    @staticmethod
    def of(network: Network, pool: Pool, objective: Objective, team: Team) -> "Steps":
        """The fastest way that the network and the objective allow."""
        if pool.points.device.type == "cuda":
            return RepeatedSteps(network, pool, objective, team)
        on_cpu = pool.points.device.type == "cpu"
        fast = on_cpu and not objective.needs_gradient and _grid_and_head(network) is not None
        return (GridSteps if fast else AutogradSteps)(network, pool, objective, team)

    @abstractmethod
    def take(self, batch: slice, rate: float, used: float = 0.0) -> Terms:
        """One step on a slice of the pool.

        Args:
            batch: the slice.
            rate: learning rate.
            used: fraction of the budget that is used, 0 to 1.

        Returns:
            The terms of the objective before the step.
        """


class AutogradSteps(Steps):
    """Every worker takes a part of the batch, through the whole network and back."""

    def __init__(self, network: Network, pool: Pool, objective: Objective, team: Team) -> None:
        """An optimizer of all parameters that learn."""
        super().__init__(network, pool, objective, team)
        self._parameters = _learning(network)
        self._optimizer = adam(self._parameters, pool.points.device)

    def take(self, batch: slice, rate: float, used: float = 0.0) -> Terms:
        """One step on a slice of the pool."""
        size = batch.stop - batch.start

        def work(part: slice) -> tuple[Terms, Gradients]:
            """The part's share of the terms, and their gradient by every parameter."""
            with self.team.tuning.precision(used, self.pool.points.device):
                terms = self.objective(self.network, self.pool, part)
            share = (part.stop - part.start) / size
            terms = {name: share * term for name, term in terms.items()}
            loss = torch.stack(list(terms.values())).sum()
            return terms, torch.autograd.grad(loss, self._parameters, allow_unused=True)

        parts, gradients = zip(*self.team.share(work, batch), strict=True)
        _assign(self._parameters, gradients)
        _step(self._optimizer, rate)
        return {name: sum(terms[name].detach() for terms in parts) for name in parts[0]}


class RepeatedSteps(Steps):
    """On a GPU, which repeats whole steps by itself, through the whole network and back."""

    def __init__(self, network: Network, pool: Pool, objective: Objective, team: Team) -> None:
        """An optimizer of all parameters that learn."""
        super().__init__(network, pool, objective, team)
        self._parameters = _learning(network)
        self._optimizer = adam(self._parameters, pool.points.device)
        self.replay = Replay(pool.points.device)

    def take(self, batch: slice, rate: float, used: float = 0.0) -> Terms:
        """One step on a slice of the pool."""
        _set_rates(self._optimizer, rate)
        samples = self.objective.samples(self.pool, batch)
        inputs = tuple(getattr(samples, part.name) for part in fields(samples))
        mixed = self.team.tuning.is_mixed(used)
        terms = self.replay(functools.partial(self._learn, used), inputs, way=mixed)
        return dict(zip(self.objective.names, terms, strict=True))

    def _learn(self, used: float, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The step itself; its terms."""
        with self.team.tuning.precision(used, self.pool.points.device):
            terms = tuple(self.objective.terms(self.network, Pool(*inputs)).values())
        loss = torch.stack(terms).sum()
        gradients = torch.autograd.grad(loss, self._parameters, allow_unused=True)
        _assign(self._parameters, [gradients])
        self._optimizer.step()
        return tuple(term.detach() for term in terms)


class GridSteps(Steps):
    """For networks on a table of features, most of a step's memory, hence of its time.

    A worker keeps to its levels of the table, from the features to Adam, so that their rows stay in
    its core's cache; what follows the features is shared by points. The gradient of the table stays
    where it is from step to step: fresh memory of that size is slow.
    """

    def __init__(self, network: Network, pool: Pool, objective: Objective, team: Team) -> None:
        """Split the table among the workers."""
        super().__init__(network, pool, objective, team)
        grid_and_head = _grid_and_head(network)
        assert grid_and_head is not None
        self._grid, self._head = grid_and_head
        self._parameters = [
            parameter for parameter in _learning(network) if parameter is not self._grid.table
        ]
        self._optimizer = adam(self._parameters, pool.points.device)
        gradient = torch.zeros_like(self._grid.table)
        self._shards = [
            _Shard(self._grid, chosen, gradient)
            for chosen in shares(self._grid.levels, team.tuning.workers)
        ]

    def take(self, batch: slice, rate: float, used: float = 0.0) -> Terms:
        """One step on a slice of the pool."""
        points, sdf = self.pool.points[batch], self.pool.sdf[batch]
        features = points.new_empty(self._grid.width, len(points))
        cotangent = torch.empty_like(features)
        self.team.each(lambda shard: shard.encode(points, features), self._shards)

        def work(part: slice) -> tuple[Tensor, Gradients]:
            """The part's share of the loss, and its gradient by the head and by the features."""
            seen = features[:, part].t().requires_grad_()
            with self.team.tuning.precision(used, points.device):
                predicted = self._head(seen, points[part])
            loss = self.objective.distance(predicted, sdf[part]).sum() / len(points)
            to_features, *gradients = torch.autograd.grad(
                loss, [seen, *self._parameters], allow_unused=True
            )
            cotangent[:, part] = to_features.t()
            return loss.detach(), tuple(gradients)

        losses, gradients = zip(*self.team.share(work, slice(0, len(points))), strict=True)
        self.team.each(lambda shard: shard.learn(points, cotangent, rate), self._shards)
        _assign(self._parameters, gradients)
        _step(self._optimizer, rate)
        return {"distance": sum(losses)}


class _Shard:
    """A worker's levels of a table."""

    def __init__(self, grid: FeatureTable, chosen: tuple[int, ...], gradient: Tensor) -> None:
        """Parameters that are views of the table, and their gradient views of the table's."""
        self._grid, self._chosen, self._gradient = grid, chosen, gradient
        rows = [slice(grid.levels[index].start, grid.levels[index].stop) for index in chosen]
        self._views = [nn.Parameter(grid.table.detach()[part]) for part in rows]
        for view, part in zip(self._views, rows, strict=True):
            view.grad = gradient[part]
        self._optimizer = adam(self._views, grid.table.device)

    def encode(self, points: PointTensor, features: Float[Tensor, "features points"]) -> None:
        """Write the features of these levels."""
        table = self._grid.table.detach()
        encode_levels(points, table, self._grid.levels, self._chosen, features)

    def learn(
        self, points: PointTensor, cotangent: Float[Tensor, "features points"], rate: float
    ) -> None:
        """Move these levels' rows along the gradient by the features."""
        self._optimizer.zero_grad(set_to_none=False)
        pull_levels(points, cotangent, self._grid.levels, self._chosen, self._gradient)
        _step(self._optimizer, rate)


def _grid_and_head(network: Network) -> tuple[FeatureTable, Head] | None:
    """The table that learns and what follows it, of a network that has one."""
    match network:
        case Decoder(encoding=FeatureTable() as grid):
            return grid, lambda features, _: network.head(features)
        case Refined(base=base, residual=Decoder(encoding=FeatureTable() as grid) as residual):
            return grid, lambda features, points: base(points) + residual.head(features)
    return None


def _learning(network: nn.Module) -> list[nn.Parameter]:
    """The parameters that learn."""
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def _assign(parameters: list[nn.Parameter], gradients: Iterable[Gradients]) -> None:
    """Give each parameter the sum of its gradients, one a worker."""
    for parameter, *parts in zip(parameters, *gradients, strict=True):
        parameter.grad = None if parts[0] is None else functools.reduce(torch.add, parts)


def _step(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """One step at a learning rate."""
    _set_rates(optimizer, rate)
    optimizer.step()


def _set_rates(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        set_rate(group, rate)
