"""One shape as a network."""

import json

import pytest
import torch

from acutance.errors import InputError
from acutance.mesh.normalize import Similarity
from acutance.model.activations import Sine
from acutance.model.decoder import Decoder, DecoderConfig
from acutance.model.encodings import Hash, Identity
from acutance.model.neural_sdf import CHUNK, NeuralSDF, _check_points
from acutance.training.shape.presets import PRESETS

FRAME = Similarity(centre=(10.0, -20.0, 5.0), scale=4.0)


def small(encoding=None):
    torch.manual_seed(0)
    encoding = encoding or Identity()
    config = DecoderConfig(encoding=encoding, activation=Sine(), width=16, depth=2)
    return Decoder(config, torch.Generator().manual_seed(0))


def test_distances_are_in_input_units_and_gradients_have_no_unit():
    decoder = small()
    shape = NeuralSDF(decoder, FRAME)
    unit = torch.rand(50, 3, dtype=torch.float64) * 2 - 1
    points = torch.from_numpy(FRAME.to_input(unit.numpy()))
    torch.testing.assert_close(shape.sdf(points), 4.0 * decoder(unit.float()).double())
    step = torch.tensor([4e-3, 0.0, 0.0], dtype=torch.float64)
    slope = (shape.sdf(points + step) - shape.sdf(points - step)) / 8e-3
    torch.testing.assert_close(shape.gradient(points)[:, 0], slope, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("encoding", [Identity(), Hash(levels=2, log2_table_size=8)])
def test_distances_can_be_differentiated_by_points_that_ask_for_it(encoding):
    shape = NeuralSDF(small(encoding), FRAME)
    points = (torch.rand(20, 3) + torch.tensor([9.5, -20.5, 4.5])).requires_grad_()
    (gradient,) = torch.autograd.grad(shape.sdf(points).sum(), points, create_graph=True)
    torch.testing.assert_close(gradient.detach(), shape.gradient(points))
    (second,) = torch.autograd.grad(gradient.norm(dim=1).sum(), points)
    assert second.isfinite().all()
    assert not shape.sdf(points.detach()).requires_grad


def test_what_is_no_tensor_of_points_is_refused_with_the_remedy():
    for points in (torch.zeros(3), torch.zeros(2, 4, 3), torch.zeros(5, 2)):
        with pytest.raises(InputError, match=r"tensor of shape \(N, 3\)"):
            _check_points(points)  # elsewhere the tests' own type checks are first


def test_normals_have_unit_length():
    normals = NeuralSDF(small(), FRAME).normal(torch.rand(50, 3) + 10)
    torch.testing.assert_close(normals.norm(dim=1), torch.ones(50))


def test_outside_the_cube_the_distance_to_the_cube_is_added():
    shape = NeuralSDF(small(), Similarity())
    far, edge = torch.tensor([[3.0, 0.2, 0.1]]), torch.tensor([[1.0, 0.2, 0.1]])
    torch.testing.assert_close(shape.sdf(far), shape.sdf(edge) + 2.0)


def test_many_points_give_the_same_as_few_at_a_time():
    shape = NeuralSDF(small(), FRAME)
    points = torch.rand(300_000, 3)
    torch.testing.assert_close(shape.sdf(points)[-1000:], shape.sdf(points[-1000:]))


def test_points_are_evaluated_in_chunks_of_one_size_whatever_the_machine_does():
    decoder = small()
    points = torch.rand(77_777, 3) * 2 - 1
    expected = torch.cat([decoder(part) for part in points.split(CHUNK)])
    assert torch.equal(NeuralSDF(decoder, FRAME).field.sdf(points), expected)


@pytest.mark.parametrize("encoding", [Identity(), Hash(levels=2, log2_table_size=8)])
def test_load_inverts_save(tmp_path, encoding):
    shape = NeuralSDF(small(encoding), FRAME)
    shape.save(tmp_path / "model")
    loaded = NeuralSDF.load(tmp_path / "model")
    points = torch.rand(100, 3) * 4 + torch.tensor([8.0, -22.0, 3.0])
    assert loaded.transform == FRAME
    # A table in float16 is right to 2⁻¹¹ of its values.
    torch.testing.assert_close(loaded.sdf(points), shape.sdf(points), rtol=1e-3, atol=1e-3)


def test_a_folder_that_is_no_model_is_named_with_the_remedy(tmp_path):
    with pytest.raises(InputError, match=r"is not a model: it has no config\.json"):
        NeuralSDF.load(tmp_path)


def test_another_format_and_broken_files_are_refused(tmp_path):
    NeuralSDF(small(), FRAME).save(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "format": 99}))
    with pytest.raises(InputError, match="has format 99, and this version of Acutance reads"):
        NeuralSDF.load(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read as JSON"):
        NeuralSDF.load(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes(b"x" * 100)
    with pytest.raises(InputError, match=r"model\.safetensors is missing, damaged"):
        NeuralSDF.load(tmp_path)


@pytest.mark.parametrize(("name", "limit"), [("hash", 3e6), ("siren", 0.6e6), ("hosc", 0.6e6)])
def test_model_files_are_as_small_as_promised(tmp_path, name, limit):
    NeuralSDF(Decoder(PRESETS[name].decoder, torch.Generator()), FRAME).save(tmp_path)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= limit


def test_a_field_that_is_inside_everywhere_has_no_mesh():
    decoder = small()
    last = [layer for layer in decoder.modules() if isinstance(layer, torch.nn.Linear)][-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.fill_(-1.0)
    shape = NeuralSDF(decoder, FRAME, ((-0.6, -0.6, -0.6), (0.6, 0.6, 0.6)))
    with pytest.raises(InputError, match="no surface where it was trained"):
        shape.mesh(32)
