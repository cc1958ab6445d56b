"""What an image is made of, and the two kinds of image that there are weights for."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""Grey levels (H, W)."""

Protocol = Literal["radiograph", "vfa"]
"""The kind of image: a lateral spine radiograph, or a DXA VFA image. Not the protocol of its acquisition."""

ProtocolChoice = Literal["auto", "radiograph", "vfa"]
"""What an image is read as; ``auto`` is what its header says."""

KINDS: dict[Protocol, str] = {"radiograph": "a spine radiograph", "vfa": "a DXA VFA image"}
"""In words, for sentences."""
