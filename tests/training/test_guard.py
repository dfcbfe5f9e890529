"""What the guard says of a run."""

import math

from acutance.training.guard import PATIENCE, Guard


def last_complaint(losses, used=0.05, baseline=1.0):
    guard = Guard(baseline)
    return [guard.complaint(loss, used) for loss in losses][-1]


def test_a_falling_loss_gives_no_complaint():
    assert last_complaint([0.9**i for i in range(100)], used=0.5) is None


def test_a_loss_that_is_not_finite_is_noticed_at_once():
    assert last_complaint([math.nan]) == "the loss is no longer a finite number"


def test_a_rising_loss_is_noticed_with_its_factor():
    complaint = last_complaint([0.01] * PATIENCE + [0.04] * 20)
    assert complaint == "the loss rose to 4.0 times its lowest value"


def test_noise_is_no_rise():
    assert last_complaint([0.01, 0.02] * 50) is None


def test_a_run_that_never_leaves_the_ground_is_noticed_after_its_share_of_the_budget():
    losses = [1.1] * PATIENCE
    assert last_complaint(losses, used=0.05) is None
    assert "no better than a field that is zero everywhere" in last_complaint(losses, used=0.6)
