"""Networks and trainings on another device than the CPU, without a GPU: see `devices.py`."""

from contextlib import nullcontext
from dataclasses import replace
from itertools import product

import pytest
import torch
from balls import QUICK, SMOOTH, TINY, TINY_GRID, ball_pool, ball_store, name_of
from devices import ELSEWHERE, DeviceError, StrictDevices

from acutance.data.batches import Batches
from acutance.machine.tuning import Tuning
from acutance.mesh.normalize import Similarity
from acutance.model import neural_sdf
from acutance.model.activations import Hosc, Sine
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Fourier, Hash, Identity
from acutance.model.grid import feature_table
from acutance.model.grid.feature_grid import encode_plain
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space import tables
from acutance.model.space.coded import Coded, CodedConfig
from acutance.model.space.conditioning import Film
from acutance.model.space.deepsdf import DeepSdfConfig
from acutance.model.space.refined import RefinedConfig
from acutance.model.space.shape_space import ShapeSpace, SpaceEntry
from acutance.model.space.tables import Deformed
from acutance.training.objective import Objective
from acutance.training.shape.step import AutogradSteps, Steps
from acutance.training.space import trainer as trainer_module
from acutance.training.space.checkpoint import read_checkpoint, write_checkpoint
from acutance.training.space.infer import Inference, infer_code
from acutance.training.space.observation import Observation
from acutance.training.space.trainer import SpaceTrainer

RADII = [0.3, 0.4, 0.5, 0.6]
DEFORMED = replace(TINY, conditioning=Deformed(grid=TINY_GRID, proportions=2))
SMALL_HASH = Hash(levels=2, features=1, log2_table_size=8, finest_resolution=32)
NETWORKS = {
    "siren": DecoderConfig(encoding=Identity(), activation=Sine(), width=8),
    "hosc": DecoderConfig(encoding=Identity(), activation=Hosc(learn_beta=True), width=8),
    "fourier": DecoderConfig(encoding=Fourier(frequencies=4), width=8),
    "hash": DecoderConfig(encoding=SMALL_HASH, width=8),
    "coded": CodedConfig(decoder=SMOOTH),
    "mixture": CodedConfig(decoder=TINY),
    "deformed": CodedConfig(decoder=DEFORMED),
    "deepsdf": CodedConfig(decoder=DeepSdfConfig(code=4, width=16, depth=4, skip=2)),
    "refined": RefinedConfig(
        base=CodedConfig(decoder=TINY), residual=DecoderConfig(encoding=SMALL_HASH, width=8)
    ),
}
DECODERS = {
    "concatenated": SMOOTH,
    "film": replace(SMOOTH, conditioning=Film()),
    "mixture": TINY,
    "deformed": DEFORMED,
    "deepsdf": DeepSdfConfig(code=4, width=16, depth=4, skip=2, dropout=0.0),
}
GRADIENTS = Objective(normal_weight=0.1, eikonal_weight=0.1)
each_network = pytest.mark.parametrize("name", NETWORKS)


@pytest.fixture(autouse=True)
def plain_grids(monkeypatch):
    """Warp has no such device: the grids' twin in plain PyTorch stands for their kernels."""
    for module in (feature_table, tables):
        monkeypatch.setattr(module, "encode", encode_plain)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return ball_store(tmp_path_factory.mktemp("devices") / "store", RADII)


def network_of(name):
    """A network, drawn on the CPU and moved."""
    return NETWORKS[name].build(torch.Generator()).to(ELSEWHERE)


def trainer_there(store, decoder=SMOOTH, fitting=QUICK):
    """A training on the other device."""
    batches = Batches(store, store.split("train"), seed=fitting.seed)
    return SpaceTrainer(decoder, fitting, batches, ELSEWHERE)


def space_there():
    """A space on the other device."""
    entries = tuple(SpaceEntry(key=name_of(radius), transform=Similarity()) for radius in RADII)
    decoder, codes = SMOOTH.build(torch.Generator()), torch.ones(len(RADII), SMOOTH.code)
    return ShapeSpace(decoder.to(ELSEWHERE), codes.to(ELSEWHERE), entries)


@each_network
def test_a_network_runs_forward_and_backward_twice(name):
    network = network_of(name)
    with StrictDevices() as mode:
        points = torch.zeros(20, 3, device=ELSEWHERE).requires_grad_()
        values = network(points)
        (gradient,) = torch.autograd.grad(values.sum(), points, create_graph=True)
        gradient.square().sum().backward()
    assert values.device == gradient.device == ELSEWHERE
    assert mode.reads == 0


