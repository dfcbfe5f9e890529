"""Whatever kind of data set it is, its shapes are found, named and ordered the same way."""

import json
import re
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from acutance.data.datasets.find import find_shapes, search
from acutance.data.datasets.folder import ENDINGS
from acutance.data.datasets.listing import POINTS_ENDINGS
from acutance.data.datasets.shapenet import SYNSETS
from acutance.errors import InputError
from acutance.mesh.io import load as loading
from acutance.mesh.mesh import TriangleMesh

TETRAHEDRON = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"


def put(folder: Path, *names: str, text: str = TETRAHEDRON) -> None:
    """Writes files of the same content."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def found(source: Path, split: Path | tuple[Path, ...] = ()) -> list[tuple[str, str]]:
    """Keys and splits."""
    return [(shape.key, shape.split) for shape in find_shapes(source, split=split)]


def refuses(text: str) -> AbstractContextManager[object]:
    """Expects an error of exactly this text."""
    return pytest.raises(InputError, match=f"^{re.escape(text)}$")


def test_every_ending_that_can_be_read_is_found() -> None:
    assert {*ENDINGS, *POINTS_ENDINGS, ".npy"} == set(loading._READERS)


def test_a_folder_of_meshes_is_one_category(tmp_path: Path) -> None:
    put(tmp_path / "mugs", "b.obj", "a.OBJ")
    assert found(tmp_path / "mugs") == [("mugs/a", ""), ("mugs/b", "")]
    mesh = find_shapes(tmp_path / "mugs")[1].load()
    assert isinstance(mesh, TriangleMesh)
    assert len(mesh.faces) == 4


def test_folders_in_a_folder_are_categories_and_deeper_ones_part_of_the_name(
    tmp_path: Path,
) -> None:
    put(tmp_path, "chair/one.obj", "chair/set/two.obj", "lamp/x/y/z.obj", "loose.obj")
    own = tmp_path.name
    assert found(tmp_path) == [
        ("chair/one", ""),
        ("chair/set-two", ""),
        ("lamp/x-y-z", ""),
        (f"{own}/loose", ""),
    ]


def test_modelnets_folders_of_train_and_test_are_the_split(tmp_path: Path) -> None:
    put(tmp_path, "bed/train/bed_1.off", "bed/test/bed_2.off", "train/desk/d.off", "README.txt")
    assert found(tmp_path) == [("bed/bed_1", "train"), ("bed/bed_2", "test"), ("desk/d", "train")]


def test_modelnets_counts_beside_the_keyword_are_read(tmp_path: Path) -> None:
    off = "OFF4 4 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 2 1\n3 0 1 3\n3 0 3 2\n3 1 2 3\n"
    put(tmp_path, "bed/train/bed_1.off", text=off)
    mesh = find_shapes(tmp_path)[0].load()
    assert isinstance(mesh, TriangleMesh)
    assert mesh.volume == pytest.approx(1 / 6)


def test_what_is_no_shape_is_counted(tmp_path: Path) -> None:
    put(tmp_path, "a.obj", "a.mtl", ".hidden.obj", "notes.txt", "c/picture.png")
    put(tmp_path, ".git/b.obj")
    findings = search(tmp_path)
    assert [shape.name for shape in findings.shapes] == ["a"]
    assert findings.ignored == 4


def test_of_two_formats_the_better_is_taken_and_the_other_named(tmp_path: Path) -> None:
    put(tmp_path, "a.stl", "a.obj", "b.stl")
    findings = search(tmp_path)
    assert [shape.path.name for shape in findings.shapes] == ["a.obj", "b.stl"]
    assert findings.passed_over == [tmp_path / "a.stl"]


def test_links_in_circles_end(tmp_path: Path) -> None:
    put(tmp_path, "chair/a.obj")
    (tmp_path / "chair" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert found(tmp_path) == [("chair/a", "")]


def test_two_shapes_of_one_name_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "c/a-b.obj", "c/a/b.obj")
    first, second = tmp_path / "c" / "a" / "b.obj", tmp_path / "c" / "a-b.obj"
    with refuses(
        f"{tmp_path} holds two shapes named c/a-b: {first} and {second}; rename one of them."
    ):
        find_shapes(tmp_path)


def test_names_that_differ_only_in_capitals_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "c/Mug.obj")
    if (tmp_path / "c" / "mug.obj").exists():
        pytest.skip("this file system does not tell small letters from capitals")
    put(tmp_path, "c/mug.obj")
    with pytest.raises(InputError, match="holds two shapes named c/mug"):
        find_shapes(tmp_path)


def test_a_source_without_shapes_says_what_was_expected(tmp_path: Path) -> None:
    put(tmp_path, "a.blend", "b.max")
    with refuses(
        f"{tmp_path} holds no shape (2 other files); expected files of the endings .ply .obj .off "
        ".3mf .glb .gltf .stl .step .stp .npz .xyz .xyzn .xyzrgb .pts .asc .las .laz .e57, "
        "ShapeNetCore, or the samples of DeepSDF."
    ):
        find_shapes(tmp_path)
    with refuses(f"{tmp_path / 'no'} does not exist; check the path."):
        find_shapes(tmp_path / "no")
    with refuses(
        f"{tmp_path / 'a.blend'} is one file; expected a folder of shapes, or a list of paths in "
        "a file of the ending .txt or .csv."
    ):
        find_shapes(tmp_path / "a.blend")


def test_shapenet_has_55_categories_and_two_of_its_first_release() -> None:
    assert len(SYNSETS) == 57
    assert len(set(SYNSETS.values())) == 57
    assert SYNSETS["03001627"] == "chair"


def test_both_versions_of_shapenet_are_read(tmp_path: Path) -> None:
    put(tmp_path, "03001627/abc/models/model_normalized.obj", "02691156/def/model.obj")
    put(tmp_path, "04379243/empty/images/a.png", "taxonomy.json")
    findings = search(tmp_path)
    assert [shape.key for shape in findings.shapes] == ["airplane/def", "chair/abc"]
    assert findings.ignored == 1


def test_one_category_of_shapenet_is_a_source(tmp_path: Path) -> None:
    put(tmp_path, "03001627/abc/models/model_normalized.obj")
    assert found(tmp_path / "03001627") == [("chair/abc", "")]


def test_meshes_that_are_ordered_by_shapenets_numbers_get_its_names(tmp_path: Path) -> None:
    put(tmp_path, "03636649/abc.obj", "04256520/def.obj")
    assert found(tmp_path) == [("lamp/abc", ""), ("sofa/def", "")]
    assert found(tmp_path / "03636649") == [("lamp/abc", "")]


def test_shapenets_official_split_is_taken_and_validation_is_for_training(tmp_path: Path) -> None:
    put(tmp_path, *(f"02691156/{name}/model.obj" for name in "abcd"))
    rows = ["a,train", "b,val", "c,test"]
    table = [f"1,2691156,02691156,{row}" for row in rows]  # as a spreadsheet leaves it
    put(tmp_path, "all.csv", text="\n".join(["id,synsetId,subSynsetId,modelId,split", *table]))
    assert [split for _, split in found(tmp_path)] == ["train", "train", "test", ""]


def test_a_damaged_table_of_splits_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "02691156/a/model.obj")
    put(tmp_path, "all.csv", text="<html>not found</html>\n")
    with refuses(
        f"{tmp_path / 'all.csv'} is not ShapeNet's table of splits; expected columns synsetId, "
        "modelId and split (train, val or test). Fetch it again, or remove it."
    ):
        find_shapes(tmp_path)


def test_deepsdfs_samples_are_found_with_their_normalization(tmp_path: Path) -> None:
    for name in ("abc", "def"):
        path = tmp_path / "SdfSamples" / "ShapeNetV2" / "03001627" / f"{name}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, pos=np.ones((2, 4)), neg=-np.ones((1, 4)))
    beside = tmp_path / "NormalizationParameters" / "ShapeNetV2" / "03001627" / "abc.npz"
    beside.parent.mkdir(parents=True)
    np.savez(beside, offset=np.zeros(3), scale=np.ones(1))
    shapes = find_shapes(tmp_path)
    assert [shape.key for shape in shapes] == ["chair/abc", "chair/def"]
    assert [getattr(shape, "normalization", "") for shape in shapes] == [beside, None]
    assert [shape.key for shape in find_shapes(tmp_path / "SdfSamples")] == [
        shape.key for shape in shapes
    ]


def test_only_the_shapes_that_split_files_name_are_kept(tmp_path: Path) -> None:
    put(tmp_path, *(f"data/03001627/{name}/model.obj" for name in "abc"))
    train, test = tmp_path / "sv2_chairs_train.json", tmp_path / "sv2_chairs_test.json"
    train.write_text(json.dumps({"ShapeNetV2": {"03001627": ["c"]}}))
    test.write_text(json.dumps({"ShapeNetV2": {"03001627": ["a"]}}))
    assert found(tmp_path / "data", (train, test)) == [("chair/a", "test"), ("chair/c", "train")]
    assert found(tmp_path / "data", test) == [("chair/a", "test")]
