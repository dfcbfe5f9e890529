"""Files of packages are found where they are installed, unpacked, or fetched."""

import re
import subprocess
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from deb_files import deb

from acutance.data.datasets.debian import package
from acutance.data.datasets.debian.copyright import Copyright, Terms
from acutance.data.datasets.debian.package import Package, package_root, terms, unpack
from acutance.errors import InputError

TOYS = Package(name="toys", folder="usr/share/games/toys", ending=".ac")


@pytest.mark.parametrize("compression", ["xz", "gz"])
def test_of_a_package_only_the_wanted_files_are_unpacked(tmp_path: Path, compression: str) -> None:
    inside = f"./{TOYS.folder}"
    files = {
        f"{inside}/plane/T38.ac": b"AC3Db",
        f"{inside}/plane/T38.xml": b"",
        f"{inside}/../../../../../../../outside.ac": b"",
        "/outside.ac": b"",
        "./etc/passwd.ac": b"",
    }
    deb(tmp_path / f"{TOYS.name}_1_all.deb", files, compression)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    folder = package_root(TOYS, tmp_path, temporary) / TOYS.folder
    unpacked = [path for path in tmp_path.rglob("*.*") if path.suffix != ".deb"]
    assert unpacked == [folder / "plane" / "T38.ac"]
    assert unpacked[0].read_bytes() == b"AC3Db"


def test_a_package_of_absurd_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{TOYS.folder}/a.ac"
    path = deb(tmp_path / f"{TOYS.name}_1_all.deb", {name: b"\0" * 5000})
    monkeypatch.setattr(package, "LARGEST_PACKAGE", 4000)
    with pytest.raises(InputError) as caught:
        package_root(TOYS, tmp_path, tmp_path)
    assert str(caught.value) == (
        f"{path} cannot be unpacked: it holds more than 4000 bytes. Fetch it again, or unpack it "
        "with 'dpkg -x' and give the folder."
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no package", "it is no Debian package"),
        (b"!<arch>\n", "it holds no files"),
        (b"!<arch>\n" + b"data.tar.xz".ljust(48) + b"many".ljust(10) + b"`\n", "a file in it has"),
        # Of this size, a reader would go back to the same header for ever.
        (b"!<arch>\n" + b"debian-binary".ljust(48) + b"-60".ljust(10) + b"`\n", "a file in it has"),
        (b"!<arch>\n" + b"data.tar.xz".ljust(48) + b"4".ljust(10) + b"`\nabcd", ""),
    ],
)
def test_a_damaged_package_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / f"{TOYS.name}_1_all.deb"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"cannot be unpacked: {reason}"):
        package_root(TOYS, tmp_path, tmp_path)


def test_a_cut_off_package_is_refused(tmp_path: Path) -> None:
    content = np.random.default_rng(0).bytes(200_000)
    path = deb(tmp_path / f"{TOYS.name}_1_all.deb", {f"{TOYS.folder}/a.ac": content})
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(InputError, match="cannot be unpacked"):
        package_root(TOYS, tmp_path, tmp_path)


REMEDY = (
    "Install the package with 'apt-get install toys', or fetch its .deb file from "
    "https://packages.debian.org/toys and give the folder that it lies in."
)


def test_a_folder_without_the_package_says_how_to_get_it(tmp_path: Path) -> None:
    message = f"{tmp_path} holds neither toys_*.deb nor {TOYS.folder}. {REMEDY}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        package_root(TOYS, tmp_path, tmp_path)


def test_what_is_installed_is_used(tmp_path: Path) -> None:
    (tmp_path / TOYS.folder).mkdir(parents=True)
    assert package_root(TOYS, None, tmp_path, root=tmp_path) == tmp_path


def test_without_apt_the_error_says_how_to_get_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    message = f"toys is not installed, and there is no apt to fetch it. {REMEDY}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        package_root(TOYS, None, tmp_path, root=tmp_path)


def fake_apt(monkeypatch: pytest.MonkeyPatch, folder: Path, code: int) -> None:
    """An apt that writes a package into the folder, or fails."""

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        assert command == ["apt-get", "download", TOYS.name]
        assert options["cwd"] == folder
        if not code:
            deb(folder / f"{TOYS.name}_1%3a2_all.deb", {f"{TOYS.folder}/a.ac": b"AC3Db"})
        said = "W: slow\nE: Unable to locate package toys\n"
        return subprocess.CompletedProcess(command, code, "", said)

    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr("subprocess.run", run)


def test_what_is_not_installed_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_apt(monkeypatch, tmp_path, 0)
    root = package_root(TOYS, None, tmp_path, root=tmp_path / "root")
    assert (root / TOYS.folder / "a.ac").read_bytes() == b"AC3Db"


def test_what_apt_said_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_apt(monkeypatch, tmp_path, 100)
    message = (
        "apt could not fetch toys: Unable to locate package toys. Try "
        f"again after 'apt-get update'. {REMEDY}"
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        package_root(TOYS, None, tmp_path, root=tmp_path)


def test_of_the_wanted_files_the_needed_ones_are_unpacked_with_their_times(tmp_path: Path) -> None:
    files = {f"./{TOYS.folder}/{name}.ac": name.encode() for name in "abc"}
    archive = deb(tmp_path / "toys_1_all.deb", {**files, f"./{TOYS.copyright}": b"Files: *"})
    listed = []

    def choose(paths: list[PurePosixPath]) -> list[PurePosixPath]:
        listed.extend(paths)
        return paths[1:2]

    unpack(archive, TOYS, tmp_path / "out", choose)
    assert listed == [PurePosixPath(f"{name}.ac") for name in "abc"]
    (unpacked,) = (tmp_path / "out").rglob("*.ac")
    assert (unpacked.read_bytes(), unpacked.stat().st_mtime) == (b"b", 1)
    assert terms(TOYS, tmp_path / "out") == "Files: *"


def test_a_package_without_its_terms_is_refused(tmp_path: Path) -> None:
    message = (
        f"{tmp_path / TOYS.copyright} is missing, which says on what terms toys may be used. "
        f"{REMEDY}"
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        terms(TOYS, tmp_path)


COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: toys
Comment: All toys
 are free.
 .

Files: *
Copyright: 2020, Ann
           2021, Ben
License: CC-BY-SA-4.0

Files: box/* ball.ac
License: GPL-3+
 The long text.
Copyright: 2017, Cyd

Files: box/[1]?.ac
Copyright: Dan
License: MIT

License: GPL-3+
 Files: none
"""


@pytest.mark.parametrize(
    ("path", "holder", "license"),
    [
        ("doll.ac", "2020, Ann, 2021, Ben", "CC-BY-SA-4.0"),
        ("ball.ac", "2017, Cyd", "GPL-3+"),
        ("box/a/b.ac", "2017, Cyd", "GPL-3+"),
        ("box/[1]x.ac", "Dan", "MIT"),
        ("box/1x.ac", "2017, Cyd", "GPL-3+"),
    ],
)
def test_the_last_paragraph_that_fits_a_file_says_its_terms(
    path: str, holder: str, license: str
) -> None:
    assert Copyright(COPYRIGHT).terms(path) == Terms(holder=holder, license=license)


def test_what_is_said_of_all_files_is_kept() -> None:
    assert Copyright(COPYRIGHT).comment == "All toys are free."
    assert Copyright("no such form").terms("a") == Terms()
