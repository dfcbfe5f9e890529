"""Terms of the objective."""

import torch

from acutance.training.losses import (
    clamped_l1,
    eikonal_residual,
    normal_misalignment,
    relative_l1,
)


def test_clamped_l1_ignores_errors_beyond_the_clamp():
    predicted, target = torch.tensor([0.5, 0.05, -0.3]), torch.tensor([0.2, 0.02, 0.3])
    torch.testing.assert_close(clamped_l1(predicted, target, 0.1), torch.tensor([0.0, 0.03, 0.2]))


def test_relative_l1_is_the_relative_error_far_away_and_l1_over_the_floor_on_the_surface():
    far, near = torch.tensor([1.1]), torch.tensor([0.001])
    torch.testing.assert_close(
        relative_l1(far, torch.tensor([1.0]), 1e-6), torch.tensor([0.1]), rtol=1e-4, atol=0
    )
    torch.testing.assert_close(relative_l1(near, torch.tensor([0.0]), 0.01), torch.tensor([0.1]))


def test_the_gradient_terms_vanish_for_a_perfect_field_and_measure_length_and_direction():
    normal = torch.tensor([[0.0, 0.0, 1.0]])
    assert normal_misalignment(normal, normal) == 0
    assert normal_misalignment(-normal, normal) == 2
    assert normal_misalignment(3 * normal, normal) == 2
    assert eikonal_residual(3 * normal) == 4
