"""Activations, each with the initialisation that lets it train.

An activation is a small configuration that makes layers: ``Sine().layer(256, 256, first=False)``.
A periodic activation is only as good as its initialisation, so the two are never apart.
"""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.model.configuration import part_of
from acutance.model.hosc_gain import hosc_gain
from acutance.model.linear import linear


class Layer(nn.Module):
    """A linear map and an activation.

    Example:
        >>> layer = Relu().layer(3, 16, first=True, generator=torch.Generator())
        >>> layer(torch.zeros(5, 3)).shape
        torch.Size([5, 16])
    """

    def __init__(self, linear: nn.Linear, activation: nn.Module) -> None:
        """Compose the two."""
        super().__init__()
        self.linear = linear
        self.activation = activation

    def forward(self, x: Float[Tensor, "*batch width_in"]) -> Float[Tensor, "*batch width_out"]:
        """The activated linear map."""
        return self.activation(self.linear(x))


@runtime_checkable
class Activation(Protocol):
    """Makes the layers of a network. See `part_of` for one of your own.

    Example:
        >>> isinstance(Sine(omega=30.0), Activation)
        True
    """

    def layer(
        self, width_in: int, width_out: int, *, first: bool, generator: torch.Generator
    ) -> Layer:
        """A layer with fresh weights.

        Args:
            width_in: numbers that go in.
            width_out: neurons.
            first: whether it is the layer that sees the coordinates.
            generator: source of the weights.
        """
        ...

    def output(self, width_in: int, generator: torch.Generator) -> nn.Linear:
        """The last linear map, to one number, with fresh weights from the generator."""
        ...


@part_of(Activation)
@dataclass(frozen=True, kw_only=True)
class Relu:
    """max(0, x), initialised to keep the variance (He et al. 2015, arXiv 1502.01852).

    Example:
        >>> layer = Relu().layer(3, 16, first=True, generator=torch.Generator())
        >>> layer.activation(torch.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """

    def layer(
        self, width_in: int, width_out: int, *, first: bool, generator: torch.Generator
    ) -> Layer:
        """A layer of this activation; the first one is like the others."""
        return Layer(_relu_linear(width_in, width_out, generator), nn.ReLU(inplace=True))

    def output(self, width_in: int, generator: torch.Generator) -> nn.Linear:
        """The last linear map, to one number."""
        return linear(width_in, 1, generator)


@part_of(Activation)
@dataclass(frozen=True, kw_only=True)
class Softplus:
    """log(1 + exp(βx)) / β: ReLU with a rounded kink, so that the field's gradient has no jumps.

    β = 100 as SDF networks have it (Gropp et al. 2020, arXiv 2002.10099). Behind a hash grid a
    third of that learns the surface as well, but the distances far from it many times slower, so
    that surface remains where there is none.

    Attributes:
        beta: sharpness β; the kink is some 1 / β wide.

    Example:
        >>> layer = Softplus(beta=10.0).layer(3, 16, first=True, generator=torch.Generator())
        >>> layer.activation(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([4.5399e-06, 6.9315e-02, 1.0000e+00])
    """

    beta: float = 100.0

    def __post_init__(self) -> None:
        _check_positive(beta=self.beta)

    def layer(
        self, width_in: int, width_out: int, *, first: bool, generator: torch.Generator
    ) -> Layer:
        """A layer of this activation, initialised like one of ReLU."""
        weights = _relu_linear(width_in, width_out, generator)
        return Layer(weights, nn.Softplus(beta=self.beta))

    def output(self, width_in: int, generator: torch.Generator) -> nn.Linear:
        """The last linear map, to one number."""
        return linear(width_in, 1, generator)


@part_of(Activation)
@dataclass(frozen=True, kw_only=True)
class Sine:
    """sin(ωx) of SIREN (Sitzmann et al. 2020, arXiv 2006.09661, section 3.2).

    Attributes:
        omega: ω of the hidden layers; their weights are uniform in ±√(6 / width_in) / ω.
        omega_first: ω of the first layer, whose weights are uniform in ±1 / width_in. It sets the
            highest frequency at the start: larger is sharper and less stable.

    Example:
        >>> layer = Sine(omega=30.0).layer(16, 16, first=False, generator=torch.Generator())
        >>> layer.activation(torch.tensor([0.0, math.pi / 60.0]))
        tensor([0., 1.])
    """

    omega: float = 30.0
    omega_first: float = 30.0

    def __post_init__(self) -> None:
        _check_positive(omega=self.omega, omega_first=self.omega_first)

    def layer(
        self, width_in: int, width_out: int, *, first: bool, generator: torch.Generator
    ) -> Layer:
        """A layer of this activation; `first` for the one that sees the coordinates."""
        bound = 1.0 / width_in if first else math.sqrt(6.0 / width_in) / self.omega
        weights = linear(width_in, width_out, generator, bound=bound)
        return Layer(weights, _ScaledSine(self.omega_first if first else self.omega))

    def output(self, width_in: int, generator: torch.Generator) -> nn.Linear:
        """The last linear map, to one number, with the weights of a hidden layer."""
        return linear(width_in, 1, generator, bound=math.sqrt(6.0 / width_in) / self.omega)


