"""The codes of a space: at the start, and what of them learns at first."""

import torch
from jaxtyping import Float
from torch import Tensor

from acutance.model.space.coded import ShapeDecoder
from acutance.model.space.tables import DeformedTables


def initial_codes(
    shapes: int, length: int, deviation: float, generator: torch.Generator
) -> Float[Tensor, "shapes code"]:
    """Random codes; orthogonal ones where there are no more shapes than numbers a code.

    Orthogonal codes let a step on one shape leave the mixed tables of all others as they are.

    Args:
        shapes: number of codes.
        length: numbers a code.
        deviation: standard deviation of these numbers.
        generator: source of randomness.

    Example:
        >>> codes = initial_codes(2, 8, 0.5, torch.Generator().manual_seed(0))
        >>> (codes @ codes.T).round(decimals=4).abs()  # orthogonal, of length 0.5 √8
        tensor([[2., 0.],
                [0., 2.]])
    """
    size = (shapes, length) if shapes > length else (length, shapes)
    drawn = torch.randn(size, generator=generator, device=generator.device)
    if shapes > length:
        return deviation * drawn
    basis, _ = torch.linalg.qr(drawn)
    return deviation * length**0.5 * basis.T.contiguous()


def without_style(
    decoder: ShapeDecoder, codes: Float[Tensor, "shapes code"]
) -> Float[Tensor, "shapes code"]:
    """The codes, of which only the numbers that move space learn; all of them where none does."""
    reader = getattr(decoder, "conditioning", None)
    if not isinstance(reader, DeformedTables):
        return codes
    proportions, style = codes.tensor_split((reader.proportions,), dim=1)
    return torch.cat([proportions, style.detach()], dim=1)
