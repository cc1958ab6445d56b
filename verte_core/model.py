"""The fixed name of what others build on; its home is ``verte_core.network.fusion_net``."""

from verte_core.network.fusion_net import Architecture, FusionNet

__all__ = ["Architecture", "FusionNet"]
