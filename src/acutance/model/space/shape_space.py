"""A space of shapes: one decoder, and a code for every shape."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.data.datasets.safe_names import check_key
from acutance.errors import InputError
from acutance.mesh.normalize import UNIT_CUBE, Bounds, Similarity, box_of
from acutance.model.bounded import as_large_as
from acutance.model.configuration import from_plain, to_plain
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.between import code_between, draw_codes
from acutance.model.space.coded import Coded, ShapeDecoder, ShapeDecoderConfig
from acutance.model.storage import load_weights, read_parts, unusable, write_parts


@dataclass(frozen=True, kw_only=True)
class SpaceEntry:
    """A shape of a space, beside its code.

    Attributes:
        key: its name, ``category/name``.
        transform: from the unit frame to the shape's own coordinates.
        bounds: box around the shape, unit frame.

    Raises:
        InputError: the key could lead out of the folder that shapes are written into.
    """

    key: str
    transform: Similarity
    bounds: Bounds = UNIT_CUBE

    def __post_init__(self) -> None:
        check_key(self.key)

    @property
    def category(self) -> str:
        """The first part of its name."""
        return self.key.split("/")[0]


class ShapeSpace:
    """Many shapes in one decoder.

    Attributes:
        decoder: points and codes → signed distances, in the unit frame.
        codes: a code a shape.
        entries: the shapes, in the order of their codes.

    Example:
        >>> from acutance.model.space.decoder import SpaceDecoderConfig
        >>> decoder = SpaceDecoderConfig(code=4).build(torch.Generator().manual_seed(0))
        >>> keys = ("chair/a", "chair/b")
        >>> entries = tuple(SpaceEntry(key=key, transform=Similarity()) for key in keys)
        >>> space = ShapeSpace(decoder, torch.eye(2, 4), entries)
        >>> space.keys
        ('chair/a', 'chair/b')
        >>> space.shape("b").sdf(torch.zeros(5, 3)).shape
        torch.Size([5])
        >>> torch.equal(space.interpolate("a", "b", t=0.0).decoder.code, space.codes[0])
        True
        >>> space.nearest("a")
        [('chair/b', 1.4142...)]
    """

    def __init__(
        self,
        decoder: ShapeDecoder,
        codes: Float[Tensor, "shapes code"],
        entries: tuple[SpaceEntry, ...],
    ) -> None:
        """Join the parts; the decoder is put into evaluation mode."""
        self.decoder = decoder.eval().requires_grad_(False)
        self.codes = codes.detach()
        self.entries = entries
        self._index = {entry.key: index for index, entry in enumerate(entries)}

    @property
    def device(self) -> torch.device:
        """Where the decoder lives."""
        return self.codes.device

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the shapes."""
        return tuple(entry.key for entry in self.entries)

    def __contains__(self, key: str) -> bool:
        """Whether a shape of this full name is known."""
        return key in self._index

    def index(self, key: str) -> int:
        """The number of a shape. Its category may be left out where the name alone is unique.

        Raises:
            InputError: there is no such shape, or several; the message names the nearest, or all.
        """
        if key in self._index:
            return self._index[key]
        ends = [known for known in self.keys if known.split("/", 1)[-1] == key]
        if len(ends) == 1:
            return self._index[ends[0]]
        if ends:
            raise InputError(f"{key!r} is in several categories; give one of {', '.join(ends)}.")
        near = get_close_matches(key, [*self.keys, *(k.split("/", 1)[-1] for k in self.keys)], 1, 0)
        raise InputError(
            f"There is no shape {key!r} among those that this space was trained on; the nearest is "
            f"{near[0]!r}."
        )

    def shape(self, key: str) -> NeuralSDF:
        """A known shape as a neural SDF of its own.

        Raises:
            InputError: there is no such shape.
        """
        index = self.index(key)
        entry = self.entries[index]
        return self.with_code(self.codes[index], entry.transform, entry.bounds)

    def with_code(
        self,
        code: Float[Tensor, " code"],
        transform: Similarity | None = None,
        bounds: Bounds = UNIT_CUBE,
    ) -> NeuralSDF:
        """The shape of any code, in the frame given or else in the unit frame."""
        return NeuralSDF(Coded(self.decoder, code), transform or Similarity(), bounds)

    def interpolate(self, first: str, second: str, t: float) -> NeuralSDF:
        """The shape between two shapes, in the unit frame; see `code_between`.

        Args:
            first, second: known shapes.
            t: 0 for the first, 1 for the second; beyond them it extrapolates.
        """
        a, b = self.codes[self.index(first)], self.codes[self.index(second)]
        return self.with_code(code_between(self.decoder, a, b, t))

    def nearest(self, key: str, count: int = 5) -> list[tuple[str, float]]:
        """The known shapes whose codes are nearest to that of a known one, and how far they are.

        Raises:
            InputError: there is no such shape.
        """
        own = self.index(key)
        apart = torch.linalg.vector_norm(self.codes - self.codes[own], dim=1).tolist()
        others = sorted((i for i in range(len(apart)) if i != own), key=lambda i: apart[i])
        return [(self.keys[i], apart[i]) for i in others[:count]]

    def draw(self, count: int, seed: int = 0) -> Float[Tensor, "count code"]:
        """Codes of new shapes, for `with_code`; see `draw_codes`."""
        categories = [entry.category for entry in self.entries]
        return draw_codes(self.decoder, self.codes, categories, count, seed)

    def save(self, folder: str | Path) -> None:
        """Write `config.json` and `model.safetensors` into a folder, atomically.

        Raises:
            InputError: the folder cannot be written.
        """
        shapes = [
            {"key": e.key, "transform": to_plain(e.transform), "bounds": e.bounds}
            for e in self.entries
        ]
        weights = {f"decoder.{name}": value for name, value in self.decoder.state_dict().items()}
        weights = {
            name: tensor.detach().cpu().contiguous()
            for name, tensor in {**weights, "codes": self.codes}.items()
        }
        config = {"space": to_plain(self.decoder.config), "shapes": shapes}
        write_parts(Path(folder), config, weights)

    @classmethod
    def load(cls, folder: str | Path, device: str | torch.device = "cpu") -> "ShapeSpace":
        """Read what `save` wrote.

        Raises:
            InputError: a file is missing, damaged, of another version, or holds a single shape.
        """
        folder = Path(folder)
        config, weights = read_parts(folder)
        if "space" not in config:
            raise InputError(f"{folder} is the model of a single shape; give a shape space.")
        try:
            own: ShapeDecoderConfig = from_plain(ShapeDecoderConfig, config["space"])
            entries = tuple(_entry(plain) for plain in config["shapes"])
            if len({entry.key for entry in entries}) != len(entries) or not entries:
                raise ValueError("it names no shapes, or one of them twice")
            codes = weights.pop("codes")
            with as_large_as(weights):  # which take the place of those that are drawn here
                decoder = own.build(torch.Generator())
        except (
            ValueError, KeyError, TypeError, AttributeError, RuntimeError, ArithmeticError
        ) as error:  # fmt: skip
            raise InputError(unusable(folder, error)) from error
        if codes.shape != (len(entries), decoder.code_length):
            raise InputError(
                f"{folder} is damaged: {len(entries)} shapes and codes of {tuple(codes.shape)}."
            )
        _load(decoder, weights, folder)
        return cls(decoder.to(device), codes.to(device), entries)


def _load(decoder: nn.Module, weights: dict[str, Tensor], folder: Path) -> None:
    own = {name.removeprefix("decoder."): tensor for name, tensor in weights.items()}
    load_weights(decoder, own, folder)


def _entry(plain: dict[str, Any]) -> SpaceEntry:
    return SpaceEntry(
        key=plain["key"],
        transform=from_plain(Similarity, plain["transform"]),
        bounds=box_of(plain["bounds"]),
    )
