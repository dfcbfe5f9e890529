"""What a user can mend is an `InputError`; everything else is a bug of ours."""


class InputWarning(UserWarning):
    """What a reader passed over in a file, or assumed of it.

    Example:
        >>> import warnings
        >>> warnings.simplefilter("ignore", InputWarning)
    """


class InputError(ValueError):
    """Input that cannot be used as it is.

    The message is one sentence or two: what was expected, what came, and what to do. It names the
    file where there is one. The command line prints it alone, with exit code 2.

    Example:
        >>> import acutance
        >>> acutance.load("chair.obj")
        Traceback (most recent call last):
        acutance.errors.InputError: chair.obj does not exist; check the path.
    """


class DiskFullError(InputError):
    """The disk is full: what was asked for was right, but could not be written.

    The command line ends with exit code 1.

    Example:
        >>> raise DiskFullError("out cannot be written: the disk is full; free some space.")
        Traceback (most recent call last):
        acutance.errors.DiskFullError: out cannot be written: the disk is full; free some space.
    """


class TrainingWarning(UserWarning):
    """A training that failed and is started again; the command line tells it in its own way.

    Example:
        >>> issubclass(TrainingWarning, UserWarning)
        True
    """