@each_network
def test_a_shape_gives_its_distances_and_gradients_on_the_device_of_the_points(name):
    shape = NeuralSDF(network_of(name), Similarity(centre=(1.0, 2.0, 3.0), scale=4.0))
    with StrictDevices() as mode:
        for device in (torch.device("cpu"), ELSEWHERE):
            points = torch.zeros(10, 3, dtype=torch.float64, device=device)
            for found in (shape.sdf(points), shape.gradient(points), shape.normal(points)):
                assert (found.device, found.dtype) == (points.device, points.dtype)
    assert mode.reads == 3  # what comes back to the CPU


@pytest.mark.parametrize("device", [torch.device("cpu"), ELSEWHERE], ids=str)
def test_no_device_sees_more_points_at_a_time_than_its_chunk(device, monkeypatch):
    monkeypatch.setattr(neural_sdf, "CHUNK", 7)
    monkeypatch.setattr(neural_sdf, "GPU_CHUNK", 7)
    seen = []
    network = NETWORKS["siren"].build(torch.Generator()).to(device)
    network.register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[0])))
    shape = NeuralSDF(network, Similarity())
    for evaluate in (shape.sdf, shape.gradient, shape.field.sdf, shape.field.gradient):
        seen.clear()
        assert len(evaluate(torch.zeros(20, 3, device=device))) == 20
        assert seen == [7, 7, 6]


@pytest.mark.parametrize("objective", [Objective(), GRADIENTS], ids=["distance", "gradients"])
@each_network
def test_a_step_of_one_shape_is_taken_without_waiting_for_the_device(name, objective):
    pool = ball_pool(0.5).to(ELSEWHERE)
    network = network_of(name)
    with Tuning(threads=1).team() as team, StrictDevices() as mode:
        steps = Steps.of(network, pool, objective, team)
        assert isinstance(steps, AutogradSteps)  # the other way is for CPUs
        terms = [steps.take(slice(start, start + 100), rate=1e-3) for start in (0, 100)]
    assert all(term.device == ELSEWHERE for term in terms[1].values())
    assert mode.reads == 0


SETTINGS = {
    "distance": QUICK,
    "lazy": replace(QUICK, lazy_codes=True),
    "weighed": replace(QUICK, weight_focus=0.5),
    "gradients": replace(QUICK, objective=GRADIENTS),
    "isometry": replace(QUICK, isometry=0.1, style_after=0.5),
}


@pytest.mark.parametrize(
    ("decoder", "settings"),
    [
        *product(["concatenated", "mixture", "deformed"], SETTINGS),
        ("film", "distance"),
        ("deepsdf", "gradients"),
    ],
)
def test_a_step_of_a_space_is_taken_without_waiting_for_the_device(store, decoder, settings):
    trainer = trainer_there(store, DECODERS[decoder], SETTINGS[settings])
    with StrictDevices() as mode:
        losses = [trainer.advance(0.0, nullcontext()) for _ in range(2)]
    assert all(loss.device == ELSEWHERE for loss in losses)
    assert mode.reads == 0


def test_a_focus_on_hard_shapes_is_read_once_a_round(store):
    fitting = replace(QUICK, sampling_focus=0.5, shapes=1)
    trainer = trainer_there(store, fitting=fitting)
    with StrictDevices() as mode:
        for _ in RADII:
            trainer.advance(0.0, nullcontext())
    assert mode.reads == 2  # whether all is finite, and the focus


@pytest.mark.filterwarnings("ignore:for .* copying from a non-meta parameter")
@pytest.mark.parametrize("fitting", [QUICK, replace(QUICK, lazy_codes=True)], ids=["", "lazy"])
def test_a_training_goes_on_from_a_checkpoint(store, fitting, tmp_path):
    path = tmp_path / "state.safetensors"
    with StrictDevices():
        trainer, resumed = (trainer_there(store, fitting=fitting) for _ in range(2))
        trainer.advance(0.0, nullcontext())
        write_checkpoint(path, trainer, 1.0)
        assert read_checkpoint(path, resumed) == 1.0
        for _ in range(3):  # into the next round, which is drawn
            assert resumed.advance(0.0, nullcontext()).device == ELSEWHERE
    assert resumed.step == 4


