"""The loops around a cell, in every one of its states."""

import torch

from acutance.contouring.octree.loops import edge_corners, face_corners, face_edges, loop_table


def signs_of(states: torch.Tensor) -> torch.Tensor:
    return (states[:, None] >> torch.arange(8)) & 1 == 1


def test_exactly_the_edges_with_two_signs_are_on_a_loop():
    table, signs = loop_table(), signs_of(torch.arange(256 * 64))
    low, high = edge_corners().unbind(dim=1)
    assert torch.equal(table.loop >= 0, signs[:, low] != signs[:, high])


def test_loops_are_closed_and_every_edge_is_on_one():
    following = loop_table().following
    assert torch.equal(following.sort(dim=1).values, torch.arange(12).expand_as(following))


def test_a_loop_goes_on_to_an_edge_on_a_common_face():
    table = loop_table()
    shared = torch.zeros(12, 12, dtype=torch.bool)
    for edges in face_edges().tolist():
        shared[torch.tensor(edges)[:, None], torch.tensor(edges)] = True
    state, edge = (table.loop >= 0).nonzero().unbind(dim=1)
    assert shared[edge, table.following[state, edge]].all()


def test_loops_have_at_least_three_edges_and_are_at_most_four():
    table = loop_table()
    for number in range(4):
        size = (table.loop == number).sum(dim=1)
        assert ((size == 0) | (size >= 3)).all()
    assert table.count.max() == 4
    assert torch.equal(table.count, table.loop.amax(dim=1) + 1)


def test_turning_the_rule_of_a_face_cuts_a_loop_that_passes_it_twice():
    table, states = loop_table(), torch.arange(256 * 64)
    for face, edges in enumerate(face_edges().tolist()):
        loops = table.loop[:, edges]
        twice = (loops >= 0).all(dim=1) & (loops == loops[:, :1]).all(dim=1)
        turned = table.loop[states ^ (1 << (8 + face))][:, edges]
        assert twice.any()
        assert (turned[twice].amin(dim=1) != turned[twice].amax(dim=1)).all()


def test_a_rule_matters_only_where_the_signs_of_its_face_alternate():
    table, states = loop_table(), torch.arange(256 * 64)
    signs = signs_of(states)
    for face, corners in enumerate(face_corners().tolist()):
        a, b, c, d = signs[:, corners].unbind(dim=1)
        calm = ~((a == c) & (b == d) & (a != b))
        turned = table.following[states ^ (1 << (8 + face))]
        assert torch.equal(turned[calm], table.following[calm])


def test_edges_of_four_cornered_loops_can_be_joined_through_the_inside_of_the_cell():
    table = loop_table()
    shared = torch.zeros(12, 12, dtype=torch.bool)
    for edges in face_edges().tolist():
        shared[torch.tensor(edges)[:, None], torch.tensor(edges)] = True
    state, first = (table.loop >= 0).nonzero().unbind(dim=1)
    walk = [first]
    for _ in range(4):
        walk.append(table.following[state, walk[-1]])
    four = walk[4] == first
    blocked = shared[walk[0], walk[2]] & shared[walk[1], walk[3]]
    assert not (blocked & four).any()
