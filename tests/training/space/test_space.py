"""The auto-decoder: a decoder and codes that are learned together."""

import signal
from contextlib import nullcontext
from dataclasses import replace

import pytest
import torch
from balls import QUICK, SMOOTH, SMOOTHLY, TINY, TINY_GRID, ball_store, directions, trainer_of

from acutance.model.space.deepsdf import DeepSdfConfig
from acutance.model.space.tables import Deformed
from acutance.progress import Progress
from acutance.training.losses import ClampedL1
from acutance.training.objective import Objective
from acutance.training.schedule import Budget, ExponentialDecay, StepDecay
from acutance.training.space.codes import initial_codes
from acutance.training.space.fitting import SpaceFitting
from acutance.training.space.focus import MOST_FOCUS, focus
from acutance.training.space.isometry import UNIT
from acutance.training.space.loop import Collapsed, run_space
from acutance.training.space.presets import SPACE_PRESETS

RADII = [0.3, 0.45, 0.6]
FREELY = nullcontext()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return ball_store(tmp_path_factory.mktemp("space") / "store", RADII)


def train(store, decoder=TINY, fitting=QUICK, steps=120):
    trainer = trainer_of(store, decoder, fitting)
    course = run_space(trainer, Budget(steps=steps), inspections=0)
    trainer.decoder.eval()
    return trainer, course


def surface_errors(trainer):
    """Mean |f| at the surface of every ball."""
    points = torch.stack([radius * directions(500) for radius in RADII])
    with torch.no_grad():
        return trainer.decoder(points, trainer.codes).abs().mean(dim=1)


@pytest.fixture(scope="module")
def trained(store):
    return train(store)


def test_balls_are_learned(trained):
    trainer, course = trained
    assert surface_errors(trainer).max() < 0.01
    assert trainer.step == 120
    assert trainer.taken == 120 * 3 * 512
    assert course.records
    assert not course.interrupted


def test_every_code_is_that_of_its_own_ball(trained):
    trainer, _ = trained
    points = torch.stack([radius * directions(500) for radius in RADII])
    with torch.no_grad():
        swapped = trainer.decoder(points, trainer.codes.roll(1, dims=0)).abs().mean(dim=1)
    assert swapped.min() > 3 * surface_errors(trainer).max()


def test_deepsdf_learns_balls(store):
    decoder = DeepSdfConfig(code=4, width=32, depth=4, skip=2, dropout=0.0)
    fitting = replace(QUICK, learning_rate=3e-3)
    assert surface_errors(train(store, decoder, fitting, steps=150)[0]).max() < 0.03


