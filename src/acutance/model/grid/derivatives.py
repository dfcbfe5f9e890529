"""Features by Warp kernels, and their first and second derivatives.

Every pass of the derivatives is a kernel of its own: the features are linear in the table, so that
the table's gradient is the transposed lookup, and the points' gradient is written out.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from acutance.model.grid.levels import Level
from acutance.model.grid.lookup import Lookup


def encode_fast(
    points: Float[Tensor, "shapes points 3"],
    tables: Float[Tensor, "shapes rows width"],
    levels: tuple[Level, ...],
) -> Float[Tensor, "shapes points features"]:
    """The same by Warp kernels: float32, CPU or CUDA, twice differentiable."""
    shapes, count, _ = points.shape
    flat = points.reshape(-1, 3).contiguous()
    features: Tensor = _Encode.apply(flat, tables.contiguous(), levels)
    return features.unflatten(0, (shapes, count))


class _Encode(torch.autograd.Function):
    """Features of the points. Linear in the table, trilinear in the points."""

    @staticmethod
    def forward(ctx: Any, points: Tensor, table: Tensor, levels: tuple[Level, ...]) -> Tensor:
        ctx.save_for_backward(points, table)
        ctx.levels = levels
        lookup = Lookup(points, table, levels)
        features = lookup.feature_rows()
        lookup.run(lookup.kernels.forward, per_level=[features], table=table)
        return features.t()

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        points, table = ctx.saved_tensors
        (cotangent,) = cotangents
        to_points = to_table = None
        if ctx.needs_input_grad[0]:
            to_points = _PullPoints.apply(cotangent, points, table, ctx.levels)
        if ctx.needs_input_grad[1]:
            to_table = _PullTable.apply(cotangent, points, table, ctx.levels)
        return to_points, to_table, None


class _PullTable(torch.autograd.Function):
    """Cotangent of the features → gradient of the table: `_Encode` transposed in the table."""

    @staticmethod
    def forward(
        ctx: Any, cotangent: Tensor, points: Tensor, table: Tensor, levels: tuple[Level, ...]
    ) -> Tensor:
        ctx.save_for_backward(cotangent, points)
        ctx.levels = levels
        lookup = Lookup(points, table, levels)
        gradient = torch.zeros_like(table)
        lookup.run(lookup.kernels.pull_table, per_level=[_rows_first(cotangent)], table=gradient)
        return gradient

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor) -> tuple[Tensor, Tensor, None, None]:
        cotangent, points = ctx.saved_tensors
        direction = cotangents[0].contiguous()
        to_cotangent = _Encode.apply(points, direction, ctx.levels)
        to_points = _PullPoints.apply(cotangent, points, direction, ctx.levels)
        return to_cotangent, to_points, None, None


class _PullPoints(torch.autograd.Function):
    """Cotangent of the features → gradient of the points; differentiable once more."""

    @staticmethod
    def forward(
        ctx: Any, cotangent: Tensor, points: Tensor, table: Tensor, levels: tuple[Level, ...]
    ) -> Tensor:
        ctx.save_for_backward(cotangent, points, table)
        ctx.levels = levels
        lookup = Lookup(points, table, levels)
        gradients = lookup.point_rows()
        lookup.run(
            lookup.kernels.pull_points,
            per_level=[_rows_first(cotangent), gradients],
            table=table,
        )
        return gradients.sum(dim=0)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *cotangents: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        cotangent, points, table = ctx.saved_tensors
        lookup = Lookup(points, table, ctx.levels)
        to_features, to_points = lookup.feature_rows(), lookup.point_rows()
        to_table = torch.zeros_like(table)
        direction = cotangents[0].contiguous()
        lookup.run(
            lookup.kernels.pull_twice,
            per_level=[_rows_first(cotangent), to_features, to_points],
            table=table,
            shared=[direction],
            table_gradient=to_table,
        )
        return to_features.t(), to_points.sum(dim=0), to_table, None


def _rows_first(cotangent: Tensor) -> Tensor:
    """(points, features) → contiguous (features, points); free for what `_Encode` returned."""
    return cotangent.detach().t().contiguous()
