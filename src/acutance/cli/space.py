"""Commands that make a space of shapes: prepare and train."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from acutance.cli.options import (
    INTERRUPTED,
    MaybeFloat,
    MaybeInt,
    MaybePath,
    RuleName,
    RunPath,
    StorePath,
)

SpacePresetName = Literal[
    "best", "many", "deformed", "local", "deepsdf", "relu", "relu-fft", "relu-hash",
    "siren", "siren-fft", "siren-hash", "hosc", "hosc-fft", "hosc-hash",
]  # fmt: skip

PRESET_HELP = """Decoder and how it is trained.
best: the code mixes hash tables, a small ReLU network reads them; 0.95 M parameters, code 48.
many: best for more than 64 shapes: more tables, of planes and lines; 0.99 M parameters, code 192.
deformed: for one class, and for new and unseen shapes of it: the code moves space, then mixes \
tables; 0.87 M parameters, code 192.
local: every shape has a hash table of its own as its code: the largest codes; 0.01 M parameters, \
code 63,044.
deepsdf: DeepSDF's network: 8 × 512 ReLU, skip, weight norm, dropout, tanh; 1.84 M parameters, \
code 256.
relu: 5 × 256 ReLU; 0.33 M parameters, code 256.
relu-fft: 5 × 256 ReLU, Fourier features; 0.36 M parameters, code 256.
relu-hash: 5 × 256 ReLU, shared hash grid; 0.52 M parameters, code 256.
siren: 5 × 256 SIREN, as the paper has it; 0.33 M parameters, code 256.
siren-fft: 5 × 256 SIREN, Fourier features; 0.36 M parameters, code 256.
siren-hash: 5 × 256 SIREN, shared hash grid; 0.52 M parameters, code 256.
hosc: 5 × 256 HOSC, as the paper has it; 0.33 M parameters, code 256.
hosc-fft: 5 × 256 HOSC, Fourier features; 0.36 M parameters, code 256.
hosc-hash: 5 × 256 HOSC, shared hash grid; 0.52 M parameters, code 256."""
"""Written out, so that help builds no network; a test holds it to the presets."""


@dataclass(frozen=True, kw_only=True)
class PrepareCommand:
    """Sample the shapes of a data set into a store; going on where it was interrupted."""

    source: Annotated[Positional[Path], arg(metavar="SOURCE")]
    """Folder of meshes (category = folder), ShapeNetCore, ModelNet, DeepSDF's samples, a list
    (.txt, .csv); or the word procedural, open5 or parts."""
    store: StorePath
    """Folder to write."""
    split: Annotated[tuple[Path, ...], arg(metavar="[PATH ...]")] = ()
    """DeepSDF's split files (JSON); only the shapes that they name are taken."""
    test_share: MaybeFloat = None
    """Share of the shapes to keep aside where the data set does not say: none by default, 0.2 of
    parts. Names decide, so that of a few shapes it may be more or less."""
    split_by: Literal["family", "name"] = "family"
    """What is kept aside together: families of near-duplicates, where the data set names them, or
    single shapes."""
    samples: int = 300_000
    """Samples with a signed distance, a shape."""
    surface: int = 50_000
    """Surface points with normals, a shape."""
    widths: tuple[float, ...] = (0.002, 0.02)
    """Standard deviations of the distance from the surface; the shape's radius is about 1."""
    creases: float = 0.1
    """Share of the samples close to the surface that lie about its creases."""
    uniform: float = 1 / 9
    """Share of the samples that lie anywhere."""
    rule: RuleName = "auto"
    """How inside and outside are told apart."""
    thickness: float = 1.5e-3
    """Half the thickness that single sheets get, where the rule is flood."""
    count: MaybeInt = None
    """Shapes a category, for procedural (8 by default; a test share comes on top) and parts (at
    most 1,000, as by default; some of every family)."""
    packages: MaybePath = None
    """Folder with the Debian packages of open5 or parts, where they cannot be fetched."""
    strict: bool = False
    """A shape that cannot be sampled is an error."""
    seed: int = 0
    """Seed of the samples and the split."""

    def run(self) -> None:
        """Find, sample, and tell."""
        from acutance.cli.progress_bar import ProgressBar
        from acutance.cli.show import show_prepared
        from acutance.data.pool import Sampling
        from acutance.data.preparation import Preparation
        from acutance.jobs.data import DataRequest, find_data
        from acutance.jobs.prepare import prepare

        request = DataRequest(
            source=self.source,
            split=self.split,
            test_share=self.test_share,
            split_by=self.split_by,
            count=self.count,
            packages=self.packages,
            seed=self.seed,
        )
        sampling = Sampling(
            count=self.samples,
            widths=self.widths,
            creases=self.creases,
            uniform=self.uniform,
            surface=self.surface,
        )
        preparation = Preparation(
            sampling=sampling, rule=self.rule, thickness=self.thickness, seed=self.seed
        )
        with ProgressBar() as bar:
            found = find_data(request, self.store, bar)
            prepared = prepare(
                found.shapes,
                self.store,
                preparation,
                strict=self.strict,
                notices=found.notices,
                progress=bar,
            )
        show_prepared(prepared, found.notes)


@dataclass(frozen=True, kw_only=True)
class TrainCommand:
    """Train a space of shapes: one decoder, and a code for every shape."""

    store: StorePath
    """What `acutance prepare` wrote."""
    run_folder: RunPath
    """Folder to write: model/, checkpoint, curves, pictures."""
    preset: Annotated[SpacePresetName | None, arg(help=PRESET_HELP)] = None
    film: bool = False
    """Codes scale and shift every layer (FiLM), instead of joining the input of the first."""
    normals: MaybeFloat = None
    """Weight of the paper's normal term; by default it is left out."""
    seconds: MaybeFloat = None
    """Time to train; 600 by default."""
    steps: MaybeInt = None
    """Steps to train instead of a time; the same steps and seed give the same result."""
    epochs: MaybeInt = None
    """Rounds in which every shape comes up once, instead of a time."""
    categories: Annotated[tuple[str, ...], arg(metavar="[NAME ...]")] = ()
    """Only shapes of these categories; by default all."""
    resume: bool = False
    """Go on with the training in the folder, with its settings; more time, steps or epochs than
    it had may be given."""
    pictures: MaybeInt = None
    """How often to make a picture of some shapes; 5 by default."""
    device: str = "auto"
    """Where to compute."""
    seed: MaybeInt = None
    """Seed of weights, codes and order; 0 by default."""

    def run(self) -> None:
        """Train, write, and say what was written."""
        from acutance.cli.progress_bar import ProgressBar
        from acutance.cli.show import show_trained
        from acutance.data.store import SampleStore
        from acutance.jobs.space.config import TrainConfig
        from acutance.jobs.space.resume import started_with
        from acutance.jobs.space.train import train

        usual = started_with(self.run_folder) if self.resume else TrainConfig()
        config = usual.changed(
            preset=self.preset,
            film=self.film or None,
            normals=self.normals,
            seconds=self.seconds,
            steps=self.steps,
            epochs=self.epochs,
            categories=self.categories or None,
            pictures=self.pictures,
            device=self.device,
            seed=self.seed,
        )
        with ProgressBar() as bar:
            store = SampleStore.open(self.store)
            result = train(store, self.run_folder, config, resume=self.resume, progress=bar)
        show_trained(result)
        if result.run.interrupted:
            sys.exit(INTERRUPTED)
