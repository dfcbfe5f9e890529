"""Native code that a damaged file may end, or fill the memory by, runs in a process of its own."""

import os
import subprocess
import sys
from contextlib import suppress

from acutance.machine.cores import memory


def run_apart(module: str, *arguments: str, seconds: float) -> bool:
    """Run a module as a program, in a process of its own.

    Args:
        module: its dotted name; it calls `limit_memory` first.
        arguments: of the program.
        seconds: that it may take.

    Returns:
        whether it ended well.

    Raises:
        TimeoutError: it did not end in time, and was ended.

    Example:
        >>> run_apart("this", seconds=60), run_apart("json.tool", "nowhere.json", seconds=60)
        (True, False)
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env=environment,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"it did not end within {seconds:.0f} s") from error
    return done.returncode == 0


def limit_memory() -> None:
    """Let this process take half of the machine's memory at most, where the system can do that."""
    most = max(memory() // 2, 2_000_000_000)
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, most))
