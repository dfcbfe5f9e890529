"""Meshes from glTF and GLB files (glTF 2.0).

The reader is our own: mesh libraries read instanced parts once, quantized positions as whole
numbers, and take a file whose parts are compressed, or missing, for one without them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped

from acutance.mesh.io.scenes.assembly import Assembly, Placement
from acutance.mesh.io.scenes.gltf_data import GltfData
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.polygons import triangulate
from acutance.mesh.reading import Reading
from acutance.types import FaceArray, VertexArray

INSTANCES = "EXT_mesh_gpu_instancing"

UNIT_UNKNOWN = "unit_unknown"
"""Mark in the extras of our own files whose coordinates are in a unit that nobody named."""

_SUPPORTED = ("KHR_mesh_quantization", INSTANCES)

_HARMLESS = (
    *("KHR_materials_", "KHR_texture_", "EXT_texture_", "MSFT_texture_", "ADOBE_materials_"),
    *("KHR_lights_", "EXT_lights_", "KHR_xmp", "KHR_animation_", "KHR_techniques_webgl"),
)
"""Beginnings of the names of extensions that change no shape."""

_COMPRESSIONS = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression")

_POINTS, _TRIANGLES, _STRIP, _FAN = 0, 4, 5, 6


def read_gltf(data: bytes, path: Path) -> Reading:
    """All triangles of the scene of a glTF or GLB file, in metres; its points if it has none.

    Raises:
        ValueError: the file is damaged, or needs an extension that isn't supported.
    """
    content = GltfData(data, path.parent)
    header = content.header
    _check(header)
    scene = _Scene(content)
    for node, place in _placed_nodes(header, scene.assembly):
        scene.add(node, place)
    extras = header["asset"].get("extras")
    unknown = isinstance(extras, dict) and extras.get(UNIT_UNKNOWN) is True
    return Reading(
        shape=scene.assembly.merged(),
        unit=None if unknown else "m",
        notes=tuple(scene.notes),
    )


def _check(header: dict[str, Any]) -> None:
    """Refuse what would be read wrongly."""
    version = str(header["asset"]["version"])
    if not version.startswith("2."):
        raise ValueError(f"it is glTF {version[:20]}, and glTF 2 is read")
    for name in header.get("extensionsRequired", []):
        if name in _COMPRESSIONS:
            raise ValueError(f"its geometry is compressed ({name}); export it without")
        if name not in _SUPPORTED and not name.startswith(_HARMLESS):
            raise ValueError(
                f"it requires the extension {name[:120]}, which is not supported; export it without"
            )


def _placed_nodes(
    header: dict[str, Any], assembly: Assembly
) -> Iterator[tuple[dict[str, Any], Placement]]:
    """The nodes of the scene, each with the matrix into the scene."""
    nodes = header.get("nodes", [])
    scenes = header.get("scenes")
    if scenes:
        roots = scenes[header.get("scene", 0)].get("nodes", [])
    else:
        children = {child for node in nodes for child in node.get("children", [])}
        roots = [index for index in range(len(nodes)) if index not in children]
    seen = set[int]()
    waiting: list[tuple[int, Placement]] = [(index, np.eye(4)) for index in reversed(roots)]
    while waiting:
        index, outer = waiting.pop()
        if index in seen or index < 0:
            raise ValueError("a node of it has two parents, or is its own")
        seen.add(index)
        assembly.visit()
        node = nodes[index]
        place = outer @ _matrix(node)
        waiting += [(child, place) for child in reversed(node.get("children", []))]
        yield node, place


def _matrix(node: dict[str, Any]) -> Placement:
    """How a node lies in its parent."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    return _composed(
        np.array([node.get("translation", (0, 0, 0))], dtype=np.float64),
        np.array([node.get("rotation", (0, 0, 0, 1))], dtype=np.float64),
        np.array([node.get("scale", (1, 1, 1))], dtype=np.float64),
    )[0]


def _composed(
    translation: Float[np.ndarray, "places 3"],
    rotation: Float[np.ndarray, "places 4"],
    scale: Float[np.ndarray, "places 3"],
) -> Float[np.ndarray, "places 4 4"]:
    """Scaled, then turned by quaternions (x, y, z, w), then moved."""
    x, y, z, w = np.moveaxis(rotation / np.linalg.norm(rotation, axis=1, keepdims=True), 1, 0)
    turned = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    places = np.zeros((len(translation), 4, 4))
    places[:, :3, :3] = np.moveaxis(turned, 2, 0) * scale[:, None, :]
    places[:, :3, 3] = translation
    places[:, 3, 3] = 1.0
    return places


