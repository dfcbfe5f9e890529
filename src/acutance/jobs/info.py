"""What a file is, and what would be done with it."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from acutance.data.store import STORE_FILE, SampleStore
from acutance.jobs.shape.fit import RESOLUTION, thickness_for
from acutance.jobs.shape.models import open_model
from acutance.jobs.space.open import open_space
from acutance.jobs.space.run_folder import RUN_SETTINGS
from acutance.mesh.io.load import read
from acutance.mesh.mesh import PointCloud
from acutance.mesh.reading import Reading
from acutance.mesh.topology import Topology
from acutance.mesh.units import NAMES, Unit, length
from acutance.model.decoder import DecoderConfig
from acutance.model.network import NetworkConfig
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.coded import CodedConfig
from acutance.model.space.deepsdf import DeepSdfConfig
from acutance.model.space.refined import RefinedConfig
from acutance.model.space.shape_space import ShapeSpace
from acutance.model.storage import is_space
from acutance.solid.solid import Solid


@dataclass(frozen=True, kw_only=True)
class Description:
    """Facts about a file, by name, and what its user should know."""

    facts: dict[str, str]
    warnings: tuple[str, ...] = ()


def describe(path: Path, unit: Unit | None = None) -> Description:
    """Facts about a mesh, a point cloud, a model, a space of shapes or a store of samples.

    Args:
        path: a file or a folder.
        unit: of the coordinates of a mesh or a point cloud; None for what the file says.

    Raises:
        InputError: it is none of them, or damaged.
    """
    if (path / STORE_FILE).exists():
        return Description(facts=_store_facts(SampleStore.open(path)))
    if (path / RUN_SETTINGS).exists() or is_space(path):
        return Description(facts=_space_facts(open_space(path, "cpu")))
    if path.is_dir():
        return Description(facts=_model_facts(path, open_model(path, "cpu")))
    reading = read(path, unit)
    solid = Solid.of(reading, thickness=partial(thickness_for, resolution=RESOLUTION))
    return Description(
        facts={"file": str(path), **source_facts(reading), **solid_facts(solid)},
        warnings=(*reading.notes, *solid.report.warnings),
    )


def source_facts(reading: Reading) -> dict[str, str]:
    """Kind, unit, size and extent of a shape."""
    source, unit = reading.shape, reading.unit
    lower, upper = source.bounds
    sides = " × ".join(length(float(side), None) for side in upper - lower)
    extent = {
        "unit": "not known" if unit is None else NAMES[unit],
        "extent": f"{sides}{'' if unit is None else f' {unit}'} (x × y × z)",
    }
    if isinstance(source, PointCloud):
        normals = "with normals" if source.normals is not None else "without normals"
        return {"kind": f"point cloud, {normals}", "points": f"{len(source.points):,}", **extent}
    return {
        "kind": "triangle mesh",
        "faces": f"{len(source.faces):,}",
        "vertices": f"{len(source.vertices):,}",
        **extent,
    }


def solid_facts(solid: Solid) -> dict[str, str]:
    """How inside and outside are told apart, and how sure that is."""
    report = solid.report
    facts = {
        **({} if report.topology is None else topology_facts(report.topology)),
        "inside by": f"{report.rule}: {report.reason}",
        "how sure": f"{100 * report.agreement:.2f} %: {report.measured}",
    }
    if report.thickness is not None:
        facts["thickness"] = f"{solid.transform.in_words(report.thickness)} outside the surface"
    return facts


def topology_facts(topology: Topology) -> dict[str, str]:
    """Whether a mesh is closed, and if not, why."""
    defects = {
        "boundary edges": topology.boundary_edges,
        "edges of more than two faces": topology.nonmanifold_edges,
        "edges of flipped neighbours": topology.misoriented_edges,
        "duplicate faces": topology.duplicate_faces,
        "faces of no area": topology.degenerate_faces,
    }
    found = ", ".join(f"{count:,} {name}" for name, count in defects.items() if count)
    return {
        "bodies": f"{topology.bodies:,}",
        "closed": "yes" if topology.closed else "no",
        "defects": found or "none",
    }


def _model_facts(path: Path, model: NeuralSDF) -> dict[str, str]:
    """Network, size and frame of a model."""
    size = sum(file.stat().st_size for file in path.rglob("*.safetensors"))
    centre = ", ".join(f"{c:.6g}" for c in model.transform.centre)
    unit = model.transform.unit
    return {
        "kind": "neural SDF",
        **_network_facts(model.decoder.config),
        "parameters": f"{model.decoder.parameter_count:,} ({size / 1e6:.2f} MB on disk)",
        "unit": "not known" if unit is None else NAMES[unit],
        "frame": f"centre {centre}; {model.transform.scale:.6g} {unit or 'input units'} a unit",
    }


def _space_facts(space: ShapeSpace) -> dict[str, str]:
    """Shapes and decoder of a space."""
    count = Counter(entry.category for entry in space.entries)
    return {
        "kind": "space of shapes",
        "shapes": ", ".join(f"{number:,} of {category}" for category, number in count.items()),
        **_network_facts(CodedConfig(decoder=space.decoder.config)),
        "parameters": f"{space.decoder.parameter_count:,}",
    }


def _store_facts(store: SampleStore) -> dict[str, str]:
    """Shapes of a store."""
    records = store.records.values()
    count = Counter(record.category for record in records)
    return {
        "kind": "store of samples",
        "shapes": ", ".join(f"{number:,} of {category}" for category, number in count.items()),
        "splits": ", ".join(f"{len(store.split(s)):,} {s}" for s in ("train", "test")),
        "inside by": ", ".join(f"{r}: {n:,}" for r, n in Counter(r.rule for r in records).items()),
        "samples": f"{sum(record.samples for record in records):,}",
        "size": f"{sum(record.size for record in records) / 1e6:.1f} MB",
    }


def _network_facts(config: NetworkConfig) -> dict[str, str]:
    """Layers and encoding of a network, or of what it is made of."""
    if isinstance(config, DecoderConfig):
        layers = f"{config.depth} × {config.width}, {config.activation}"
        return {"network": layers, "encoding": str(config.encoding)}
    if isinstance(config, RefinedConfig):
        own = _network_facts(config.residual)
        return {**_network_facts(config.base), "details by": own["encoding"]}
    space = config.decoder
    if isinstance(space, DeepSdfConfig):
        return {
            "network": f"DeepSDF {space.depth} × {space.width}",
            "code": f"{space.code} numbers",
        }
    return {
        "network": f"{space.depth} × {space.width}, {space.activation}",
        "encoding": str(space.encoding),
        "code": f"{space.code} numbers, {space.conditioning}",
    }
