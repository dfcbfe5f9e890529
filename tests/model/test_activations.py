"""Activations and their initialisation."""

import math

import pytest
import torch

from acutance.model.activations import Hosc, Relu, Sine, Softplus
from acutance.model.decoder import Decoder, DecoderConfig
from acutance.model.encodings import Identity
from acutance.model.hosc_gain import SIREN_GROWTH, hosc_gain


def deep(activation, depth=8, width=256):
    config = DecoderConfig(encoding=Identity(), activation=activation, width=width, depth=depth)
    return Decoder(config, torch.Generator().manual_seed(0))


def layer_statistics(decoder, points):
    """Variance of ωz and mean squared gradient of the output, layer by layer."""
    values, x = [], points
    for layer in decoder.hidden:
        z = layer.linear(x)
        z.retain_grad()
        values.append(z)
        x = layer.activation(z)
    decoder.output(x).sum().backward()
    omegas = [layer.activation.omega for layer in decoder.hidden]
    variances = [float((w * z.detach()).var()) for w, z in zip(omegas, values, strict=True)]
    return variances, [float(z.grad.pow(2).mean()) for z in values]


@pytest.mark.parametrize("beta", [0.5, 2.0, 8.0])
def test_hosc_keeps_the_variance_of_its_pre_activations_whatever_beta(beta):
    points = torch.rand(4096, 3) * 2 - 1
    variances, _ = layer_statistics(deep(Hosc(beta=beta)), points)
    for deeper in variances[3:]:
        assert deeper == pytest.approx(variances[2], rel=0.35)


@pytest.mark.parametrize("activation", [Hosc(beta=0.5), Hosc(beta=2.0), Hosc(beta=8.0)])
def test_the_gradient_of_hosc_grows_by_a_siren_s_factor_a_layer_whatever_beta(activation):
    points = torch.rand(4096, 3) * 2 - 1
    _, gradients = layer_statistics(deep(activation), points)
    growth = (gradients[2] / gradients[7]) ** (1 / 5)
    assert growth == pytest.approx(SIREN_GROWTH, rel=0.15)


def test_the_gain_of_hosc_with_small_beta_is_that_of_siren_of_the_scaled_sine():
    assert 1e-3 * hosc_gain(1e-3) == pytest.approx(math.sqrt(2.0), rel=1e-3)


def test_hosc_is_bounded_by_one_and_its_slope_by_beta_times_omega():
    layer = Hosc(beta=3.0, omega=5.0).layer(1, 1, first=False, generator=torch.Generator())
    x = torch.linspace(-2, 2, 10_001, dtype=torch.float64).requires_grad_()
    y = layer.activation(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    assert y.abs().max() <= 1.0
    assert slope.abs().max() == pytest.approx(15.0, rel=1e-6)


def test_a_learned_beta_is_one_parameter_a_layer_and_receives_a_gradient():
    decoder = deep(Hosc(learn_beta=True), depth=3, width=16)
    betas = [p for name, p in decoder.named_parameters() if name.endswith("log_beta")]
    decoder(torch.rand(64, 3)).sum().backward()
    assert len(betas) == 3
    assert all(beta.grad is not None and beta.grad != 0 for beta in betas)


def test_a_fixed_beta_is_no_parameter():
    assert not any("beta" in name for name, _ in deep(Hosc(), depth=2, width=8).named_parameters())


@pytest.mark.parametrize("activation", [Relu(), Softplus(), Sine(), Hosc(), Hosc(learn_beta=True)])
def test_first_and_second_derivatives_are_right(activation):
    torch.manual_seed(0)
    decoder = deep(activation, depth=2, width=6).double()
    points = (torch.rand(5, 3, dtype=torch.float64) * 2 - 1).requires_grad_()
    assert torch.autograd.gradcheck(decoder, (points,))
    assert torch.autograd.gradgradcheck(decoder, (points,))


def test_softplus_is_relu_with_a_rounded_kink():
    layer = Softplus(beta=30).layer(1, 1, first=True, generator=torch.Generator())
    x = torch.linspace(-2, 2, 4001)
    y = layer.activation(x)
    assert (y - x.relu()).abs().max().item() == pytest.approx(math.log(2) / 30, rel=1e-4)
    assert torch.equal(y[x > 1], x[x > 1])
    with pytest.raises(ValueError, match="beta must be a positive number, got 0"):
        Softplus(beta=0)


def test_a_negative_omega_is_refused_with_its_name():
    with pytest.raises(ValueError, match="omega_first must be a positive number, got -1"):
        Sine(omega_first=-1)
