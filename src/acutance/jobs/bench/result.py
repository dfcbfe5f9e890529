"""What came out of one training of a bench, kept beside it."""

from dataclasses import dataclass
from pathlib import Path

from acutance.errors import InputError
from acutance.jobs.bench.variants import Variant
from acutance.machine.files import write_json
from acutance.machine.plain_files import read_json
from acutance.metrics.scores import ShapeScore
from acutance.model.configuration import from_plain, to_plain

RESULT, SHAPES = "result.json", "shapes.png"
"""What a finished training's folder holds beside the run: the numbers, and a picture."""


@dataclass(frozen=True, kw_only=True)
class BenchResult:
    """A variant, trained with a seed and measured.

    Attributes:
        variant: what it is.
        seed: of the training.
        version: of Acutance.
        machine: that it was trained on, with the versions of Python and PyTorch, and the date.
        parameters: learned numbers of the decoder.
        code: numbers a code.
        seconds: of training.
        steps: of training.
        course: seconds and mean |f| at the surface, as the training went on.
        known: scores of shapes that it learned.
        unseen: scores of others.
        problem: why it could not be trained, or empty.
    """

    variant: Variant
    seed: int
    version: str
    machine: str
    parameters: int = 0
    code: int = 0
    seconds: float = 0.0
    steps: int = 0
    course: tuple[tuple[float, float], ...] = ()
    known: tuple[ShapeScore, ...] = ()
    unseen: tuple[ShapeScore, ...] = ()
    problem: str = ""

    def scores(self, split: str) -> tuple[ShapeScore, ...]:
        """Those of known shapes for ``train``, those of unseen ones for ``test``."""
        return self.known if split == "train" else self.unseen

    @property
    def late_gain(self) -> float | None:
        """Share by which |f| fell in the last quarter of the training; None where not noted."""
        early = [error for seconds, error in self.course if seconds <= 0.76 * self.seconds]
        if not early or not early[-1]:
            return None
        return 1.0 - self.course[-1][1] / early[-1]


def write_result(folder: Path, result: BenchResult) -> None:
    """Write a result into the folder of its training.

    Raises:
        InputError: it cannot be written.
    """
    write_json(folder / RESULT, to_plain(result))


def read_result(folder: Path) -> BenchResult | None:
    """The result in the folder of a training; None where it is not finished.

    Raises:
        InputError: the file is damaged.
    """
    path = folder / RESULT
    try:
        result: BenchResult = from_plain(BenchResult, read_json(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, InputError) as error:
        raise InputError(
            f"{path} is damaged or of another version; remove it to measure {folder.name} anew."
        ) from error
    return result
