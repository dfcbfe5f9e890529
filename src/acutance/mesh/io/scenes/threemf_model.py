"""One model file of a 3MF package: its objects and what it builds, from its XML.

The parser is expat, told nothing but to call a function an element: no tree is made, so that depth
and size cost nothing, and document types, hence entities, are refused.
"""

from array import array
from collections.abc import Callable, Mapping, MutableSequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO
from xml.parsers import expat
from zipfile import ZipExtFile

import numpy as np

from acutance.mesh.io.scenes.assembly import Placement
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.polygons import triangulate
from acutance.mesh.units import Unit

WORDS: dict[str, Unit] = {
    "micron": "um",
    "millimeter": "mm",
    "centimeter": "cm",
    "meter": "m",
    "inch": "in",
    "foot": "ft",
}
"""The units of 3MF (Core Specification 1.3, 3.4)."""

PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"

_HARMLESS = (
    PRODUCTION,
    "http://schemas.3mf.io/3dmanufacturing/production/",
    "http://schemas.microsoft.com/3dmanufacturing/material/",
    "http://schemas.3mf.io/3dmanufacturing/material/",
    "http://schemas.microsoft.com/3dmanufacturing/core/",
    "http://schemas.microsoft.com/3dmanufacturing/trianglesets/",
    "http://schemas.3mf.io/3dmanufacturing/trianglesets/",
)
"""Beginnings of the extensions that are read, or that change no shape."""


@dataclass(frozen=True, kw_only=True)
class Use:
    """An object put somewhere: an item of the build, or a component of another object."""

    object_id: str
    path: str | None
    place: Placement
    printable: bool = True


@dataclass(kw_only=True)
class Object3MF:
    """A mesh, or components of other objects."""

    kind: str
    vertices: MutableSequence[float] = field(default_factory=lambda: array("d"))
    triangles: MutableSequence[int] = field(default_factory=lambda: array("q"))
    components: list[Use] = field(default_factory=list)

    @cached_property
    def mesh(self) -> TriangleMesh:
        """The triangles of the object itself."""
        vertices = np.array(self.vertices, dtype=np.float64).reshape(-1, 3)
        return triangulate(vertices, [np.array(self.triangles, dtype=np.int64).reshape(-1, 3)])


@dataclass(kw_only=True)
class Model3MF:
    """A model file.

    Attributes:
        unit: what it says its unit is; None where it says nothing.
        objects: by their ids, which are unique in one file only.
        items: what is built.
    """

    unit: Unit | None = None
    objects: dict[str, Object3MF] = field(default_factory=dict)
    items: list[Use] = field(default_factory=list)


def parse_model(file: IO[bytes] | ZipExtFile) -> Model3MF:
    """The model in the XML of a file.

    Raises:
        ValueError: the XML is damaged, or needs an extension that isn't supported.
    """
    reader = _Reader()
    try:
        reader.parser.ParseFile(file)
    except expat.ExpatError as error:
        raise ValueError(f"its XML is damaged ({error})") from error
    except KeyError as error:
        raise ValueError(f"an element of its XML lacks the attribute {error}") from error
    except OverflowError as error:
        raise ValueError("a triangle has the number of no vertex") from error
    return reader.model


class _Reader:
    """Fills a model while its XML is read."""

    def __init__(self) -> None:
        self.model = Model3MF()
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._first
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self.parser.StartNamespaceDeclHandler = self._name
        self._namespaces: dict[str | None, str] = {}
        self._handlers: dict[str, Callable[[Mapping[str, str]], None]] = {}

    def _name(self, prefix: str | None, uri: str) -> None:
        self._namespaces.setdefault(prefix, uri)

    def _first(self, name: str, attributes: Mapping[str, str]) -> None:
        """The element of the whole file: its namespace is that of all elements that are read."""
        core, _, local = name.rpartition(" ")
        if local != "model":
            raise ValueError(f"its XML begins with '{local[:60]}', not with 'model'")
        word = attributes.get("unit")
        if word is not None and word not in WORDS:
            raise ValueError(f"its unit is '{word[:60]}', which 3MF does not know")
        self.model.unit = None if word is None else WORDS[word]
        for prefix in attributes.get("requiredextensions", "").split():
            uri = self._namespaces.get(prefix, prefix)
            if not uri.startswith(_HARMLESS):
                raise ValueError(
                    f"it requires the extension '{uri[:120]}', which is not supported; export it "
                    "as plain meshes"
                )
        begin = f"{core} " if core else ""
        self._handlers = {
            f"{begin}object": self._object,
            f"{begin}vertex": self._vertex,
            f"{begin}triangle": self._triangle,
            f"{begin}component": self._component,
            f"{begin}item": self._item,
        }
        self.parser.StartElementHandler = self._element
        self._current = Object3MF(kind="none")  # what stands outside of objects goes nowhere

    def _element(self, name: str, attributes: Mapping[str, str]) -> None:
        handler = self._handlers.get(name)
        if handler is not None:
            handler(attributes)

    def _object(self, attributes: Mapping[str, str]) -> None:
        self._current = Object3MF(kind=attributes.get("type", "model"))
        self.model.objects[attributes["id"]] = self._current

    def _vertex(self, attributes: Mapping[str, str]) -> None:
        x, y, z = attributes["x"], attributes["y"], attributes["z"]
        self._current.vertices.extend((float(x), float(y), float(z)))

    def _triangle(self, attributes: Mapping[str, str]) -> None:
        a, b, c = attributes["v1"], attributes["v2"], attributes["v3"]
        self._current.triangles.extend((int(a), int(b), int(c)))

    def _component(self, attributes: Mapping[str, str]) -> None:
        self._current.components.append(_use(attributes))

    def _item(self, attributes: Mapping[str, str]) -> None:
        self.model.items.append(_use(attributes))


def _use(attributes: Mapping[str, str]) -> Use:
    """An object and its place: the matrix is written by rows, for rows (x, y, z, 1) before it."""
    numbers = np.array(attributes.get("transform", "1 0 0 0 1 0 0 0 1 0 0 0").split(), dtype=float)
    if numbers.shape != (12,):
        raise ValueError(f"a transform of 12 numbers was expected, not of {len(numbers)}")
    place = np.eye(4)
    place[:3] = numbers.reshape(4, 3).T
    path = next((value for name, value in attributes.items() if name.endswith(" path")), None)
    return Use(
        object_id=attributes["objectid"],
        path=path,
        place=place,
        printable=attributes.get("printable", "1") not in ("0", "false"),
    )


def _refuse_doctype(*_: object) -> None:
    raise ValueError("it has a document type, which 3MF forbids")
