"""A heatmap over its radiograph as a picture file that explains itself."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from verte_core import files, heatmap_colors
from verte_core.errors import OutputError
from verte_core.reading.radiograph import Radiograph

HEIGHT = 1000
"""Of the picture without its caption, in pixels."""
OPACITY = 0.45
_CAPTION_WIDTH = 460
_LINE = 18


def write(
    path: Path, radiograph: Radiograph, source_map: npt.NDArray[np.float32], caption: tuple[str, ...]
) -> None:
    """Write a PNG: the radiograph in its first window, the map over it, lines of text and a colour bar below.

    Args:
        path: of the PNG.
        radiograph: the source image, (H, W).
        source_map: relative heatmap float32 (H, W) in 0..1, as ``Placement.map_to_source`` gives it.
        caption: lines of plain ASCII text.

    Raises:
        OutputError: when the file can't be written.
    """
    height, width = radiograph.display.shape
    scale = HEIGHT / height
    size = (max(round(width * scale), 1), HEIGHT)
    shown = radiograph.windows[0].shade(radiograph.display)
    grey = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
    strength = cv2.resize(source_map, size, interpolation=cv2.INTER_LINEAR)
    blended = heatmap_colors.blend(np.asarray(grey, np.uint8), np.asarray(strength, np.float32), OPACITY)
    picture = _captioned(blended, caption)
    encoded, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    assert encoded
    try:
        files.write(path, data.tobytes())
    except OSError as error:
        raise OutputError(f"The heatmap {path} can't be written: {error.strerror}.") from error


def _captioned(picture: npt.NDArray[np.uint8], caption: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    width = max(picture.shape[1], _CAPTION_WIDTH)
    foot = np.zeros((_LINE * (len(caption) + 2), width, 3), np.uint8)
    foot[8:18, 8:168] = heatmap_colors.table()[np.linspace(0, 255, 160, dtype=np.uint8), :3]
    for line, text in enumerate(("low to high, relative", *caption)):
        at = (176, 17) if line == 0 else (8, 17 + _LINE * line)
        cv2.putText(foot, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (230, 230, 230), 1, cv2.LINE_AA)
    side = width - picture.shape[1]
    padded = cv2.copyMakeBorder(
        picture, 0, 0, side // 2, side - side // 2, cv2.BORDER_CONSTANT, value=(0, 0, 0)
    )
    return np.vstack([padded, foot])
