"""A training that was killed goes on as if nothing had been."""

from dataclasses import replace

import pytest
import torch
from balls import QUICK, TINY, ball_store, trainer_of

from acutance.errors import InputError
from acutance.model.space.deepsdf import DeepSdfConfig
from acutance.training.schedule import Budget
from acutance.training.space.checkpoint import read_checkpoint, write_checkpoint
from acutance.training.space.loop import run_space

STEPS = 24
DROPPING = DeepSdfConfig(code=4, width=16, depth=4, skip=2, dropout=0.3)
FOCUSED = replace(QUICK, sampling_focus=0.5, weight_focus=0.5, shapes=2, points=100, growth=3.0)
LAZY = replace(QUICK, lazy_codes=True, shapes=2)
CASES = {
    "mixture": (TINY, QUICK),
    "dropout": (DROPPING, QUICK),
    "focus": (TINY, FOCUSED),
    "lazy": (TINY, LAZY),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return ball_store(tmp_path_factory.mktemp("checkpoint") / "store", [0.3, 0.45, 0.6])


class Killed(Exception):  # noqa: N818
    """The process is gone."""


def kill_at(trainer, step):
    """The training comes to its end before its last step."""
    advance = trainer.advance

    def until(used, precision):
        if trainer.step == step:
            raise Killed
        return advance(used, precision)

    trainer.advance = until


def everything(trainer):
    tensors, plain = trainer.state()
    return {name: tensor.clone() for name, tensor in tensors.items()}, plain


@pytest.mark.parametrize("case", CASES)
def test_killed_at_any_step_and_resumed_is_as_if_nothing_had_been(store, case, tmp_path):
    decoder, fitting = CASES[case]
    whole = trainer_of(store, decoder, fitting)
    run_space(whole, Budget(steps=STEPS), inspections=0)
    wanted, wanted_plain = everything(whole)
    for step in (0, 1, 7, STEPS - 1):
        killed = trainer_of(store, decoder, fitting)
        kill_at(killed, step)
        with pytest.raises(Killed):
            run_space(killed, Budget(steps=STEPS), inspections=0)
        write_checkpoint(tmp_path / "state.safetensors", killed, 12.5)
        torch.rand(100)
        resumed = trainer_of(store, decoder, fitting)
        assert read_checkpoint(tmp_path / "state.safetensors", resumed) == 12.5
        course = run_space(resumed, Budget(steps=STEPS), spent=12.5, inspections=0)
        assert course.seconds > 12.5
        found, plain = everything(resumed)
        assert plain == wanted_plain
        assert found.keys() == wanted.keys()
        assert [name for name in wanted if not torch.equal(found[name], wanted[name])] == []


def test_what_is_looked_at_on_the_way_changes_nothing(store):
    def inspect(trainer, used, seconds):
        trainer.decoder.eval()
        trainer.decoder(torch.rand(1, 5, 3, generator=torch.Generator()), trainer.codes[:1])
        trainer.decoder.train()

    plain, watched = (trainer_of(store, DROPPING) for _ in range(2))
    run_space(plain, Budget(steps=STEPS), inspections=0)
    run_space(watched, Budget(steps=STEPS), inspect=inspect, inspections=5)
    assert torch.equal(plain.codes, watched.codes)


def test_a_checkpoint_of_a_version_that_kept_pytorch_s_random_state_is_gone_on_from(
    store, tmp_path
):
    trainer = trainer_of(store, DROPPING)
    state = trainer.state
    trainer.state = lambda: ({**state()[0], "random": torch.get_rng_state()}, state()[1])
    write_checkpoint(tmp_path / "state.safetensors", trainer, 1.0)
    resumed = trainer_of(store, DROPPING)
    assert read_checkpoint(tmp_path / "state.safetensors", resumed) == 1.0


def test_a_finished_training_is_not_trained_any_further(store, tmp_path):
    trainer = trainer_of(store)
    run_space(trainer, Budget(steps=5), inspections=0)
    write_checkpoint(tmp_path / "state.safetensors", trainer, 1.0)
    resumed = trainer_of(store)
    read_checkpoint(tmp_path / "state.safetensors", resumed)
    run_space(resumed, Budget(steps=5), spent=1.0, inspections=0)
    assert resumed.step == 5
    assert torch.equal(resumed.codes, trainer.codes)


@pytest.mark.parametrize("content", [None, b"", b"\x10" * 100])
def test_a_missing_or_damaged_checkpoint_is_one_sentence(store, content, tmp_path):
    path = tmp_path / "state.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"state\.safetensors is missing or damaged, so the"):
        read_checkpoint(path, trainer_of(store))


def test_a_cut_checkpoint_is_one_sentence(store, tmp_path):
    path = tmp_path / "state.safetensors"
    write_checkpoint(path, trainer_of(store), 0.0)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match="is missing or damaged"):
        read_checkpoint(path, trainer_of(store))


def test_the_checkpoint_of_other_sizes_is_refused(store, tmp_path):
    write_checkpoint(tmp_path / "state.safetensors", trainer_of(store), 0.0)
    other = trainer_of(store, replace(TINY, width=17))
    with pytest.raises(InputError, match="is the state of a training with other sizes or shapes"):
        read_checkpoint(tmp_path / "state.safetensors", other)
