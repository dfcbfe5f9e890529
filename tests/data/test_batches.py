"""Batches of shapes × points."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from balls import ball_pool

from acutance.data.batches import Batches
from acutance.data.record import ShapeRecord
from acutance.data.shape_file import write_shape
from acutance.data.store import SampleStore

SHAPES, SAMPLES, SURFACE = 5, 10, 7


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Shapes whose distances are their index times 100 plus the place of the sample."""
    store = SampleStore.create(tmp_path_factory.mktemp("batches") / "store", {})
    for index in range(SHAPES):
        pool = ball_pool(0.5, count=SAMPLES, surface=SURFACE)
        pool = replace(pool, sdf=100.0 * index + torch.arange(SAMPLES))
        record = ShapeRecord(category="shape", name=str(index))
        store.enter(write_shape(store.folder, record, pool))
    return store


@pytest.fixture
def batches(store):
    return Batches(store, [*store.records])


def places(batches, count, **settings):
    """The places of the samples that a number of batches take of shape 0, in order."""
    taken = []
    for _ in range(count):
        batch = batches.take(SHAPES, **settings)
        (row,) = (batch.shapes == 0).nonzero()[:, 0].tolist()
        taken.append(batch.sdf[row].long().tolist())
    return taken


def test_every_shape_comes_equally_often(batches):
    rounds = [batches.take(3, 2).shapes.tolist() for _ in range(10)]
    taken = [shape for batch in rounds for shape in batch]
    assert Counter(taken) == dict.fromkeys(range(SHAPES), 6)
    assert taken[:5] != taken[5:10]


def test_a_batch_may_hold_more_shapes_than_there_are(batches):
    assert Counter(batches.take(2 * SHAPES, 1).shapes.tolist()) == dict.fromkeys(range(SHAPES), 2)


def test_a_row_holds_samples_of_its_shape(batches, store):
    batch = batches.take(3, 4, surface=2)
    for row, index in enumerate(batch.shapes.tolist()):
        pool = store.pool(batches.keys[index])
        assert torch.equal(batch.sdf[row], pool.sdf[:4])
        assert torch.equal(batch.points[row], pool.points[:4])
        assert torch.equal(batch.surface_points[row], pool.surface_points[:2])
        assert torch.equal(batch.surface_normals[row], pool.surface_normals[:2])


def test_samples_are_taken_one_after_the_other_and_begin_anew_at_the_end(batches):
    assert places(batches, 4, points=4) == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 0, 1],
        [2, 3, 4, 5],
    ]


def test_a_batch_may_take_more_samples_than_a_shape_has(batches):
    first, second = places(batches, 2, points=2 * SAMPLES + 3)
    assert first == [*range(SAMPLES), *range(SAMPLES), 0, 1, 2]
    assert second == [*range(3, SAMPLES), *range(SAMPLES), *range(6)]


def test_surface_points_are_left_out_unless_asked_for(batches):
    assert batches.take(2, 3).surface_points.shape == (2, 0, 3)
    assert batches.take(2, 3, surface=SURFACE + 1).surface_normals.shape == (2, SURFACE + 1, 3)


def draw(batches, count=7):
    return [batches.take(3, 4, surface=2) for _ in range(count)]


def test_a_restored_state_goes_on_exactly(batches, store):
    batches.set_focus(torch.tensor([3.0, 1, 1, 1, 1]))
    draw(batches)
    other = Batches(store, batches.keys)
    other.restore(batches.state())
    for ours, theirs in zip(draw(batches), draw(other), strict=True):
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_a_state_is_not_changed_by_what_is_drawn_later(batches):
    draw(batches, 1)
    state = batches.state()
    first = draw(batches)
    batches.restore(state)
    for ours, theirs in zip(first, draw(batches), strict=True):
        assert torch.equal(ours.shapes, theirs.shapes)
        assert torch.equal(ours.sdf, theirs.sdf)


def test_another_seed_takes_the_shapes_in_another_order(store):
    first, second = (
        [Batches(store, [*store.records], seed=seed).take(20, 1).shapes.tolist()] for seed in (0, 1)
    )
    assert first != second


def test_shapes_are_drawn_in_proportion_to_the_focus_from_the_next_round_on(batches):
    batches.take(2, 1)
    batches.set_focus(torch.tensor([6.0, 1.0, 1.0, 1.0, 1.0]))
    rest = batches.take(SHAPES - 2, 1).shapes
    assert len(set(rest.tolist())) == SHAPES - 2
    counts = torch.bincount(batches.take(1000, 1).shapes, minlength=SHAPES)
    torch.testing.assert_close(
        counts / 100, torch.tensor([6.0, 1.0, 1.0, 1.0, 1.0]), rtol=0.1, atol=0
    )


def test_peek_draws_nothing(batches):
    assert len(batches.peek()) == SHAPES * SAMPLES
    assert places(batches, 1, points=2) == [[0, 1]]


def test_a_gpu_fetches_a_batch_from_pinned_memory_without_waiting(batches, monkeypatch):
    calls = []

    def pin(tensor):
        calls.append("pinned")
        return tensor

    def to(tensor, device, *, non_blocking=False):
        calls.append((device.type, non_blocking))
        return tensor

    batch = batches.take(2, 8)
    monkeypatch.setattr(torch.Tensor, "pin_memory", pin)
    monkeypatch.setattr(torch.Tensor, "to", to)
    batch.to(torch.device("cuda", 0))
    assert calls == ["pinned", ("cuda", True)] * len(batch)
    calls.clear()
    batch.to(torch.device("cpu"))
    assert calls == [("cpu", False)] * len(batch)
