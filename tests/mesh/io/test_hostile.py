"""Files that would wait for ever, fill the memory or lead elsewhere end with one sentence."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from acutance.errors import InputError
from acutance.mesh.io.allowance import LEAST, RATIO, Allowance, open_zip
from acutance.mesh.io.load import load_points, read
from acutance.mesh.mesh import PointCloud


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("ending", [".ply", ".npz", ".stl", ".pipe", ""])
def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    os.mkfifo(path)
    for reader in (read, load_points):
        with pytest.raises(InputError, match="is no ordinary file"):
            reader(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero here")
def test_a_device_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "a.ply"
    link.symlink_to("/dev/zero")
    for path in (Path("/dev/zero"), link):
        with pytest.raises(InputError, match="is no ordinary file"):
            read(path)


@pytest.mark.parametrize("name", ["nowhere", "no/where", "nowhere.blend", "nowhere.ply"])
def test_a_path_to_nothing_does_not_exist_whatever_its_ending(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="does not exist; check the path"):
        read(tmp_path / name)


def test_a_name_of_300_characters_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: file name too long"):
        read(tmp_path / ("a" * 300 + ".ply"))


def test_an_npz_archive_that_unpacks_to_gigabytes_is_said_and_not_unpacked(tmp_path: Path) -> None:
    data = io.BytesIO()
    head = {"descr": "<f8", "fortran_order": False, "shape": (14_000_000, 3)}
    with (
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("points.npy", "w", force_zip64=True) as member,
    ):
        np.lib.format.write_array_header_1_0(member, head)
        for _ in range(336):
            member.write(bytes(1_000_000))
    path = tmp_path / "a.npz"
    path.write_bytes(data.getvalue())
    with pytest.raises(InputError, match="would fill more than 256 MB"):
        read(path)


def test_what_a_file_may_become_grows_with_its_size() -> None:
    Allowance(10).take(LEAST)
    Allowance(10 * LEAST // RATIO).take(2 * LEAST)
    with pytest.raises(ValueError, match="would fill more than 256 MB"):
        Allowance(10).take(LEAST + 1)
    with pytest.raises(ValueError, match="it is no ZIP archive"):
        open_zip(b"PK\3\4")


def test_numbers_that_readers_cannot_compute_with_are_left_out_without_a_warning(
    tmp_path: Path,
) -> None:
    """Signalling NaN, which a cast from 32 to 64 bits reports."""
    points = np.random.default_rng(0).normal(size=(50, 3)).astype("<f4")
    points.view("<u4")[7] = 0x7F800001
    path = tmp_path / "a.npy"
    np.save(path, points)
    reading = read(path)
    assert isinstance(reading.shape, PointCloud) and len(reading.shape.points) == 49
    assert reading.notes == ("Points without a position (NaN) were left out: 1.",)
