"""One step of training, by whichever way and however many workers."""

from copy import deepcopy

import pytest
import torch

from acutance.data.pool import Pool
from acutance.machine.tuning import Tuning
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Fourier, Hash
from acutance.model.space.coded import CodedConfig
from acutance.model.space.decoder import SpaceDecoderConfig
from acutance.model.space.refined import RefinedConfig
from acutance.training.objective import Objective
from acutance.training.shape.step import AutogradSteps, GridSteps, Steps

SMALL_HASH = DecoderConfig(
    encoding=Hash(levels=4, log2_table_size=12, finest_resolution=64), width=16, depth=1
)
REFINED = RefinedConfig(base=CodedConfig(decoder=SpaceDecoderConfig()), residual=SMALL_HASH)
BATCH = slice(100, 1101)


@pytest.fixture(scope="module")
def pool():
    torch.manual_seed(0)
    direction = torch.nn.functional.normalize(torch.randn(5000, 3), dim=1)
    points = 0.6 * direction + 0.02 * torch.randn(5000, 3)
    return Pool(points, points.norm(dim=1) - 0.6, 0.6 * direction, direction)


def network_of(config):
    """The network, only its residual learning where it has one."""
    torch.manual_seed(0)
    network = config.build(torch.Generator().manual_seed(0))
    if isinstance(config, RefinedConfig):
        network.base.requires_grad_(False)
        torch.nn.init.normal_(network.residual.output.weight, std=0.1)  # else the table rests
    return network


def stepped(way, network, pool, objective, workers, steps=3):
    """Terms of all steps, and the weights after them."""
    network = deepcopy(network)
    with Tuning(threads=1, workers=workers).team() as team:
        taker = way(network, pool, objective, team)
        terms = [taker.take(BATCH, rate=1e-3) for _ in range(steps)]
    return terms, list(network.parameters())


def agree(first, second):
    (terms, weights), (others, other_weights) = first, second
    for one, other in zip(terms, others, strict=True):
        assert one.keys() == other.keys()
        assert all(one[name].item() == pytest.approx(other[name].item(), rel=1e-3) for name in one)
    # Adam divides small gradients by their size, so that rounding may move a few entries.
    for ours, theirs in zip(weights, other_weights, strict=True):
        assert (ours - theirs).abs().mean() < 1e-5


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
@pytest.mark.parametrize("config", [SMALL_HASH, REFINED], ids=["decoder", "refined"])
def test_the_fast_way_takes_the_steps_of_autograd(pool, config, workers):
    network, objective = network_of(config), Objective()
    reference = stepped(AutogradSteps, network, pool, objective, 1)
    fast = stepped(GridSteps, network, pool, objective, workers)
    agree(reference, fast)
    moved = [(a - b).abs().max() for a, b in zip(fast[1], network.parameters(), strict=True)]
    learning = [parameter.requires_grad for parameter in network.parameters()]
    assert [bool(change > 1e-4) for change in moved] == learning


@pytest.mark.parametrize(
    "objective", [Objective(), Objective(eikonal_weight=0.1, gradient_share=1.0)]
)
def test_workers_take_the_step_that_one_alone_would(pool, objective):
    network = network_of(SMALL_HASH)
    one, three = (stepped(AutogradSteps, network, pool, objective, count) for count in (1, 3))
    agree(one, three)


def test_the_way_is_chosen_by_network_and_objective(pool):
    fourier = DecoderConfig(encoding=Fourier(), width=16, depth=1)
    with Tuning(threads=1).team() as team:

        def way(config, objective):
            return type(Steps.of(config.build(torch.Generator()), pool, objective, team))

        assert way(SMALL_HASH, Objective()) is GridSteps
        assert way(REFINED, Objective()) is GridSteps
        assert way(SMALL_HASH, Objective(normal_weight=1.0)) is AutogradSteps
        assert way(fourier, Objective()) is AutogradSteps
