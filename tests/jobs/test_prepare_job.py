"""A data set becomes a store: in parallel, and going on where it was interrupted."""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from balls import in_this_process
from deb_files import deb

from acutance.data.datasets.parts.find import KICAD
from acutance.data.datasets.source import SampleSource, ShapeSource
from acutance.data.pool import Sampling
from acutance.data.preparation import Preparation
from acutance.data.store import SampleStore
from acutance.errors import DiskFullError, InputError
from acutance.jobs import prepare as job
from acutance.jobs import workers
from acutance.jobs.data import DataRequest, find_data, write_shapes
from acutance.machine.locks import locked
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


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """A request for parts, of a package whose files nobody reads."""
    monkeypatch.setattr("acutance.jobs.data.check_step_reader", lambda what: None)
    names = [f"Connector_JST.3dshapes/JST_XH_B{n}B-XH-A_1x{n:02d}_Vertical" for n in range(2, 8)]
    names += ["Display.3dshapes/LM16255", "Spaceship.3dshapes/Rocket"]
    files = {f"{KICAD.folder}/{name}.step": name.encode() for name in names}
    files[f"{KICAD.folder}/Display.3dshapes/LM9.step"] = names[-2].encode()
    terms = b"Comment: Share alike.\n\nFiles: *\nCopyright: Ann\nLicense: CC-BY-SA-4.0\n"
    deb(tmp_path / f"{KICAD.name}_6_all.deb", {**files, KICAD.copyright: terms})
    return DataRequest(source=tmp_path / "parts", packages=tmp_path)


