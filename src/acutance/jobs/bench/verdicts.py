"""What the paper claims (Fan and Musialski, arXiv 2410.12725), judged by the results of a bench."""

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from acutance.jobs.bench.result import BenchResult
from acutance.jobs.bench.table import SPLIT_NAMES, by_variant, spread
from acutance.jobs.bench.variants import ACTIVATIONS, ENCODINGS, PAPER_VARIANTS
from acutance.metrics.scores import mean, median
from acutance.metrics.table import Row, Table
from acutance.training.losses import ClampedL1
from acutance.training.space.presets import SPACE_PRESETS

Trials: TypeAlias = Mapping[str, Sequence[BenchResult]]
"""The trainings of every variant, by its name."""

Pairs: TypeAlias = Sequence[tuple[str, str]]
"""Variants that are compared: the one that is claimed to be better, and the other."""

Error: TypeAlias = Callable[[BenchResult, str], float]
"""An error of a training on a split: the smaller, the better."""

NEGLECTED = 1.5
"""Mean over median of Chamfer distances from which on outliers count as neglected."""

UNMEASURED = "not measured"

NORMALS = "+normals"

NOTE = (
    "How often the variant that is claimed to be better is so, among all pairs that differ in "
    "nothing else; ×: median ratio of the two errors. A claim holds if it holds in all pairs, and "
    "in part in more than half of them. The error is the median Chamfer distance, where a shape "
    "without a surface counts as infinitely far; for directions, 1 − mean |cos| of the normals. A "
    "difference within the spread over seeds counts for neither; with one seed no spread is known. "
    "Faster: |f| at known surfaces gets below DeepSDF's last one in less than its time. Outliers "
    "count as neglected if the mean Chamfer distance of the shapes with a surface is "
    f"{NEGLECTED:g} times their median or more, in the median variant among those that minimise "
    "clamped L1. Where trainings still gain (see gain above), a longer one may say otherwise."
)


def verdicts(results: Sequence[BenchResult]) -> Table:
    """Every claim of the paper, and whether it holds for known and for unseen shapes."""
    trials = by_variant(results)
    rows = {
        "periodic beats ReLU": _judged(trials, _periodic(), _chamfer),
        "FFT is best for a space": _judged(trials, _fourier(), _chamfer),
        "HASH is best for one object": [f"{UNMEASURED}: these are spaces", UNMEASURED],
        "normals bring surfaces closer": _judged(trials, _normals(), _chamfer),
        "normals turn surfaces right": _judged(trials, _normals(), _misdirection),
        "smaller and better than DeepSDF": _judged(_smaller(trials), _rivals(), _chamfer),
        "faster than DeepSDF": [_faster(trials), UNMEASURED],
        "L1 neglects outliers": [_outliers(trials, split) for split in SPLIT_NAMES],
    }
    return Table(
        title="What the paper claims",
        columns=tuple(name.lower() for name in SPLIT_NAMES.values()),
        rows=tuple(
            Row(name=name, values=tuple(values), unit="", formula="", points="", floor="")
            for name, values in rows.items()
        ),
        note=NOTE,
    )


def _names() -> Iterator[tuple[str, str, str]]:
    """Activation, encoding and normals of the paper's networks, whose names they make."""
    for activation in ACTIVATIONS:
        for encoding in ENCODINGS:
            for normals in ("", NORMALS):
                yield activation, encoding, normals


def _periodic() -> Pairs:
    """Periodic activations beside ReLU."""
    return [(f"{a}{e}{n}", f"relu{e}{n}") for a, e, n in _names() if a != "relu"]


def _fourier() -> Pairs:
    """Fourier features beside the other encodings."""
    return [(f"{a}-fft{n}", f"{a}{e}{n}") for a, e, n in _names() if e != "-fft"]


def _normals() -> Pairs:
    """With normals beside without."""
    return [(f"{a}{e}{NORMALS}", f"{a}{e}") for a, e, n in _names() if n]


def _rivals() -> Pairs:
    """The paper's networks beside DeepSDF."""
    return [("".join(name), "deepsdf") for name in _names()]


