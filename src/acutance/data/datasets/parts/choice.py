"""Which parts are taken: some of every family, the same ones whenever they are asked for."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath

from acutance.data.datasets.parts.categories import category
from acutance.data.datasets.parts.families import family
from acutance.data.datasets.safe_names import safe_name

_LIBRARY = ".3dshapes"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part by its name.

    Attributes:
        path: of its file, relative to the folder of the libraries.
        category, name: together they are its key.
        family: near-duplicates have the same.
    """

    path: PurePosixPath
    category: str
    name: str
    family: str

    @property
    def key(self) -> str:
        """Category and name."""
        return f"{self.category}/{self.name}"


def parts_among(paths: Iterable[PurePosixPath]) -> list[Part]:
    """The parts of a category that lie in a library, by key; of those with one key the first.

    >>> file = PurePosixPath("Package_QFP.3dshapes/LQFP-48_7x7mm_P0.5mm.step")
    >>> [part.key for part in parts_among([file, PurePosixPath("notes.step")])]
    ['chip/LQFP-48_7x7mm_P0.5mm']
    """
    found = dict[str, Part]()
    for path in sorted(paths):
        library = path.parts[0].removesuffix(_LIBRARY)
        if len(path.parts) == 2 and library != path.parts[0] and category(library):
            part = Part(
                path=path,
                category=category(library),
                name=safe_name(path.stem),
                family=family(library, path.stem),
            )
            found.setdefault(part.key.casefold(), part)  # as some file systems see it
    return sorted(found.values(), key=lambda part: part.key)


def choose(parts: Iterable[Part], count: int) -> list[Part]:
    """At most so many parts of each category, those first that a smaller count takes, too.

    Every family gives one part before any gives its second; hashes of the names say in which order.
    """
    taken, turns = defaultdict[str, list[tuple[int, str, Part]]](list), Counter[str]()
    for part in sorted(parts, key=lambda part: _hash(part.key)):
        group = f"{part.category}/{part.family}"
        taken[part.category].append((turns[group], _hash(group), part))
        turns[group] += 1
    chosen = [
        (rank, part.key, part)
        for ranked in taken.values()
        for rank, (_, _, part) in enumerate(sorted(ranked, key=lambda each: each[:2])[:count])
    ]
    return [part for _, _, part in sorted(chosen, key=lambda each: each[:2])]


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
