"""Small whole files of the formats of meshes, each with much of what its format has."""

import io
import json
import zipfile
from typing import Any

import numpy as np
from gltf_files import Builder
from step_files import step_ball

from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.analytic import Box

BOX = Box(half=(0.5, 0.4, 0.3)).mesh()

QUADS = ("1 2 4 3", "5 7 8 6", "1 5 6 2", "3 4 8 7", "1 3 7 5", "2 6 8 4")
"""The sides of a cube whose corners count in binary, x first, from 1."""

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)

PRISM = ((0, 0), (2, 0), (2, 1), (1, 0.4), (0, 1))
"""The outline of a concave prism."""


def small_ball() -> TriangleMesh:
    """An octahedron: a body without quads."""
    points = np.concatenate([np.eye(3), -np.eye(3)]) * 0.5 + [2.0, 0.0, 0.0]
    faces = [[0, 1, 2], [1, 3, 2], [3, 4, 2], [4, 0, 2], [1, 0, 5], [3, 1, 5], [4, 3, 5], [0, 4, 5]]
    return TriangleMesh(points, np.array(faces, dtype=np.int32))


def obj_file() -> bytes:
    """Groups, comments, continued lines, colours, normals, relative indices, a concave polygon."""
    lines = ["# a cube \\", "mtllib some\\file.mtl", "o cube"]
    lines += [f"v {x:g} {y:g} {z:g} 0.5 0.5 0.5" for x, y, z in CORNERS]
    lines += ["vt 0 0", "vn 0 0 1", "g sides", "usemtl grey", "s off"]
    lines += ["f " + " ".join(f"{c}/1/1" for c in quad.split()) for quad in QUADS[:4]]
    lines += ["f 1 3 \\", "  7 5 # continued", "f -7 -3 -1 -5", "o prism", "l 1 2", "p 1"]
    lines += [f"v {x + 3:g} {y:g} {z:g}" for z in (0, 1) for x, y in PRISM]
    lines += ["f -6 -7 -8 -9 -10", "f -5 -4 -3 -2 -1"]
    lines += [f"f {9 + i} {9 + (i + 1) % 5} {14 + (i + 1) % 5} {14 + i}" for i in range(5)]
    return "\n".join([*lines, ""]).encode()


def off_file() -> bytes:
    """Polygons of several sizes with colours, and comments."""
    top = [f"{x:g} {y:g} {z:g} 255 0 0 255" for z in (0, 1) for x, y in PRISM]
    sides = [f"4 {i} {(i + 1) % 5} {5 + (i + 1) % 5} {5 + i} 0.1 0.2 0.3" for i in range(5)]
    rows = [*top, "5 4 3 2 1 0", "5 5 6 7 8 9 # the top", *sides]
    return "\n".join(["COFF # coloured", "10 7 15", *rows, ""]).encode()


def stl_text() -> bytes:
    """Two solids."""
    lines = list[str]()
    for name, mesh in (("box", BOX), ("octahedron", small_ball())):
        lines.append(f"solid {name}")
        for triangle in mesh.triangles:
            lines += ["facet normal 0 0 0", " outer loop"]
            lines += [f"  vertex {x:.6e} {y:.6e} {z:.6e}" for x, y, z in triangle]
            lines += [" endloop", "endfacet"]
        lines.append(f"endsolid {name}")
    return "\n".join([*lines, ""]).encode()


def stl_binary() -> bytes:
    """An octahedron, with attributes and bytes that follow."""
    kind = [("normal", "<f4", (3,)), ("corners", "<f4", (3, 3)), ("attribute", "<u2")]
    rows = np.zeros(8, np.dtype(kind))
    rows["corners"], rows["attribute"] = small_ball().triangles, 0x8123
    return b"solid no text".ljust(80) + np.uint32(8).tobytes() + rows.tobytes() + b"tail"


_HEADER = """ply
format {order} 1.0
comment made by hand
obj_info 1 2 3
element vertex {vertices}
property double x
property double y
property double z
property float nx
property float ny
property float nz
property uchar red
element material 1
property float shine
"""
_FACES = "element face {faces}\nproperty uchar flags\nproperty list uchar int vertex_indices\n"
_STRIPS = "element tristrips 1\nproperty list int int vertex_indices\n"


def ply_text() -> bytes:
    """Quads, a pentagon, an edge, and another element."""
    head = _HEADER.format(order="ascii", vertices=10) + _FACES.format(faces=8) + "end_header\n"
    rows = [f"{x:g} {y:g} {z:g} 0 0 1 200" for z in (0, 1) for x, y in PRISM] + ["0.5"]
    rows += ["0 5 4 3 2 1 0", "1 5 5 6 7 8 9", "0 2 0 1"]
    rows += [f"7 4 {i} {(i + 1) % 5} {5 + (i + 1) % 5} {5 + i}" for i in range(5)]
    return (head + "\n".join([*rows, ""])).encode()


