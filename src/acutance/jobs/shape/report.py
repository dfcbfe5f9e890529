"""Write a fit: model, mesh, metrics and report."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from acutance.jobs.info import solid_facts, source_facts
from acutance.jobs.shape.fit import Fit
from acutance.jobs.shape.models import MODEL
from acutance.jobs.shape.rescue import rescued
from acutance.machine.description import processor
from acutance.machine.file_set import written_as_one
from acutance.machine.files import write_json
from acutance.mesh.io.save import save_mesh
from acutance.metrics.table import UNIT, field_table, milli, tables
from acutance.model.configuration import to_plain
from acutance.model.storage import WEIGHTS
from acutance.progress import SILENT, Progress, StageTimes
from acutance.report.curves import Curve
from acutance.report.page import Figure, Report, write_report
from acutance.report.pictures import Picture, comparison

LIBRARIES = ("acutance", "torch", "warp-lang", "numpy")


def write_fit(
    result: Fit,
    folder: Path,
    name: str,
    formats: Sequence[str] = (),
    progress: Progress = SILENT,
    *,
    rescue: Path | None = None,
) -> list[Path]:
    """Write `model/`, `mesh.glb` (and other formats), `metrics.json` and `report.html`, as one.

    Args:
        result: what was fitted.
        folder: where to write; made if it is not there.
        name: name of the input, the report's title.
        formats: endings of further mesh files, without the dot.
        progress: receives the stages and how they go on.
        rescue: folder for the network where the rest cannot be written, or is interrupted.

    Returns:
        What was written, the report last.

    Raises:
        InputError: something cannot be written.

    Example:
        >>> import tempfile
        >>> from acutance import Budget, Contouring, FitConfig, fit_shape
        >>> from acutance.metrics.measure import SampleCounts
        >>> from acutance.shapes.analytic import Box
        >>> few = SampleCounts(surface=1000, chamfer=1000, volume=1000)
        >>> config = FitConfig(
        ...     budget=Budget(steps=30), contouring=Contouring(resolution=16), counts=few
        ... )
        >>> result = fit_shape(Box().mesh(), config)
        >>> files = write_fit(result, Path(tempfile.mkdtemp()), "box", ["stl"])
        >>> [file.name for file in files]
        ['model.safetensors', 'mesh.glb', 'mesh.stl', 'metrics.json', 'report.html']
    """
    times = StageTimes(progress)
    meshes = [f"mesh.{ending}" for ending in dict.fromkeys(("glb", *formats))]
    names = [f"{MODEL}/{WEIGHTS}", *meshes, "metrics.json", "report.html"]
    with rescued(result.shape, rescue), written_as_one(folder) as fresh:
        with times.stage("writing"):
            result.shape.save(fresh / MODEL)
            for mesh in meshes:
                save_mesh(result.mesh, fresh / mesh, result.reading.unit)
            _write_metrics(result, fresh / "metrics.json")
        with times.stage("pictures"):
            pictures = _pictures(result)
        files = [fresh / written for written in names[:-1]]
        report = _report(result, name, pictures, files, {**result.seconds, **times.seconds})
        write_report(fresh / "report.html", report)
    return [folder / written for written in names]


def headline(result: Fit, weights: Path) -> list[Figure]:
    """The four numbers that matter most: distances, normals, and the size of the model.

    Args:
        result: what was fitted.
        weights: file of the model's weights.
    """
    surface, normals = result.metrics.surface, result.metrics.normal_consistency
    return [
        Figure(name="mean distance", value=milli(surface.mean), unit=UNIT),
        Figure(name="99 % are within", value=milli(surface.p99), unit=UNIT),
        *([] if normals is None else [Figure(name="normals", value=f"{normals:.4f}")]),
        Figure(name="model", value=f"{weights.stat().st_size / 1e6:.2f}", unit="MB"),
    ]


def _write_metrics(result: Fit, path: Path) -> None:
    """Metrics, times, settings and the decision about inside and outside, as JSON."""
    solid = result.solid.report
    content = {
        "unit": result.reading.unit,
        "metrics": result.metrics.to_json(),
        "field": asdict(result.field_error),
        "solid": {
            "rule": solid.rule,
            "reason": solid.reason,
            "agreement": solid.agreement,
            "thickness": solid.thickness,
        },
        "training": {
            "steps": result.run.steps,
            "seconds": result.run.seconds,
            "interrupted": result.run.interrupted,
        },
        "meshing": {
            "faces": len(result.mesh.faces),
            "evaluations": result.extraction.evaluations,
            "gradients": result.extraction.gradients,
        },
        "seconds": result.seconds,
        "settings": to_plain(result.preset),
        "messages": list(result.messages),
    }
    write_json(path, content)


def _pictures(result: Fit) -> list[Picture]:
    """Input, result and error from one camera."""
    frame, metrics = result.solid.transform, result.metrics
    to_radii = frame.scale / metrics.radius
    return comparison(
        result.source,
        result.mesh,
        lambda points: to_radii * result.solid.inside.unsigned(frame.to_unit(points)),
        limit=metrics.result_to_reference.p99,
        device=result.solid.device,
    )


def _report(
    result: Fit,
    name: str,
    pictures: list[Picture],
    files: list[Path],
    seconds: dict[str, float],
) -> Report:
    """All that the page says."""
    faces = len(result.mesh.faces)
    return Report(
        title=name,
        summary=f"A neural SDF, and its surface as a closed mesh of {faces:,} faces.",
        figures=headline(result, files[0]),
        facts={**source_facts(result.reading), **solid_facts(result.solid)},
        warnings=result.messages,
        pictures=pictures,
        tables=[*tables(result.metrics), field_table(result.field_error)],
        curves=_curves(result),
        seconds=seconds,
        sizes={path.name: path.stat().st_size for path in files},
        settings=_flat(to_plain(result.preset)),
        machine=f"{processor()}, {os.cpu_count()} cores, trained on {result.shape.device}",
        versions={"python": platform.python_version(), **{n: version(n) for n in LIBRARIES}},
    )


def _curves(result: Fit) -> list[Curve]:
    """Loss and speed over the time of the training."""
    records = result.run.records
    x = np.array([record.seconds for record in records])
    loss = Curve(
        title="Loss",
        x_label="seconds",
        y_label="relative L1",
        x=x,
        y=np.array([record.loss for record in records]),
        logarithmic=True,
    )
    speed = np.array([record.rate for record in records]) / 1e6
    return [
        loss,
        replace(loss, title="Speed", y_label="million samples/s", y=speed, logarithmic=False),
    ]


def _flat(settings: dict[str, object], prefix: str = "") -> dict[str, object]:
    """Nested settings under dotted names."""
    flat: dict[str, object] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            flat[f"{prefix}{name}"] = value.get("type")
            flat |= _flat({k: v for k, v in value.items() if k != "type"}, f"{prefix}{name}.")
        elif name != "type":
            flat[f"{prefix}{name}"] = value
    return flat
