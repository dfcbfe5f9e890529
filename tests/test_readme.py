"""Every block of code in the README runs, on less data and with less training."""

import importlib.util
import re
import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import get_args

import pytest
from balls import SMOOTH, SMOOTHLY, TINY_GRID, in_this_process

import acutance
from acutance.cli import entry
from acutance.contouring.contour import Contouring
from acutance.data.pool import Sampling
from acutance.jobs import workers
from acutance.jobs.shape import fit, report
from acutance.jobs.shape.fit import FitConfig
from acutance.jobs.space import evaluate, reconstruct
from acutance.mesh.io.save import save_mesh
from acutance.metrics.measure import SampleCounts
from acutance.model.decoder import DecoderConfig
from acutance.report.pictures import comparison
from acutance.shapes.analytic import Box
from acutance.training.shape.fit import Fitting
from acutance.training.shape.presets import PRESETS, Preset
from acutance.training.space.presets import SPACE_PRESETS, SpacePreset

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

PAGES = sorted((ROOT / "docs").glob("*.md"))

Block = tuple[str, str]

SMALLER = {
    "--count 24": "--count 2",
    "--seconds 180": "--steps 60 --pictures 0",
    "train store/ run/": "train store/ run/ --steps 60 --pictures 0",
    "--error 1e-3": "--resolution 16",
    "--refine": "--refine --refine-seconds 0.2",
    "seconds=10": "steps=100",
    "resolution=256": "resolution=16",
}
"""What stands in the blocks, and what runs instead."""

FEWER = {
    "prepare": ["--samples", "4000", "--surface", "500"],
    "fit": ["--steps", "100", "--resolution", "16"],
    "clean": ["--resolution", "16"],
    "evaluate": ["--resolution", "16", "--limit", "1"],
    "reconstruct": ["--resolution", "16"],
    "interpolate": ["--resolution", "16"],
    "sample": ["--resolution", "16"],
}
"""Options that commands get beside those of the README."""

FETCHED = ("parts", "open5")
"""Data sets of hundreds of megabytes: of commands that fetch them only the options are tried,
and of `bench`, which trains for minutes."""


def blocks(text: str) -> list[Block]:
    """Language and content of every block of code, in order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(language, content) for language, content in found]


def commands_in_sentences(text: str) -> list[str]:
    """Commands that install or make something, outside of the blocks."""
    return re.findall(r"`((?:pip|make|python) [^`\n]+)`", text)


def smaller(text: str) -> str:
    """The same with less work."""
    for large, small in SMALLER.items():
        text = text.replace(large, small)
    return text


def run_python(block: str) -> None:
    """Run a block as a script."""
    exec(compile(smaller(block), "README.md", "exec"), {"__name__": "__main__"})


def run_acutance(words: list[str]) -> None:
    """Run a command in this process, if it fetches nothing; it must end well."""
    if words[0] == "bench" or (words[0] == "prepare" and words[1] in FETCHED):
        return
    fewer = [] if "--resolution" in words else FEWER.get(words[0], [])
    try:
        entry.main([*words, *fewer])
    except SystemExit as end:
        assert not end.code, f"acutance {shlex.join(words)} ends with {end.code}"


def check_pip(words: list[str]) -> None:
    """What is installed must exist: extras of the package, and files."""
    assert words[0] == "install"
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for word in words[1:]:
        for extra in re.findall(r"\[(.+)\]", word):
            assert re.search(rf"^{extra} = \[", project, re.MULTILINE), f"no extra {extra}"
        if word.endswith(".txt"):
            assert (ROOT / word).exists(), f"no file {word}"


def check_make(words: list[str]) -> None:
    """The targets must exist."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in words:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"no target {target}"


def check_module(words: list[str]) -> None:
    """The script must exist."""
    assert words[0] == "-m"
    assert importlib.util.find_spec(words[1]), f"no module {words[1]}"


PROGRAMS: dict[str, Callable[[list[str]], None]] = {
    "acutance": run_acutance,
    "pip": check_pip,
    "make": check_make,
    "python": check_module,
}


def run_shell(block: str) -> None:
    """Run each line of a block, or check it where it would install something."""
    for line in smaller(block).splitlines():
        words = shlex.split(line, comments=True)
        if words:
            assert words[0] in PROGRAMS, f"this test cannot run: {line}"
            PROGRAMS[words[0]](words[1:])