def ply_binary(order: str = "<", strips: bool = False) -> bytes:
    """Quads and triangles, or a strip of them; or of both nothing, so that it is a cloud."""
    corners = CORNERS[[0, 1, 2, 3, 4, 5, 6, 7]]
    word = {"<": "binary_little_endian", ">": "binary_big_endian"}[order]
    faces = [[int(c) - 1 for c in quad.split()] for quad in QUADS]
    faces = [*faces[:5], faces[5][:3], [faces[5][0], *faces[5][2:]]]
    head = _HEADER.format(order=word, vertices=8)
    head += _STRIPS if strips else _FACES.format(faces=len(faces))
    kind = [("at", order + "f8", (3,)), ("normal", order + "f4", (3,)), ("red", "u1")]
    rows = np.zeros(8, np.dtype(kind))
    rows["at"], rows["normal"] = corners, [0, 0, 1]
    body = rows.tobytes() + np.array(0.5, order + "f4").tobytes()
    if strips:
        row = [0, 2, 1, 3, 5, 7, 4, 6, -1, 1, 5, 0, 4, 2, 6, 3, 7]
        body += np.array([len(row), *row], order + "i4").tobytes()
    else:
        for face in faces:
            body += bytes([1, len(face)]) + np.array(face, order + "i4").tobytes()
    return head.encode() + b"end_header\n" + body


def _builder() -> Builder:
    """Instances, sparse and quantized positions, a strip, points, and turned and mirrored nodes."""
    builder = Builder()
    faces = np.array(BOX.faces, "<u2").ravel()
    places, moved = np.array([0, 3], "<u1"), BOX.vertices[[0, 3]].astype("<f4") * 1.1
    plain = builder.accessor(BOX.vertices.astype("<f4"))
    sparse = {
        "count": 2,
        "indices": {"bufferView": builder.view(places.tobytes()), "componentType": 5121},
        "values": {"bufferView": builder.view(moved.tobytes())},
    }
    builder.header["accessors"][plain]["sparse"] = sparse
    builder.mesh(plain, builder.accessor(faces))
    rows = np.zeros((8, 4), "<i2")
    rows[:, :3] = BOX.vertices * 60000
    view = builder.view(rows.tobytes(), byteStride=8)
    quantized = {"bufferView": view, "componentType": 5122, "count": 8, "type": "VEC3"}
    builder.header["accessors"].append({**quantized, "normalized": True})
    builder.mesh(len(builder.header["accessors"]) - 1, builder.accessor(faces.astype("<u4")))
    strip = builder.accessor(np.array([0, 2, 1, 3, 5, 7, 4, 6], "<u1"))
    builder.mesh(builder.accessor(CORNERS.astype("<f4")), strip, mode=5)
    builder.mesh(builder.accessor(CORNERS.astype("<f4")), None, mode=0)
    moves = builder.accessor(np.array([[0, 0, 0], [3, 0, 0], [0, 3, 0]], "<f4"))
    turns = builder.accessor(np.array([[0, 0, 0, 127], [0, 0, 90, 90], [0, 0, 127, 0]], "<i1"))
    builder.header["accessors"][turns]["normalized"] = True
    instanced = {
        "EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": moves, "ROTATION": turns}}
    }
    builder.header["nodes"] = [
        {"children": [1, 2, 3], "scale": [1, 2, -1]},
        {"mesh": 0, "extensions": instanced},
        {"mesh": 1, "rotation": [0, 0.6, 0, 0.8], "translation": [0, 0, 5], "children": [4]},
        {"mesh": 2, "matrix": [2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 9, 9, 9, 1]},
        {"mesh": 3},
    ]
    builder.header["extensionsUsed"] = [*instanced, "KHR_mesh_quantization"]
    builder.header["extensionsRequired"] = [*instanced, "KHR_mesh_quantization"]
    return builder


def gltf_files() -> dict[str, bytes]:
    """The scene as GLB, and as text with its data beside it."""
    builder = _builder()
    glb = builder.glb()
    text = json.dumps(json.loads(builder.gltf("scene%20data.bin")), indent=1)
    return {"a.glb": glb, "scene.gltf": text.encode(), "scene data.bin": builder.data}


def _object(number: int, mesh: TriangleMesh, **attributes: Any) -> str:
    vertices = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>\n' for x, y, z in mesh.vertices.tolist())
    faces = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>\n' for a, b, c in mesh.faces.tolist())
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return (
        f'<object id="{number}"{more}><mesh><vertices>{vertices}</vertices>'
        f"<triangles>{faces}</triangles></mesh></object>\n"
    )


def threemf_file() -> bytes:
    """Components, files beside, transforms, supports, items that are not printed, inches."""
    core = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
    production = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
    begin = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<model unit="inch" xmlns="{core}" '
        f'xmlns:p="{production}" requiredextensions="p">\n<metadata name="Title">box</metadata>'
    )
    turned = 'transform="0 1 0 -1 0 0 0 0 -2 5 0 0"'
    root = (
        f"{begin}<resources>{_object(1, BOX)}{_object(2, small_ball(), type='support')}\n"
        '<object id="3"><components><component objectid="1"/>\n<component objectid="2"/>'
        f'<component objectid="1" p:path="/3D/b.model" {turned}/></components></object>\n'
        f'</resources><build><item objectid="3"/>\n<item objectid="1" {turned} printable="0"/>'
        "</build></model>"
    )
    beside = f"{begin}<resources>{_object(1, small_ball())}</resources><build/></model>"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", _RELATIONSHIPS)
        archive.writestr("3D/3dmodel.model", root)
        archive.writestr("3D/b.model", beside)
        archive.writestr("Metadata/model_settings.config", '<config><part id="1"/></config>')
    return data.getvalue()


_RELATIONSHIPS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Target="/3D/3dmodel.model" Id="rel0" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)


def step_file() -> bytes:
    """A ball in inches."""
    return step_ball(2.5, "in").encode()
