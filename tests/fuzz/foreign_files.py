"""Damaged files of every format of meshes and points that is read."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from containers import mutate_e57, mutate_glb, mutate_text, mutate_values, mutate_zip
from mutations import mutate_bytes, mutate_json, mutate_numbers
from target import Mutation, Target
from whole_clouds import array_files, ply_cloud, text_files, write_scans
from whole_meshes import (
    gltf_files,
    obj_file,
    off_file,
    ply_binary,
    ply_text,
    step_file,
    stl_binary,
    stl_text,
    threemf_file,
)

from acutance.mesh.io.load import read
from acutance.mesh.reading import Reading

TEXT = (mutate_text, mutate_text, mutate_text, mutate_bytes)
BINARY = (mutate_bytes, mutate_numbers, mutate_values, mutate_values, mutate_text)
NUMBERS = (mutate_numbers, mutate_values, mutate_bytes)
ZIP = (mutate_zip, mutate_zip, mutate_zip, mutate_bytes)

SLOW = {".step": 10, ".laz": 3, ".e57": 3}
"""What is read in processes of its own, and in one of how many rounds it is damaged."""

_FILES: dict[str, tuple[Mutation, ...]] = {
    "a.obj": TEXT,
    "a.off": TEXT,
    "text.stl": TEXT,
    "binary.stl": NUMBERS,
    "text.ply": TEXT,
    "little.ply": BINARY,
    "big.ply": BINARY,
    "strips.ply": BINARY,
    "cloud.ply": BINARY,
    "a.glb": (mutate_glb, mutate_glb, mutate_glb, mutate_bytes, mutate_numbers),
    "scene.gltf": (mutate_json, mutate_json, mutate_text),
    "scene data.bin": NUMBERS,
    "a.3mf": ZIP,
    **dict.fromkeys(text_files(), TEXT),
    "a.npy": BINARY,
    "a.npz": ZIP,
    "a.las": NUMBERS,
    "a.laz": NUMBERS,
    "a.e57": (mutate_e57, mutate_e57, mutate_e57, mutate_bytes),
    "a.step": TEXT,
}


def make_foreign(folder: Path) -> None:
    """A file of every format, all small and whole."""
    folder.mkdir(parents=True)
    makers: dict[str, Callable[[], bytes]] = {
        "a.obj": obj_file,
        "a.off": off_file,
        "text.stl": stl_text,
        "binary.stl": stl_binary,
        "text.ply": ply_text,
        "little.ply": ply_binary,
        "big.ply": partial(ply_binary, ">"),
        "strips.ply": partial(ply_binary, strips=True),
        "cloud.ply": ply_cloud,
        "a.3mf": threemf_file,
        "a.step": step_file,
    }
    files = {name: make() for name, make in makers.items()}
    for name, content in (files | gltf_files() | text_files() | array_files()).items():
        (folder / name).write_bytes(content)
    write_scans(folder)


def _reader(name: str) -> Callable[[Path], Reading]:
    return lambda folder: read(folder / name.replace("scene data.bin", "scene.gltf"))


FOREIGN = tuple(
    Target("foreign", name, ways, _reader(name), SLOW.get(Path(name).suffix, 1))
    for name, ways in _FILES.items()
)
