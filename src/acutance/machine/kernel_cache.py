"""Where compiled kernels are kept, if not in the user's cache."""

import os
import stat
import tempfile
import warnings
from pathlib import Path

VARIABLE = "WARP_CACHE_PATH"
"""Environment variable by which Warp is told another folder."""


def writable(folder: str | Path) -> bool:
    """Whether files can be made in the folder, which is made first."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def temporary_cache(unusable: str) -> Path:
    """A folder for kernels among the temporary files, in place of one that cannot be used; said.

    It is the same for every process of the user, so that kernels are compiled once; unless another
    user could write into it, since what lies there is run.
    """
    user = os.getuid() if hasattr(os, "getuid") else os.getpid()
    folder = Path(tempfile.gettempdir(), f"acutance-kernels-{user}")
    if not (writable(folder) and _private(folder)):
        folder = Path(tempfile.mkdtemp(prefix="acutance-kernels-"))
    warnings.warn(
        f"{unusable} cannot be written, so compiled kernels go to {folder}. Set {VARIABLE} to a "
        "folder of your own, so that they are kept.",
        stacklevel=2,
    )
    return folder


def _private(folder: Path) -> bool:
    """Whether the folder belongs to this user alone."""
    if not hasattr(os, "getuid"):
        return True
    try:
        folder.chmod(0o700)
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
