"""Progress where there is no terminal."""

import pytest

from acutance.cli import console
from acutance.progress import Record


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    return now


def test_a_file_gets_a_line_every_half_minute(clock, capsys):
    record = Record(step=10, seconds=40.0, loss=0.0123, rate=450_000.0, used=0.25)
    with console.Live() as live:
        live.stage("training")
        for clock[0] in (10.0, 29.0, 31.0, 40.0, 62.0):
            live.training(record)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["training: 25%  loss 0.0123  0.45 M samples/s"] * 2
