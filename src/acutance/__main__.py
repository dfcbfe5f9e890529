"""The command `acutance`, and `python -m acutance`, as a process of its own."""

import gc

from acutance.cli.entry import main


def run() -> None:
    """Run a command and end the process."""
    gc.freeze()  # what was imported stays until the end, where to go through it takes half a second
    main()


if __name__ == "__main__":
    run()
