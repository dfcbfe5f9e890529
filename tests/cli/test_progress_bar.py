"""Progress where there is no terminal."""

import pytest

from acutance.cli import progress_bar
from acutance.progress import TrainingRecord


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress_bar.time, "monotonic", lambda: now[0])
    return now


def test_a_file_gets_a_line_every_half_minute(clock, capsys):
    record = TrainingRecord(step=10, seconds=40.0, loss=0.0123, rate=450_000.0, used=0.25)
    with progress_bar.ProgressBar() as bar:
        bar.stage("training")
        for clock[0] in (10.0, 29.0, 31.0, 40.0, 62.0):
            bar.trained(record)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["training: 25%  loss 0.0123  0.45 M samples/s"] * 2
