"""One shape becomes samples."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from acutance.data.datasets.procedural import load_recorded_source, procedural_shapes
from acutance.data.datasets.source import SampleSource, ShapeSource
from acutance.data.pool import Sampling
from acutance.data.preparation import Preparation, prepare_shape
from acutance.data.shape_file import ARRAYS
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.mesh.io.load import load
from acutance.mesh.io.save import save_mesh
from acutance.mesh.normalize import Similarity
from acutance.shapes.analytic import Box

FEW = Preparation(sampling=Sampling(count=400, surface=50))


@pytest.fixture
def box(tmp_path):
    """A box that is no cube, on disk."""
    save_mesh(Box().mesh(), tmp_path / "box.obj")
    return ShapeSource(category="box", name="one", split="test", path=tmp_path / "box.obj")


def pool_of(source, preparation, folder):
    store = SampleStore.create(folder, {})
    record = prepare_shape(source, preparation, folder)
    store.enter(record)
    return record, store.pool(record.key)


def test_samples_of_a_mesh_have_its_distances_in_the_unit_frame(box, tmp_path):
    record, pool = pool_of(box, FEW, tmp_path / "store")
    to_input = torch.from_numpy(record.transform.to_input(pool.points.double().numpy()))
    exact = Box().sdf(to_input) / record.transform.scale
    torch.testing.assert_close(pool.sdf.double(), exact, rtol=0, atol=1e-5)
    assert (record.split, record.rule, record.samples) == ("test", "exact", 400)
    assert record.source == str(box.path)
    assert record.stamp == box.stamp
    assert record.agreement == 1.0
    assert len(pool.surface_points) == 50


def test_what_the_reader_of_a_shape_left_out_is_in_its_record(tmp_path):
    path = tmp_path / "a.stl"
    save_mesh(Box().mesh(), path)
    path.write_bytes(path.read_bytes() + b"ab")
    source = ShapeSource(category="box", name="a", path=path)
    record = prepare_shape(source, FEW, tmp_path / "store")
    assert record.warnings == ("2 bytes after its triangles are left out.",)


def test_a_store_names_files_wherever_it_was_prepared(box, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    near = replace(box, path=Path("box.obj"))
    assert prepare_shape(near, FEW, tmp_path / "store").source == str(tmp_path / "box.obj")


def test_the_samples_of_a_shape_depend_on_its_name_and_the_seed_alone(box, tmp_path):
    _, first = pool_of(box, FEW, tmp_path / "first")
    other = replace(box, name="two")
    _, named = pool_of(other, FEW, tmp_path / "second")
    _, again = pool_of(box, FEW, tmp_path / "second")
    assert all(torch.equal(getattr(first, name), getattr(again, name)) for name in ARRAYS)
    _, seeded = pool_of(box, replace(FEW, seed=1), tmp_path / "third")
    assert not torch.equal(first.points, named.points)
    assert not torch.equal(first.points, seeded.points)


def test_samples_of_deepsdf_are_used_as_they_are(tmp_path, rng):
    rows = rng.normal(size=(60, 4)).astype(np.float32)
    np.savez(tmp_path / "shape.npz", pos=rows[:40], neg=rows[40:])
    np.savez(tmp_path / "frame.npz", offset=np.array([1.0, 2.0, 3.0]), scale=np.array([0.5]))
    source = SampleSource(
        category="chair",
        name="one",
        path=tmp_path / "shape.npz",
        normalization=tmp_path / "frame.npz",
    )
    record, pool = pool_of(source, FEW, tmp_path / "store")
    found = np.column_stack([pool.points.numpy(), pool.sdf.numpy()])
    assert sorted(map(tuple, found)) == sorted(map(tuple, rows))
    assert not np.array_equal(found, rows), "the order is not random"
    assert record.rule == "given"
    assert record.transform == Similarity(centre=(-1.0, -2.0, -3.0), scale=2.0)
    assert len(pool.surface_points) == 0


def test_a_changed_file_has_another_stamp_and_a_missing_one_is_named(box):
    before = box.stamp
    assert before == box.stamp
    box.path.write_text(box.path.read_text() + "# a remark\n")
    assert box.stamp != before
    box.path.unlink()
    with pytest.raises(InputError, match=r"box\.obj cannot be read; was it moved\?"):
        _ = box.stamp


def test_a_preparation_that_cannot_be_is_refused():
    with pytest.raises(InputError, match="The thickness must lie above 0"):
        Preparation(thickness=0.5)
    with pytest.raises(InputError, match="A seed must not be negative; got -1"):
        Preparation(seed=-1)


def test_procedural_shapes_are_counted_split_and_numbered():
    shapes = procedural_shapes(3, test=2, categories=("chair", "table"), seed=5)
    assert len({shape.key for shape in shapes}) == 10
    chairs = [(shape.name, shape.split) for shape in shapes if shape.category == "chair"]
    assert chairs == [
        ("000005", "train"),
        ("000006", "train"),
        ("000007", "train"),
        ("000008", "test"),
        ("000009", "test"),
    ]


def test_a_procedural_shape_is_made_again_from_what_a_record_calls_its_source(tmp_path):
    (shape,) = procedural_shapes(1, categories=("table",), seed=3)
    assert shape.stamp == ""
    mesh, again = shape.load(), load_recorded_source(str(shape.path))
    np.testing.assert_array_equal(again.vertices, mesh.vertices)
    save_mesh(Box().mesh(), tmp_path / "box.obj")
    path = tmp_path / "box.obj"
    np.testing.assert_array_equal(load_recorded_source(str(path)).vertices, load(path).vertices)
