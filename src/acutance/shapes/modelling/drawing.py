"""Random draws of parameters; the generator is always passed in."""

from typing import TypeVar

import numpy as np

Option = TypeVar("Option")


def one_of(rng: np.random.Generator, *options: Option) -> Option:
    """One of the options, all equally likely; repeat one to make it more likely.

    >>> one_of(np.random.default_rng(0), "round", "square")
    'square'
    """
    return options[rng.integers(len(options))]


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number drawn uniformly from an interval.

    >>> 0.4 <= between(np.random.default_rng(0), 0.4, 0.6) < 0.6
    True
    """
    return float(rng.uniform(low, high))


def chance(rng: np.random.Generator, probability: float) -> bool:
    """Whether something of this probability happens.

    >>> chance(np.random.default_rng(0), 1.0)
    True
    """
    return bool(rng.random() < probability)
