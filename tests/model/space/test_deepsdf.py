"""DeepSDF's decoder against its publication and a plain twin."""

import pytest
import torch

from acutance.model.space.deepsdf import DeepSdfConfig

SMALL = DeepSdfConfig(code=5, width=24, depth=6, skip=3, dropout=0.3)


def small():
    torch.manual_seed(0)
    return SMALL.build(torch.Generator())


def twin(decoder, points, codes):
    """The network as it is written down: the code and the point beside each other, twice."""
    config = decoder.config
    seen = torch.cat([codes[:, None].expand(-1, points.shape[1], -1), points], dim=2)
    x = seen
    for index, layer in enumerate(decoder.layers):
        if index == config.skip:
            x = torch.cat([x, seen], dim=2)
        direction = layer.parametrizations.weight.original1
        size = layer.parametrizations.weight.original0
        weight = size * direction / direction.norm(dim=1, keepdim=True)
        x = torch.relu(x @ weight.T + layer.bias)
    return torch.tanh(x @ decoder.output.weight.T + decoder.output.bias)[..., 0]


def test_the_layers_are_the_published_ones():
    layers = DeepSdfConfig().build(torch.Generator()).layers
    sizes = [(layer.in_features, layer.out_features) for layer in layers]
    assert sizes == [
        (259, 512),
        (512, 512),
        (512, 512),
        (512, 253),
        *[(512, 512)] * 4,
    ]


def test_the_published_sizes_have_the_published_number_of_parameters():
    # 1.84 million: weights and biases, and the length of every row of the normalised layers.
    layers = [(259, 512), (512, 512), (512, 512), (512, 253), *[(512, 512)] * 4]
    count = sum((inputs + 2) * outputs for inputs, outputs in layers) + 513
    assert DeepSdfConfig().build(torch.Generator()).parameter_count == count


def test_it_is_the_plain_network_that_concatenates_code_and_point():
    decoder = small().eval()
    for length in (layer.parametrizations.weight.original0 for layer in decoder.layers):
        length.data *= torch.rand_like(length) + 0.5
    points, codes = torch.rand(3, 17, 3) * 2 - 1, torch.randn(3, 5)
    torch.testing.assert_close(decoder(points, codes), twin(decoder, points, codes))


def test_dropout_is_drawn_from_the_generator_that_is_given_and_without_one_there_is_none():
    decoder = small()
    points, codes = torch.rand(2, 30, 3), torch.randn(2, 5)

    def values(seed):
        return decoder(points, codes, torch.Generator().manual_seed(seed))

    assert torch.equal(values(0), values(0))
    assert not torch.equal(values(0), values(1))
    assert torch.equal(decoder(points, codes), decoder(points, codes))


def test_dropout_leaves_out_its_share_and_keeps_the_mean():
    config = DeepSdfConfig(code=1, width=4000, depth=2, skip=1, dropout=0.3)
    decoder = config.build(torch.Generator().manual_seed(0))
    with torch.no_grad():  # every neuron is 1
        for layer in decoder.layers:
            layer.parametrizations.weight.original0.zero_()
            layer.bias.fill_(1.0)
    seen = []
    decoder.output.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0]))
    decoder(torch.rand(1, 1, 3), torch.zeros(1, 1), torch.Generator().manual_seed(0))
    assert (seen[0] == 0).float().mean().item() == pytest.approx(0.3, abs=0.03)
    assert seen[0].mean().item() == pytest.approx(1.0, abs=0.05)


def test_values_stay_between_minus_one_and_one():
    decoder = small().eval()
    decoder.output.weight.data *= 1000
    values = decoder(torch.rand(2, 100, 3) * 2 - 1, torch.randn(2, 5))
    assert values.abs().max() == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"skip": 0}, "skip must name a hidden layer but the first"),
        ({"skip": 8}, "skip must name a hidden layer but the first"),
        ({"dropout": 1.0}, r"dropout lie in \[0, 1\)"),
        ({"width": 259}, r"width must exceed code \+ 3, got 259 and 256"),
    ],
)
def test_sizes_that_cannot_be_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        DeepSdfConfig(**settings)
