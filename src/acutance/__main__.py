"""The command `acutance`, and `python -m acutance`, as a process of its own."""

import gc
import os

from acutance.cli.streams import prepare_streams
from acutance.machine.warp_start import silence_driver_warning


def run() -> None:
    """Run a command and end the process."""
    # PyTorch's idle threads shall sleep: where another program has one of two cores, those that
    # spin take the other one, and meshing takes twice as long. PyTorch reads this when it loads.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    silence_driver_warning()
    prepare_streams()
    from acutance.cli.entry import main  # what it imports looks at the streams

    try:
        main()
    finally:
        gc.freeze()  # a last search for garbage would take half a second


if __name__ == "__main__":
    run()
