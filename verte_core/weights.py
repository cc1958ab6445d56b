"""The fixed name of what others build on; its home is ``verte_core.network``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from verte_core.network.metadata import Metadata
from verte_core.network.weights import Weights, load

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Metadata", "Weights", "load", "save"]


def save(path: Path, model_state: Mapping[str, Tensor], metadata: Metadata) -> None:
    """``network.saving.save``; only this needs torch."""
    from verte_core.network import saving

    saving.save(path, model_state, metadata)
