"""The fixed name of what others build on; its home is ``verte_core.network``."""

from verte_core.network.metadata import Metadata
from verte_core.network.weights import Weights, load, save

__all__ = ["Metadata", "Weights", "load", "save"]
