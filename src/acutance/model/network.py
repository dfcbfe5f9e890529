"""Any network that is the signed distance of one shape."""

from acutance.model.decoder import Decoder, DecoderConfig
from acutance.model.space.coded import Coded, CodedConfig
from acutance.model.space.refined import Refined, RefinedConfig

NetworkConfig = DecoderConfig | CodedConfig | RefinedConfig
"""A configuration builds its network: `config.build(generator)`; a network knows its `config`."""

Network = Decoder | Coded | Refined
"""Points of the unit frame (N, 3) → signed distances (N,); has `config`, `parameter_count`."""
