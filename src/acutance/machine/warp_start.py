"""How Warp is started: at its first use, and without a word.

Importing Warp starts nothing. Its banner is a matter of its log level; what its native code writes
to standard error where there is no CUDA driver has no setting.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from threading import Lock

from acutance.machine.kernel_cache import temporary_cache, writable

_starting = Lock()
_silent = False


def silence_driver_warning() -> None:
    """Keep Warp's warning about a missing CUDA driver off standard error, when it starts.

    Only for a process of our own: file descriptor 2 of the whole process leads nowhere meanwhile.
    """
    global _silent
    _silent = True


def start() -> None:
    """Start Warp unless it runs, without the banner that it prints on standard output."""
    with _starting:
        _start()


@cache
def _start() -> None:
    import warp as wp

    wp.config.log_level = max(wp.config.log_level, wp.LOG_WARNING)
    if not _started():
        wp.config.kernel_cache_dir = str(temporary_cache(wp.config.kernel_cache_dir))
        _started()


def _started() -> bool:
    """Start Warp; whether the folder of its kernels, by default in the user's home, is of use."""
    import warp as wp

    with _no_native_errors() if _silent else nullcontext():
        try:
            wp.init()
        except OSError:  # it makes the folder
            return False
    return writable(wp.config.kernel_cache_dir)


@contextmanager
def _no_native_errors() -> Iterator[None]:
    """What native code writes to standard error inside the block is lost."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
