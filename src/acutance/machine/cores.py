"""How many cores there are to work on."""

import os


def cores() -> int:
    """Number of processor cores that this process may use; OMP_NUM_THREADS limits it.

    >>> cores() >= 1
    True
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(usable or 1, int(limit) if limit.isdecimal() else usable or 1))
