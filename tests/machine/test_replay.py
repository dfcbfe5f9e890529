"""What a GPU repeats is what Python would have done; with a recording of Python in its place."""

from contextlib import contextmanager, nullcontext
from typing import ClassVar

import pytest
import torch

from acutance.machine.replay import WARM_UP, Replay


class Recording:
    """In the place of a CUDA graph: repeats the work on the tensors that it was recorded with."""

    made: ClassVar[list["Recording"]] = []

    def __init__(self):
        self.times = 0
        Recording.made.append(self)

    def replay(self):
        self.times += 1
        for kept, found in zip(self.replay_outputs, self.work(*self.inputs), strict=True):
            kept.copy_(found)


class Stream:
    """In the place of a CUDA stream."""

    device = torch.device("cpu")

    def __init__(self, device=None):
        pass

    def wait_stream(self, other):
        pass


@pytest.fixture
def gpu(monkeypatch):
    """Replays record on the CPU, as on a GPU: while recording, nothing of the work is done."""
    Recording.made = []

    @contextmanager
    def recording(graph, stream, capture_error_mode):
        yield

    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: Stream())
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Recording)
    monkeypatch.setattr(torch.cuda, "graph", recording)


class Counting:
    """Adds its input to a total, in place; says whether it is being recorded."""

    def __init__(self):
        self.total, self.calls = torch.zeros(2), 0

    def __call__(self, x):
        self.calls += 1
        if Recording.made and not hasattr(Recording.made[-1], "work"):  # recorded, not done
            graph = Recording.made[-1]
            graph.work, graph.inputs, graph.replay_outputs = self._add, (x,), (torch.empty(2),)
            return graph.replay_outputs
        return self._add(x)

    def _add(self, x):
        return (self.total.add_(x).clone(),)


def test_repeated_work_is_that_of_python(gpu):
    work, replay = Counting(), Replay(torch.device("cuda"))
    found = [replay(work, (torch.full((2,), float(i)),))[0].tolist() for i in range(8)]
    assert [first for first, _ in found] == [0.0, 1.0, 3.0, 6.0, 10.0, 15.0, 21.0, 28.0]
    assert work.calls == WARM_UP + 1
    assert Recording.made[0].times == 8 - WARM_UP
    assert replay.refused == ""


def test_other_shapes_and_other_ways_are_recorded_anew(gpu):
    replay = Replay(torch.device("cuda"))
    for count, way in ((2, "a"), (2, "a"), (1, "a"), (2, "b"), (2, "a")):
        work = Counting()
        for _ in range(WARM_UP + 2):
            (total,) = replay(work, (torch.ones(count),), way=way)
        assert total.tolist() == [WARM_UP + 2.0] * 2 or len(Recording.made) == 1
    assert len(Recording.made) == 4


def test_what_is_forgotten_is_recorded_anew(gpu):
    replay = Replay(torch.device("cuda"))
    for round_ in (1, 2):
        for _ in range(WARM_UP + 2):
            replay(work := Counting(), (torch.ones(2),))
        replay.forget()
        assert len(Recording.made) == round_
        assert work.total.tolist() == [0.0, 0.0]  # the work that was recorded is repeated


def test_what_cannot_be_recorded_is_called(gpu, monkeypatch):
    def refuse(graph, stream, capture_error_mode):
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(torch.cuda, "graph", refuse)
    replay, total = Replay(torch.device("cuda")), torch.zeros(2)
    for _ in range(WARM_UP + 3):
        (found,) = replay(lambda x: (total.add_(x).clone(),), (torch.ones(2),))
    assert found.tolist() == [WARM_UP + 3.0] * 2
    assert "not permitted" in replay.refused


def test_a_cpu_calls():
    (found,) = Replay(torch.device("cpu"))(lambda x: (2 * x,), (torch.ones(2),))
    assert found.tolist() == [2.0, 2.0]
