"""A trained network outlives what goes wrong after its training."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from acutance.errors import InputError
from acutance.machine.interrupts import undisturbed
from acutance.model.neural_sdf import NeuralSDF


@contextmanager
def rescued(shape: NeuralSDF, folder: Path | None) -> Iterator[None]:
    """Save what was trained if what follows fails: the time it took is the user's.

    Args:
        shape: what was trained.
        folder: where to; where that cannot be written, the system's folder for temporary files is
            tried. None to save nothing.
    """
    try:
        yield
    except BaseException as error:
        if folder is None:
            raise
        with undisturbed():  # an impatient second Ctrl-C
            place = _saved_somewhere(shape, folder)
        kept = f"The trained network is in {place}; `acutance mesh {place}` meshes it."
        if place is None:
            kept = f"The trained network could not be kept, neither in {folder} nor elsewhere."
        if isinstance(error, InputError):
            raise type(error)(f"{error} {kept}") from error
        if isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt(kept) from error
        raise


def _saved_somewhere(shape: NeuralSDF, folder: Path) -> Path | None:
    """The folder that took a network: the one that is wanted, or a temporary one."""
    for place in (folder, Path(tempfile.gettempdir(), f"acutance-{secrets.token_hex(4)}")):
        with suppress(InputError, OSError):
            shape.save(place)
            return place
    return None
