"""Terms of the objective."""

import torch

from acutance.training.losses import (
    ClampedL1,
    ClampedL2,
    Huber,
    RelativeL1,
    eikonal_residual,
    normal_misalignment,
)


def test_clamped_l1_ignores_errors_beyond_the_clamp():
    predicted, target = torch.tensor([0.5, 0.05, -0.3]), torch.tensor([0.2, 0.02, 0.3])
    torch.testing.assert_close(
        ClampedL1(clamp=0.1)(predicted, target), torch.tensor([0.0, 0.03, 0.2])
    )


def test_relative_l1_is_the_relative_error_far_away_and_l1_over_the_floor_on_the_surface():
    far, near = torch.tensor([1.1]), torch.tensor([0.001])
    torch.testing.assert_close(
        RelativeL1(floor=1e-6, softness=0)(far, torch.tensor([1.0])),
        torch.tensor([0.1]),
        rtol=1e-4,
        atol=0,
    )
    close = RelativeL1(floor=0.01, softness=0)(near, torch.tensor([0.0]))
    torch.testing.assert_close(close, torch.tensor([0.1]))


def test_l2_is_the_square_of_l1_and_huber_goes_from_the_one_to_the_other():
    predicted, target = torch.tensor([0.001, 0.01, 0.3]), torch.zeros(3)
    error = ClampedL1(clamp=0.1)(predicted, target)
    torch.testing.assert_close(ClampedL2(clamp=0.1)(predicted, target), error**2)
    huber = Huber(clamp=0.1, threshold=0.002)(predicted, target)
    torch.testing.assert_close(huber[0], error[0] ** 2 / 0.004)
    torch.testing.assert_close(huber[1:], error[1:] - 0.001)


def test_the_gradient_terms_vanish_for_a_perfect_field_and_measure_length_and_direction():
    normal = torch.tensor([[0.0, 0.0, 1.0]])
    assert normal_misalignment(normal, normal) == 0
    assert normal_misalignment(-normal, normal) == 2
    assert normal_misalignment(3 * normal, normal) == 2
    assert eikonal_residual(3 * normal) == 4
