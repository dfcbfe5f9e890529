"""Meshes from and to 3MF files (3D Manufacturing Format).

The reader is our own: mesh libraries leave out parts of the production extension (objects in other
files of the package), mix up equal ids of different files, and forget the unit.
"""

import io
import posixpath
import zipfile
import zlib
from urllib.parse import unquote
from xml.parsers import expat

import numpy as np

from acutance.mesh.io.allowance import Allowance, open_zip
from acutance.mesh.io.scenes.assembly import Assembly, Placement
from acutance.mesh.io.scenes.threemf_model import (
    WORDS,
    Model3MF,
    Use,
    parse_model,
)
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.reading import Reading
from acutance.mesh.units import Unit, factor

_ROOT = "3D/3dmodel.model"
"""Where programs put the root model; the package's relationships say otherwise at times."""

_AIDS = ("support", "solidsupport")
"""Kinds of objects that hold the model while it is printed, and are no part of it."""

_MODIFIERS = (b"modifier_part", b"negative_part", b"ParameterModifier", b"NegativeVolume")
"""How slicers mark parts that are no matter, in files of their own."""


def read_3mf(data: bytes) -> Reading:
    """All triangles of the items that a 3MF file would print, in the unit of the file.

    Objects may be in other files of the package (production extension). Supports, and items that
    are marked as not to be printed, are passed over.

    Raises:
        ValueError: the file is damaged, or needs an extension that isn't supported.
    """
    return _Package(data).reading()


class _Package:
    """The model files of a 3MF file, each read once, when it is first asked for."""

    def __init__(self, data: bytes) -> None:
        self.archive = open_zip(data)
        self.names = {_part(name): name for name in self.archive.namelist()}
        self.models: dict[str, Model3MF] = {}
        self.assembly = Assembly(Allowance(len(data)))
        self.aids = 0

    def reading(self) -> Reading:
        """Everything that would be printed."""
        root_path = self._root()
        root = self._model(root_path)
        unit = root.unit or "mm"
        printed = [item for item in root.items if item.printable]
        left_out = len(root.items) - len(printed)
        notes = []
        if not root.items:
            used = {use.object_id for each in root.objects.values() for use in each.components}
            alone = [key for key in root.objects if key not in used]
            printed = [Use(object_id=key, path=None, place=np.eye(4)) for key in alone]
            notes += ["It says nothing of what is to be printed; all its objects are taken."]
        elif not printed:
            printed, left_out = root.items, 0
        for item in printed:
            self._add(item, root_path, unit)
        if left_out:
            notes.append(f"{left_out} items that are marked as not to be printed are left out.")
        if self.aids:
            notes.append(f"{self.aids} supports, which only hold the model in print, are left out.")
        if self._modified():
            notes.append(
                "Settings of a slicer mark some of its parts as modifiers or negative volumes; "
                "they are read as matter, like all others. Delete them there if they are none."
            )
        return Reading(shape=self.assembly.merged(), unit=unit, notes=tuple(notes))

    def _add(self, item: Use, path: str, unit: Unit) -> None:
        """An item with all that it is composed of."""
        waiting = [(item, path, np.eye(4), 0)]
        while waiting:
            use, path, outer, depth = waiting.pop()
            self.assembly.visit()
            place = outer @ use.place
            if use.path is not None:
                user, path = path, self._found(use.path)
                place = place @ _scaled(self._model(path).unit, self._model(user).unit, unit)
            if depth > sum(len(each.objects) for each in self.models.values()):
                raise ValueError("an object of it is a component of itself")
            thing = self._model(path).objects.get(use.object_id)
            if thing is None:
                raise ValueError(f"it uses the object {use.object_id[:60]}, which is not in {path}")
            if thing.kind in _AIDS:
                self.aids += 1
                continue
            # Reversed, since the last one is taken first.
            waiting += [(part, path, place, depth + 1) for part in reversed(thing.components)]
            if len(thing.triangles):
                self.assembly.add(thing.mesh, place)

    def _model(self, path: str) -> Model3MF:
        if path not in self.models:
            try:
                with self.archive.open(path) as file:
                    self.models[path] = parse_model(file)
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise ValueError(f"its part {path} is damaged") from error
            except (NotImplementedError, RuntimeError) as error:
                raise ValueError(f"its part {path} cannot be unpacked: {error}") from error
        return self.models[path]

    def _found(self, path: str) -> str:
        """The name in the archive of a part."""
        name = self.names.get(_part(path))
        if name is None:
            raise ValueError(f"it refers to {path[:120]}, which is not in it")
        return name

    def _root(self) -> str:
        """The model that the package begins with."""
        if "_rels/.rels" in self.names:
            target = _start_part(self.archive.read(self.names["_rels/.rels"]))
            if target is not None and _part(target) in self.names:
                return self._found(target)
        return self._found(_ROOT)

    def _modified(self) -> bool:
        """Whether a slicer's settings make parts something else than matter."""
        settings = [name for key, name in self.names.items() if key.endswith(".config")]
        texts = [self.archive.read(name) for name in settings]
        return any(mark in text for text in texts for mark in _MODIFIERS)


def _part(name: str) -> str:
    """The name of a part as it is compared: alike whatever its case, and its percent-encoding.

    Open Packaging Conventions, 6.2.2.3 and 6.3.4; some programs encode only one of the two names.
    """
    return posixpath.normpath(unquote(name)).lower().lstrip("/")


def _scaled(inner: Unit | None, outer: Unit | None, usual: Unit) -> Placement:
    """From the unit of one file into that of the file that uses it."""
    scale = factor(inner or usual, outer or usual)
    return np.diag([scale, scale, scale, 1.0])


def _start_part(relationships: bytes) -> str | None:
    """The target of the relationship to the root model."""
    found: list[str] = []

    def element(_: str, attributes: dict[str, str]) -> None:
        if attributes.get("Type", "").endswith("/3dmodel"):
            found.append(attributes.get("Target", ""))

    parser = expat.ParserCreate()
    parser.StartElementHandler = element
    parser.Parse(relationships, True)
    return found[0] if found else None


_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" '
    'ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)

_RELATIONSHIPS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Target="/{_ROOT}" Id="rel0" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)


def write_3mf(mesh: TriangleMesh, unit: Unit | None) -> bytes:
    """The mesh as the one item of a 3MF file, its coordinates in full; millimetres for None."""
    word = next(word for word, known in WORDS.items() if known == (unit or "mm"))
    vertices = (f'<vertex x="{x!r}" y="{y!r}" z="{z!r}"/>' for x, y, z in mesh.vertices.tolist())
    triangles = (f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in mesh.faces.tolist())
    model = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<model unit="{word}" xml:lang="en-US" '
        'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">\n<resources>'
        f'<object id="1" type="model"><mesh>\n<vertices>{"".join(vertices)}</vertices>\n'
        f"<triangles>{''.join(triangles)}</triangles>\n</mesh></object></resources>\n"
        '<build><item objectid="1"/></build>\n</model>\n'
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _CONTENT_TYPES)
        archive.writestr("_rels/.rels", _RELATIONSHIPS)
        archive.writestr(_ROOT, model)
    return file.getvalue()
