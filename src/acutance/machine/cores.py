"""How many cores there are to work on, and how much memory."""

import os


def cores() -> int:
    """Number of processor cores that this process may use; OMP_NUM_THREADS limits it.

    >>> cores() >= 1
    True
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(usable or 1, int(limit) if limit.isdecimal() else usable or 1))


def memory() -> int:
    """Bytes of the machine's memory; 8 GB where the system doesn't say.

    >>> memory() > 0
    True
    """
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # there is no such question on Windows
        return 8_000_000_000
