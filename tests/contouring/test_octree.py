"""The octree finds the cells that a dense grid would find, with far fewer evaluations."""

import pytest
import torch

from acutance.contouring.octree.cells import (
    HALF_DIAGONAL,
    Cells,
    coarsest_size,
    contradictions,
    descend,
    leaf_cells,
    sample_kept_cells,
    signs_differ,
)
from acutance.contouring.octree.follow import follow_surface
from acutance.contouring.octree.lattice import Lattice, LatticeValues, Probe, locate
from acutance.errors import InputError
from acutance.shapes.analytic import Analytic, Box, Cylinder, Sphere, Torus


def samples_of(field: Analytic, n: int = 64) -> LatticeValues:
    """A lattice of n³ cells on the cube [-1, 1]³, its points off the symmetry of the shapes."""
    lattice = Lattice(
        origin=(-1.003, -0.996, -1.007),
        spacing=2.0 / n,
        cells=(n, n, n),
        device=torch.device("cpu"),
    )
    return LatticeValues(Probe(field, 1 << 16), lattice)


def dense_cells(samples: LatticeValues) -> Cells:
    """The plain twin: every cell of the lattice is looked at."""
    lattice = samples.lattice
    keys = lattice.keys(torch.cartesian_prod(*(torch.arange(n) for n in lattice.cells)))
    values = samples.at(keys[:, None] + lattice.offsets(2))
    return Cells(keys[signs_differ(values)], values[signs_differ(values)])


@pytest.mark.parametrize(
    "field", [Sphere(radius=0.9), Box(), Torus(), Cylinder(), Sphere(radius=0.05)], ids=str
)
def test_the_octree_finds_the_cells_of_the_dense_grid(field: Analytic):
    samples, twin = samples_of(field), samples_of(field)
    levels = descend(samples, coarsest_size(64), 1.25, predict=True, crowd=64.0)
    sample_kept_cells(samples, levels[-1], 1.25)
    cells = follow_surface(samples, leaf_cells(samples, levels[-1]), crowd=64.0)
    dense = dense_cells(twin)
    assert torch.equal(cells.keys, dense.keys)
    # Far corners are interpolated: some hundredths of a cell where a thin part could touch them.
    assert torch.equal(cells.values < 0, dense.values < 0)
    spacing = samples.lattice.spacing
    shell = (dense.values >= 0) & (dense.values <= HALF_DIAGONAL * spacing)
    assert (cells.values - dense.values)[shell].abs().max() < 0.1 * spacing
    assert samples.probe.evaluations < 0.25 * twin.probe.evaluations


def test_following_completes_a_surface_from_one_cell():
    samples = samples_of(Torus(), 32)
    dense = dense_cells(samples_of(Torus(), 32))
    start = Cells(dense.keys[:1], dense.values[:1])
    assert torch.equal(follow_surface(samples, start, crowd=64.0).keys, dense.keys)


class Noise(Analytic):
    """A ball in which the sign changes from point to point."""

    def sdf(self, points: torch.Tensor) -> torch.Tensor:
        """Small values of both signs inside, the distance outside."""
        outside = points.norm(dim=1) - 0.9
        return torch.where(outside < 0, 0.02 * (1e4 * points.sum(dim=1)).sin(), outside)


def test_noise_is_refused_before_most_of_it_is_evaluated():
    samples = samples_of(Noise(), 128)
    with pytest.raises(InputError, match="or changes its sign, in a large part of the box"):
        descend(samples, coarsest_size(128), 1.25, predict=True, crowd=24.0)
    assert samples.probe.evaluations < 128**3 / 50


def test_following_noise_ends():
    samples = samples_of(Noise(), 32)
    dense = dense_cells(samples_of(Noise(), 32))
    start = Cells(dense.keys[:1], dense.values[:1])
    with pytest.raises(InputError, match="or changes its sign, in a large part of the box"):
        follow_surface(samples, start, crowd=1.0)
    assert samples.probe.evaluations < 8 * 2 * 32**2


class Steep(Analytic):
    """A field that changes six times faster than a distance around a far, small ball."""

    def sdf(self, points: torch.Tensor) -> torch.Tensor:
        """A large ball with distances, and a small one with six times its distances."""
        small = (points - points.new_tensor([0.7, 0.7, 0.7])).norm(dim=1) - 0.15
        return torch.minimum(Sphere(radius=0.4).sdf(points), 6.0 * small)


def test_samples_contradict_a_bound_that_loses_a_part(generator: torch.Generator):
    samples = samples_of(Steep())
    levels = descend(samples, 8, 1.0, predict=False, crowd=64.0)
    lost, needed = contradictions(samples, levels, 4096, generator)
    assert lost > 0
    assert 1.0 < needed < 6.0


def test_samples_do_not_contradict_a_distance(generator: torch.Generator):
    samples = samples_of(Torus())
    levels = descend(samples, 8, 1.0, predict=True, crowd=64.0)
    assert contradictions(samples, levels, 4096, generator) == (0, 0.0)


def test_every_point_is_evaluated_once():
    samples = samples_of(Sphere(), 16)
    keys = torch.tensor([5, 3, 5, 900, 3])
    first = samples.at(keys)
    assert samples.probe.evaluations == 3
    assert torch.equal(samples.at(keys.flip(0)), first.flip(0))
    assert samples.probe.evaluations == 3


def test_assumed_values_do_not_replace_known_ones():
    samples = samples_of(Sphere(), 16)
    known = samples.at(torch.tensor([7]))
    samples.fill_unknown(torch.tensor([7, 8, 8]), torch.tensor([1.0, 2.0, 3.0]))
    assert torch.equal(samples.at(torch.tensor([7])), known)
    assert float(samples.at(torch.tensor([8]))) in (2.0, 3.0)


def test_keys_and_indices_are_inverse_to_each_other():
    lattice = Lattice(
        origin=(0.0, 0.0, 0.0), spacing=1.0, cells=(3, 5, 7), device=torch.device("cpu")
    )
    keys = torch.arange(4 * 6 * 8)
    assert torch.equal(lattice.keys(lattice.index(keys)), keys)
    assert torch.equal(
        lattice.index(lattice.offsets(2)).sum(dim=1), torch.tensor([0, 1, 1, 2, 1, 2, 2, 3])
    )


def test_locating_says_what_is_absent():
    place, present = locate(torch.tensor([2, 4, 6]), torch.tensor([6, 5, 2, 9]))
    assert present.tolist() == [True, False, True, False]
    assert place[present].tolist() == [2, 0]
    assert not locate(torch.tensor([], dtype=torch.int64), torch.tensor([1]))[1].any()


@pytest.mark.parametrize(("resolution", "size"), [(8, 2), (32, 2), (64, 4), (256, 16), (1024, 64)])
def test_the_coarsest_cells_are_a_sixteenth_of_the_box_or_less(resolution: int, size: int):
    assert coarsest_size(resolution) == size
