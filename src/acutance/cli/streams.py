"""Standard streams that are closed, full, or in an encoding without our signs."""

import io
import os
import sys


def prepare_streams() -> None:
    """Make the three standard streams usable, before anything is opened or written.

    A stream that the caller closed is replaced by one that leads nowhere; otherwise the next file
    to be opened would take its number, and receive what is meant for the terminal. Signs that the
    encoding of a stream lacks, as of a redirect on Windows, become question marks.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass  # it took the lowest number that was free
    os.close(number)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def close_output() -> None:
    """Lead standard output nowhere, where it can't be written: Python's own end flushes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
