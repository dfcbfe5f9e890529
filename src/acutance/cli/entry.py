"""The command line: the commands, and how each of them ends.

A field of a command is an option, and the text below it its help. A mistake in the input ends with
one sentence and exit code 2, a full disk with one and code 1; a mistake of ours with a note of
where its details are, and code 1.
"""

import sys
import tempfile
import traceback
import warnings
from collections import Counter
from importlib.metadata import version
from typing import Annotated

import tyro
from rich.console import Console
from tyro.conf import subcommand

from acutance.cli.bench import BenchCommand
from acutance.cli.codes import CodesCommand, InterpolateCommand, SampleCommand
from acutance.cli.shape import (
    CleanCommand,
    FitCommand,
    InfoCommand,
    MeasureCommand,
    MeshCommand,
    SdfCommand,
)
from acutance.cli.shapes_of_space import (
    EvaluateCommand,
    ReconstructCommand,
)
from acutance.cli.space import PrepareCommand, TrainCommand
from acutance.cli.streams import close_output
from acutance.cli.tools import DoctorCommand, ShapesCommand
from acutance.errors import DiskFullError, InputError, TrainingWarning

Command = (
    Annotated[FitCommand, subcommand("fit")]
    | Annotated[CleanCommand, subcommand("clean")]
    | Annotated[MeshCommand, subcommand("mesh")]
    | Annotated[SdfCommand, subcommand("sdf")]
    | Annotated[MeasureCommand, subcommand("measure")]
    | Annotated[InfoCommand, subcommand("info")]
    | Annotated[ShapesCommand, subcommand("shapes")]
    | Annotated[PrepareCommand, subcommand("prepare")]
    | Annotated[TrainCommand, subcommand("train")]
    | Annotated[ReconstructCommand, subcommand("reconstruct")]
    | Annotated[EvaluateCommand, subcommand("evaluate")]
    | Annotated[InterpolateCommand, subcommand("interpolate")]
    | Annotated[SampleCommand, subcommand("sample")]
    | Annotated[CodesCommand, subcommand("codes")]
    | Annotated[BenchCommand, subcommand("bench")]
    | Annotated[DoctorCommand, subcommand("doctor")]
)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; the process ends with 0, 1 (a bug or a full disk), 2 (the input) or 130
    (interrupted).
    """
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    warnings.showwarning = lambda message, *_: errors.print(f"! {message}", markup=False)
    try:
        if (sys.argv[1:] if arguments is None else arguments) == ["--version"]:
            print(f"acutance {version('acutance')}", flush=True)
            return
        _check_repeated(sys.argv[1:] if arguments is None else arguments)
        command: Command = tyro.cli(
            Command,
            prog="acutance",
            description="Sharp neural signed distance functions of 3D shapes.",
            args=arguments,
            config=(tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TrainingWarning)  # it is among the messages
            command.run()
    except InputError as error:
        errors.print(f"acutance: {error}", markup=False, style="red")
        sys.exit(1 if isinstance(error, DiskFullError) else 2)
    except BrokenPipeError:  # who reads the output, as `head`, has seen enough
        close_output()
    except KeyboardInterrupt as interrupt:
        kept = str(interrupt) or "Nothing was written."
        errors.print(f"acutance: interrupted. {kept}", markup=False)
        sys.exit(130)
    except OSError as error:
        if error.filename is None:
            close_output()
        what = error.filename or "the output"
        reason = (error.strerror or str(error)).lower()
        errors.print(f"acutance: {what} cannot be used: {reason}.", markup=False, style="red")
        sys.exit(2)
    except Exception:
        with tempfile.NamedTemporaryFile(
            "w", prefix="acutance-", suffix=".log", delete=False, encoding="utf-8"
        ) as log:
            log.write(traceback.format_exc())
        errors.print(
            f"acutance: this is a bug, please report it with {log.name}.", markup=False, style="red"
        )
        sys.exit(1)


def _check_repeated(arguments: list[str]) -> None:
    """Refuse an option that comes twice, of which the parser would take the last alone."""
    options = Counter(text.partition("=")[0] for text in arguments if text.startswith("--"))
    for option, count in options.items():
        if count > 1:
            raise InputError(
                f"{option} is given {count} times; give it once. Where an option takes several "
                f"values, they follow each other: {option} A B."
            )