def test_the_same_seed_gives_the_same_weights_and_another_one_others(store):
    first, second, other = (
        train(store, fitting=replace(QUICK, seed=seed), steps=12)[0] for seed in (0, 0, 1)
    )
    assert torch.equal(first.codes, second.codes)
    for ours, theirs in zip(first.decoder.parameters(), second.decoder.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert not torch.equal(first.codes, other.codes)


def test_the_normal_term_brings_the_gradient_closer_to_the_normal(store):
    def misalignment(weight):
        objective = Objective(distance=ClampedL1(), normal_weight=weight)
        fitting = replace(SMOOTHLY, objective=objective)
        trainer, _ = train(store, SMOOTH, fitting, steps=150)
        normals = directions(500).expand(3, -1, -1)
        points = torch.stack([radius * directions(500) for radius in RADII]).requires_grad_()
        values = trainer.decoder(points, trainer.codes.detach())
        (gradient,) = torch.autograd.grad(values.sum(), points)
        return (gradient - normals).norm(dim=2).mean().item()

    assert misalignment(0.1) < 0.8 * misalignment(0.0)


def test_the_code_penalty_makes_codes_shorter(store):
    lengths = [
        train(store, fitting=replace(QUICK, code_penalty=penalty), steps=60)[0].codes.norm().item()
        for penalty in (0.0, 0.1)
    ]
    assert lengths[1] < 0.9 * lengths[0]


@pytest.mark.parametrize("preset", ["best", "relu"])
def test_a_training_starts_where_the_clamped_loss_has_a_gradient(preset):
    # The last layer's random bias lifts the whole field beyond the clamp for some seeds.
    decoder = SPACE_PRESETS[preset].decoder
    points = torch.rand(1, 500, 3) - 0.5
    for seed in range(5):
        network = decoder.build(torch.Generator().manual_seed(seed))
        with torch.no_grad():
            values = network(points, torch.zeros(1, decoder.code))
        assert (values.abs() < ClampedL1().clamp).float().mean() > 0.5, f"seed {seed}"


def test_lazy_codes_move_only_when_their_shape_comes_up(store):
    trainer = trainer_of(store, fitting=replace(QUICK, lazy_codes=True, shapes=1))
    codes = trainer.codes.detach().clone()
    for taken in range(1, len(RADII) + 1):
        trainer.advance(0.0, FREELY)
        moved = (trainer.codes != codes).any(dim=1)
        assert moved.sum() == taken


def test_balls_are_learned_with_lazy_codes(store):
    trainer, _ = train(store, fitting=replace(QUICK, lazy_codes=True))
    assert surface_errors(trainer).max() < 0.01


def test_a_training_of_one_ball_has_no_codes_to_compare(tmp_path):
    trainer, _ = train(ball_store(tmp_path / "store", [0.5]), steps=20)
    assert trainer.step == 20


def test_codes_that_became_equal_stop_the_training_with_what_to_change(store):
    trainer = trainer_of(store)
    trainer.codes.data = trainer.codes.data[:1].repeat(3, 1)
    trainer.optimizers[0].param_groups[-1]["peak"] = 1e-12
    message = r"All codes have become equal, .*lower the code penalty \(0\) or the learning rate"
    with pytest.raises(Collapsed, match=message):
        run_space(trainer, Budget(steps=20))


# With `sampling_focus` the next round is drawn before the loss is read.
@pytest.mark.parametrize("exponents", [{}, {"sampling_focus": 0.5}, {"weight_focus": 0.5}])
def test_a_loss_that_is_no_number_stops_the_training_with_what_to_change(store, exponents):
    trainer = trainer_of(store, fitting=replace(QUICK, **exponents))
    trainer.decoder.output.bias.data[:] = float("nan")
    message = "the loss is no longer a finite number. Try a lower learning rate than 0.005"
    with pytest.raises(Collapsed, match=message):
        run_space(trainer, Budget(steps=50))


def test_a_rising_loss_stops_the_training_with_what_to_change(store):
    trainer = trainer_of(store)

    def rising(used, precision):
        trainer.step += 1
        return torch.full((3,), 0.01 if trainer.step < 300 else 0.1)

    trainer.advance = rising
    message = (
        r"the loss rose to \d\.\d times its lowest value. Try a lower learning rate than 0.005"
    )
    with pytest.raises(Collapsed, match=message):
        run_space(trainer, Budget(steps=1000))


def test_an_interrupt_keeps_what_there_is_and_writes_a_checkpoint(store):
    class Impatient(Progress):
        def trained(self, record):
            raise KeyboardInterrupt

    saved, inspected = [], []
    course = run_space(
        trainer_of(store),
        Budget(steps=10_000),
        Impatient(),
        save=lambda trainer, seconds: saved.append(seconds),
        inspect=lambda trainer, used, seconds: inspected.append(used),
    )
    assert course.interrupted
    assert len(saved) == 1
    assert inspected == []


def test_an_interrupt_within_a_step_leaves_the_step_whole(store, interruptible):
    trainer, twin = trainer_of(store), trainer_of(store)
    losses = trainer._losses

    def interrupted_there(*batch, **flags):
        if trainer.step == 3:
            signal.raise_signal(signal.SIGINT)
        return losses(*batch, **flags)

    trainer._losses = interrupted_there
    course = run_space(trainer, Budget(steps=100))
    assert course.interrupted and trainer.step == 4
    for step in range(4):
        twin.advance(step / 100, FREELY)
    assert torch.equal(trainer.codes, twin.codes)


def test_a_training_is_inspected_as_often_as_asked_and_at_the_end(store):
    inspected = []

    def inspect(trainer, used, seconds):
        inspected.append(used)

    run_space(trainer_of(store), Budget(steps=20), inspect=inspect, inspections=4)
    assert inspected == [0.25, 0.5, 0.75, 1.0]


def test_a_budget_in_seconds_ends_and_its_tuning_leaves_no_trace(store):
    trainer = trainer_of(store, fitting=replace(QUICK, points=16))
    course = run_space(trainer, Budget(seconds=0.2), inspections=0)
    assert course.seconds >= 0.2
    assert trainer.taken == trainer.step * 3 * 16


def test_the_number_of_samples_grows_over_the_run(store):
    fitting = SpaceFitting(points=100, growth=4.0)
    assert [fitting.points_at(used) for used in (0.0, 0.5, 1.0)] == [100, 200, 400]
    trainer = trainer_of(store, fitting=replace(fitting, shapes=2))
    trainer.advance(1.0, FREELY)
    assert trainer.taken == 2 * 400


def test_rates_warm_up_and_decay_each_from_its_own_peak(store):
    fitting = replace(QUICK, warm_up=4, decay=ExponentialDecay(last=0.01), code_rate=2.0)
    trainer = trainer_of(store, fitting=fitting)
    trainer.advance(0.5, FREELY)
    rates = [group["lr"] for group in trainer.optimizers[0].param_groups]
    assert rates == pytest.approx([0.25 * 0.1 * peak for peak in (5e-3, 1e-2, 2.0)])


def test_steps_decay_at_equal_intervals():
    decay = StepDecay(factor=0.5, steps=3)
    factors = [decay(used) for used in (0.0, 0.24, 0.26, 0.51, 0.76, 1.0)]
    assert factors == [1.0, 1.0, 0.5, 0.25, 0.125, 0.125]


def test_an_exponential_decay_ends_at_its_last_factor():
    assert ExponentialDecay(last=0.01)(0.5) == pytest.approx(0.1)
    assert ExponentialDecay(last=0.01)(1.0) == pytest.approx(0.01)
    with pytest.raises(ValueError, match=r"last must lie in \(0, 1\], got 0"):
        ExponentialDecay(last=0.0)


def test_initial_codes_are_orthogonal_and_of_the_size_asked_for():
    codes = initial_codes(5, 40, 0.5, torch.Generator())
    torch.testing.assert_close(codes @ codes.T, 40 * 0.25 * torch.eye(5), rtol=0, atol=1e-4)


def test_more_codes_than_numbers_are_random_of_the_same_deviation():
    assert initial_codes(2000, 8, 0.5, torch.Generator()).std().item() == pytest.approx(
        0.5, rel=0.05
    )


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_focus_has_mean_1_and_follows_the_loss(exponent):
    weights = focus(torch.tensor([1.0, 2.0, 3.0, 2.0]), exponent)
    assert weights.mean().item() == pytest.approx(1.0)
    assert (weights[1] / weights[0]).item() == pytest.approx(2.0**exponent)


def test_no_shape_is_focused_on_more_than_the_most():
    difficulty = torch.ones(100)
    difficulty[7] = 1000.0
    weights = focus(difficulty, 1.0)
    assert weights.mean().item() == pytest.approx(1.0)
    assert weights.max() <= MOST_FOCUS + 1e-3  # the last normalisation lifts the largest again


def test_without_an_exponent_all_shapes_count_alike():
    torch.testing.assert_close(focus(torch.tensor([1.0, 5.0, 0.0]), 0.0), torch.ones(3))


def test_a_shape_that_is_hard_is_drawn_more_often(store):
    trainer = trainer_of(store, fitting=replace(QUICK, sampling_focus=1.0, shapes=1, points=16))
    trainer.advance(0.0, FREELY)
    trainer.difficulty[:] = torch.tensor([1.0, 1.0, 4.0])
    trainer.batches.take(2, 1)
    trainer._set_focus()
    drawn = torch.bincount(trainer.batches.take(300, 1).shapes, minlength=3)
    assert drawn[2] > 1.7 * drawn[:2].max()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 0.0}, "learning rates must be positive"),
        ({"shapes": 0}, "must be 1 or more"),
        ({"growth": 0.5}, "must be 1 or more"),
        ({"code_penalty": -1.0}, "must not be negative"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        SpaceFitting(**settings)


def test_style_waits_until_its_share_of_the_budget(store):
    decoder = replace(TINY, conditioning=Deformed(grid=TINY_GRID, proportions=2))
    trainer = trainer_of(store, decoder, replace(QUICK, style_after=0.5))
    start = trainer.codes.detach().clone()
    for used in (0.0, 0.2, 0.4):
        trainer.advance(used, FREELY)
    assert torch.equal(trainer.codes[:, 2:], start[:, 2:])
    assert not torch.equal(trainer.codes[:, :2], start[:, :2])
    trainer.advance(0.5, FREELY)
    assert not torch.equal(trainer.codes[:, 2:], start[:, 2:])


def test_isometry_makes_codes_as_far_apart_as_their_balls(tmp_path):
    balls = ball_store(tmp_path / "balls", [0.4, 0.42, 0.46])
    apart = torch.tensor([0.02, 0.06, 0.04])

    def errors(weight):
        """Of the distances of codes, as parts of what they should be."""
        fitting = replace(SMOOTHLY, isometry=weight, code_rate=3e-2, code_penalty=0.0)
        trainer, _ = train(balls, SMOOTH, fitting, steps=300)
        codes = torch.cdist(trainer.codes, trainer.codes)[[0, 0, 1], [1, 2, 2]].detach()
        return (UNIT * codes / apart - 1).abs()

    assert errors(3.0).max() < 0.25
    assert errors(0.0).min() > 0.6
