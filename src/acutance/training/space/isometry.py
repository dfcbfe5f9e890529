"""Codes whose distances are those of their shapes."""

import torch
from jaxtyping import Float
from torch import Tensor

from acutance.data.batches import Batch
from acutance.model.space.coded import ShapeDecoder

UNIT = 0.04
"""Mean distance of two surfaces whose codes are to be 1 apart, in the unit frame."""

PROBES = 64
"""Samples of each shape at which it is compared with others: those closest to its surface."""

MOST = 0.1
"""Distances count up to this one, to which fields are learned."""


def isometry(
    decoder: ShapeDecoder, batch: Batch, codes: Float[Tensor, "shapes code"]
) -> Float[Tensor, ""]:
    """How far distances of codes are from those of shapes: ``| U |z_i - z_j| - D_ij |``, the mean.

    D_ij is the mean |f(x; z_j)| at surface points x of shape i and likewise with both exchanged, as
    the fields are by now; U is `UNIT`. Codes could be mixed by any invertible matrix, and the
    tables by its inverse, without a change of any shape: this says by which.

    Args:
        decoder: of the codes.
        batch: samples of some shapes.
        codes: of these shapes; they alone get a gradient.

    Example:
        >>> from acutance.model.space.decoder import SpaceDecoderConfig
        >>> decoder = SpaceDecoderConfig(code=4).build(torch.Generator().manual_seed(0))
        >>> points, sdf = torch.rand(2, 100, 3), torch.zeros(2, 100)
        >>> none = torch.empty(2, 0, 3)
        >>> batch = Batch(torch.arange(2), points, sdf, none, none)
        >>> float(isometry(decoder, batch, torch.eye(2, 4))) > 0.03  # all fields are nearly zero
        True
    """
    apart = UNIT * torch.cdist(codes, codes, compute_mode="donot_use_mm_for_euclid_dist")
    # No mask by which to choose: a GPU would have to be waited for.
    other = 1.0 - torch.eye(len(codes), device=codes.device)
    off = (apart - _distances(decoder, batch, codes)).abs() * other
    return off.sum() / max(1, len(codes) * (len(codes) - 1))


@torch.no_grad()
def _distances(
    decoder: ShapeDecoder, batch: Batch, codes: Float[Tensor, "shapes code"]
) -> Float[Tensor, "shapes shapes"]:
    """Mean distances of the surfaces of each two shapes, as the decoder has them."""
    count = min(PROBES, batch.sdf.shape[1])
    nearest = batch.sdf.abs().topk(count, dim=1, largest=False).indices
    points = batch.points.gather(1, nearest[..., None].expand(-1, -1, 3)).flatten(0, 1)
    values = decoder(points.expand(len(codes), -1, -1).contiguous(), codes)
    one_way = values.abs().clamp(max=MOST).unflatten(1, (-1, count)).mean(dim=2)
    return 0.5 * (one_way + one_way.T)
