"""Codes as data, and new shapes beside unseen ones."""

import csv
import json

import numpy as np
import pytest
from balls import SMOOTH, SMOOTHLY, ball_store, name_of

from acutance.errors import InputError
from acutance.jobs.space import judge as judging
from acutance.jobs.space.code_table import CodeTable, check_code_file, codes
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.evaluation.codes import plot_codes
from acutance.jobs.space.judge import judge, sample_and_judge
from acutance.jobs.space.sample import SampleConfig, sample
from acutance.jobs.space.train import train
from acutance.mesh.mesh import TriangleMesh
from acutance.training.schedule import Budget
from acutance.training.space.presets import SpacePreset

RADII, UNSEEN = [0.3, 0.4, 0.5, 0.6], (0.35, 0.45, 0.55)
QUICK = SampleConfig(resolution=24, format="ply")
TABLE = CodeTable(
    keys=("ball/a", "box/b"), splits=("train", "test"), codes=np.eye(2, 3, dtype=np.float32)
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return ball_store(tmp_path_factory.mktemp("codes") / "store", RADII, test=UNSEEN)


@pytest.fixture(scope="module")
def trained(store, tmp_path_factory):
    preset = SpacePreset(decoder=SMOOTH, fitting=SMOOTHLY, about="for tests")
    config = TrainConfig(preset=preset, budget=Budget(steps=250), pictures=0)
    return train(store, tmp_path_factory.mktemp("codes") / "run", config)


def test_the_codes_of_a_run_are_those_of_its_space_and_those_that_are_found(trained):
    found = codes(trained.folder, ("train", "test"), device="cpu")
    assert found.keys == (*map(name_of, RADII), *map(name_of, UNSEEN))
    assert found.splits == ("train",) * 4 + ("test",) * 3
    assert set(found.categories) == {"ball"}
    np.testing.assert_array_equal(found.codes[:4], trained.space.codes.numpy())
    # The code of an unseen ball lies nearest to one of the two balls next to it.
    apart = np.linalg.norm(found.codes[5] - found.codes[:4], axis=1)
    assert apart.argmin() in (1, 2)


def test_codes_are_read_by_numpy_without_pickle(tmp_path):
    TABLE.save(tmp_path / "codes.npz")
    with np.load(tmp_path / "codes.npz", allow_pickle=False) as read:
        assert read["keys"].tolist() == ["ball/a", "box/b"]
        assert read["categories"].tolist() == ["ball", "box"]
        assert read["splits"].tolist() == ["train", "test"]
        np.testing.assert_array_equal(read["codes"], TABLE.codes)
        assert read["codes"].dtype == np.float32


def test_codes_are_read_as_csv(tmp_path):
    TABLE.save(tmp_path / "codes.csv")
    with (tmp_path / "codes.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows[1] == {
        "key": "box/b", "category": "box", "split": "test", "c0": "0.0", "c1": "1.0", "c2": "0.0",
    }  # fmt: skip


def test_codes_are_read_as_parquet(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    TABLE.save(tmp_path / "codes.parquet")
    read = parquet.read_table(tmp_path / "codes.parquet").to_pydict()
    assert read == {
        "key": ["ball/a", "box/b"],
        "category": ["ball", "box"],
        "split": ["train", "test"],
        "code": TABLE.codes.tolist(),
    }


def test_other_endings_and_a_missing_library_are_named(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"one of .npz .csv .parquet; got 'codes.txt'"):
        check_code_file(tmp_path / "codes.txt")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"need pyarrow: pip install \"acutance\[parquet\]\""):
        check_code_file(tmp_path / "codes.parquet")


def test_the_nearest_ball_by_code_is_the_nearest_in_size(trained):
    near = trained.space.nearest(name_of(0.3), count=2)
    assert [key for key, _ in near] == [name_of(0.4), name_of(0.5)]
    assert near[0][1] < near[1][1]
    with pytest.raises(InputError, match="There is no shape 'r99'"):
        trained.space.nearest("r99")


def test_the_map_of_the_codes_has_every_known_shape_under_its_category(trained):
    plot = plot_codes(trained.space)
    assert plot.names == {"ball": tuple(map(name_of, RADII))}
    assert plot.groups["ball"].shape == (4, 2)


def test_new_balls_are_judged_beside_unseen_ones(trained, store, tmp_path):
    found, files = sample_and_judge(trained.folder, trained.space, tmp_path, QUICK)
    assert (found.shapes, found.points, found.by) == (3, 500, "chamfer")
    names = [file.name for file in files]
    assert names == ["000.ply", "001.ply", "002.ply", "judgement.json", "shapes.png"]
    written = json.loads((tmp_path / "judgement.json").read_text())
    assert written["new"]["matching"] == found.new.matching
    table = found.table()
    assert [row.name for row in table.rows] == ["new shapes", "known shapes"]
    assert all(len(row.values) == len(table.columns) for row in table.rows)
    sample(trained.space, tmp_path, QUICK)
    assert not (tmp_path / "judgement.json").exists()


def test_the_unseen_balls_themselves_are_as_near_as_can_be(trained, store, monkeypatch):
    meshes = [trained.space.shape(name_of(r)).mesh(24) for r in RADII]
    unit = [TriangleMesh((m.vertices - [10.0, 0, 0]) / 10, m.faces) for m in meshes]
    for by in ("chamfer", "emd"):
        far = judge(trained.space, store, [unit[0]] * 3, by)
        near = judge(trained.space, store, unit[1:], by)
        assert near.new.matching < far.new.matching
        assert near.new.coverage > far.new.coverage == pytest.approx(1 / 3)
    assert judging.POINTS["emd"] >= near.points == 500


def test_too_few_unseen_shapes_are_named(trained, tmp_path):
    few = ball_store(tmp_path / "few", RADII, test=UNSEEN[:1])
    with pytest.raises(InputError, match=r"two unseen ones or more; the store has 1: prepare"):
        judge(trained.space, few, [trained.space.shape("r30").mesh(16)] * 2)
    bare = ball_store(tmp_path / "bare", RADII, test=UNSEEN, surface=0)
    with pytest.raises(InputError, match="have no surface points to be compared by"):
        judge(trained.space, bare, [trained.space.shape("r30").mesh(16)] * 2)
