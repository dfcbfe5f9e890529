"""Is this machine ready? Each part that Acutance stands on is tried, not only looked for."""

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

MEMORY_GIB = 3.0  # PyTorch, the samples and the octree of a default fit, beside the system
FIT_STEPS, FIT_ERROR = 200, 0.08  # two seconds, and an error of 0.025, on two cores
DISK_GIB = 1.0  # compiled kernels, and the results of many fits


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found about one part of the machine.

    Attributes:
        part: what was examined.
        state: `missing` is not installed; `broken` is there and does not work, or is too small.
        detail: the version and place, or what went wrong.
        remedy: what to do; empty where the state is `ok`.
    """

    part: str
    state: Literal["ok", "missing", "broken"]
    detail: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Try everything that Acutance stands on; takes seconds, longer while kernels are compiled.

    Returns:
        One finding a part, in the order of the data's journey. Never raises for a sick machine.
    """
    return [_examined(*check) for check in _CHECKS]


def _examined(part: str, check: Callable[[], str], remedy: str) -> Finding:
    """The finding of a check that returns its detail, or raises."""
    try:
        return Finding(part=part, state="ok", detail=check())
    except ModuleNotFoundError as error:
        return Finding(part=part, state="missing", detail=str(error), remedy=remedy)
    except Exception as error:  # whatever a sick library raises is the finding
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return Finding(part=part, state="broken", detail=reason, remedy=remedy)


def _python() -> str:
    if sys.version_info < (3, 10):  # noqa: UP036 (a wheel can be forced onto an older Python)
        raise RuntimeError(f"Python {platform.python_version()} is older than 3.10")
    return f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def _cores() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{usable} usable"


def _memory() -> str:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return "unknown on this system"
    gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    if gib < MEMORY_GIB:
        raise RuntimeError(f"{gib:.1f} GiB, and {MEMORY_GIB:.0f} GiB are needed")
    return f"{gib:.1f} GiB"


def _disk() -> str:
    gib = shutil.disk_usage(Path.cwd()).free / 2**30
    if gib < DISK_GIB:
        raise RuntimeError(f"{gib:.1f} GiB free in {Path.cwd()}, and {DISK_GIB:.0f} GiB are needed")
    return f"{gib:.1f} GiB free in {Path.cwd()}"


def _torch() -> str:
    import torch

    names = ["cpu", *(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        names.append("mps")
    for device in _devices():
        product = torch.ones(8, 8, device=device) @ torch.ones(8, 8, device=device)
        if float(product.sum()) != 512.0:
            raise RuntimeError(f"a matrix product is wrong on {device}")
    return f"{torch.__version__} with {', '.join(names)}"


def _devices() -> list[str]:
    """The devices that a shape can be learned on."""
    import torch

    return ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]


def _cache() -> str:
    import warp

    from acutance.machine.warp_start import start

    start()
    folder = Path(warp.config.kernel_cache_dir)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"acutance")
    return str(folder)


def _warp() -> str:
    import numpy as np
    import torch
    import warp

    from acutance.mesh.mesh import TriangleMesh
    from acutance.solid.distance.surface_distance import SurfaceDistance

    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float64)
    triangle = TriangleMesh(corners, np.array([[0, 1, 2]], np.int32))
    devices = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    for device in devices:
        query = SurfaceDistance(triangle, device=device)
        if abs(query.unsigned(np.array([[0.2, 0.2, 0.5]]))[0] - 0.5) > 1e-5:
            raise RuntimeError(f"the distance to a triangle is wrong on {device}")
    return f"{warp.__version__}, kernels run on {', '.join(devices)}"


def _libigl() -> str:
    import igl
    import numpy as np

    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int64)
    winding = igl.fast_winding_number(corners, faces, np.array([[0.1, 0.1, 0.1]]))
    if abs(np.ravel(winding)[0] - 1.0) > 1e-2:
        raise RuntimeError("the winding number inside a tetrahedron is not 1")
    return version("libigl")


def _manifold() -> str:
    import manifold3d

    cube = manifold3d.Manifold.cube((1.0, 1.0, 1.0))
    if abs((cube - cube.translate((0.5, 0.0, 0.0))).volume() - 0.5) > 1e-9:
        raise RuntimeError("the difference of two cubes is wrong")
    return version("manifold3d")


