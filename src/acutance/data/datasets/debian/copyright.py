"""What the copyright file of a Debian package says, in its machine-readable form.

After https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/: paragraphs of fields. The
first is of the package, those with ``Files`` are of the files that their patterns match.
"""

import re
from dataclasses import dataclass
from fnmatch import translate


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Whom to name, and on what terms a file may be used; empty where nothing is said."""

    holder: str = ""
    license: str = ""


class Copyright:
    """Terms by file.

    Attributes:
        comment: what is said of all files.

    >>> said = Copyright("Comment: Free.\\n\\nFiles: *\\nCopyright: Ann\\nLicense: GPL-3+\\n text")
    >>> said.comment, said.terms("a/b.step")
    ('Free.', Terms(holder='Ann', license='GPL-3+'))
    """

    def __init__(self, text: str) -> None:
        """Read the text; what is not in the form is passed over."""
        self._single = dict[str, tuple[int, Terms]]()
        self._patterns = list[tuple[int, re.Pattern[str], Terms]]()
        paragraphs = [_fields(each) for each in re.split(r"\n[ \t]*\n", text.replace("\r", ""))]
        lines = paragraphs[0].get("comment", "").split("\n")
        self.comment = " ".join(line.strip() for line in lines if line.strip() != ".")
        for number, fields in enumerate(paragraphs):
            terms = Terms(
                holder=", ".join(line.strip() for line in fields.get("copyright", "").splitlines()),
                license=fields.get("license", "").partition("\n")[0].strip(),
            )
            for pattern in fields.get("files", "").split():
                if re.search(r"[*?\\]", pattern):
                    expression = re.compile(translate(pattern.replace("[", "[[]")))
                    self._patterns.append((number, expression, terms))
                else:
                    self._single[pattern] = number, terms

    def terms(self, path: str) -> Terms:
        """The terms of a file, by its path in the source; the last paragraph that fits counts."""
        found, terms = self._single.get(path, (-1, Terms()))
        for number, expression, others in self._patterns:
            if number > found and expression.match(path):
                found, terms = number, others
        return terms


def _fields(paragraph: str) -> dict[str, str]:
    """The fields of a paragraph, their names in small letters."""
    found = re.findall(r"^([\w-]+):(.*(?:\n[ \t].*)*)", paragraph, re.MULTILINE)
    return {name.lower(): value.strip() for name, value in found}