def test_a_request_for_parts_tells_their_terms_and_what_is_left_out(parts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = find_data(replace(parts, source=Path("parts")), Path("store"))
    assert found.notes == (
        "Parts of KiCad's libraries: 7 under CC-BY-SA-4.0. store/parts-copyright.txt has the "
        "terms and names, store/parts.csv the maker and licence of each.",
        "What the package says of its terms: Share alike.",
        "Categories for testing alone, which no training sees: display.",
        "Parts with the same points as another, left out: 1 (display/LM9 is display/LM16255, "
        "for one).",
        "Files that are in no category, passed over: 1.",
    )
    assert len({shape.split for shape in found.shapes if shape.category == "connector"}) == 1
    assert {shape.split for shape in found.shapes if shape.category == "display"} == {"test"}
    assert all(shape.path.is_relative_to("store-meshes") for shape in found.shapes)


def test_parts_are_not_fetched_where_they_could_not_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    message = (
        'Parts are STEP files, and what reads those is not installed: pip install "acutance[cad]".'
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        find_data(DataRequest(source=Path("parts")), tmp_path / "store")


def test_a_request_for_parts_takes_fewer_another_share_and_names(parts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    request = replace(parts, source=Path("parts"), count=5, test_share=0.5, split_by="name", seed=1)
    found = find_data(request, tmp_path / "store")
    connectors = [shape.split for shape in found.shapes if shape.category == "connector"]
    assert len(connectors) == 5
    assert {*connectors} == {"train", "test"}
    (tmp_path / "some_train.json").write_text('{"parts": {"display": ["LM16255"]}}')
    named = replace(request, split=(tmp_path / "some_train.json",))
    (shape,) = find_data(named, tmp_path / "store").shapes
    assert (shape.key, shape.split) == ("display/LM16255", "train")


@pytest.mark.usefixtures("quickly")
def test_families_and_notices_are_in_the_store(sources, tmp_path):
    named = [replace(source, family="flat") for source in sources[:2]]
    notices = {"terms.txt": "Free for all."}
    result = job.prepare([*named, sources[2]], tmp_path / "store", FEW, notices=notices)
    assert result.families == {"train": 1}
    assert (result.store.folder / "terms.txt").read_text() == "Free for all."
    store = SampleStore.open(tmp_path / "store")
    assert [record.family for record in store.records.values()] == ["flat", "flat", ""]
    again = job.prepare(sources, tmp_path / "store", FEW)
    assert [record.family for record in again.kept] == ["flat", "flat", ""]
    other = [replace(source, family="box") for source in sources]
    assert job.prepare(other, tmp_path / "store", FEW).families == {"train": 1}


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


@dataclass(frozen=True, kw_only=True)
class Buggy(ShapeSource):
    """A shape whose reader fails in a way that no one thought of."""

    def load(self):
        raise ZeroDivisionError("by nothing")


@dataclass(frozen=True, kw_only=True)
class Slow(ShapeSource):
    """A shape that takes a minute, and says that it was begun."""

    def load(self):
        Path(f"{self.path}.begun").touch()
        time.sleep(60)
        Path(f"{self.path}.ended").touch()


@pytest.mark.usefixtures("quickly")
def test_one_file_that_makes_us_fail_is_named_and_the_others_are_made(sources, tmp_path):
    buggy = Buggy(category="box", name="buggy", path=sources[0].path)
    result = job.prepare([buggy, *sources], tmp_path / "store", FEW)
    assert names(result.made) == ["0", "1", "2"]
    (reason,) = result.skipped.values()
    assert reason.startswith(f"its file {sources[0].path} made Acutance fail (ZeroDivisionError")


def test_one_damaged_file_of_samples_is_named_and_the_others_are_made(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "in_processes", in_this_process)
    rows = np.random.default_rng(0).random((20, 4))
    np.savez(tmp_path / "good.npz", pos=rows, neg=-rows)
    whole = (tmp_path / "good.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "huge.npz").write_bytes(whole.replace(b"(20, 4)", b"(9e9,4)"))
    np.savez(tmp_path / "flat.npz", pos=np.array(3.0), neg=rows)
    shapes = [
        SampleSource(category="a", name=path.stem, path=path)
        for path in sorted(tmp_path.glob("*.npz"))
    ]
    result = job.prepare(shapes, tmp_path / "store", FEW)
    assert names(result.made) == ["good"]
    assert sorted(result.skipped) == ["a/cut", "a/flat", "a/huge"]
    assert all(str(tmp_path) in reason for reason in result.skipped.values())


@pytest.mark.usefixtures("quickly")
def test_a_full_disk_ends_the_work_with_a_sentence_and_what_is_finished_stays(
    sources, tmp_path, monkeypatch
):
    write, written = Path.write_bytes, []

    def full(self, data):
        if self.suffix == ".safetensors":
            written.append(self)
            if len(written) == 3:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        message = r"the disk is full; free some .* 2 of 3 shapes are in .*; the same command goes"
        with pytest.raises(DiskFullError, match=message):
            job.prepare(sources, tmp_path / "store", FEW)
    assert names(SampleStore.open(tmp_path / "store").records.values()) == ["0", "1"]
    again = job.prepare(sources, tmp_path / "store", FEW)
    assert (names(again.made), names(again.kept)) == (["2"], ["0", "1"])


def test_a_full_disk_in_another_process_ends_the_work_too(sources, tmp_path, monkeypatch):
    def refusing(waiting, preparation, folder, count):
        raise DiskFullError("it cannot be written: the disk is full.")
        yield

    monkeypatch.setattr(workers, "in_processes", refusing)
    with pytest.raises(DiskFullError, match=r"the disk is full\. 0 of 3 shapes are in"):
        job.prepare(sources, tmp_path / "store", FEW)


def test_a_store_is_prepared_by_one_command_at_a_time(sources, tmp_path):
    with (
        locked(tmp_path / "store"),
        pytest.raises(InputError, match=r"Another process is at work in .*store; wait"),
    ):
        job.prepare(sources, tmp_path / "store", FEW)


def test_after_a_process_that_died_the_others_go_on_in_parallel(sources, tmp_path, monkeypatch):
    counts, real = [], in_this_process

    def breaking(waiting, preparation, folder, workers):
        counts.append((workers, len(waiting)))
        if len(counts) == 1:
            yield waiting.popleft(), None
            return
        yield from real(waiting, preparation, folder, workers)

    monkeypatch.setattr(workers, "in_processes", breaking)
    monkeypatch.setattr(workers, "cores", lambda: 2)
    result = job.prepare(sources, tmp_path / "store", FEW)
    assert len(result.made) == 3
    assert counts == [(2, 3), (2, 2), (1, 1)]


def test_what_a_killed_command_had_begun_to_write_is_removed(sources, tmp_path, quickly):
    store = job.prepare(sources[:1], tmp_path / "store", FEW).store
    begun = store.folder / "shapes" / "box" / ".1-0123abcd.safetensors"
    begun.write_bytes(b"half")
    job.prepare(sources, tmp_path / "store", FEW)
    assert not begun.exists()


PREPARING = """
import sys
from pathlib import Path
from test_prepare_job import FEW, Slow
from acutance.jobs.prepare import prepare

if __name__ == "__main__":
    place = Path(sys.argv[1])
    slow = [Slow(category="slow", name=str(n), path=place / str(n)) for n in range(2)]
    prepare(slow, place / "store", FEW)
"""


@pytest.mark.skipif(os.name != "posix", reason="asks the system of processes as POSIX has them")
def test_processes_end_when_the_command_is_killed(tmp_path):
    script = tmp_path / "preparing.py"
    script.write_text(PREPARING)
    here = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1])])
    environment = {**os.environ, "PYTHONPATH": f"{here}{os.pathsep}{os.environ.get('PYTHONPATH')}"}
    command = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)], env=environment, start_new_session=True
    )
    try:
        wait_until(lambda: (tmp_path / "0.begun").exists())
        command.kill()
        command.wait()
        wait_until(lambda: not alive(command.pid))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(command.pid, signal.SIGKILL)
    assert not (tmp_path / "0.ended").exists()


def alive(group):
    """Whether a process of a group runs."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition):
    """Return when it holds; long before the shape would be finished."""
    for _ in range(400):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("it never came")


def test_a_pipe_and_a_folder_among_the_files_are_no_shapes(sources, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    sources[0].path.rename(folder / "0.obj")
    (folder / "folder.ply").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.obj")
        (tmp_path / "list.txt").write_text("data/pipe.obj\n")
        with pytest.raises(InputError, match="which is no file"):
            find_data(DataRequest(source=tmp_path / "list.txt"), tmp_path / "store")
    found = find_data(DataRequest(source=folder), tmp_path / "store")
    assert [shape.key for shape in found.shapes] == ["data/0"]


@pytest.mark.usefixtures("quickly")
def test_a_store_that_is_removed_meanwhile_is_not_made_again(sources, tmp_path):
    class Removing(Progress):
        def advance(self, share, state):
            shutil.rmtree(tmp_path / "store", ignore_errors=True)

    with pytest.raises(InputError, match=r"store is no store any more; was it moved or removed"):
        job.prepare(sources, tmp_path / "store", FEW, progress=Removing())
    assert not (tmp_path / "store").exists()