def _trimesh() -> str:
    import trimesh

    formats = ("stl", "glb")
    box = trimesh.creation.box()
    for kind in formats:
        data = trimesh.util.wrap_as_stream(box.export(file_type=kind))
        if len(trimesh.load(data, file_type=kind, force="mesh").faces) != len(box.faces):
            raise RuntimeError(f"a box does not survive {kind.upper()}")
    return f"{trimesh.__version__}: {', '.join(formats)}"


def _fit() -> str:
    for device in _devices():
        _learn_ball(device, FIT_STEPS)
    return f"a ball is learned and meshed on {', '.join(_devices())}"


def _learn_ball(device: str, steps: int) -> None:
    """Fit a ball, mesh what was learned, and compare it with the ball.

    Raises:
        RuntimeError: the mesh is not that of the ball.
    """
    import numpy as np
    import torch

    from acutance.contouring.contour import Contouring
    from acutance.data.pool import Pool
    from acutance.mesh.normalize import Similarity
    from acutance.model.decoder import DecoderConfig
    from acutance.model.encodings import Hash
    from acutance.model.neural_sdf import NeuralSDF
    from acutance.shapes.analytic import Sphere
    from acutance.training.losses import RelativeL1
    from acutance.training.objective import Objective
    from acutance.training.schedule import Budget
    from acutance.training.shape.fit import Fitting, fit

    ball, generator = Sphere(radius=0.6), torch.Generator().manual_seed(0)
    points = torch.rand(40_000, 3, generator=generator, device="cpu") * 2 - 1
    near = points[::2]  # half of the samples lie within a tenth of the radius about the surface
    near *= ball.radius / near.norm(dim=1, keepdim=True) * (1 + 0.1 * near[:, :1])
    none = torch.empty(0, 3, device="cpu")
    pool = Pool(points, ball.sdf(points), none, none).to(torch.device(device))
    grid = Hash(levels=4, log2_table_size=12, base_resolution=4, finest_resolution=32)
    fitting = Fitting(objective=Objective(distance=RelativeL1(floor=0.05)), batch=2048)
    run = fit(pool, DecoderConfig(encoding=grid), fitting, Budget(steps=steps))
    shape = NeuralSDF(run.decoder, Similarity())
    mesh = shape.extract(Contouring(resolution=24)).mesh
    error = np.abs(np.linalg.norm(mesh.vertices, axis=1) - ball.radius).max()
    if error > FIT_ERROR:
        raise RuntimeError(f"a ball that was learned on {device} is wrong by {error:.2g}")


def _pictures() -> str:
    import numpy as np

    from acutance.report.pictures import comparison
    from acutance.shapes.part import part

    block = part()
    pictures = comparison(block, block, lambda points: np.zeros(len(points)), size=32)
    if not all(picture.png.startswith(b"\x89PNG") for picture in pictures):
        raise RuntimeError("a picture of the built-in part is no PNG file")
    return "rendered without a display"


_REINSTALL = "Install it again: pip install --force-reinstall {}"
_CHECKS: list[tuple[str, Callable[[], str], str]] = [
    ("acutance", lambda: version("acutance"), ""),
    ("Python", _python, "Use Python 3.10 or newer."),
    ("cores", _cores, ""),
    ("memory", _memory, "Close other programs, or fit with a lower --resolution."),
    ("disk", _disk, "Make room, or work in a folder on another disk."),
    ("PyTorch", _torch, _REINSTALL.format("torch")),
    ("kernel cache", _cache, "Set WARP_CACHE_PATH to a folder that can be written."),
    ("Warp", _warp, _REINSTALL.format("warp-lang")),
    ("libigl", _libigl, _REINSTALL.format("libigl")),
    ("manifold3d", _manifold, _REINSTALL.format("manifold3d")),
    ("trimesh", _trimesh, _REINSTALL.format("trimesh")),
    (
        "fit",
        _fit,
        "Fit with `--device cpu` where a GPU is wrong; " + _REINSTALL.format("torch") + ".",
    ),
    ("pictures", _pictures, _REINSTALL.format("acutance")),
]
