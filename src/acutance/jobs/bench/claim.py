"""A folder is claimed by one bench, which goes on with the same arguments and samples."""

import hashlib
import json
from pathlib import Path
from typing import Any

from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.bench.config import BenchConfig
from acutance.jobs.space.run_folder import RUN_SETTINGS
from acutance.machine.files import write_json
from acutance.machine.plain_files import read_json
from acutance.model.configuration import difference, to_plain

BENCH_SETTINGS = "bench.json"
"""What a bench was started with, in its folder."""


def claim_bench(folder: Path, config: BenchConfig, data: Path | None) -> None:
    """Write what is compared into a fresh folder, or see that the same goes on.

    Raises:
        InputError: the folder holds another bench, or a training of none.
    """
    path = folder / BENCH_SETTINGS
    wanted: dict[str, Any] = {
        "config": to_plain(config),
        "data": None if data is None else str(data.resolve()),
    }
    if not path.exists():
        for variant in config.variants:
            if (run := folder / variant.name / RUN_SETTINGS).exists():
                raise InputError(
                    f"{run.parent} holds a training of no bench; choose another folder for the "
                    "bench, or remove it."
                )
        write_json(path, wanted)
        return
    found, asked = _settings(path), json.loads(json.dumps(wanted))
    if differs := difference({name: found.get(name) for name in asked}, asked, "bench"):
        raise InputError(
            f"{folder} holds a bench that was started with {differs}; give the arguments that it "
            "was started with, or choose another folder."
        )


def check_samples(folder: Path, store: SampleStore) -> None:
    """Note which samples a bench has, or see that they are still the same.

    Raises:
        InputError: they are others.
    """
    path = folder / BENCH_SETTINGS
    lines = [f"{r.key} {r.split} {r.checksum}\n" for r in store.records.values()]
    now, found = hashlib.sha256("".join(lines).encode()).hexdigest(), _settings(path)
    if found.setdefault("samples", now) != now:
        raise InputError(
            f"The samples in {store.folder} are not those that the bench in {folder} was started "
            "with; restore them, or choose another folder for the bench."
        )
    write_json(path, found)


def _settings(path: Path) -> dict[str, Any]:
    """What a bench was started with.

    Raises:
        InputError: the file is damaged.
    """
    try:
        return dict(read_json(path))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read; restore it, or choose another folder for the bench."
        ) from error
