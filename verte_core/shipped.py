"""The weights that ship with the program, trained on simulated images; found without importing torch."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_MODELS = Path(__file__).parent.parent / "resources" / "models"


def path(protocol: Literal["radiograph", "vfa"] = "radiograph") -> Path:
    """The weights file for lateral radiographs, or for DXA VFA images."""
    return _MODELS / f"verte-sim-{protocol}.safetensors"
