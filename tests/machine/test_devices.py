"""Which device a name means, and what is said where there is none."""

import pytest
import torch

from acutance.errors import InputError
from acutance.machine.devices import choose_device


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    monkeypatch.setattr(torch, "empty", lambda *size, device: None)


@pytest.mark.parametrize("name", ["auto", "cpu", torch.device("cpu")])
def test_without_a_gpu_everything_is_on_the_cpu(no_gpu: None, name: str | torch.device) -> None:
    assert choose_device(name) == torch.device("cpu")


@pytest.mark.parametrize(
    ("name", "index"),
    [("auto", 1), ("cuda", 1), ("cuda:0", 0), ("cuda:1", 1), (torch.device("cuda", 0), 0)],
)
def test_a_gpu_has_its_index(two_gpus: None, name: str | torch.device, index: int) -> None:
    assert choose_device(name) == torch.device("cuda", index)


def test_the_cpu_can_be_chosen_beside_gpus(two_gpus: None) -> None:
    assert choose_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize(
    "name", ["mps", "meta", "cuda", "cuda:0", "cuda:-1", "cuda:", "cpu:0", "CPU", "xpu", "", "gpu"]
)
def test_without_a_gpu_other_names_are_refused_with_those_that_can_be_used(
    no_gpu: None, name: str
) -> None:
    with pytest.raises(InputError) as error:
        choose_device(name)
    assert str(error.value) == (
        f"There is no device {name!r} on this machine that Acutance can use; choose auto or cpu "
        "(PyTorch finds no CUDA GPU: see `acutance doctor`)."
    )


@pytest.mark.parametrize("name", ["mps", "meta", "cuda:2", "cuda:00000000001"])
def test_beside_gpus_other_names_are_refused_with_those_that_can_be_used(
    two_gpus: None, name: str
) -> None:
    with pytest.raises(InputError) as error:
        choose_device(name)
    assert str(error.value) == (
        f"There is no device {name!r} on this machine that Acutance can use; choose auto, cpu, "
        "cuda, cuda:0, cuda:1."
    )


def test_a_gpu_that_cannot_be_used_is_no_bug_of_ours(
    two_gpus: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*size: int, device: torch.device) -> None:
        raise RuntimeError("CUDA error: all CUDA-capable devices are busy\nCompile with ...")

    monkeypatch.setattr(torch, "empty", busy)
    with pytest.raises(InputError, match=r"'cuda' cannot be used \(CUDA error: .* busy\); choose"):
        choose_device("cuda")
