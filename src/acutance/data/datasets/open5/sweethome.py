"""Furniture from the libraries of Sweet Home 3D: zip archives of OBJ models with a catalogue."""

import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from acutance.data.datasets.open5.properties import read_properties
from acutance.errors import InputError
from acutance.mesh.io.obj import read_obj
from acutance.mesh.mesh import TriangleMesh

CATALOGUE = "PluginFurnitureCatalog.properties"

LARGEST_MODEL = 1 << 28
"""Bytes of a model or a catalogue from which on an archive is damage or a trap."""


@dataclass(frozen=True, kw_only=True)
class Furniture:
    """One entry of a catalogue.

    Attributes:
        title: what it is, in English, as "Desk lamp".
        room: heading of the catalogue that it stands under, as "Living room".
        creator: who made the model.
        library: the .sh3f file.
        license: of the library.
        member: path of the model within the library.
        rotation: nine numbers, rows of the matrix that stands the model upright; empty for none.
    """

    title: str
    room: str
    creator: str
    library: Path
    license: str
    member: str
    rotation: tuple[float, ...] = ()

    def load(self) -> TriangleMesh:
        """The model as the catalogue shows it, y up, in a unit of its own; not welded.

        Raises:
            ValueError: the model is damaged.
            InputError: the library cannot be read.
        """
        mesh = read_obj(_read(self.library, self.member)).shape
        assert isinstance(mesh, TriangleMesh)
        if not self.rotation:
            return mesh
        return TriangleMesh(mesh.vertices @ np.reshape(self.rotation, (3, 3)).T, mesh.faces)


def read_library(path: Path) -> list[Furniture]:
    """What the catalogue of a .sh3f library lists, in its order.

    Raises:
        InputError: it is no such library, or its catalogue is damaged.
    """
    properties = read_properties(_read(path, CATALOGUE))
    entries = defaultdict[int, dict[str, str]](dict)
    for key, value in properties.items():
        name, mark, number = key.partition("#")
        if mark and number.isdecimal():
            entries[int(number)][name] = value
    try:
        return [
            Furniture(
                title=entry["name"],
                room=entry["category"],
                creator=entry.get("creator", ""),
                library=path,
                license=properties.get("license", ""),
                member=entry["model"].lstrip("/"),
                rotation=_rotation(entry.get("modelRotation", "")),
            )
            for _, entry in sorted(entries.items())
        ]
    except (KeyError, ValueError) as error:
        raise InputError(
            f"{path} has a catalogue with a damaged entry ({error}); fetch the library again."
        ) from error


def _rotation(text: str) -> tuple[float, ...]:
    numbers = tuple(float(word) for word in text.split())
    if len(numbers) not in (0, 9):
        raise ValueError(f"a rotation of {len(numbers)} numbers")
    return numbers


def _read(library: Path, member: str) -> bytes:
    """A file within the library; nothing is written anywhere."""
    try:
        with zipfile.ZipFile(library) as archive:
            size = archive.getinfo(member).file_size
            if size > LARGEST_MODEL:
                raise InputError(
                    f"{library} holds {member} of {size} bytes, more than the {LARGEST_MODEL} that "
                    "are read; fetch the library again."
                )
            return archive.read(member)
    except KeyError as error:
        raise InputError(f"{library} holds no {member}; fetch the library again.") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{library} cannot be read: {reason}; check the path.") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{library} cannot be read as a furniture library; fetch it again."
        ) from error
