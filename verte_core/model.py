"""The fixed name of what others build on; its home is ``verte_core.network``."""

from verte_core.network.architecture import Architecture
from verte_core.network.fusion_net import FusionNet

__all__ = ["Architecture", "FusionNet"]
