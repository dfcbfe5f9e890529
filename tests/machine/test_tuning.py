"""Settings found by measurement."""

import time

import torch

from acutance.machine import tuning
from acutance.machine.tuning import Tuning, fastest_tuning, matrix_rate, repeatable

CPU = torch.device("cpu")


def machine(*, plain, mixed):
    """A machine on which a step takes so many seconds."""
    return lambda team: lambda: time.sleep(mixed if team.tuning.bfloat16 else plain)


def rates(monkeypatch, **rates):
    """A machine of such rates of matrix products."""
    monkeypatch.setattr(tuning, "matrix_rate", lambda dtype: rates[str(dtype).split(".")[1]])


def test_bfloat16_is_taken_where_it_is_much_faster_and_only_there(monkeypatch):
    rates(monkeypatch, float32=100.0, bfloat16=400.0)
    assert fastest_tuning(machine(plain=0.01, mixed=0.002), CPU).bfloat16
    assert not fastest_tuning(machine(plain=0.002, mixed=0.05), CPU).bfloat16


def test_bfloat16_is_not_even_tried_where_it_is_emulated(monkeypatch):
    rates(monkeypatch, float32=80.0, bfloat16=1.5)

    def prepare(team):
        assert not team.tuning.bfloat16
        return lambda: None

    assert not fastest_tuning(prepare, CPU).bfloat16


def test_the_rate_of_matrix_products_is_told_for_every_precision():
    for dtype in (torch.float32, torch.bfloat16):
        assert 1e-3 < matrix_rate(dtype) < 1e6


def machine_of_one(team):
    """A machine that is the slower, the more threads there are."""
    return lambda: time.sleep(0.005 * team.tuning.threads)


def test_the_number_of_threads_is_the_fastest():
    fastest = fastest_tuning(machine_of_one, CPU)
    assert fastest.threads == 1


def test_a_team_shares_a_batch_in_order_and_its_workers_keep_to_their_threads():
    with Tuning(threads=1, workers=3).team() as team:
        parts = team.share(lambda part: (part.start, part.stop), slice(10, 21))
        threads = team.share(lambda part: torch.get_num_threads(), slice(0, 3))
    assert parts == [(10, 13), (13, 17), (17, 21)]
    assert threads == [1, 1, 1]


def test_workers_are_taken_where_they_are_the_fastest(monkeypatch):
    monkeypatch.setattr(tuning, "cores", lambda: 4)

    def prepare(team):
        return lambda: time.sleep(0.02 / team.tuning.workers)

    assert fastest_tuning(prepare, CPU, shared=True) == Tuning(threads=1, workers=4)
    assert fastest_tuning(prepare, CPU).workers == 1


def test_threads_are_set_inside_the_block_only():
    before = torch.get_num_threads()
    with Tuning(threads=1).team():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_mixed_precision_ends_in_the_middle_of_the_budget():
    mixed, a = Tuning(threads=1, bfloat16=True), torch.ones(4, 4)
    with mixed.precision(0.4, CPU):
        assert (a @ a).dtype == torch.bfloat16
    with mixed.precision(0.6, CPU):
        assert (a @ a).dtype == torch.float32


def test_repeatable_settings_do_not_use_bfloat16():
    assert not repeatable().bfloat16
