"""Settings found by measurement."""

import pytest
import torch

from acutance.machine import tuning
from acutance.machine.tuning import Tuning, fastest_tuning, matrix_rate, repeatable

CPU = torch.device("cpu")


class Clock:
    """A clock that goes on only when somebody spends time on it, or looks at it."""

    def __init__(self, look=0.0):
        self.now, self.look = 0.0, look

    def spend(self, seconds):
        self.now += seconds

    def perf_counter(self):
        self.spend(self.look)
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """Takes the place of the machine's clock: no test measures time."""
    clock = Clock()
    monkeypatch.setattr(tuning, "time", clock)
    return clock


def machine(clock, *, plain, mixed):
    """A machine on which a step takes so many seconds."""
    return lambda team: lambda: clock.spend(mixed if team.tuning.bfloat16 else plain)


def rates(monkeypatch, **rates):
    """A machine of such rates of matrix products."""
    monkeypatch.setattr(tuning, "matrix_rate", lambda dtype: rates[str(dtype).split(".")[1]])


def test_bfloat16_is_taken_where_it_is_much_faster_and_only_there(monkeypatch, clock):
    rates(monkeypatch, float32=100.0, bfloat16=400.0)
    assert fastest_tuning(machine(clock, plain=0.01, mixed=0.002), CPU).bfloat16
    assert not fastest_tuning(machine(clock, plain=0.002, mixed=0.05), CPU).bfloat16


def test_bfloat16_is_not_even_tried_where_it_is_emulated(monkeypatch, clock):
    rates(monkeypatch, float32=80.0, bfloat16=1.5)

    def prepare(team):
        assert not team.tuning.bfloat16
        return lambda: None

    assert not fastest_tuning(prepare, CPU).bfloat16


def test_the_rate_of_matrix_products_is_told_for_every_precision(monkeypatch):
    monkeypatch.setattr(tuning, "time", Clock(look=0.5))
    for dtype in (torch.float32, torch.bfloat16):
        assert matrix_rate(dtype, size=32) == pytest.approx(2e-9 * 32**3 / 0.5)


def test_matrices_grow_until_a_product_takes_long_enough_to_tell(monkeypatch):
    monkeypatch.setattr(tuning, "time", Clock(look=1e-9))
    monkeypatch.setattr(tuning, "LARGEST_SIZE", 128)
    assert matrix_rate(torch.float32, size=32) == pytest.approx(2e-9 * 128**3 / 1e-9)


@pytest.mark.parametrize(("seconds_of", "fastest"), [(lambda n: n, 1), (lambda n: 1 / n, 4)])
def test_the_number_of_threads_is_the_fastest(monkeypatch, clock, seconds_of, fastest):
    monkeypatch.setattr(tuning, "cores", lambda: 4)
    rates(monkeypatch, float32=100.0, bfloat16=50.0)

    def prepare(team):
        return lambda: clock.spend(0.005 * seconds_of(team.tuning.threads))

    assert fastest_tuning(prepare, CPU).threads == fastest


def test_a_team_shares_a_batch_in_order_and_its_workers_keep_to_their_threads():
    with Tuning(threads=1, workers=3).team() as team:
        parts = team.share(lambda part: (part.start, part.stop), slice(10, 21))
        threads = team.share(lambda part: torch.get_num_threads(), slice(0, 3))
    assert parts == [(10, 13), (13, 17), (17, 21)]
    assert threads == [1, 1, 1]


def test_workers_are_taken_where_they_are_the_fastest(monkeypatch, clock):
    monkeypatch.setattr(tuning, "cores", lambda: 4)
    rates(monkeypatch, float32=100.0, bfloat16=50.0)

    def prepare(team):
        return lambda: clock.spend(0.02 / team.tuning.workers)

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


def test_a_gpu_is_not_measured_with_several_numbers_of_threads(monkeypatch):
    monkeypatch.setattr(tuning, "cores", lambda: 8)
    gpu, cpu = torch.device("cuda", 0), torch.device("cpu")
    assert len(tuning._candidates(gpu, shared=True)) == 1
    assert len(tuning._candidates(cpu, shared=True)) == 7  # 8, 4, 2, 1 threads; 8, 4, 2 workers
