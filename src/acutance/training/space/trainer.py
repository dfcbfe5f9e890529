"""The auto-decoder: one decoder and a code for every shape, learned together."""

from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import embedding

from acutance.data.batches import Batch, Batches
from acutance.machine.replay import Replay
from acutance.model.space.coded import ShapeDecoder, ShapeDecoderConfig
from acutance.model.space.deepsdf import DeepSdfDecoder
from acutance.model.space.tables import Tables
from acutance.training.adam import adam, set_rate
from acutance.training.losses import eikonal_residual, normal_misalignment
from acutance.training.space.codes import initial_codes, without_style
from acutance.training.space.fitting import SpaceFitting
from acutance.training.space.focus import focus
from acutance.training.space.isometry import isometry

REMEMBERED = 0.9
"""How much of a shape's running loss is the past: some ten visits."""

DROPOUT_SEED = 0x9E3779B9
"""Added to the seeds of dropout, so that they are not those of the order of the shapes."""


class SpaceTrainer:
    """The state of a training: what a step changes, and what a checkpoint holds.

    Attributes:
        decoder, codes: what is learned.
        batches: where the samples come from.
        step, taken: steps and samples so far.
        difficulty: running loss of every shape.
    """

    def __init__(
        self,
        config: ShapeDecoderConfig,
        fitting: SpaceFitting,
        batches: Batches,
        device: torch.device,
    ) -> None:
        """Fresh weights and codes."""
        self.fitting, self.batches, self.device = fitting, batches, device
        # Drawn on the CPU: the seed gives the same start for every device.
        generator = torch.Generator().manual_seed(fitting.seed)
        self.decoder: ShapeDecoder = config.build(generator).to(device)
        start = initial_codes(batches.shape_count, config.code, fitting.code_deviation, generator)
        self.codes = nn.Parameter(start.to(device))
        self.optimizers = self._optimizers()
        self.replay = Replay(device)
        self.step, self.taken = 0, 0
        self.difficulty = torch.ones(batches.shape_count, device=device)

    def advance(
        self, used: float, precision: AbstractContextManager[object]
    ) -> Float[Tensor, " shapes"]:
        """One step.

        Args:
            used: share of the budget that is used, 0 to 1.
            precision: context to compute the loss in.

        Returns:
            the distance term of the shapes of the batch.
        """
        fitting = self.fitting
        self._set_rates(used)
        self._set_focus()
        surface = self._surface_points(used)
        batch = self.batches.take(fitting.shapes, fitting.points_at(used), surface).to(self.device)
        weight = torch.full((), fitting.isometry * (1.0 - used), device=self.device)
        styled = used >= fitting.style_after
        learn = partial(self._learn, precision, styled)
        if self._can_be_repeated:
            (losses,) = self.replay(learn, (*batch, weight), way=(type(precision), styled))
        else:
            (losses,) = learn(*batch, weight)
        self._remember(batch.shapes, losses)
        self.step += 1
        self.taken += batch.sdf.numel()
        return losses

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that the next steps depend on, as tensors and as plain values."""
        tensors = {f"decoder.{name}": t for name, t in self.decoder.state_dict().items()}
        tensors |= {"codes": self.codes.detach(), "difficulty": self.difficulty}
        for prefix, optimizer in self._named_optimizers():
            for index, values in optimizer.state_dict()["state"].items():
                for name, value in values.items():
                    # Of sparse optimizers the number of steps is a number of Python.
                    is_tensor = isinstance(value, Tensor)
                    tensor = value if is_tensor else torch.tensor(value, device="cpu")
                    tensors[f"{prefix}{index}.{name}"] = tensor
        batches = self.batches.state()
        tensors |= {f"batches.{name}": t for name, t in batches.items() if isinstance(t, Tensor)}
        plain = {name: v for name, v in batches.items() if not isinstance(v, Tensor)}
        return tensors, {"step": self.step, "taken": self.taken, "batches": plain}

    def restore(self, tensors: dict[str, Tensor], plain: dict[str, Any]) -> None:
        """Go on from a state of a training with the same settings."""
        self.replay.forget()
        self.decoder.load_state_dict(_with_prefix(tensors, "decoder."))
        self.codes.data.copy_(tensors["codes"])
        self.difficulty.copy_(tensors["difficulty"])
        for prefix, optimizer in self._named_optimizers():
            groups = optimizer.state_dict()["param_groups"]
            state: dict[int, dict[str, Tensor | int]] = {}
            for name, tensor in _with_prefix(tensors, prefix).items():
                index, field_name = name.split(".", 1)
                # SparseAdam counts its steps in Python, where a tensor would round differently.
                counts = field_name == "step" and isinstance(optimizer, torch.optim.SparseAdam)
                state.setdefault(int(index), {})[field_name] = int(tensor) if counts else tensor
            optimizer.load_state_dict({"state": state, "param_groups": groups})
        self.batches.restore({**plain["batches"], **_with_prefix(tensors, "batches.")})
        self.step, self.taken = int(plain["step"]), int(plain["taken"])

    def _learn(
        self, precision: AbstractContextManager[object], styled: bool, *inputs: Tensor
    ) -> tuple[Tensor]:
        """What a step does with a batch and a weight: all that changes what is learned."""
        batch = Batch(*inputs[:-1])
        with precision:
            losses, extra = self._losses(batch, inputs[-1], styled=styled)
        loss = self._mean(batch.shapes, losses) + extra
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        return (losses.detach(),)

    @property
    def _can_be_repeated(self) -> bool:
        """Whether a step does the same work every time, as far as a GPU can see."""
        dropout = isinstance(self.decoder, DeepSdfDecoder) and self.decoder.config.dropout > 0
        return not (dropout or self.fitting.lazy_codes or self.fitting.weight_focus)

    def _losses(
        self, batch: Batch, isometry_weight: Float[Tensor, ""], *, styled: bool
    ) -> tuple[Float[Tensor, " shapes"], Tensor]:
        """The distance term of every shape, and the sum of all other terms."""
        objective = self.fitting.objective
        codes = embedding(batch.shapes, self.codes, sparse=self.fitting.lazy_codes)
        codes = codes if styled else without_style(self.decoder, codes)
        values = self._values(batch.points, codes, noise := self._noise())
        losses = objective.distance(values, batch.sdf).mean(dim=1)
        extra = self.fitting.code_penalty * codes.square().sum(dim=1).mean()
        if self.fitting.isometry:
            extra = extra + isometry_weight * isometry(self.decoder, batch, codes)
        if objective.normal_weight:
            gradient = self._gradient(batch.surface_points, codes, noise)
            normals = batch.surface_normals.flatten(0, 1)
            extra = extra + objective.normal_weight * normal_misalignment(gradient, normals).mean()
        if objective.eikonal_weight:
            count = max(1, round(objective.gradient_share * batch.points.shape[1]))
            gradient = self._gradient(batch.points[:, :count], codes, noise)
            extra = extra + objective.eikonal_weight * eikonal_residual(gradient).mean()
        return losses, extra

    def _noise(self) -> torch.Generator | None:
        """What this step's dropout is drawn from, where the decoder has one.

        It depends on the seed and the number of the step alone, so that nothing of it must be kept
        for a training to go on exactly.
        """
        if not isinstance(self.decoder, DeepSdfDecoder) or not self.decoder.config.dropout:
            return None
        seed = (DROPOUT_SEED + 1_000_003 * self.fitting.seed + self.step) % 2**63
        return torch.Generator(self.device).manual_seed(seed)

    def _values(
        self,
        points: Float[Tensor, "shapes points 3"],
        codes: Float[Tensor, "shapes code"],
        noise: torch.Generator | None,
    ) -> Float[Tensor, "shapes points"]:
        """Signed distances as they are trained: with dropout, where there is one."""
        if isinstance(self.decoder, DeepSdfDecoder):
            return self.decoder(points, codes, noise)
        return self.decoder(points, codes)

    def _gradient(
        self,
        points: Float[Tensor, "shapes points 3"],
        codes: Float[Tensor, "shapes code"],
        noise: torch.Generator | None,
    ) -> Float[Tensor, "all 3"]:
        """∇f at the points, differentiable by weights and codes."""
        points = points.detach().requires_grad_()
        values = self._values(points, codes, noise).sum()
        (gradient,) = torch.autograd.grad(values, points, create_graph=True)
        return gradient.flatten(0, 1)

    def _surface_points(self, used: float) -> int:
        """Surface points a shape for the normal term."""
        objective = self.fitting.objective
        if not objective.normal_weight:
            return 0
        return max(1, round(objective.gradient_share * self.fitting.points_at(used)))

    def _mean(self, shapes: Tensor, losses: Float[Tensor, " shapes"]) -> Float[Tensor, ""]:
        """Mean loss of a batch; on request hard shapes count more."""
        if not self.fitting.weight_focus:
            return losses.mean()
        return (focus(self.difficulty, self.fitting.weight_focus)[shapes] * losses).mean()

    def _set_focus(self) -> None:
        """On request, let a round that begins draw hard shapes more often."""
        exponent = self.fitting.sampling_focus
        if not exponent or not self.batches.begins_round(self.fitting.shapes):
            return
        # A loss that is not finite is the guard's to judge, a few steps later.
        if self.difficulty.isfinite().all():
            self.batches.set_focus(focus(self.difficulty, exponent))

    def _remember(self, shapes: Tensor, losses: Float[Tensor, " shapes"]) -> None:
        """Update the running losses."""
        share = REMEMBERED if self.step * self.fitting.shapes > len(self.difficulty) else 0.0
        self.difficulty[shapes] = share * self.difficulty[shapes] + (1 - share) * losses.float()

    def _named_optimizers(self) -> list[tuple[str, torch.optim.Optimizer]]:
        """The optimizers with the beginnings of their tensors' names in a checkpoint."""
        return [(f"optimizer{i}.", optimizer) for i, optimizer in enumerate(self.optimizers)]

    def _optimizers(self) -> list[torch.optim.Optimizer]:
        """One for all, or one for the decoder and one for lazy codes."""
        fitting, decoder = self.fitting, self.decoder
        conditioning = getattr(decoder, "conditioning", None)
        tables = [*conditioning.parameters()] if isinstance(conditioning, Tables) else []
        own = {id(parameter) for parameter in tables}
        layers = [p for p in decoder.parameters() if id(p) not in own]
        codes = {"params": [self.codes], "peak": fitting.code_rate}
        groups = [
            {"params": layers, "peak": fitting.learning_rate},
            {"params": tables, "peak": fitting.table_rate},
        ]
        groups += [] if fitting.lazy_codes else [codes]
        dense = adam([group for group in groups if group["params"]], self.device, epsilon=1e-12)
        if not fitting.lazy_codes:
            return [dense]
        return [dense, torch.optim.SparseAdam([codes], betas=(0.9, 0.99), eps=1e-12)]

    def _set_rates(self, used: float) -> None:
        warm = min(1.0, (self.step + 1) / self.fitting.warm_up)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                set_rate(group, group["peak"] * self.fitting.decay(used) * warm)


def _with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names start with the prefix, without it."""
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