LANGUAGES: dict[str, Callable[[str], None]] = {"": run_shell, "python": run_python}


@pytest.fixture
def a_users_folder(tmp_path, monkeypatch):
    """A folder with the mesh that a user has, and less work where a command has no option."""
    save_mesh(Box(half=(0.5, 0.3, 0.4)).mesh(), tmp_path / "chair.obj")
    monkeypatch.chdir(tmp_path)
    counts = SampleCounts(surface=1000, chamfer=1000, volume=1000)
    coarse = partial(acutance.FitConfig, contouring=Contouring(resolution=16), counts=counts)
    monkeypatch.setattr(acutance, "FitConfig", coarse)
    monkeypatch.setattr(fit, "FitConfig", partial(FitConfig, counts=counts))
    monkeypatch.setattr(evaluate, "MANY_SHAPES", counts)
    monkeypatch.setattr(report, "comparison", partial(comparison, size=32))
    monkeypatch.setattr(workers, "in_processes", in_this_process)
    monkeypatch.setattr(reconstruct, "for_seconds", lambda *_: Sampling(count=20_000))
    tiny = Preset(decoder=DecoderConfig(encoding=TINY_GRID), fitting=Fitting(batch=512))
    monkeypatch.setitem(PRESETS, "hash", tiny)
    monkeypatch.setitem(SPACE_PRESETS, "best", SpacePreset(decoder=SMOOTH, fitting=SMOOTHLY))


def test_every_block_of_the_readme_runs(a_users_folder):
    for language, content in blocks(README):
        assert language in LANGUAGES, f"this test cannot run blocks in {language}"
        LANGUAGES[language](content)


def test_commands_in_sentences_name_what_exists():
    for command in commands_in_sentences(README):
        run_shell(command)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_the_other_pages_have_the_options_that_are_shown(page, monkeypatch):
    for command in get_args(entry.Command):
        monkeypatch.setattr(get_args(command)[0], "run", lambda self: None)
    for language, content in blocks(page.read_text(encoding="utf-8")):
        lines = [shlex.split(line, comments=True) for line in content.splitlines()]
        for words in lines if language == "" else []:
            if words[:1] == ["acutance"]:
                entry.main(words[1:])


def test_the_commands_of_clean_meshes_run(a_users_folder):
    run_acutance(["fit", "chair.obj", "-o", "fitted"])
    ((_, content),) = blocks((ROOT / "docs" / "clean-meshes.md").read_text(encoding="utf-8"))
    run_shell(content)


def test_the_blocks_of_spaces_run(a_users_folder):
    # The name decides whether a shape is for training or for testing: 10 is for testing.
    for name, height in (("kitchen", 0.4), ("office", 0.5), ("1", 0.6), ("10", 0.45)):
        save_mesh(Box(half=(0.5, 0.3, height)).mesh(), Path("meshes", "chair", f"{name}.ply"))
    save_mesh(Box(half=(0.5, 0.3, 0.45)).mesh(), "new.obj")
    for language, content in blocks((ROOT / "docs" / "spaces.md").read_text(encoding="utf-8")):
        LANGUAGES[language](content)


def test_every_smaller_setting_replaces_something():
    pages = [README, *(page.read_text(encoding="utf-8") for page in PAGES)]
    code = "\n".join(content for page in pages for _, content in blocks(page))
    assert [large for large in SMALLER if large not in code] == []


def test_what_cannot_be_run_fails():
    with pytest.raises(AssertionError, match=r"cannot run: rm chair\.obj"):
        run_shell("rm chair.obj\n")
    with pytest.raises(AssertionError, match="no extra nothing"):
        run_shell("pip install acutance[nothing]\n")
    with pytest.raises(AssertionError, match="no target nothing"):
        run_shell("make nothing\n")


def test_the_readme_is_short_and_its_pictures_are_small():
    assert len(README.splitlines()) <= 150
    pictures = [ROOT / path for path in re.findall(r"!\[.*?\]\((.+?)\)", README)]
    sizes = [picture.stat().st_size for picture in pictures]
    assert max(sizes) < 150_000
    assert sum(sizes) < 500_000
