"""One shape and many, learned, meshed, measured and found on a GPU, against the same on the CPU."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch
from balls import (
    QUICK,
    SMOOTH,
    SMOOTHLY,
    TINY,
    ball_pool,
    ball_store,
    directions,
    name_of,
)

from acutance.cli import doctor
from acutance.contouring.contour import Contouring
from acutance.data.batches import Batches
from acutance.jobs.shape.fit import FitConfig, fit_shape
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.reconstruct import ReconstructConfig, reconstruct
from acutance.jobs.space.train import train
from acutance.machine.replay import WARM_UP
from acutance.machine.tuning import fastest_tuning, repeatable
from acutance.mesh.normalize import Similarity
from acutance.mesh.topology import topology
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Hash
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.deepsdf import DeepSdfConfig
from acutance.model.space.shape_space import ShapeSpace, SpaceEntry
from acutance.shapes.analytic import Box
from acutance.training.objective import Objective
from acutance.training.schedule import Budget
from acutance.training.shape.fit import Fitting, fit
from acutance.training.shape.presets import PRESETS
from acutance.training.shape.step import Steps
from acutance.training.space.checkpoint import read_checkpoint, write_checkpoint
from acutance.training.space.infer import Inference, infer_code
from acutance.training.space.loop import run_space
from acutance.training.space.observation import Observation
from acutance.training.space.presets import SPACE_PRESETS, SpacePreset
from acutance.training.space.refine import Refinement, refine
from acutance.training.space.trainer import SpaceTrainer

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

CPU, GPU = torch.device("cpu"), torch.device("cuda")
RADII = [0.3, 0.4, 0.5, 0.6]
SMALL_HASH = DecoderConfig(
    encoding=Hash(levels=4, log2_table_size=12, finest_resolution=64), width=16, depth=1
)
DROPPING = DeepSdfConfig(code=4, width=16, depth=4, skip=2, dropout=0.3)
GRADIENTS = Objective(normal_weight=0.1, eikonal_weight=0.1)
QUICKLY = Fitting(batch=2048)


@pytest.fixture(scope="module")
def pool():
    return ball_pool(0.5, count=40_000)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return ball_store(tmp_path_factory.mktemp("gpu") / "store", RADII, test=(0.45,))


def trainer_on(device, store, decoder=SMOOTH, fitting=SMOOTHLY):
    """A fresh training of the balls."""
    batches = Batches(store, store.split("train"), seed=fitting.seed, device=device)
    return SpaceTrainer(decoder, fitting, batches, device)


@pytest.fixture(scope="module")
def space(store):
    """A trained space of balls on the GPU."""
    trainer = trainer_on(GPU, store)
    run_space(trainer, Budget(steps=200), inspections=0)
    entries = tuple(SpaceEntry(key=name_of(radius), transform=Similarity()) for radius in RADII)
    return ShapeSpace(trainer.decoder, trainer.codes, entries)


def surface_error(decoder, radius=0.5):
    """Mean |f| at the surface of a ball, on the GPU."""
    with torch.no_grad():
        return decoder(radius * directions(1000).to(GPU)).abs().mean().item()


def losses_of(run):
    """The distance term at the moments that were noted."""
    return [record.loss for record in run.records]


# One shape


@pytest.mark.parametrize("name", PRESETS)
def test_the_seed_gives_the_network_of_the_cpu(pool, name):
    fitting = replace(PRESETS[name].fitting, batch=256)
    first, second = (
        losses_of(fit(pool.to(device), PRESETS[name].decoder, fitting, Budget(steps=1)))
        for device in (CPU, GPU)
    )
    assert first == pytest.approx(second, rel=1e-3)


@pytest.mark.parametrize("objective", [Objective(), GRADIENTS], ids=["distance", "gradients"])
def test_a_ball_is_learned(pool, objective):
    fitting = replace(QUICKLY, objective=objective)
    run = fit(pool.to(GPU), SMALL_HASH, fitting, Budget(steps=200))
    assert next(run.decoder.parameters()).is_cuda
    assert surface_error(run.decoder) < 3e-3
    assert run.messages == ()


def test_a_budget_in_seconds_measures_precision_alone_and_ends(pool):
    run = fit(pool.to(GPU), SMALL_HASH, QUICKLY, Budget(seconds=1.0))
    assert run.steps > 0
    threads = set()

    def prepare(team):
        threads.add(team.tuning.threads)
        return lambda: None

    fastest_tuning(prepare, GPU, shared=True)
    assert threads == {repeatable().threads}


@pytest.mark.parametrize("name", PRESETS)
def test_distances_gradients_and_normals_are_those_of_the_cpu(name, generator, tmp_path):
    frame = Similarity(centre=(10.0, -20.0, 5.0), scale=4.0)
    network = PRESETS[name].decoder.build(torch.Generator().manual_seed(0))
    here = NeuralSDF(network, frame)
    here.save(tmp_path / "model")
    there = NeuralSDF.load(tmp_path / "model", "cuda")
    here = NeuralSDF.load(tmp_path / "model")
    unit = torch.rand(300_000, 3, generator=generator, dtype=torch.float64) * 2 - 1
    points = torch.from_numpy(frame.to_input(unit.numpy()))
    assert there.device.type == "cuda"
    for method in ("sdf", "gradient"):
        on_cpu, on_gpu = (getattr(shape, method)(points) for shape in (here, there))
        assert on_gpu.device == points.device
        # A ReLU jumps: at a few of 300,000 points rounding decides on which side of it they are.
        apart = (on_gpu - on_cpu).abs() > 1e-3 + 1e-3 * on_cpu.abs()
        assert apart.double().mean() < 1e-4
        from_there = getattr(there, method)(points[:1000].to(GPU))
        assert from_there.is_cuda
        torch.testing.assert_close(from_there.cpu(), on_gpu[:1000], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(there.normal(points[:9]).norm(dim=1), torch.ones(9).double())


def test_the_memory_of_an_evaluation_does_not_grow_with_the_points():
    network = PRESETS["siren"].decoder.build(torch.Generator())
    shape = NeuralSDF(network.to(GPU), Similarity())
    peaks = []
    for count in (1 << 19, 1 << 21):
        points = torch.zeros(count, 3)
        torch.cuda.reset_peak_memory_stats()
        shape.gradient(points)
        peaks.append(torch.cuda.max_memory_allocated())
    assert peaks[1] < 1.2 * peaks[0]


def test_a_box_is_sampled_learned_meshed_and_measured_as_well_as_on_the_cpu():
    box = Box(half=(0.5, 0.4, 0.3)).mesh()
    config = FitConfig(budget=Budget(steps=600), contouring=Contouring(resolution=48))
    found = [fit_shape(box, replace(config, device=device)) for device in ("cpu", "cuda")]
    on_cpu, on_gpu = found
    assert on_gpu.shape.device.type == "cuda"
    assert topology(on_gpu.mesh).manifold
    assert on_gpu.mesh.volume == pytest.approx(on_cpu.mesh.volume, rel=0.01)
    np.testing.assert_allclose(on_gpu.mesh.bounds, on_cpu.mesh.bounds, atol=0.05)
    mean = [result.metrics.result_to_reference.mean for result in found]
    assert mean[1] < 1.5 * mean[0] + 1e-4


def test_the_doctor_finds_the_gpu_well():
    doctor._learn_ball("cuda:0", doctor.FIT_STEPS)


@pytest.mark.parametrize("name", PRESETS)
def test_the_gpu_repeats_the_steps_of_a_fit(pool, name):
    network = PRESETS[name].decoder.build(torch.Generator().manual_seed(0)).to(GPU)
    with repeatable().team() as team:
        steps = Steps.of(network, pool.to(GPU), GRADIENTS, team)
        for step in range(WARM_UP + 2):
            steps.take(slice(256 * step, 256 * step + 256), 1e-4)
    assert steps.replay.refused == ""


# Many shapes


def test_the_gpu_repeats_the_steps_of_a_space_and_learns_the_same(store):
    called, repeated = (trainer_on(GPU, store, TINY, QUICK) for _ in range(2))
    called.replay.refused = "by the test"
    for step in range(3 * WARM_UP):
        ours, theirs = (t.advance(step / 100, nullcontext()) for t in (repeated, called))
        # Sums on a GPU are taken in no fixed order.
        torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-4)
    assert repeated.replay.refused == ""


@pytest.mark.parametrize("name", ["best", "many", "deformed", "siren"])
def test_the_gpu_repeats_the_steps_of_a_preset(store, name):
    preset = SPACE_PRESETS[name]
    trainer = trainer_on(GPU, store, preset.decoder, replace(preset.fitting, points=256))
    for _ in range(WARM_UP + 2):
        trainer.advance(0.5, nullcontext())
    assert trainer.replay.refused == ""


@pytest.mark.parametrize("fitting", [QUICK, replace(QUICK, lazy_codes=True)], ids=["all", "lazy"])
@pytest.mark.parametrize("decoder", [SMOOTH, TINY], ids=["concatenated", "mixture"])
def test_the_first_steps_of_a_space_are_those_of_the_cpu(store, decoder, fitting):
    courses = []
    for device in (CPU, GPU):
        trainer = trainer_on(device, store, decoder, replace(fitting, objective=GRADIENTS))
        courses.append([trainer.advance(0.0, nullcontext()).cpu() for _ in range(5)])
    for on_cpu, on_gpu in zip(*courses, strict=True):
        torch.testing.assert_close(on_gpu, on_cpu, rtol=1e-2, atol=1e-4)


def test_balls_are_learned_together(store):
    trainer = trainer_on(GPU, store, TINY, QUICK)
    run_space(trainer, Budget(steps=150), inspections=0)
    points = torch.stack([radius * directions(500) for radius in RADII]).to(GPU)
    with torch.no_grad():
        errors = trainer.decoder(points, trainer.codes).abs().mean(dim=1)
    assert errors.max() < 0.01


def test_a_space_is_trained_for_seconds(store):
    trainer = trainer_on(GPU, store, TINY, QUICK)
    assert run_space(trainer, Budget(seconds=1.0), inspections=0).seconds >= 1.0
    assert trainer.step > 0


def test_dropout_is_drawn_on_the_gpu_and_repeats(store):
    first, second = (trainer_on(GPU, store, DROPPING) for _ in range(2))
    for _ in range(3):
        ours, theirs = (trainer.advance(0.0, nullcontext()) for trainer in (first, second))
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("decoder", "fitting"),
    [
        (TINY, QUICK),
        (TINY, replace(QUICK, lazy_codes=True)),
        (TINY, replace(QUICK, sampling_focus=0.5, weight_focus=0.5)),
        (DROPPING, QUICK),
    ],
    ids=["mixture", "lazy", "focus", "dropout"],
)
def test_a_training_that_was_killed_goes_on(store, decoder, fitting, tmp_path):
    path = tmp_path / "state.safetensors"
    whole, resumed = (trainer_on(GPU, store, decoder, fitting) for _ in range(2))
    for _ in range(7):
        whole.advance(0.0, nullcontext())
    write_checkpoint(path, whole, 1.0)
    assert read_checkpoint(path, resumed) == 1.0
    for _ in range(5):
        ours, theirs = (trainer.advance(0.0, nullcontext()) for trainer in (whole, resumed))
        # Sums on a GPU are taken in no fixed order.
        torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-4)
    torch.testing.assert_close(whole.codes, resumed.codes, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize(("before", "after"), [(CPU, GPU), (GPU, CPU)], ids=["to gpu", "to cpu"])
def test_a_training_goes_on_on_another_device(store, before, after, tmp_path):
    path = tmp_path / "state.safetensors"
    first, second = (trainer_on(device, store, TINY, QUICK) for device in (before, after))
    for _ in range(5):
        first.advance(0.0, nullcontext())
    write_checkpoint(path, first, 1.0)
    read_checkpoint(path, second)
    ours, theirs = (trainer.advance(0.0, nullcontext()).cpu() for trainer in (first, second))
    torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-4)


def test_the_code_of_an_unseen_ball_is_that_of_the_cpu(space):
    observation = Observation.complete(ball_pool(0.45, seed=5))
    inference = Inference(points=1000)
    on_gpu = infer_code(space, observation, inference)
    copy = SMOOTH.build(torch.Generator())
    copy.load_state_dict({name: t.cpu() for name, t in space.decoder.state_dict().items()})
    on_cpu = infer_code(ShapeSpace(copy, space.codes.cpu(), space.entries), observation, inference)
    assert on_gpu.code.is_cuda
    assert on_gpu.start == on_cpu.start
    torch.testing.assert_close(on_gpu.code.cpu(), on_cpu.code, rtol=0.05, atol=5e-3)
    assert on_gpu.losses[-1] == pytest.approx(on_cpu.losses[-1], rel=0.2, abs=1e-4)


def test_details_are_added_to_a_shape_of_a_space(space):
    normals = directions(20_000)
    normals = normals[normals[:, 2] > 0.6]
    noise = torch.randn(len(normals), 1, generator=torch.Generator().manual_seed(1))
    points, surface = (0.53 + 0.02 * noise) * normals, 0.53 * normals
    pool = replace(
        ball_pool(0.5), points=points, sdf=points.norm(dim=1) - 0.53,
        surface_points=surface, surface_normals=normals,
    )  # fmt: skip
    observation = Observation(pool=pool, free=torch.empty(0, 3), whole=False)
    base = space.shape(name_of(0.5)).decoder
    quickly = Refinement(fitting=Fitting(batch=1024), budget=Budget(steps=200))
    refined = refine(base, observation, quickly)
    assert next(refined.residual.parameters()).is_cuda
    with torch.no_grad():
        errors = [
            (network(points.to(GPU)).cpu() - pool.sdf).abs().mean() for network in (base, refined)
        ]
    assert errors[1] < 0.3 * errors[0]


def test_a_space_is_trained_saved_and_an_unseen_shape_reconstructed(store, tmp_path):
    preset = SpacePreset(decoder=SMOOTH, fitting=SMOOTHLY, about="for tests")
    config = TrainConfig(preset=preset, budget=Budget(steps=150), pictures=1, device="cuda")
    trained = train(store, tmp_path / "run", config)
    assert trained.space.device.type == "cuda"
    again = ShapeSpace.load(tmp_path / "run" / "model")
    assert torch.equal(again.codes, trained.space.codes.cpu())
    half = Box(half=(0.2, 0.2, 0.2)).mesh()
    config = ReconstructConfig(
        inference=Inference(points=1000), contouring=Contouring(resolution=24)
    )
    found = [reconstruct(space, half, config).mesh.volume for space in (again, trained.space)]
    assert found[1] == pytest.approx(found[0], rel=0.05)
