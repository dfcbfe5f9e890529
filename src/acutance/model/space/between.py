"""Codes that no known shape has: between two of them, and drawn from all."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from acutance.model.space.coded import ShapeDecoder
from acutance.model.space.tables import DeformedTables

Code = Float[Tensor, " code"]


def code_between(decoder: ShapeDecoder, first: Code, second: Code, t: float) -> Code:
    """The code on the way from one to another.

    Where codes have proportions and a style (`Deformed`), the proportions go evenly from the one to
    the other, and the style is that of the nearer end: a mixture of four legs and a pedestal is
    neither. Other codes are mixed.

    Args:
        decoder: of the codes.
        first, second: codes of two shapes.
        t: 0 for the first, 1 for the second; beyond them proportions extrapolate.

    Example:
        >>> from acutance.model.space.decoder import SpaceDecoderConfig
        >>> from acutance.model.space.tables import Deformed
        >>> config = SpaceDecoderConfig(code=4, conditioning=Deformed(proportions=2))
        >>> decoder = config.build(torch.Generator())
        >>> code_between(decoder, torch.zeros(4), torch.ones(4), 0.25)
        tensor([0.2500, 0.2500, 0.0000, 0.0000])
    """
    mixed = torch.lerp(first, second, t)
    reader = getattr(decoder, "conditioning", None)
    if not isinstance(reader, DeformedTables):
        return mixed
    nearer = first if t < 0.5 else second
    return torch.cat([mixed[: reader.proportions], nearer[reader.proportions :]])


def draw_codes(
    decoder: ShapeDecoder,
    codes: Float[Tensor, "shapes code"],
    categories: Sequence[str],
    count: int,
    seed: int = 0,
) -> Float[Tensor, "count code"]:
    """Codes of new shapes: each on the way from a known one to another one of its category.

    The way is taken as far as half-way, so that the style, where there is one, is that of the first
    (as new samples are made between neighbours by Chawla et al. 2002, arXiv 1106.1813).

    Args:
        decoder: of the codes.
        codes: of the known shapes.
        categories: of the known shapes.
        count: how many to draw.
        seed: of the draw.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = list[Tensor]()
    for first in torch.randint(len(codes), (count,), generator=generator, device="cpu").tolist():
        alike = [i for i, category in enumerate(categories) if category == categories[first]]
        place, share = torch.rand(2, generator=generator, device="cpu").tolist()
        second = alike[int(place * len(alike))]
        drawn.append(code_between(decoder, codes[first], codes[second], 0.5 * share))
    return torch.stack(drawn)
