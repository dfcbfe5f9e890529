"""Commands to try things with, and to see whether they work here."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from acutance.cli import terminal
from acutance.cli.options import MaybeFormat, MaybeInt, MaybePath
from acutance.errors import InputError


@dataclass(frozen=True, kw_only=True)
class ShapesCommand:
    """Make shapes to try things with: a machine part, or furniture and aircraft in any number."""

    kind: Positional[Literal["part", "chair", "lamp", "plane", "sofa", "table"]]
    """part: a bearing block with creases, holes and curved faces; the others are families."""
    output: Annotated[MaybePath, arg(aliases=["-o"])] = None
    """File to write; with --count a folder. By default named after the kind."""
    seed: MaybeInt = None
    """Another seed, another shape; with --count the first of them."""
    count: MaybeInt = None
    """How many shapes to write, as KIND/000000.obj, KIND/000001.obj, ..."""
    format: MaybeFormat = None
    """Format of the files of --count; obj by default."""

    def run(self) -> None:
        """Make and write."""
        from acutance.cli.progress_bar import ProgressBar
        from acutance.cli.show import show_mesh
        from acutance.jobs.data import procedural, write_shapes
        from acutance.mesh.io.save import save_mesh

        if self.count is None and self.format is not None:
            raise InputError(
                "--format is for --count; the format of one shape is the ending of its file: -o "
                f"{self.kind}.{self.format}."
            )
        if self.count is None:
            mesh = procedural(self.kind, self.seed)
            path = self.output or Path(f"{self.kind}.obj")
            save_mesh(mesh, path)
            show_mesh(mesh, path)
            return
        folder = (self.output or Path("shapes")) / self.kind
        with ProgressBar() as bar:
            write_shapes(self.kind, folder, self.count, self.seed or 0, self.format or "obj", bar)
        terminal.print_folder(folder, self.count)


@dataclass(frozen=True, kw_only=True)
class DoctorCommand:
    """Is this machine ready? Tries every part and names the remedy for what does not work."""

    def run(self) -> None:
        """Examine and tell; exit code 1 where something is broken."""
        from acutance.cli.doctor import examine

        findings = examine()
        terminal.print_findings(findings)
        if any(finding.state == "broken" for finding in findings):
            sys.exit(1)
