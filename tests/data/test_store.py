"""The store of samples on disk."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from balls import ball_pool, ball_store

from acutance.data.record import ShapeRecord
from acutance.data.shape_file import ARRAYS, write_shape
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.mesh.normalize import Similarity

SETTINGS = {"made by": "a test"}


@pytest.fixture
def store(tmp_path):
    return ball_store(tmp_path / "store", [0.3, 0.5], test=(0.4,))


def add(store, name):
    record = ShapeRecord(category="ball", name=name)
    store.enter(write_shape(store.folder, record, ball_pool(0.2, count=10, surface=0)))


def test_what_is_written_is_read_again(tmp_path):
    pool = ball_pool(0.5)
    record = ShapeRecord(
        category="ball",
        name="grün & 1",
        split="test",
        source="a/b.obj",
        stamp="1-2",
        rule="exact",
        agreement=0.75,
        transform=Similarity(centre=(1.0, 2.0, 3.0), scale=4.0),
        bounds=((-0.5, -0.5, -0.5), (0.5, 0.5, 0.25)),
        warnings=("it leaks", "it is flat"),
    )
    store = SampleStore.create(tmp_path / "store", {"widths": (0.1, 0.2)})
    entered = write_shape(store.folder, record, pool)
    store.enter(entered)
    again = SampleStore.open(tmp_path / "store")
    assert again.records == {"ball/grün & 1": entered}
    assert replace(entered, samples=0, size=0, checksum="") == record
    assert entered.samples == len(pool)
    for name in ARRAYS:
        assert torch.equal(getattr(again.pool("ball/grün & 1"), name), getattr(pool, name))
    again.check()


def test_create_goes_on_with_what_is_there(store):
    again = SampleStore.create(store.folder, SETTINGS)
    assert again.records == store.records
    add(again, "new")
    again = SampleStore.open(store.folder)
    assert [*again.records] == ["ball/new", "ball/r30", "ball/r40", "ball/r50"]


def test_a_later_line_of_the_index_wins(store):
    record = store.record("ball/r30")
    store.enter(replace(record, split="test"))
    again = SampleStore.open(store.folder)
    assert again.record("ball/r30").split == "test"
    assert again.split("train") == ["ball/r50"]
    assert again.split("test") == ["ball/r30", "ball/r40"]


def test_what_a_newer_version_says_of_a_shape_is_passed_over(store):
    index = store.folder / "index.jsonl"
    lines = [{**json.loads(line), "colour": "red"} for line in index.read_text().splitlines()]
    index.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert SampleStore.open(store.folder).records == store.records


def test_a_half_written_last_line_is_passed_over_and_healed_by_create(store):
    index = store.folder / "index.jsonl"
    whole = index.read_text()
    index.write_text(whole + whole.splitlines()[0][:40])
    assert SampleStore.open(store.folder).records == store.records
    healed = SampleStore.create(store.folder, SETTINGS)
    add(healed, "new")
    lines = index.read_text().splitlines()
    assert sorted(json.loads(line)["name"] for line in lines) == ["new", "r30", "r40", "r50"]
    assert len(SampleStore.open(store.folder).records) == 4


def test_a_damaged_line_amidst_the_index_is_named(store):
    index = store.folder / "index.jsonl"
    lines = index.read_text().splitlines()
    index.write_text("\n".join([lines[0], lines[1][:40], lines[2]]) + "\n")
    with pytest.raises(InputError, match=r"Line 2 of .*index.jsonl is damaged; remove that line"):
        SampleStore.open(store.folder)


@pytest.mark.parametrize("damage", [b"\xff\xfe\x00", b"null\n", b"[1, 2]\n"])
def test_an_index_that_is_no_text_of_records_is_an_error_of_the_input(store, damage):
    index = store.folder / "index.jsonl"
    index.write_bytes(damage + index.read_bytes())
    with pytest.raises(InputError, match=r"is damaged|cannot be read"):
        SampleStore.open(store.folder)


def test_a_missing_a_short_and_a_changed_file_are_found(store):
    paths = {key: store.path(record) for key, record in store.records.items()}
    paths["ball/r30"].unlink()
    paths["ball/r40"].write_bytes(paths["ball/r40"].read_bytes()[:-1])
    content = bytearray(paths["ball/r50"].read_bytes())
    content[-1] ^= 1
    paths["ball/r50"].write_bytes(content)
    assert sorted(store.damaged()) == ["ball/r30", "ball/r40", "ball/r50"]
    for key in ("ball/r30", "ball/r40"):
        with pytest.raises(InputError, match=re.escape(f"{paths[key]} is missing or damaged")):
            store.pool(key)
    with pytest.raises(InputError, match=r"\.safetensors \(and 2 more\) is missing or damaged"):
        store.check()


def test_one_flipped_bit_is_found_by_the_checksum(store):
    store.check()
    path = store.path(store.record("ball/r50"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"r50.safetensors is missing or damaged; run the same"):
        store.check()


def test_a_file_of_the_right_size_that_is_no_safetensors_is_damaged(store):
    record = store.record("ball/r50")
    store.path(record).write_bytes(bytes(record.size))
    with pytest.raises(InputError, match="is missing or damaged"):
        store.pool("ball/r50")


def test_other_settings_are_refused_and_equal_ones_are_not(tmp_path):
    SampleStore.create(tmp_path / "store", {"widths": (0.1, 0.2), "seed": 0})
    SampleStore.create(tmp_path / "store", {"seed": 0, "widths": [0.1, 0.2]})
    with pytest.raises(InputError, match="holds samples made with other settings"):
        SampleStore.create(tmp_path / "store", {"widths": (0.1, 0.3), "seed": 0})


def test_a_store_of_another_format_is_refused(store):
    path = store.folder / "store.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 99'))
    message = "is a store of format 99, and this version of Acutance reads format 1"
    for opening in (SampleStore.open, lambda folder: SampleStore.create(folder, SETTINGS)):
        with pytest.raises(InputError, match=message):
            opening(store.folder)


def test_a_store_without_shapes_is_empty(tmp_path):
    SampleStore.create(tmp_path / "store", SETTINGS)
    with pytest.raises(InputError, match="is empty: no shape was prepared"):
        SampleStore.open(tmp_path / "store")


def test_a_folder_that_is_no_store_is_named(tmp_path):
    with pytest.raises(InputError, match=r"is not a store of samples: it has no store\.json"):
        SampleStore.open(tmp_path)
    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(InputError, match="is not empty and no store; choose another folder"):
        SampleStore.create(tmp_path, SETTINGS)
    (tmp_path / "store.json").write_text("[]")
    with pytest.raises(InputError, match=r"store\.json cannot be read; prepare the store again"):
        SampleStore.open(tmp_path)


def test_an_unknown_shape_is_answered_with_the_nearest(store):
    with pytest.raises(InputError, match=r"no shape 'ball/r31' in .*; the nearest is 'ball/r30'"):
        store.pool("ball/r31")


def test_several_threads_enter_shapes_at_once(tmp_path):
    store = SampleStore.create(tmp_path / "store", SETTINGS)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: add(store, f"{number:02d}"), range(24)))
    again = SampleStore.open(store.folder)
    assert [*again.records] == [f"ball/{number:02d}" for number in range(24)]
    again.check()


def test_shapes_stay_in_the_order_of_their_keys_whenever_they_are_entered(store):
    add(store, "early")
    assert [*store.records] == [*SampleStore.open(store.folder).records] == sorted(store.records)


def test_shapes_without_a_split_are_for_training(store):
    add(store, "unsaid")
    assert "ball/unsaid" in store.split("train")
