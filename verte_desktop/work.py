"""The slow steps, as plain functions for the worker thread.

Their imports stand inside them: torch, timm and the readers take seconds, and the window comes first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from verte_core import image_files

if TYPE_CHECKING:
    from verte_core.radiograph import Radiograph
    from verte_core.scoring import Encoded, Result, Scorer

THUMBNAIL_SIZE = 96
"""Longest side in pixels, enough for a screen of twice the usual density."""


@dataclass(frozen=True, eq=False)
class Heatmap:
    """What moved one score of one result, uint8 with 255 for the strongest point.

    Attributes:
        model: on the model's image, (1024, 512).
        source: on the original, of its shape.
    """

    result: Result
    task: str
    model: npt.NDArray[np.uint8]
    source: npt.NDArray[np.uint8]


def import_viewer() -> None:
    """Import what the image view needs, so that the window's thread finds it ready."""
    import_module("pyqtgraph")
    import_module("verte_core.radiograph")


def find_images(paths: Iterable[Path]) -> list[Path]:
    """The files that are meant by files and folders, absolute."""
    return [path.absolute() for path in image_files.find_images(paths)]


def open_image(path: Path) -> tuple[Radiograph, npt.NDArray[np.uint8]]:
    """The image and its thumbnail."""
    from verte_core.radiograph import load

    radiograph = load(path)
    return radiograph, _thumbnail(radiograph)


def load_scorer(file: Path | None) -> Scorer:
    """A scorer with the weights of ``file``, or with the shipped ones."""
    from verte_core import weights
    from verte_core.scoring import Scorer

    return Scorer(weights.load(file or weights.default_path()))


def explain(scorer: Scorer, encoded: Encoded, result: Result, task: str) -> Heatmap:
    """The heatmap of one task, on the model's image and on the original."""
    strength = scorer.explain(encoded, result.inputs, task)
    return Heatmap(result, task, _to_bytes(strength), _to_bytes(encoded.placement.map_to_source(strength)))


def _to_bytes(strength: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    return np.asarray(np.rint(strength * 255), np.uint8)


def _thumbnail(radiograph: Radiograph) -> npt.NDArray[np.uint8]:
    import cv2

    height, width = radiograph.display.shape
    scale = min(THUMBNAIL_SIZE / max(height, width), 1.0)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small: npt.NDArray[Any] = cv2.resize(radiograph.display, size, interpolation=cv2.INTER_AREA)
    window = radiograph.windows[0]
    grey = (small.astype(np.float32) - (window.center - window.width / 2)) * (255 / window.width)
    return np.asarray(np.clip(grey, 0, 255), np.uint8)
