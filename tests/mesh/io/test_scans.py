"""Scans as their libraries write them are read as they are meant."""

from pathlib import Path

import numpy as np
import pytest

from acutance.errors import InputError
from acutance.mesh.io import scans
from acutance.mesh.io.load import read
from acutance.mesh.mesh import PointCloud

POINTS = np.random.default_rng(0).normal(size=(500, 3)) * 10 + [4e5, 5e6, 100.0]


@pytest.mark.parametrize("ending", ["las", "laz"])
def test_las_is_read_without_what_is_marked_as_noise(tmp_path: Path, ending: str) -> None:
    laspy = pytest.importorskip("laspy", reason="the extra scan is not installed")
    pytest.importorskip("lazrs", reason="the extra scan is not installed")
    header = laspy.LasHeader(point_format=3, version="1.2")
    header.offsets, header.scales = POINTS.min(axis=0), [1e-3] * 3
    file = laspy.LasData(header)
    file.x, file.y, file.z = POINTS.T
    file.classification = np.r_[7, 7, 18, np.zeros(497)].astype(np.uint8)
    file.write(str(tmp_path / f"scan.{ending}"))
    found = read(tmp_path / f"scan.{ending}")
    assert isinstance(found.shape, PointCloud)
    np.testing.assert_allclose(found.shape.points, POINTS[3:], atol=1e-3, rtol=0)
    assert found.notes == ("Points that are marked as noise were left out: 3.",)


def test_the_scans_of_e57_are_where_their_poses_put_them(tmp_path: Path) -> None:
    pye57 = pytest.importorskip("pye57", reason="the extra scan is not installed")
    points = POINTS - POINTS.mean(axis=0)
    file = pye57.E57(str(tmp_path / "scan.e57"), mode="w")
    columns = {f"cartesian{axis}": column for axis, column in zip("XYZ", points.T, strict=True)}
    for shift in (0.0, 50.0):
        file.write_scan_raw(
            columns, rotation=np.array([1.0, 0, 0, 0]), translation=np.array([shift, 0, 0])
        )
    file.close()
    found = read(tmp_path / "scan.e57").shape
    assert isinstance(found, PointCloud)
    both = np.concatenate([points, points + np.array([50.0, 0, 0])])
    np.testing.assert_allclose(found.points, both, atol=1e-4)


@pytest.mark.parametrize(
    ("ending", "library"), [("las", "laspy"), ("laz", "laspy"), ("e57", "pye57")]
)
def test_a_missing_library_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, library: str
) -> None:
    monkeypatch.setattr(scans, "find_spec", lambda name: None)
    path = tmp_path / f"scan.{ending}"
    path.write_bytes(b"LASF")
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value) == (
        f"{path} needs the library {library} to be read; install it with "
        "`pip install 'acutance[scan]'`."
    )


def test_a_scan_whose_library_dies_of_it_is_one_sentence(tmp_path: Path) -> None:
    """The number of chunks, which the library takes as it stands, is made 4,294,967,295."""
    laspy = pytest.importorskip("laspy", reason="the extra scan is not installed")
    pytest.importorskip("lazrs", reason="the extra scan is not installed")
    path = tmp_path / "scan.laz"
    file = laspy.LasData(laspy.LasHeader(point_format=3, version="1.2"))
    file.x, file.y, file.z = (POINTS - POINTS.mean(axis=0)).T
    file.write(str(path))
    data = bytearray(path.read_bytes())
    begin = int.from_bytes(data[96:100], "little")
    table = int.from_bytes(data[begin : begin + 8], "little")
    data[table + 4 : table + 8] = b"\xff" * 4
    path.write_bytes(data)
    with pytest.raises(InputError, match="its contents are damaged"):
        read(path)


@pytest.mark.parametrize("claimed", [501, 2**32 - 1])
def test_las_that_claims_more_points_than_it_holds_is_refused(tmp_path: Path, claimed: int) -> None:
    laspy = pytest.importorskip("laspy", reason="the extra scan is not installed")
    pytest.importorskip("lazrs", reason="the extra scan is not installed")
    path = tmp_path / "scan.las"
    file = laspy.LasData(laspy.LasHeader(point_format=3, version="1.2"))
    file.x, file.y, file.z = (POINTS - POINTS.mean(axis=0)).T
    file.write(str(path))
    data = bytearray(path.read_bytes())
    data[107:111] = claimed.to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"claims {claimed:,} points, but it is cut off after 500"):
        read(path)


def test_las_that_claims_records_without_end_is_refused(tmp_path: Path) -> None:
    laspy = pytest.importorskip("laspy", reason="the extra scan is not installed")
    pytest.importorskip("lazrs", reason="the extra scan is not installed")
    path = tmp_path / "scan.las"
    for version, at in (("1.2", 100), ("1.4", 243)):
        file = laspy.LasData(laspy.LasHeader(point_format=3, version=version))
        file.x, file.y, file.z = (POINTS - POINTS.mean(axis=0)).T
        file.write(str(path))
        data = bytearray(path.read_bytes())
        data[at : at + 4] = b"\xff" * 4
        path.write_bytes(data)
        with pytest.raises(InputError, match="claims 4,294,967,295 records, more than it has"):
            read(path)


def test_a_scan_that_takes_too_long_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pye57", reason="the extra scan is not installed")
    monkeypatch.setattr(scans, "_SECONDS", 0.01)
    monkeypatch.setattr(scans, "_SECONDS_OF_BYTE", 0.0)
    path = tmp_path / "scan.e57"
    path.write_bytes(b"ASTM-E57")
    with pytest.raises(InputError, match="reading it did not end within 0 s"):
        read(path)
