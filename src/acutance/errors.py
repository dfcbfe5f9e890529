"""What a user can mend is an `InputError`; everything else is a bug of ours."""


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
