"""The benchmark parts is built from one package, here from tiny ones that the tests make."""

import csv
import re
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest
from deb_files import deb
from step_files import step_ball

from acutance.data.datasets.parts.categories import UNSEEN, category
from acutance.data.datasets.parts.choice import choose, parts_among
from acutance.data.datasets.parts.families import family
from acutance.data.datasets.parts.find import COPYRIGHT, KICAD, MANIFEST, Parts, find_parts
from acutance.data.datasets.splits import assign_splits
from acutance.errors import InputError

TERMS = """Comment: Free to use.

Files: *
Copyright: 2020, Ann
License: CC-BY-SA-4.0-with-exception

Files: Resistor_SMD.3dshapes/*
Copyright: 2017, Ben
License: GPL-3+
"""

BALLS = {
    "Connector_JST.3dshapes/JST_XH_B2B-XH-A_1x02_P2.50mm_Vertical": 1.0,
    "Connector_JST.3dshapes/JST_XH_B3B-XH-A_1x03_P2.50mm_Vertical": 2.0,
    "Connector_USB.3dshapes/USB_A_TE_292303-7_Horizontal": 3.0,
    "Resistor_SMD.3dshapes/R_0603_1608Metric": 4.0,
    "Fuse.3dshapes/Fuse_0603_1608Metric": 4.0,
    "Buzzer_Beeper.3dshapes/Buzzer_12x9.5RM7.6": 5.0,
    "Spaceship.3dshapes/Rocket_2": 6.0,
    "Loose": 7.0,
}
"""Files by name, and the radius of the ball in each."""


def paths(*names: str) -> list[PurePosixPath]:
    """Files of these names, without their ending."""
    return [PurePosixPath(f"{name}.step") for name in names]


