"""The code of an unseen ball."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from balls import (
    SMOOTH,
    SMOOTHLY,
    ball_pool,
    ball_store,
    directions,
    name_of,
    trainer_of,
)

from acutance.data.pool import Pool
from acutance.mesh.mesh import PointCloud
from acutance.mesh.normalize import Similarity
from acutance.model.space.shape_space import ShapeSpace, SpaceEntry
from acutance.training.losses import ClampedL1
from acutance.training.schedule import Budget
from acutance.training.space import infer
from acutance.training.space.infer import Inference, infer_code, nearest_shape
from acutance.training.space.loop import run_space
from acutance.training.space.observation import Observation, observe_scan

RADII = [0.3, 0.4, 0.5, 0.6]
FAST = Inference(points=1000)


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    store = ball_store(tmp_path_factory.mktemp("infer") / "store", RADII)
    trainer = trainer_of(store, SMOOTH, SMOOTHLY)
    run_space(trainer, Budget(steps=200), inspections=0)
    entries = tuple(SpaceEntry(key=name_of(radius), transform=Similarity()) for radius in RADII)
    return ShapeSpace(trainer.decoder, trainer.codes, entries)


def radius_of(space, code):
    """Where the field of a code is zero on its way out, on average over all directions."""
    radii = torch.linspace(0.1, 0.9, 400)
    points = radii[:, None, None] * directions(100)
    with torch.no_grad():
        values = space.decoder(points.reshape(1, -1, 3), code[None]).reshape(400, 100)
    return radii[(values < 0).sum(dim=0).clamp(max=399)].mean().item()


def observed(radius, seed=5):
    return Observation.complete(ball_pool(radius, seed=seed))


def misfit(space, code, radius):
    pool = ball_pool(radius, seed=9)
    with torch.no_grad():
        return (space.decoder(pool.points[None], code[None])[0] - pool.sdf).abs().mean().item()


@pytest.mark.parametrize("radius", [0.35, 0.46, 0.55])
def test_the_radius_of_an_unseen_ball_is_found(space, radius):
    found = infer_code(space, observed(radius), FAST)
    assert radius_of(space, found.code) == pytest.approx(radius, abs=0.015)


def test_a_code_that_was_found_beats_the_known_shape_that_it_started_from(space):
    found = infer_code(space, observed(0.45), FAST)
    assert found.start in (name_of(0.4), name_of(0.5))
    start = space.codes[space.index(found.start)]
    assert misfit(space, found.code, 0.45) < 0.5 * misfit(space, start, 0.45)
    assert len(found.losses) == FAST.steps
    assert sum(found.losses[-5:]) < 0.5 * sum(found.losses[:5])


@pytest.mark.parametrize("radius", RADII)
def test_the_nearest_known_shape_of_a_known_one_is_itself(space, radius):
    assert nearest_shape(space, observed(radius)) == RADII.index(radius)


def test_the_same_samples_give_the_same_code_whatever_came_before(space):
    first = infer_code(space, observed(0.35), FAST).code
    infer_code(space, observed(0.55), FAST)
    torch.rand(7)
    assert torch.equal(infer_code(space, observed(0.35), FAST).code, first)


def test_finding_a_code_leaves_the_space_as_it_is(space):
    codes = space.codes.clone()
    weights = [parameter.clone() for parameter in space.decoder.parameters()]
    infer_code(space, observed(0.55), FAST)
    assert torch.equal(space.codes, codes)
    assert all(map(torch.equal, weights, space.decoder.parameters()))


def test_one_side_of_a_ball_tells_its_radius(space, rng):
    normals = directions(3000).double().numpy()
    normals = normals[normals[:, 2] > 0.3]
    scan = observe_scan(PointCloud(0.45 * normals, normals), 3000, rng)
    found = infer_code(space, scan, FAST)
    assert radius_of(space, found.code) == pytest.approx(0.45, abs=0.03)


def test_a_scan_moves_the_code_as_far_as_it_does_a_whole_shape_where_many_are_known(
    space, monkeypatch
):
    whole = observed(0.9)
    part = replace(whole, whole=False)
    start = space.codes[nearest_shape(space, whole)]

    def moved(observation):
        return (infer_code(space, observation, FAST).code - start).norm().item()

    assert moved(part) < 0.9 * moved(whole)
    monkeypatch.setattr(infer, "FEW_SHAPES", 0)
    assert moved(part) == moved(whole)


@pytest.mark.parametrize("together", [1, 3, 1000])
def test_the_nearest_shape_is_that_of_a_search_among_all(space, monkeypatch, together):
    monkeypatch.setattr(infer, "TOGETHER", together)
    noise = torch.randn(200, 1, generator=torch.Generator().manual_seed(0))
    codes = space.codes.repeat(50, 1)[:200] + 0.02 * noise
    entries = tuple(SpaceEntry(key=f"ball/{i}", transform=Similarity()) for i in range(200))
    many, seen = ShapeSpace(space.decoder, codes, entries), observed(0.47)
    points, sdf = (part[: infer.PROBES] for part in (seen.pool.points, seen.pool.sdf))
    with torch.no_grad():
        values = torch.stack([many.decoder(points[None], code[None])[0] for code in codes])
    misfits = ClampedL1()(values, sdf.expand_as(values)).mean(dim=1)
    assert misfits[nearest_shape(many, seen)] < 1.01 * misfits.min()


def test_free_space_pushes_the_surface_back(space):
    """Samples of a ball of 0.5, and the word that nothing is beyond 0.4."""
    free = 0.4 * directions(2000)
    observation = Observation(pool=ball_pool(0.5), free=free, whole=True)
    radii = [
        radius_of(space, infer_code(space, observation, replace(FAST, free_weight=weight)).code)
        for weight in (0.0, 10.0)
    ]
    assert radii[0] == pytest.approx(0.5, abs=0.02)
    assert radii[1] < 0.45


def test_a_penalty_keeps_the_code_near_the_known_shape_where_it_started(space):
    far = observed(0.9)
    start = space.codes[nearest_shape(space, far)]
    loose, tight = (
        (infer_code(space, far, replace(FAST, penalty=penalty)).code - start).norm().item()
        for penalty in (0.0, 0.1)
    )
    assert tight < 0.7 * loose


def test_a_space_of_one_shape_can_be_asked(space):
    alone = ShapeSpace(space.decoder, space.codes[:1], space.entries[:1])
    found = infer_code(alone, observed(0.3), FAST)
    assert torch.isfinite(found.code).all()
    assert radius_of(space, found.code) == pytest.approx(0.3, abs=0.02)


def test_few_points_a_step_and_few_samples_are_enough_for_finite_numbers(space):
    none = torch.empty(0, 3)
    pool = Pool(torch.tensor([[0.0, 0.0, 0.5]]), torch.tensor([0.0]), none, none)
    observation = Observation(pool=pool, free=torch.tensor([[0.0, 0.0, 0.9]]), whole=True)
    found = infer_code(space, observation, Inference(points=1, steps=3))
    assert np.isfinite(found.losses).all()
    assert torch.isfinite(found.code).all()


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="steps, points and learning_rate must be positive"):
        Inference(steps=0)
    with pytest.raises(ValueError, match="weights must not be negative"):
        Inference(penalty=-1.0)
