"""A data set becomes a store: in parallel, and going on where it was interrupted."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from balls import in_this_process

from acutance.data.datasets.source import ShapeSource
from acutance.data.pool import Sampling
from acutance.data.preparation import Preparation
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs import prepare as job
from acutance.jobs import workers
from acutance.jobs.data import DataRequest, find_data, write_shapes
from acutance.mesh.io.save import save_mesh
from acutance.progress import Progress
from acutance.shapes.analytic import Box

FEW = Preparation(sampling=Sampling(count=200, surface=20))


@dataclass(frozen=True, kw_only=True)
class Deadly(ShapeSource):
    """A shape that takes its process down with it."""

    def load(self):
        os._exit(1)


@pytest.fixture
def sources(tmp_path):
    """Three boxes of different heights."""
    shapes = []
    for index in range(3):
        path = tmp_path / f"{index}.obj"
        save_mesh(Box(half=(0.5, 0.4, 0.1 * (index + 1))).mesh(), path)
        shapes.append(ShapeSource(category="box", name=str(index), split="train", path=path))
    return shapes


@pytest.fixture
def quickly(monkeypatch):
    """Without processes, which take seconds to start."""
    monkeypatch.setattr(workers, "in_processes", in_this_process)


def names(records):
    return sorted(record.name for record in records)


@pytest.mark.usefixtures("quickly")
def test_what_is_there_and_intact_is_kept(sources, tmp_path):
    folder = tmp_path / "store"
    first = job.prepare(sources[:2], folder, FEW)
    assert (names(first.made), names(first.kept), first.skipped) == (["0", "1"], [], {})
    second = job.prepare(sources, folder, FEW)
    assert (names(second.made), names(second.kept)) == (["2"], ["0", "1"])
    assert second.rules == {"exact": 3}
    assert names(SampleStore.open(folder).records.values()) == ["0", "1", "2"]


@pytest.mark.usefixtures("quickly")
def test_what_is_damaged_or_was_changed_is_made_anew(sources, tmp_path):
    folder = tmp_path / "store"
    store = job.prepare(sources, folder, FEW).store
    path = store.path(store.record("box/0"))
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    save_mesh(Box(half=(0.5, 0.4, 0.5)).mesh(), sources[1].path)
    again = job.prepare(sources, folder, FEW)
    assert (names(again.made), names(again.kept)) == (["0", "1"], ["2"])
    assert path.read_bytes() == content
    SampleStore.open(folder).check()


@pytest.mark.usefixtures("quickly")
def test_files_that_were_moved_are_found_again_without_sampling_anew(sources, tmp_path, quickly):
    job.prepare(sources, tmp_path / "store", FEW)
    (tmp_path / "elsewhere").mkdir()
    moved = [replace(s, path=tmp_path / "elsewhere" / s.path.name) for s in sources]
    for old, new in zip(sources, moved, strict=True):
        old.path.rename(new.path)
    again = job.prepare(moved, tmp_path / "store", FEW)
    assert not again.made and len(again.kept) == len(sources)
    store = SampleStore.open(tmp_path / "store")
    assert [store.record(s.key).source for s in moved] == [str(s.path) for s in moved]


def test_a_split_can_be_changed_without_sampling_anew(sources, tmp_path):
    job.prepare(sources, tmp_path / "store", FEW)
    moved = [replace(sources[0], split="test"), *sources[1:]]
    again = job.prepare(moved, tmp_path / "store", FEW)
    assert again.made == ()
    assert SampleStore.open(tmp_path / "store").split("test") == ["box/0"]
    job.prepare([replace(source, split="") for source in sources], tmp_path / "store", FEW)
    assert SampleStore.open(tmp_path / "store").split("test") == ["box/0"]


@pytest.mark.usefixtures("quickly")
def test_a_shape_that_is_none_is_skipped_with_its_reason_unless_strict(sources, tmp_path):
    sources[1].path.write_text("v 0 0 0\n")
    result = job.prepare(sources, tmp_path / "store", FEW)
    assert names(result.made) == ["0", "2"]
    assert list(result.skipped) == ["box/1"]
    assert "holds no faces" in result.skipped["box/1"]
    with pytest.raises(InputError, match=r"box/1 cannot be prepared: .*holds no faces"):
        job.prepare(sources, tmp_path / "strict", FEW, strict=True)


@pytest.mark.usefixtures("quickly")
def test_where_no_shape_can_be_prepared_the_first_reason_is_told(sources, tmp_path):
    sources[0].path.write_text("v 0 0 0\n")
    with pytest.raises(InputError, match=r"Not one shape could be prepared; box/0: .*no faces"):
        job.prepare(sources[:1], tmp_path / "store", FEW)


@pytest.mark.usefixtures("quickly")
def test_an_interrupt_says_what_is_kept_and_how_to_go_on(sources, tmp_path, monkeypatch):
    def impatient(waiting, preparation, folder, count):
        yield waiting[0], workers.attempt(waiting[0], preparation, folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "in_processes", impatient)
    with pytest.raises(KeyboardInterrupt, match=f"1 of {len(sources)} shapes are in .*goes on"):
        job.prepare(sources, tmp_path / "store", FEW)


def test_other_settings_are_refused(sources, tmp_path):
    job.prepare(sources[:1], tmp_path / "store", FEW)
    with pytest.raises(InputError, match="holds samples made with other settings"):
        job.prepare(sources, tmp_path / "store", replace(FEW, seed=1))


@pytest.mark.usefixtures("quickly")
def test_the_progress_says_how_much_is_done(sources, tmp_path):
    told = []

    class Notes(Progress):
        def advance(self, share, state):
            told.append((share, state))

    job.prepare(sources, tmp_path / "store", FEW, progress=Notes())
    assert [share for share, _ in told] == pytest.approx([1 / 3, 2 / 3, 1])
    assert told[-1][1].startswith("3/3")


def test_processes_make_the_same_samples_and_one_that_dies_takes_no_other_with_it(
    sources, tmp_path, monkeypatch
):
    monkeypatch.setattr(workers, "cores", lambda: 2)
    deadly = Deadly(category="box", name="deadly", path=sources[0].path)
    result = job.prepare([sources[0], deadly], tmp_path / "processes", FEW)
    assert result.skipped == {
        "box/deadly": "its process was ended by the system, probably for its memory"
    }
    monkeypatch.setattr(workers, "in_processes", in_this_process)
    (plain,) = job.prepare(sources[:1], tmp_path / "plain", FEW).made
    assert result.made == (plain,)


def test_a_request_for_procedural_shapes_keeps_the_share_aside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = find_data(
        DataRequest(source=Path("procedural"), count=8, test_share=0.2), tmp_path / "s"
    )
    assert len(found.shapes) == 50
    assert sum(shape.split == "test" for shape in found.shapes) == 10


def test_a_request_for_a_folder_splits_it_by_names_and_tells_what_it_passed_over(sources, tmp_path):
    (tmp_path / "letter.txt").write_text("dear reader")
    chairs = tmp_path / "data" / "chair"
    chairs.mkdir(parents=True)
    for number in range(20):
        save_mesh(Box().mesh(), chairs / f"{number}.obj")
    (chairs / "readme.md").write_text("chairs")
    found = find_data(DataRequest(source=tmp_path / "data", test_share=0.5), tmp_path / "store")
    splits = [shape.split for shape in found.shapes]
    assert len(splits) == 20
    assert 2 < splits.count("test") < 18
    assert "passed over: 1." in found.notes[0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"test_share": 1.0}, r"The test share must lie in \[0, 1\); got 1"),
        ({"count": 0}, "The count must be 1 or more"),
        ({"seed": -1}, "the seed not negative"),
    ],
)
def test_requests_that_cannot_be_are_refused(settings, message, tmp_path):
    with pytest.raises(InputError, match=message):
        DataRequest(source=tmp_path, **settings)


def test_shapes_are_written_under_their_seeds(tmp_path):
    write_shapes("table", tmp_path, 2, 7, "stl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000007.stl", "000008.stl"]
    with pytest.raises(InputError, match="The count must be 1 or more; got 0"):
        write_shapes("table", tmp_path, 0, 7, "stl")