def files(folder: str = KICAD.folder) -> dict[str, bytes]:
    """The files of the package; no two say the same of who made them."""
    balls = {
        f"{folder}/{name}.step": step_ball(radius).replace("'ball'", f"'{number}'").encode()
        for number, (name, radius) in enumerate(BALLS.items())
    }
    drawings = {f"{folder}/Fuse.3dshapes/Fuse_0603_1608Metric.wrl": b"#VRML"}
    return {**balls, **drawings, KICAD.copyright: TERMS.encode()}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with the package as a .deb file."""
    (tmp_path / "packages").mkdir()
    deb(tmp_path / "packages" / f"{KICAD.name}_6_all.deb", files())
    return tmp_path / "packages"


@pytest.fixture
def found(package: Path, tmp_path: Path) -> Parts:
    """All parts of it."""
    return find_parts(tmp_path / "meshes", count=10, packages=package)


@pytest.mark.parametrize(
    ("library", "expected"),
    [
        ("Connector_PinHeader_2.54mm", "connector"),
        ("Connector", "connector"),
        ("Package_QFP", "chip"),
        ("Package_TO_SOT_THT", "discrete"),
        ("Capacitor_Tantalum_SMD", "capacitor"),
        ("LED_THT", "discrete"),
        ("TerminalBlock_Phoenix", "switch"),
        ("Transformer_THT", "inductor"),
        ("Transistor_Power_Module", "module"),
        ("Display_7Segment", "display"),
        ("OptoDevice", "sensor"),
        ("Spaceship", ""),
    ],
)
def test_a_library_says_the_category(library: str, expected: str) -> None:
    assert category(library) == expected


def test_categories_for_testing_alone_are_others_than_those_that_are_learned() -> None:
    learned = ("Connector", "Package_QFP", "Capacitor_SMD", "Fuse", "Relay_SMD", "Inductor_SMD")
    assert not UNSEEN & {category(library) for library in learned}
    assert len(UNSEEN) == 10


@pytest.mark.parametrize(
    ("library", "first", "second"),
    [
        (
            "Connector_JST",
            "JST_XH_B2B-XH-A_1x02_P2.50mm_Vertical",
            "JST_XH_B9B-XH-A_1x09_Vertical",
        ),
        ("Connector_JST", "JST_XH_S2B-XH-A_1x02_Horizontal", "JST_XH_S2B-XH-A-1_1x02_Horizontal"),
        (
            "Connector_PinHeader_2.54mm",
            "PinHeader_1x02_P2.54mm_Vertical_SMD_Pin1Left",
            "PinHeader_1x40_P2.54mm_Vertical_SMD_Pin1Right",
        ),
        (
            "Connector_Phoenix_MC",
            "PhoenixContact_MCV_1,5_10-GF-3.5_1x10_P3.50mm_Vertical_ThreadedFlange_MountHole",
            "PhoenixContact_MCV_1,5_2-G-3.81_1x02_P3.81mm_Vertical",
        ),
        (
            "Package_DFN_QFN",
            "QFN-44-1EP_8x8mm_P0.65mm_EP6.6x6.6mm",
            "Texas_S-PVQFN-N14",
        ),
        ("Package_QFP", "LQFP-48_7x7mm_P0.5mm", "HTQFP-64-1EP_10x10mm_P0.5mm_EP8x8mm"),
        ("Package_SO", "TSSOP-10_3x3mm_P0.5mm", "VSSOP-8_3.0x3.0mm_P0.65mm"),
        ("Package_TO_SOT_THT", "TO-220-3_Vertical", "TO-220F-2_Vertical"),
        ("Package_TO_SOT_THT", "TO-39-2", "TO-5-3"),
        ("Capacitor_THT", "C_Rect_L11.0mm_W2.8mm_P10.00mm_MKT", "C_Rect_L10.0mm_W5.0mm_P5_P7.50mm"),
        ("Capacitor_Tantalum_SMD", "CP_EIA-1608-08_AVX-J", "CP_EIA-7343-31_Kemet-D"),
        ("LED_THT", "LED_D3.0mm_Clear", "LED_D5.0mm_IRGrey"),
        ("Diode_THT", "D_DO-35_SOD27_P10.16mm_Horizontal", "D_T-1_P12.70mm_Horizontal"),
        ("Varistor", "RV_Disc_D12mm_W3.9mm_P7.5mm", "RV_Disc_D7mm_W3.4mm_P5mm"),
    ],
)
def test_parts_that_differ_in_pins_sizes_and_details_are_one_family(
    library: str, first: str, second: str
) -> None:
    assert family(library, first) == family(library, second)


@pytest.mark.parametrize(
    ("library", "first", "second"),
    [
        ("Connector_JST", "JST_XH_B2B-XH-A_1x02_Vertical", "JST_XH_S2B-XH-A_1x02_Horizontal"),
        ("Connector_JST", "JST_XH_B2B-XH-A_1x02_Vertical", "JST_PH_B2B-PH-K_1x02_Vertical"),
        ("Connector_IDC", "IDC-Header_2x03_P2.54mm_Horizontal", "IDC-Header_2x03_P2.54mm_Vertical"),
        ("Package_DIP", "DIP-8_W7.62mm", "DIP-8_W7.62mm_Socket"),
        ("Package_SO", "SOIC-8_3.9x4.9mm_P1.27mm", "TSSOP-8_3x3mm_P0.65mm"),
        ("Package_TO_SOT_THT", "TO-220-3_Vertical", "TO-92-3"),
        ("Package_TO_SOT_SMD", "SOT-23-5", "SOT-223-3"),
        ("Capacitor_SMD", "C_Elec_5x5.4", "C_Trimmer_Murata_TZB4-A"),
        ("LED_THT", "LED_D3.0mm", "LED_Oval_W5.2mm_H3.8mm"),
    ],
)
def test_parts_of_other_styles_are_other_families(library: str, first: str, second: str) -> None:
    assert family(library, first) != family(library, second)


def test_an_outline_is_one_family_whatever_library_it_is_in() -> None:
    assert family("Diode_SMD", "D_SOT-23") == family("Package_TO_SOT_SMD", "SOT-23-5")
    assert family("Resistor_SMD", "R_0603_1608Metric") == family("Fuse", "Fuse_1206_3216Metric")
    assert family("Connector_PinHeader_1.27mm", "PinHeader_1x02_P1.27mm_Vertical") != family(
        "Connector_PinHeader_2.54mm", "PinHeader_1x02_P2.54mm_Vertical"
    )


MANY = parts_among(
    paths(
        *(f"Connector_JST.3dshapes/JST_XH_B{n}B-XH-A_1x{n:02d}_Vertical" for n in range(2, 17)),
        *(f"Connector_JST.3dshapes/JST_PH_B{n}B-PH-K_1x{n:02d}_Vertical" for n in range(2, 5)),
        "Connector_USB.3dshapes/USB_A_TE_292303-7_Horizontal",
        *(f"Varistor.3dshapes/RV_Disc_D{n}mm_W3.4mm_P5mm" for n in range(5, 9)),
    )
)


def test_every_family_gives_one_before_any_gives_its_second() -> None:
    def taken(count: int) -> list[int]:
        families = Counter(part.family for part in choose(MANY, count) if part.key[0] == "c")
        return sorted(families.values())

    assert [taken(count) for count in (1, 3, 5, 8, 100)] == [
        [1], [1, 1, 1], [1, 2, 2], [1, 3, 4], [1, 3, 15],
    ]  # fmt: skip
    assert Counter(part.category for part in choose(MANY, 4)) == {"connector": 4, "discrete": 4}


def test_fewer_parts_are_some_of_more_in_whatever_order_they_come() -> None:
    for count in range(1, 10):
        fewer, more = choose(MANY, count), choose(MANY[::-1], count + 1)
        assert set(fewer) < set(more)
        assert choose(more, count) == fewer
        assert fewer == [part for part in more if part in fewer]


def test_names_that_some_file_systems_take_for_the_same_are_one_part() -> None:
    names = ("Package_BGA.3dshapes/UCBGA-36_2x2mm", "Package_BGA.3dshapes/ucBGA-36_2x2mm")
    assert [part.key for part in parts_among(paths(*names))] == ["chip/UCBGA-36_2x2mm"]


def test_the_parts_of_a_package_have_categories_families_and_files(found: Parts) -> None:
    assert [(source.key, source.family, source.split) for source in found.sources] == [
        ("buzzer/Buzzer_12x9.5RM7.6", "Buzzer_Beeper Buzzer", "test"),
        (
            "connector/JST_XH_B2B-XH-A_1x02_P2.50mm_Vertical",
            "Connector_JST JST XH Vertical",
            "",
        ),
        (
            "connector/JST_XH_B3B-XH-A_1x03_P2.50mm_Vertical",
            "Connector_JST JST XH Vertical",
            "",
        ),
        ("connector/USB_A_TE_292303-7_Horizontal", "Connector_USB USB A TE Horizontal", ""),
        ("discrete/R_0603_1608Metric", "two poles", ""),
    ]
    assert all(source.path.is_file() for source in found.sources)
    assert found.others == 2


def test_a_part_with_the_points_of_another_is_left_out(found: Parts) -> None:
    assert found.same == {"discrete/Fuse_0603_1608Metric": "discrete/R_0603_1608Metric"}


def test_terms_and_makers_go_with_the_parts(found: Parts) -> None:
    assert found.notices[COPYRIGHT] == TERMS
    rows = [*csv.DictReader(found.notices[MANIFEST].splitlines())]
    assert [f"{row['category']}/{row['name']}" for row in rows] == [s.key for s in found.sources]
    assert rows[0]["family"] == "Buzzer_Beeper Buzzer"
    assert rows[0]["file"] == "Buzzer_Beeper.3dshapes/Buzzer_12x9.5RM7.6.step"
    assert (rows[0]["creator"], rows[0]["license"]) == ("2020, Ann", "CC-BY-SA-4.0-with-exception")
    assert (rows[-1]["creator"], rows[-1]["license"]) == ("2017, Ben", "GPL-3+")
    assert found.licenses == {"CC-BY-SA-4.0-with-exception": 4, "GPL-3+": 1}
    assert found.comment == "Free to use."


def test_of_a_deb_file_only_the_chosen_parts_are_unpacked(package: Path, tmp_path: Path) -> None:
    found = find_parts(tmp_path / "few", count=1, packages=package)
    assert {*(tmp_path / "few").rglob("*.step")} == {source.path for source in found.sources}
    assert len(found.sources) == 3
    assert found.others == 2


def test_more_parts_of_the_same_package_leave_those_that_are_there_as_they_are(
    package: Path, tmp_path: Path
) -> None:
    few = find_parts(tmp_path / "meshes", count=1, packages=package).sources
    before = {source.key: source.stamp for source in few}
    again = find_parts(tmp_path / "meshes", count=2, packages=package).sources
    assert before.items() < {source.key: source.stamp for source in again}.items()
    assert find_parts(tmp_path / "meshes", count=1, packages=package).sources == few


def test_an_unpacked_package_is_used_where_it_lies(found: Parts, tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name, content in files().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    there = find_parts(tmp_path / "nothing", count=10, packages=root)
    assert [source.key for source in there.sources] == [source.key for source in found.sources]
    assert there.same == found.same
    assert there.others == found.others
    assert all(source.path.is_relative_to(root) for source in there.sources)
    assert not (tmp_path / "nothing").exists()


def test_a_package_without_parts_is_refused(tmp_path: Path) -> None:
    (tmp_path / KICAD.folder).mkdir(parents=True)
    message = (
        f"{tmp_path / KICAD.folder} holds no part that is known; install or fetch "
        "kicad-packages3d again."
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        find_parts(tmp_path / "meshes", count=1, packages=tmp_path)


def test_a_family_is_whole_in_one_split_unless_names_decide(found: Parts) -> None:
    header = [source for source in found.sources if "JST_XH" in source.name]
    whole, names = set[tuple[str, ...]](), set[tuple[str, ...]]()
    for seed in range(20):
        whole.add(tuple(s.split for s in assign_splits(header, 0.5, seed)))
        names.add(tuple(s.split for s in assign_splits(header, 0.5, seed, by="name")))
    assert whole == {("train", "train"), ("test", "test")}
    assert names > whole


def test_categories_for_testing_alone_stay_there(found: Parts) -> None:
    splits = {source.key: source.split for source in assign_splits(found.sources, 0.0)}
    assert {key for key, split in splits.items() if split == "test"} == {
        "buzzer/Buzzer_12x9.5RM7.6"
    }
