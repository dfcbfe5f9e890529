"""Sharp neural signed distance functions of 3D shapes.

The public names, in the order of the data's journey: a file becomes a shape, a shape a solid with a
signed distance, a solid a network, a network a mesh, and a mesh is measured against the shape; many
shapes become a store of samples, and a store a space of shapes.
"""

import os

# PyTorch's idle threads shall sleep: where another program has one of two cores, those that spin
# take the other one, and meshing takes twice as long. Without such a program nothing is lost.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from acutance.contouring.contour import Contouring as Contouring
from acutance.contouring.contour import Extraction as Extraction
from acutance.contouring.contour import extract as extract
from acutance.data.datasets.find import find_shapes as find_shapes
from acutance.data.pool import Sampling as Sampling
from acutance.data.pool import draw_pool as draw_pool
from acutance.data.preparation import Preparation as Preparation
from acutance.data.store import SampleStore as SampleStore
from acutance.errors import InputError as InputError
from acutance.jobs.clean import CleanConfig as CleanConfig
from acutance.jobs.clean import Cleaned as Cleaned
from acutance.jobs.clean import clean as clean
from acutance.jobs.fit import Fit as Fit
from acutance.jobs.fit import FitConfig as FitConfig
from acutance.jobs.fit import fit_shape as fit_shape
from acutance.jobs.prepare import prepare as prepare
from acutance.jobs.reconstruct import reconstruct as reconstruct
from acutance.jobs.report import write_fit as write_fit
from acutance.jobs.train import TrainConfig as TrainConfig
from acutance.jobs.train import train as train
from acutance.mesh.io.load import load as load
from acutance.mesh.io.save import save_mesh as save_mesh
from acutance.mesh.mesh import PointCloud as PointCloud
from acutance.mesh.mesh import TriangleMesh as TriangleMesh
from acutance.metrics.measure import measure as measure
from acutance.metrics.metrics import Metrics as Metrics
from acutance.model.activations import Activation as Activation
from acutance.model.activations import Layer as Layer
from acutance.model.configuration import part_of as part_of
from acutance.model.decoder import Decoder as Decoder
from acutance.model.decoder import DecoderConfig as DecoderConfig
from acutance.model.encodings import Encoding as Encoding
from acutance.model.neural_sdf import NeuralSDF as NeuralSDF
from acutance.model.space.conditioning import Conditioning as Conditioning
from acutance.model.space.shape_space import ShapeSpace as ShapeSpace
from acutance.solid.solid import Solid as Solid
from acutance.training.schedule import Budget as Budget
from acutance.training.shape.fit import Fitting as Fitting
from acutance.training.shape.fit import fit as fit
from acutance.training.shape.presets import PRESETS as PRESETS
from acutance.training.shape.presets import Preset as Preset
from acutance.training.space.presets import SPACE_PRESETS as SPACE_PRESETS
from acutance.types import Field as Field

__version__ = "0.1.0"
