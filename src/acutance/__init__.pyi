"""The table of contents: the public names, in the order of the data's journey."""

from .errors import (
    DiskFullError as DiskFullError,
    InputError as InputError,
    InputWarning as InputWarning,
    TrainingWarning as TrainingWarning,
)
from .progress import Progress as Progress
from .types import Field as Field

# A file becomes a shape, and a shape a solid with a signed distance.
from .mesh.io.load import load as load, read as read
from .mesh.io.save import save_mesh as save_mesh
from .mesh.mesh import PointCloud as PointCloud, TriangleMesh as TriangleMesh
from .mesh.reading import Reading as Reading
from .solid.solid import Solid as Solid

# The surface of a field becomes a mesh.
from .contouring.contour import (
    Contouring as Contouring,
    Extraction as Extraction,
    extract as extract,
)

# Samples to learn from: of one shape in memory, of many in a store.
from .data.datasets.find import find_shapes as find_shapes
from .data.datasets.source import SampleSource as SampleSource, ShapeSource as ShapeSource
from .data.pool import Sampling as Sampling, draw_pool as draw_pool
from .data.preparation import Preparation as Preparation
from .data.store import SampleStore as SampleStore

# Networks, and the parts that they are made of.
from .model.activations import Activation as Activation, Layer as Layer
from .model.configuration import part_of as part_of
from .model.decoder import Decoder as Decoder, DecoderConfig as DecoderConfig
from .model.encodings import Encoding as Encoding
from .model.linear import linear as linear
from .model.neural_sdf import NeuralSDF as NeuralSDF
from .model.space.conditioning import Conditioning as Conditioning
from .model.space.decoder import SpaceDecoderConfig as SpaceDecoderConfig
from .model.space.shape_space import ShapeSpace as ShapeSpace

# Training, and the parts of its objective.
from .training.losses import (
    BandL1 as BandL1,
    ClampedL1 as ClampedL1,
    ClampedL2 as ClampedL2,
    DistanceLoss as DistanceLoss,
    Huber as Huber,
    RelativeL1 as RelativeL1,
)
from .training.objective import Objective as Objective
from .training.schedule import (
    Budget as Budget,
    Decay as Decay,
    ExponentialDecay as ExponentialDecay,
    StepDecay as StepDecay,
)
from .training.shape.fit import Fitting as Fitting, fit as fit
from .training.shape.presets import PRESETS as PRESETS, Preset as Preset
from .training.space.fitting import SpaceFitting as SpaceFitting
from .training.space.presets import SPACE_PRESETS as SPACE_PRESETS, SpacePreset as SpacePreset

# Numbers.
from .metrics.measure import measure as measure
from .metrics.metrics import Metrics as Metrics

# What each command does, as a call.
from .jobs.shape.clean import CleanConfig as CleanConfig, Cleaned as Cleaned, clean as clean
from .jobs.shape.fit import Fit as Fit, FitConfig as FitConfig, fit_shape as fit_shape
from .jobs.prepare import prepare as prepare
from .jobs.space.reconstruct import (
    ReconstructConfig as ReconstructConfig,
    reconstruct as reconstruct,
)
from .jobs.shape.report import write_fit as write_fit
from .jobs.space.config import TrainConfig as TrainConfig
from .jobs.space.train import train as train

__version__: str