def test_a_code_is_found_with_a_few_reads_whatever_the_steps():
    free = torch.zeros(10, 3)
    observation = Observation(pool=ball_pool(0.5), free=free, whole=False)
    reads = []
    for steps in (2, 5):
        with StrictDevices() as mode:
            found = infer_code(space_there(), observation, Inference(steps=steps, points=50))
        assert found.code.device == ELSEWHERE
        assert len(found.losses) == steps
        reads.append(mode.reads)
    assert reads[0] == reads[1] <= 4


# What follows puts each mistake back, to see that it would be found.


def test_batches_that_are_restored_on_the_device_would_be_found(store, monkeypatch):
    def on_the_device(batches, state):
        batches._waiting = []
        batches._places = state["places"].to(ELSEWHERE)
        batches._focus = state["focus"].to(ELSEWHERE)

    monkeypatch.setattr(Batches, "restore", on_the_device)
    trainer = trainer_there(store)
    with StrictDevices(), pytest.raises(DeviceError, match=r"aten.add mixes the devices"):
        trainer.restore(*trainer.state())
        trainer.advance(0.0, nullcontext())


def test_samples_that_stay_on_the_cpu_would_be_found(monkeypatch):
    monkeypatch.setattr(Observation, "to", lambda observation, device: observation)
    observation = Observation.complete(ball_pool(0.5))
    with StrictDevices(), pytest.raises(DeviceError, match=r"aten.index mixes the devices"):
        infer_code(space_there(), observation, Inference(steps=1, points=50))


def test_a_batch_that_stays_on_the_cpu_would_be_found(store, monkeypatch):
    monkeypatch.setattr("acutance.data.batches.Batch.to", lambda batch, device: batch)
    with StrictDevices(), pytest.raises(DeviceError, match="mixes the devices"):
        trainer_there(store).advance(0.0, nullcontext())


def test_a_tensor_without_a_device_would_be_found():
    points = torch.zeros(4, 3, device=ELSEWHERE)
    centre = (1.0, 2.0, 3.0)
    with StrictDevices():
        assert (points - torch.tensor(1.0)).shape == (4, 3)  # a number may come from the CPU
        assert points[torch.tensor([0, 2])].shape == (2, 3)  # and so may indices
        for mistake in (
            lambda: points - torch.tensor(centre),
            lambda: points @ torch.ones(3, 2),
            lambda: torch.cat([points, torch.zeros(1, 3)]),
            lambda: torch.stack([points.sum(), torch.tensor(0.0)]),
            lambda: torch.ones(5)[torch.zeros(2, dtype=torch.int64, device=ELSEWHERE)],
            lambda: torch.ones(5) * points.sum(),
            lambda: torch.nn.functional.embedding(torch.tensor([1]), points),
            lambda: torch.where(points > 0, points, torch.zeros(3)),
        ):
            with pytest.raises(DeviceError, match="mixes the devices"):
                mistake()


def test_a_product_of_integers_would_be_found():
    cells = torch.zeros(4, 3, dtype=torch.int64, device=ELSEWHERE)
    strides = torch.zeros(3, dtype=torch.int64, device=ELSEWHERE)
    with StrictDevices():
        assert (cells.double() @ strides.double()).shape == (4,)
        for product in (
            lambda: cells @ strides,
            lambda: cells @ cells.T,
            lambda: cells[None] @ cells.T,
        ):
            with pytest.raises(DeviceError, match=r"CUDA has no aten.\w+ for torch.int64"):
                product()
    with StrictDevices():
        assert (torch.ones(2, 3, dtype=torch.int64) @ torch.ones(3, dtype=torch.int64))[0] == 3


def test_a_loss_that_is_read_at_every_step_would_be_found(store):
    trainer = trainer_there(store)
    with StrictDevices() as mode:
        for _ in range(3):
            trainer.advance(0.0, nullcontext()).mean().item()
    assert mode.reads == 3


def test_without_an_exponent_nothing_is_weighed(store, monkeypatch):
    def weighed(difficulty, exponent):
        raise AssertionError("weighed")

    monkeypatch.setattr(trainer_module, "focus", weighed)
    trainer_there(store).advance(0.0, nullcontext())
    with pytest.raises(AssertionError, match="weighed"):
        trainer_there(store, fitting=replace(QUICK, weight_focus=1.0)).advance(0.0, nullcontext())


def test_a_coded_shape_alone_is_where_it_was():
    shape = Coded(TINY.build(torch.Generator()).to(ELSEWHERE), torch.zeros(4, device=ELSEWHERE))
    with StrictDevices():
        alone = shape.alone()
        assert alone(torch.zeros(5, 3, device=ELSEWHERE)).device == ELSEWHERE
