"""Codes between known shapes, and drawn from all of them."""

from dataclasses import replace

import torch
from balls import TINY, TINY_GRID

from acutance.model.space.between import code_between, draw_codes
from acutance.model.space.tables import Deformed

DEFORMED = replace(TINY, conditioning=Deformed(grid=TINY_GRID, proportions=2), code=5)


def decoder_of(config):
    return config.build(torch.Generator().manual_seed(0))


def test_mixed_codes_are_mixed():
    code = code_between(decoder_of(TINY), torch.zeros(4), torch.ones(4), 0.25)
    assert torch.equal(code, torch.full((4,), 0.25))


def test_proportions_go_evenly_and_the_style_is_that_of_the_nearer_end():
    decoder, first, second = decoder_of(DEFORMED), torch.zeros(5), torch.ones(5)
    for t in (0.0, 0.3, 0.7, 1.0):
        code = code_between(decoder, first, second, t)
        torch.testing.assert_close(code[:2], torch.full((2,), t))
        assert torch.equal(code[2:], (first if t < 0.5 else second)[2:])


def test_new_shapes_have_a_known_style_and_proportions_between_two_of_its_category():
    generator = torch.Generator().manual_seed(1)
    codes = torch.randn(6, 5, generator=generator)
    categories = ["chair"] * 3 + ["lamp"] * 3
    drawn = draw_codes(decoder_of(DEFORMED), codes, categories, 40, seed=3)
    assert drawn.shape == (40, 5)
    styles = (drawn[:, None, 2:] == codes[None, :, 2:]).all(dim=2)
    assert (styles.sum(dim=1) == 1).all()
    for code, first in zip(drawn, styles.long().argmax(dim=1).tolist(), strict=True):
        alike = [i for i in range(6) if categories[i] == categories[first]]
        away = code[:2] - codes[first, :2]
        ways = codes[alike, :2] - codes[first, :2]
        across = (ways[:, 0] * away[1] - ways[:, 1] * away[0]).abs()
        assert across.min() < 1e-5  # on the straight way to one of them
    assert len({code.tolist()[0] for code in drawn}) > 30


def test_the_seed_decides_what_is_drawn():
    decoder, codes = decoder_of(DEFORMED), torch.randn(4, 5)
    first, again, other = (draw_codes(decoder, codes, ["a"] * 4, 5, seed) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
