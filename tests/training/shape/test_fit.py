"""Fitting a network to one shape."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from acutance.data.pool import Sampling, draw_pool
from acutance.errors import InputError, TrainingWarning
from acutance.mesh.surface import SurfaceSamples
from acutance.model.activations import Hosc, Sine
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Hash, Identity
from acutance.progress import Progress
from acutance.training.guard import Guard
from acutance.training.objective import Objective
from acutance.training.schedule import Budget, learning_rate
from acutance.training.shape import fit as fit_module
from acutance.training.shape.fit import Fitting, fit
from acutance.training.shape.presets import PRESETS

RADIUS = 0.6


class Ball:
    """A ball as a source of samples."""

    creases = np.empty((0, 2, 3))

    def distance(self, points):
        return (np.linalg.norm(points, axis=1) - RADIUS).astype(np.float32)

    def sample_surface(self, count, rng):
        normals = rng.standard_normal((count, 3))
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        return SurfaceSamples(RADIUS * normals, normals, np.zeros(count, dtype=np.int64))


@pytest.fixture(scope="module")
def pool():
    return draw_pool(Ball(), Sampling(count=40_000, surface=5_000), np.random.default_rng(0))


SMALL_HASH = DecoderConfig(
    encoding=Hash(levels=4, log2_table_size=12, finest_resolution=64), width=16, depth=1
)
QUICK = Fitting(batch=2048)


def surface_error(decoder):
    normals = torch.nn.functional.normalize(torch.randn(1000, 3), dim=1)
    with torch.no_grad():
        return decoder(RADIUS * normals).abs().mean().item()


def test_the_default_settings_learn_a_sphere(pool):
    run = fit(pool, SMALL_HASH, QUICK, Budget(steps=150))
    assert surface_error(run.decoder) < 2e-3
    assert run.messages == ()
    assert run.records[-1].loss < 0.3 * run.records[0].loss


@pytest.mark.parametrize("activation", [Sine(), Hosc(), Hosc(beta=8.0), Hosc(learn_beta=True)])
def test_periodic_networks_learn_a_sphere(pool, activation):
    config = DecoderConfig(encoding=Identity(), activation=activation, width=32, depth=3)
    run = fit(pool, config, replace(QUICK, learning_rate=1e-3), Budget(steps=150))
    assert surface_error(run.decoder) < 1e-2


def test_the_same_seed_gives_the_same_network(pool):
    first, second = (fit(pool, SMALL_HASH, QUICK, Budget(steps=20)).decoder for _ in range(2))
    for ours, theirs in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_gradient_terms_bring_the_gradient_closer_to_the_normal(pool):
    def misalignment(weight):
        fitting = replace(QUICK, objective=Objective(normal_weight=weight, eikonal_weight=weight))
        decoder = fit(pool, SMALL_HASH, fitting, Budget(steps=60)).decoder
        points = pool.surface_points[:2000].clone().requires_grad_()
        (gradient,) = torch.autograd.grad(decoder(points).sum(), points)
        return (gradient - pool.surface_normals[:2000]).norm(dim=1).mean()

    assert misalignment(1.0) < 0.8 * misalignment(0.0)


def test_a_diverging_run_is_started_again_with_a_smaller_learning_rate_and_says_so(pool):
    config = DecoderConfig(encoding=Identity(), activation=Sine(), width=64, depth=3)
    with pytest.warns(TrainingWarning, match="Training failed at learning rate 0.05"):
        run = fit(pool, config, replace(QUICK, learning_rate=0.05), Budget(steps=400))
    assert "Training failed at learning rate 0.05" in run.messages[0]
    assert surface_error(run.decoder) < 2e-2


def test_a_run_that_always_fails_says_what_to_do(pool):
    broken = replace(pool, sdf=torch.full_like(pool.sdf, float("nan")))
    stages = list[str]()

    class Told(Progress):
        def stage(self, name):
            stages.append(name)

    with (
        pytest.raises(
            InputError, match=r"^Training failed at .* Training failed at .* Try another preset"
        ),
        pytest.warns(TrainingWarning),
    ):
        fit(broken, SMALL_HASH, QUICK, Budget(steps=5), Told())
    assert len(stages) == fit_module.RESTARTS
    assert all("training again at learning rate" in stage for stage in stages)


@pytest.mark.filterwarnings("ignore::acutance.errors.TrainingWarning")
def test_all_attempts_together_take_little_more_than_the_budget(pool, monkeypatch):
    taken = []

    class Strict(Guard):
        def complaint(self, loss, used):
            taken.append(used)
            return "it is no good" if used >= 0.6 else None

    monkeypatch.setattr(fit_module, "Guard", Strict)
    budgets = []
    attempt = fit_module._attempt
    monkeypatch.setattr(
        fit_module, "_attempt", lambda *given: (budgets.append(given[2].steps), attempt(*given))[1]
    )
    with pytest.raises(InputError, match="Nothing more is tried"):
        fit(pool, SMALL_HASH, QUICK, Budget(steps=100))
    assert budgets == [100, 40, 25, 25]


def test_the_normal_term_without_surface_points_says_what_to_do(pool):
    bare = replace(pool, surface_points=torch.empty(0, 3), surface_normals=torch.empty(0, 3))
    fitting = replace(QUICK, objective=Objective(normal_weight=1.0))
    with pytest.raises(InputError, match=r"draw the pool with Sampling\(surface=\.\.\.\)"):
        fit(bare, SMALL_HASH, fitting, Budget(steps=5))


def test_a_budget_of_nothing_is_refused():
    with pytest.raises(InputError, match="A budget must be positive; got -1 seconds"):
        Budget(seconds=-1)
    with pytest.raises(InputError, match="A budget must be positive; got 0 steps"):
        Budget(steps=0)


def test_a_slow_machine_is_told_of(pool):
    (message,) = fit(pool, SMALL_HASH, QUICK, Budget(seconds=0.3)).messages
    assert message.startswith("Only ")
    assert "Give it more time." in message


def test_an_interrupt_keeps_what_there_is(pool):
    class Impatient(Progress):
        def trained(self, record):
            if record.step > 0:
                raise KeyboardInterrupt

    run = fit(pool, SMALL_HASH, QUICK, Budget(steps=100_000), Impatient())
    assert run.interrupted
    assert "interrupted after" in run.messages[0]
    assert run.records


def test_a_budget_in_seconds_ends(pool):
    run = fit(pool, SMALL_HASH, QUICK, Budget(seconds=0.3))
    assert run.steps > 0


def test_the_learning_rate_warms_up_and_decays_to_its_final_fraction():
    assert learning_rate(1.0, 0.01, 0.0, 0, 10) == pytest.approx(0.1)
    assert learning_rate(1.0, 0.01, 0.5, 500, 10) == pytest.approx(0.1)
    assert learning_rate(1.0, 0.01, 1.0, 999, 10) == pytest.approx(0.01)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_takes_a_step(pool, preset):
    run = fit(
        pool,
        PRESETS[preset].decoder,
        replace(QUICK, learning_rate=1e-3, batch=256),
        Budget(steps=2),
    )
    assert run.steps == 2