class _Scene:
    """Collects the meshes of nodes; each is read once."""

    def __init__(self, content: GltfData) -> None:
        self.content = content
        self.assembly = Assembly(content.allowance)
        self.notes: list[str] = []
        self._meshes: dict[int, tuple[list[TriangleMesh], list[VertexArray]]] = {}
        self._positions: dict[int, VertexArray] = {}

    def add(self, node: dict[str, Any], place: Placement) -> None:
        """The mesh of a node, at every place where the node puts it."""
        if "mesh" not in node:
            return
        if "skin" in node:
            self._note("Skinned parts are taken as they are before their joints move them.")
            place = np.eye(4)  # that of the node has to be ignored; the joints place the part
        weights = node.get("weights", self.content.header["meshes"][node["mesh"]].get("weights"))
        if weights and any(weights):
            self._note("Parts with morph targets are taken in their basic form.")
        meshes, clouds = self._parts(node["mesh"])
        for instance in self._instances(node):
            for mesh in meshes:
                self.assembly.visit()
                self.assembly.add(mesh, place @ instance)
            for points in clouds:
                self.assembly.visit()
                self.assembly.add_points(points, place @ instance)

    def _instances(self, node: dict[str, Any]) -> Float[np.ndarray, "places 4 4"]:
        """Where the mesh of a node stands, in the node's frame: once, or as often as instanced."""
        instancing = node.get("extensions", {}).get(INSTANCES)
        if instancing is None:
            return np.eye(4)[None]
        given = {
            name: self.content.values(index).astype(np.float64)
            for name, index in instancing["attributes"].items()
            if name in ("TRANSLATION", "ROTATION", "SCALE")
        }
        count = min((len(rows) for rows in given.values()), default=1)
        usual = {"TRANSLATION": (0, 0, 0), "ROTATION": (0, 0, 0, 1), "SCALE": (1, 1, 1)}
        rows = [
            given[name][:count] if name in given else np.tile(np.array(value, float), (count, 1))
            for name, value in usual.items()
        ]
        return _composed(*rows)

    def _parts(self, index: int) -> tuple[list[TriangleMesh], list[VertexArray]]:
        """The surfaces and the loose points of a mesh."""
        if index not in self._meshes:
            meshes, clouds = list[TriangleMesh](), list[VertexArray]()
            for primitive in self.content.header["meshes"][index]["primitives"]:
                self._add_primitive(primitive, meshes, clouds)
            self._meshes[index] = meshes, clouds
        return self._meshes[index]

    def _add_primitive(
        self, primitive: dict[str, Any], meshes: list[TriangleMesh], clouds: list[VertexArray]
    ) -> None:
        if "POSITION" not in primitive["attributes"]:
            self._note("A part without positions is left out.")
            return
        position = primitive["attributes"]["POSITION"]
        compressed = set(primitive.get("extensions", {})) & set(_COMPRESSIONS)
        if compressed and "bufferView" not in self.content.header["accessors"][position]:
            raise ValueError(f"its geometry is compressed ({min(compressed)}); export it without")
        if position not in self._positions:  # often, all parts of a mesh share them
            self._positions[position] = self.content.values(position).astype(np.float64)
        vertices = self._positions[position]
        mode = primitive.get("mode", _TRIANGLES)
        if "indices" in primitive:
            indices = self.content.values(primitive["indices"])[:, 0].astype(np.int64)
        else:
            indices = np.arange(len(vertices))
        if mode == _POINTS:
            clouds.append(vertices)
        elif mode in (_TRIANGLES, _STRIP, _FAN):
            mesh = triangulate(vertices, [_faces(indices, mode)])
            meshes.append(mesh.with_faces(mesh.faces))
        else:
            self._note("Lines are left out: they bound no solid.")

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


def _faces(indices: Int[np.ndarray, " indices"], mode: int) -> FaceArray:
    """Triangles of a list, a strip or a fan of vertices (glTF 2.0, 3.7.2.1)."""
    if mode == _TRIANGLES:
        return indices[: len(indices) // 3 * 3].reshape(-1, 3)
    count = max(len(indices) - 2, 0)
    first = np.arange(count)
    if mode == _FAN:
        corners: Shaped[np.ndarray, "faces 3"] = np.stack(
            [first + 1, first + 2, np.zeros_like(first)], axis=1
        )
    else:
        odd = first % 2
        corners = np.stack([first, first + 1 + odd, first + 2 - odd], axis=1)
    return indices[corners]
