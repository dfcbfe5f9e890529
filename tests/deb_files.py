"""Packages of Debian, as small as can be."""

import io
import tarfile
from pathlib import Path


def deb(path: Path, files: dict[str, bytes], compression: str = "xz") -> Path:
    """A Debian package of these files, all of the time 1."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=f"w:{compression}") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), 1
            archive.addfile(member, io.BytesIO(content))
    parts = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", f"data.tar.{compression}": b""}
    parts[f"data.tar.{compression}"] = data.getvalue()
    body = b"!<arch>\n"
    for name, content in parts.items():
        header = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n"
        body += header.encode() + content + b"\n" * (len(content) % 2)
    path.write_bytes(body)
    return path
