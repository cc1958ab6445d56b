"""The fixed name of what others build on; its home is ``verte_core.reading.radiograph``."""

from verte_core.reading.radiograph import Radiograph, load

__all__ = ["Radiograph", "load"]
