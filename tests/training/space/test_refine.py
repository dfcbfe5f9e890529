"""A ball of a space gets a bump that the space does not know."""

from dataclasses import replace

import pytest
import torch
from balls import QUICK, TINY, ball_store, directions, trainer_of

from acutance.data.pool import Pool
from acutance.model.space.coded import Coded
from acutance.model.space.refined import Refined
from acutance.progress import Progress
from acutance.training.schedule import Budget
from acutance.training.shape.fit import Fitting
from acutance.training.space.loop import run_space
from acutance.training.space.observation import Observation
from acutance.training.space.refine import Refinement, refine

RADIUS, BUMP = 0.5, 0.03
QUICKLY = Refinement(fitting=Fitting(batch=1024), budget=Budget(steps=200))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    store = ball_store(tmp_path_factory.mktemp("refine") / "store", [RADIUS])
    trainer = trainer_of(store, TINY, replace(QUICK, shapes=1))
    run_space(trainer, Budget(steps=120), inspections=0)
    return Coded(trainer.decoder.eval().requires_grad_(False), trainer.codes[0].detach())


def bumped(points):
    """Distance to a ball that is larger by a bump in the half above."""
    return points.norm(dim=1) - RADIUS - BUMP


@pytest.fixture(scope="module")
def observation():
    """Samples near the upper cap of the larger ball."""
    normals = directions(20_000)
    normals = normals[normals[:, 2] > 0.6]
    offsets = 0.02 * torch.randn(len(normals), 1, generator=torch.Generator().manual_seed(1))
    points = (RADIUS + BUMP + offsets) * normals
    surface = (RADIUS + BUMP) * normals
    pool = Pool(points, bumped(points), surface, normals)
    return Observation(pool=pool, free=torch.empty(0, 3), whole=False)


@pytest.fixture(scope="module")
def refined(base, observation):
    return refine(base, observation, QUICKLY)


def test_near_the_data_the_error_becomes_a_tenth(base, refined, observation):
    points, sdf = observation.pool.points, observation.pool.sdf
    before = (base(points) - sdf).abs().mean()
    with torch.no_grad():
        after = (refined(points) - sdf).abs().mean()
    assert after < 0.1 * before


def test_away_from_the_data_the_space_s_shape_stays(base, refined):
    points = RADIUS * directions(4000, seed=3)
    points = points[points[:, 2] < 0.1]
    with torch.no_grad():
        assert (refined(points) - base(points)).abs().mean() < 0.2 * BUMP


def test_the_space_s_own_network_is_not_changed(base, refined, observation):
    code, weights = base.code.clone(), [p.clone() for p in base.decoder.parameters()]
    refine(base, observation, replace(QUICKLY, budget=Budget(steps=2)))
    assert torch.equal(base.code, code)
    assert all(map(torch.equal, weights, base.decoder.parameters()))
    assert isinstance(refined, Refined)
    assert torch.allclose(refined.base(torch.zeros(1, 3)), base(torch.zeros(1, 3)), atol=1e-5)


def test_the_progress_of_the_training_is_reported(base, observation):
    told = []

    class Told(Progress):
        def trained(self, record):
            told.append(record)

    refine(base, observation, replace(QUICKLY, budget=Budget(steps=2)), Told())
    assert told[0].step == 0