def _smaller(trials: Trials) -> Trials:
    """DeepSDF, and the variants of fewer parameters."""
    if "deepsdf" not in trials:
        return {}
    most = trials["deepsdf"][0].parameters
    return {
        name: group
        for name, group in trials.items()
        if name == "deepsdf" or group[0].parameters < most
    }


def _chamfer(result: BenchResult, split: str) -> float:
    """Median Chamfer distance ×10³ of all shapes; infinite where most have no surface."""
    return statistics.median(score.chamfer for score in result.scores(split))


def _misdirection(result: BenchResult, split: str) -> float:
    """1 − mean |cos| of the normals, of the shapes that have a surface."""
    found = [s.metrics.normal_consistency for s in result.scores(split) if s.metrics is not None]
    agreement = mean(found)
    return math.inf if agreement is None else 1.0 - agreement


def _judged(trials: Trials, pairs: Pairs, error: Error) -> list[str]:
    """The verdict on a claim that one variant of each pair is better, for every split."""
    return [_verdict(trials, pairs, error, split) for split in SPLIT_NAMES]


def _verdict(trials: Trials, pairs: Pairs, error: Error, split: str) -> str:
    """The verdict on one split."""
    measured = {
        name: [error(trial, split) for trial in group if trial.scores(split)]
        for name, group in trials.items()
    }
    there = [(measured[a], measured[b]) for a, b in pairs if measured.get(a) and measured.get(b)]
    if not there:
        return UNMEASURED
    better = sum(_is_less(first, second) for first, second in there)
    ratios = [statistics.fmean(a) / statistics.fmean(b) for a, b in there if _finite(a, b)]
    ratio = f", {statistics.median(ratios):.2g} ×" if ratios else ""
    return f"{_word(better, len(there))}: {better} of {len(there)}{ratio}"


def _is_less(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether the first errors are the smaller ones, by more than the spread over seeds."""
    a, b = statistics.fmean(first), statistics.fmean(second)
    if not _finite(first, second):
        return a < b
    return b - a > max(spread(first), spread(second))


def _finite(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether all errors are numbers, and the second are not 0."""
    return all(math.isfinite(value) for value in (*first, *second)) and min(second) > 0


def _word(better: int, pairs: int) -> str:
    """The verdict in a word or two."""
    if better == pairs:
        return "holds"
    return "holds in part" if better > pairs / 2 else "does not hold"


def _faster(trials: Trials) -> str:
    """How soon the paper's networks are where DeepSDF gets."""
    names = [
        v.name for v in PAPER_VARIANTS if v.name in trials and v.name not in ("best", "deepsdf")
    ]
    goals = [trial.course[-1][1] for trial in trials.get("deepsdf", ()) if trial.course]
    if not names or not goals:
        return UNMEASURED
    goal = statistics.fmean(goals)
    shares = [_share_until(trials[name], goal) for name in names]
    sooner = [share for share in shares if share < 1.0]
    when = f", after {statistics.median(sooner):.2g} of the time" if sooner else ""
    return f"{_word(len(sooner), len(names))}: {len(sooner)} of {len(names)}{when}"


def _share_until(trials: Sequence[BenchResult], goal: float) -> float:
    """Share of the training after which |f| is below a goal, mean over seeds; infinite if never."""
    shares = [
        next((s / t.seconds for s, error in t.course if error < goal), math.inf) for t in trials
    ]
    return statistics.fmean(shares)


def _outliers(trials: Trials, split: str) -> str:
    """How far the mean is from the median, and the worst, where clamped L1 is minimised."""
    ratios, worst = list[float](), list[float]()
    for group in trials.values():
        if not _minimises_l1(group[0]):
            continue
        for trial in group:
            found = [s.chamfer for s in trial.scores(split) if s.metrics is not None]
            if middle := median(found):
                ratios.append(statistics.fmean(found) / middle)
                worst.append(max(found) / middle)
    if not ratios:
        return UNMEASURED
    ratio = statistics.median(ratios)
    word = "holds" if ratio >= NEGLECTED else "does not hold"
    return f"{word}: mean {ratio:.2g} ×, worst {statistics.median(worst):.2g} × the median"


def _minimises_l1(result: BenchResult) -> bool:
    """Whether a variant minimises clamped L1."""
    return isinstance(SPACE_PRESETS[result.variant.preset].fitting.objective.distance, ClampedL1)
