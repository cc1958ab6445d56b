"""The weights that ship with the program, trained on simulated images; found without importing torch."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from verte_core.resources_folder import RESOURCES


def path(protocol: Literal["radiograph", "vfa"] = "radiograph") -> Path:
    """The weights file for lateral radiographs, or for DXA VFA images."""
    return RESOURCES / "models" / f"verte-sim-{protocol}.safetensors"
