"""A ball of a space gets tables of its own, and another size with them."""

from dataclasses import replace

import pytest
import torch
from balls import QUICK, SMOOTH, TINY, TINY_GRID, ball_pool, ball_store, directions, trainer_of

from acutance.errors import InputError
from acutance.mesh.normalize import Similarity
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.coded import Coded
from acutance.model.space.tables import Deformed, Local
from acutance.training.schedule import Budget
from acutance.training.space.detail import Detailing, detail
from acutance.training.space.loop import run_space
from acutance.training.space.observation import Observation

KNOWN, RADIUS = 0.5, 0.53
QUICKLY = Detailing(steps=120, points=1024)
DEFORMED = replace(TINY, conditioning=Deformed(grid=TINY_GRID, lattices=(2,), proportions=2))


@pytest.fixture(scope="module", params=[TINY, DEFORMED], ids=["mixture", "deformed"])
def base(request, tmp_path_factory):
    store = ball_store(tmp_path_factory.mktemp("detail") / "store", [KNOWN])
    trainer = trainer_of(store, request.param, replace(QUICK, shapes=1))
    run_space(trainer, Budget(steps=120), inspections=0)
    return Coded(trainer.decoder.eval().requires_grad_(False), trainer.codes[0].detach())


def error(shape, points):
    """Mean |f| at points."""
    with torch.no_grad():
        return shape(points).abs().mean().item()


def test_a_shape_that_the_space_does_not_know_is_met_by_its_own_tables(base):
    observation = Observation.complete(ball_pool(RADIUS, 20_000))
    own = detail(base, observation, QUICKLY)
    surface = RADIUS * directions(2000, seed=9)
    assert error(base, surface) > 0.02
    assert error(own, surface) < 0.2 * error(base, surface)
    assert isinstance(own.config.decoder.conditioning, Local)


def test_where_a_scan_saw_nothing_the_space_s_shape_stays(base):
    pool = ball_pool(RADIUS, 20_000)
    seen, surface = pool.points[:, 2] > 0.3, pool.surface_points[:, 2] > 0.3
    part = replace(
        pool, points=pool.points[seen], sdf=pool.sdf[seen],
        surface_points=pool.surface_points[surface], surface_normals=pool.surface_normals[surface],
    )  # fmt: skip
    observation = Observation(pool=part, free=torch.empty(0, 3), whole=False)
    own = detail(base, observation, QUICKLY)
    points = KNOWN * directions(4000, seed=3)
    points = points[points[:, 2] < -0.1]
    assert error(own, points) < error(base, points) + 0.006


def test_the_network_and_the_code_of_the_space_are_not_changed(base):
    code, weights = base.code.clone(), [p.clone() for p in base.decoder.parameters()]
    detail(base, Observation.complete(ball_pool(RADIUS)), Detailing(steps=2))
    assert torch.equal(base.code, code)
    for ours, before in zip(base.decoder.parameters(), weights, strict=True):
        assert torch.equal(ours, before)


def test_tables_are_kept_in_two_bytes_a_number_and_lose_nothing(base, tmp_path):
    own = detail(base, Observation.complete(ball_pool(RADIUS)), QUICKLY)
    model = NeuralSDF(own, Similarity())
    model.save(tmp_path / "model")
    points = torch.rand(200, 3) * 2 - 1
    assert torch.equal(NeuralSDF.load(tmp_path / "model").sdf(points), model.sdf(points))
    network = 4 * (own.parameter_count - len(own.code))
    assert (tmp_path / "model" / "model.safetensors").stat().st_size < (
        2 * len(own.code) + network + 2000
    )


def test_a_space_without_tables_says_what_to_use_instead():
    shape = Coded(SMOOTH.build(torch.Generator()), torch.zeros(SMOOTH.code))
    with pytest.raises(InputError, match="choose no tables, which could be tuned; --refine adds"):
        detail(shape, Observation.complete(ball_pool(RADIUS)))