@part_of(Activation)
@dataclass(frozen=True, kw_only=True)
class Hosc:
    """tanh(β sin(ωx)) of HOSC (Serrano et al. 2024, arXiv 2401.10967; with ω: arXiv 2601.07870).

    β sharpens the sine towards a square wave; β·ω bounds the slope, hence the Lipschitz constant
    of a layer is at most β·ω times that of its weights. With SIREN's weights a large β lets the
    gradient grow with every layer and the network never trains. Here the hidden weights are drawn
    so that both the variance of the pre-activations and the growth of the gradient a layer are
    those of a SIREN, whatever β: see `hosc_gain`.

    Attributes:
        beta: sharpness β at the start; positive.
        learn_beta: train one β a layer.
        omega: ω of the hidden layers.
        omega_first: ω of the first layer.

    Example:
        >>> hosc = Hosc(beta=8.0, omega=1.0)
        >>> layer = hosc.layer(16, 16, first=False, generator=torch.Generator())
        >>> layer.activation(torch.tensor([0.0, 0.1, 1.0]))
        tensor([0.0000, 0.6633, 1.0000])
    """

    beta: float = 2.0
    learn_beta: bool = False
    omega: float = 30.0
    omega_first: float = 30.0

    def __post_init__(self) -> None:
        _check_positive(beta=self.beta, omega=self.omega, omega_first=self.omega_first)

    def layer(
        self, width_in: int, width_out: int, *, first: bool, generator: torch.Generator
    ) -> Layer:
        """A layer of this activation; `first` for the one that sees the coordinates."""
        bound = self._bound(width_in, first=first)
        weights = linear(width_in, width_out, generator, bound=bound)
        if not first:
            nn.init.zeros_(weights.bias)  # PyTorch's, times ω, would push u into the flat parts
        omega = self.omega_first if first else self.omega
        return Layer(weights, _Hosc(omega, self.beta, learn_beta=self.learn_beta))

    def output(self, width_in: int, generator: torch.Generator) -> nn.Linear:
        """The last linear map, to one number, with the weights of a hidden layer."""
        return linear(width_in, 1, generator, bound=self._bound(width_in, first=False))

    def _bound(self, width_in: int, *, first: bool) -> float:
        """Weights are uniform in ± this; √3 times the standard deviation."""
        if first:
            return 1.0 / width_in
        return math.sqrt(3.0 / width_in) * hosc_gain(self.beta) / self.omega


def _relu_linear(width_in: int, width_out: int, generator: torch.Generator) -> nn.Linear:
    """A linear map that keeps the variance before ReLU (He et al. 2015); its bias starts at 0."""
    weights = linear(width_in, width_out, generator, bound=math.sqrt(6.0 / width_in))
    nn.init.zeros_(weights.bias)
    return weights


class _ScaledSine(nn.Module):
    """sin(ωx)."""

    def __init__(self, omega: float) -> None:
        super().__init__()
        self.omega = omega

    def forward(self, x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.sin(self.omega * x)


class _Hosc(nn.Module):
    """tanh(β sin(ωx)); β is kept as its logarithm, so that training cannot make it negative."""

    def __init__(self, omega: float, beta: float, *, learn_beta: bool) -> None:
        super().__init__()
        self.omega = omega
        log_beta = torch.tensor(math.log(beta), device="cpu")
        if learn_beta:
            self.log_beta = nn.Parameter(log_beta)
        else:
            self.register_buffer("log_beta", log_beta, persistent=False)

    def forward(self, x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.tanh(self.log_beta.exp() * torch.sin(self.omega * x))


def _check_positive(**values: float) -> None:
    """Raise ValueError for the first value that is not positive and finite."""
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be a positive number, got {value}")
