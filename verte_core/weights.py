"""The fixed name of what others build on; its home is ``verte_core.network.weights``."""

from verte_core.network.weights import Metadata, Weights, load, save

__all__ = ["Metadata", "Weights", "load", "save"]
