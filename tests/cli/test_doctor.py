"""The doctor tells what is sick, and what helps."""

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from acutance.cli import doctor
from acutance.cli.doctor import Finding, examine


@pytest.fixture(scope="module")
def findings() -> dict[str, Finding]:
    return {finding.part: finding for finding in examine()}


def test_every_library_of_a_full_installation_works(findings: dict[str, Finding]) -> None:
    of_the_machine = ("memory", "disk")
    sick = [finding for finding in findings.values() if finding.state != "ok"]
    assert [finding for finding in sick if finding.part not in of_the_machine] == []


def test_what_is_well_needs_no_remedy(findings: dict[str, Finding]) -> None:
    for finding in findings.values():
        assert finding.detail
        assert bool(finding.remedy) == (finding.state != "ok")


def test_a_part_that_is_not_installed_is_missing() -> None:
    def check() -> str:
        import a_module_that_nobody_has  # noqa: F401

        return "here"

    assert doctor._examined("part", check, "Install it.") == Finding(
        part="part",
        state="missing",
        detail="No module named 'a_module_that_nobody_has'",
        remedy="Install it.",
    )


def test_a_part_that_raises_is_broken() -> None:
    def check() -> str:
        raise OSError("libGL.so.1: cannot open shared object file")

    finding = doctor._examined("part", check, "Install it again.")
    assert finding.state == "broken"
    assert finding.detail == "OSError: libGL.so.1: cannot open shared object file"
    assert finding.remedy == "Install it again."


def test_a_shape_is_learned_on_every_device(findings: dict[str, Finding]) -> None:
    devices = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    assert findings["fit"].detail == f"a ball is learned and meshed on {', '.join(devices)}"


def test_a_device_that_does_not_learn_is_told_by_its_name() -> None:
    with pytest.raises(RuntimeError, match=r"^a ball that was learned on cpu is wrong by \d"):
        doctor._learn_ball("cpu", steps=30)


def test_the_doctor_can_speak_before_it_loads_what_may_be_sick() -> None:
    sick = {"igl", "manifold3d", "numpy", "scipy", "torch", "trimesh", "warp"}
    code = f"import sys, acutance.cli.entry, acutance.cli.doctor; print({sick} & {{*sys.modules}})"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2**28))
    with pytest.raises(RuntimeError, match=r"^0\.2 GiB free in .*, and 1 GiB are needed$"):
        doctor._disk()


@pytest.mark.skipif(not hasattr(os, "sysconf"), reason="this system does not tell its memory")
def test_too_little_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sysconf", lambda _: 2**15)
    with pytest.raises(RuntimeError, match=r"^1\.0 GiB, and 3 GiB are needed$"):
        doctor._memory()
