"""Draws of parameters."""

from typing import TypeVar

import numpy as np

Option = TypeVar("Option")


def one_of(rng: np.random.Generator, *options: Option) -> Option:
    """One of the options, all as likely; repeat one to make it more so."""
    return options[rng.integers(len(options))]


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number drawn uniformly from an interval."""
    return float(rng.uniform(low, high))


def chance(rng: np.random.Generator, probability: float) -> bool:
    """Whether something happens."""
    return bool(rng.random() < probability)
