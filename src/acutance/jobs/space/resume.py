"""A run's folder is claimed by one training, which can be resumed with the same settings."""

import json
from pathlib import Path
from typing import Any

from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.run_folder import CHECKPOINT, MODEL, RUN_SETTINGS, read_settings
from acutance.machine.files import write_json
from acutance.model.configuration import difference, from_plain, to_plain
from acutance.model.space.coded import ShapeDecoderConfig
from acutance.training.space.fitting import SpaceFitting
from acutance.training.space.presets import SpacePreset


def claim(
    folder: Path,
    config: TrainConfig,
    preset: SpacePreset,
    keys: list[str],
    store: SampleStore,
    *,
    resume: bool,
) -> None:
    """Write what is trained into a fresh folder, or see that the same is resumed."""
    wanted = {
        "config": to_plain(config),
        "decoder": to_plain(preset.decoder),
        "fitting": to_plain(preset.fitting),
        "shapes": keys,
        "samples": [store.record(key).checksum for key in keys],
        "store": str(store.folder.resolve()),
    }
    path = folder / RUN_SETTINGS
    if not resume:
        # A run that was stopped before its first checkpoint left nothing to lose.
        if path.exists() and any((folder / name).exists() for name in (CHECKPOINT, MODEL)):
            raise InputError(
                f"{folder} holds a training already; go on with it by --resume, or choose another "
                "folder."
            )
    else:
        found = read_settings(folder)
        if "config" in found:
            _check_not_shorter(folder, config)
        kept = _kept_preset(folder)
        before = {
            "decoder": to_plain(kept.decoder),
            "fitting": to_plain(kept.fitting),
            "shapes": found.get("shapes"),
        }
        for name, had in before.items():
            asked = json.loads(json.dumps(wanted[name]))
            if differs := difference(json.loads(json.dumps(had)), asked, name):
                raise InputError(
                    f"The training in {folder} was started with {differs}; resume with the "
                    f"settings of {path}, or train anew in another folder."
                )
        if others := other_samples(found, store):
            raise InputError(
                f"The samples of {len(others)} of {len(keys)} shapes in {store.folder}, "
                f"{others[0]} for one, are not those that the training in {folder} was started "
                "with; resume with that store, or train anew in another folder."
            )
    write_json(path, wanted)


def resumed_preset(folder: Path, config: TrainConfig, shapes: int) -> SpacePreset:
    """What a run goes on to train: what it began with, whatever its preset's name stands for now.

    Args:
        folder: the run.
        config: how it is to go on; where it asks for another preset, this is that.
        shapes: how many are learned.

    Raises:
        InputError: the folder holds no run, or its settings are damaged.
    """
    before = started_with(folder)
    options = ("preset", "film", "normals", "seed")
    if any(getattr(before, name) != getattr(config, name) for name in options):
        return config.chosen(shapes)
    return _kept_preset(folder)


def _kept_preset(folder: Path) -> SpacePreset:
    """Decoder and fitting as a run's folder has them; settings that are newer than it by default.

    Raises:
        InputError: the folder holds no run, or its settings are damaged.
    """
    found = read_settings(folder)
    try:
        return SpacePreset(
            decoder=from_plain(ShapeDecoderConfig, found.get("decoder")),
            fitting=from_plain(SpaceFitting, found.get("fitting")),
        )
    except InputError as error:
        raise InputError(f"{folder / RUN_SETTINGS} cannot be used: {error}") from error


def other_samples(settings: dict[str, Any], store: SampleStore) -> list[str]:
    """Shapes that a run learned from samples that are not those of a store, by their checksums.

    Shapes that the store lacks are not among them; an older run noted no checksums.

    Args:
        settings: the run's.
        store: to compare with.
    """
    keys, checksums = settings.get("shapes"), settings.get("samples")
    if not isinstance(keys, list) or not isinstance(checksums, list):
        return []
    known = store.records
    return [
        key
        for key, checksum in zip(keys, checksums, strict=False)
        if isinstance(key, str) and key in known and known[key].checksum != checksum
    ]


def _check_not_shorter(folder: Path, config: TrainConfig) -> None:
    """Refuse to cut the budget of a training, which counts from its beginning."""
    before = started_with(folder)
    for name, had, now in (
        ("--epochs", before.epochs, config.epochs),
        ("--steps", before.budget.steps, config.budget.steps),
        ("--seconds", before.budget.seconds, config.budget.seconds),
    ):
        if had is None and now is None:
            continue
        if had is not None and now is not None and now < had:
            raise InputError(
                f"The training in {folder} was started with {name} {had:g}, and {now:g} is "
                f"less; they count from its beginning: give more, or none to go on to {had:g}."
            )
        return


def started_with(folder: Path) -> TrainConfig:
    """The settings of the training in a folder; the usual ones where an older run kept none.

    Raises:
        InputError: the folder holds no run, or its settings are damaged.
    """
    found = read_settings(folder)
    if "config" not in found:
        return TrainConfig()
    try:
        config: TrainConfig = from_plain(TrainConfig, found["config"])
    except InputError as error:
        raise InputError(f"{folder / RUN_SETTINGS} cannot be used: {error}") from error
    return config
