"""Terms of the objective."""

import torch

from acutance.training.losses import (
    BandL1,
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


def test_band_l1_is_clamped_l1_for_a_field_within_the_clamp():
    generator = torch.Generator().manual_seed(0)
    predicted = 0.2 * torch.rand(500, generator=generator) - 0.1
    target = torch.rand(500, generator=generator) - 0.5
    expected = ClampedL1(clamp=0.1)(predicted, target)
    torch.testing.assert_close(BandL1(clamp=0.1)(predicted, target), expected)


def test_band_l1_pulls_back_a_field_that_is_beyond_the_clamp_where_the_surface_is_near():
    predicted = torch.tensor([0.5, -0.5, 0.5, -0.5, 0.5], requires_grad=True)
    target = torch.tensor([0.02, 0.02, 0.3, -0.3, -0.3])
    values = BandL1(clamp=0.1)(predicted, target)
    torch.testing.assert_close(values, torch.tensor([0.48, 0.52, 0.0, 0.0, 0.6]))
    (gradient,) = torch.autograd.grad(values.sum(), predicted)
    assert gradient.tolist() == [1, -1, 0, 0, 1]
    (lost,) = torch.autograd.grad(ClampedL1(clamp=0.1)(predicted, target).sum(), predicted)
    assert not lost.any()


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
