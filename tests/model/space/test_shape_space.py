"""A space of shapes in memory and on disk."""

import json

import pytest
import torch
from balls import TINY

from acutance.errors import InputError
from acutance.mesh.normalize import Similarity
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.deepsdf import DeepSdfConfig
from acutance.model.space.shape_space import ShapeSpace, SpaceEntry

KEYS = ("chair/red", "chair/blue", "table/red", "table/green")
CONFIGS = {"mixture": TINY, "deepsdf": DeepSdfConfig(code=4, width=16, depth=4, skip=2)}


def space_of(config=TINY):
    torch.manual_seed(0)
    entries = tuple(
        SpaceEntry(
            key=key,
            transform=Similarity(centre=(float(index), 0.0, 0.0), scale=1.0 + index),
            bounds=((-0.5, -0.5, -0.5), (0.5, 0.5, 0.25 * (index + 1))),
        )
        for index, key in enumerate(KEYS)
    )
    return ShapeSpace(config.build(torch.Generator()), torch.randn(len(KEYS), 4), entries)


@pytest.fixture
def points(generator):
    return torch.rand(100, 3, generator=generator) * 2 - 1


@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_saved_is_loaded_again(name, points, tmp_path):
    space = space_of(CONFIGS[name])
    space.save(tmp_path / "model")
    again = ShapeSpace.load(tmp_path / "model")
    assert again.decoder.config == space.decoder.config
    assert again.entries == space.entries
    assert torch.equal(again.codes, space.codes)
    for key in KEYS:
        assert torch.equal(again.shape(key).sdf(points), space.shape(key).sdf(points))


def test_a_shape_is_in_its_own_frame_and_box():
    shape = space_of().shape("table/red")
    assert shape.transform == Similarity(centre=(2.0, 0.0, 0.0), scale=3.0)
    assert shape.bounds == ((-0.5, -0.5, -0.5), (0.5, 0.5, 0.75))


def test_the_category_may_be_left_out_where_the_name_is_unique():
    space = space_of()
    assert [space.index(key) for key in KEYS] == [0, 1, 2, 3]
    assert space.index("blue") == 1
    assert space.index("green") == 3


def test_an_unknown_name_is_answered_with_the_nearest():
    space = space_of()
    with pytest.raises(InputError, match=r"no shape 'bleu' .* the nearest is 'blue'"):
        space.shape("bleu")
    with pytest.raises(InputError, match="the nearest is 'table/green'"):
        space.interpolate("chair/red", "table/gren", 0.5)


def test_a_name_of_two_categories_is_not_taken_for_either():
    with pytest.raises(InputError, match=r"'red' is in several .* chair/red, table/red"):
        space_of().index("red")


def test_the_ends_of_an_interpolation_are_the_shapes(points):
    space = space_of()
    for t, key in ((0.0, "chair/blue"), (1.0, "table/red")):
        between = space.interpolate("chair/blue", "table/red", t)
        whole = space.with_code(space.codes[space.index(key)])
        torch.testing.assert_close(between.sdf(points), whole.sdf(points))
        assert between.transform == Similarity()
    middle = space.interpolate("chair/blue", "table/red", 0.5).decoder.code
    torch.testing.assert_close(middle, (space.codes[1] + space.codes[2]) / 2)


def test_the_decoder_of_a_space_neither_drops_nor_learns():
    decoder = DeepSdfConfig(code=4, width=16, depth=4, skip=2).build(torch.Generator()).train()
    entry = SpaceEntry(key="a/b", transform=Similarity())
    space = ShapeSpace(decoder, torch.zeros(1, 4, requires_grad=True), (entry,))
    assert not space.decoder.training
    assert not space.codes.requires_grad
    assert not any(parameter.requires_grad for parameter in space.decoder.parameters())


def test_a_single_shape_and_a_space_are_told_apart(tmp_path):
    space = space_of()
    space.shape("blue").save(tmp_path / "single")
    with pytest.raises(InputError, match="is the model of a single shape; give a shape space"):
        ShapeSpace.load(tmp_path / "single")
    space.save(tmp_path / "space")
    with pytest.raises(InputError, match="space"):
        NeuralSDF.load(tmp_path / "space")


def changed(folder, change):
    content = json.loads((folder / "config.json").read_text())
    change(content)
    (folder / "config.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["shapes"].pop(), r"is damaged: 3 shapes and codes of \(4, 4\)"),
        (lambda c: c["shapes"][0].pop("key"), "cannot be used"),
        (lambda c: c["shapes"].append(7), "cannot be used"),
        (lambda c: c.update(shapes=None), "cannot be used"),
        (
            lambda c: c["space"].update(type="Sofa"),
            "cannot be used: Expected one of SpaceDecoderConfig",
        ),
        (lambda c: c["space"].update(width=17), "of another model than config.json says"),
        (lambda c: c.update(format=99), "has format 99"),
    ],
)
def test_damage_is_one_sentence(tmp_path, change, message):
    space_of().save(tmp_path)
    changed(tmp_path, change)
    with pytest.raises(InputError, match=message):
        ShapeSpace.load(tmp_path)


def test_a_cut_file_of_weights_is_one_sentence(tmp_path):
    space_of().save(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"model\.safetensors is missing, damaged, or of another"):
        ShapeSpace.load(tmp_path)


def test_a_space_is_told_apart_by_its_categories():
    assert [entry.category for entry in space_of().entries] == ["chair", "chair", "table", "table"]
