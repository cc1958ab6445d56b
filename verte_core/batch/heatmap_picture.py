"""A heatmap over its radiograph as a picture file that explains itself."""

from __future__ import annotations

import textwrap
import unicodedata
from io import BytesIO
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from verte_core import files, heatmap_colors
from verte_core.errors import OutputError
from verte_core.image_types import Pixels
from verte_core.reading.radiograph import Radiograph

HEIGHT = 1000
"""Of the picture without its caption, in pixels."""
OPACITY = 0.45
_CAPTION_WIDTH = 460
_LINE = 18
_LETTER = 7.0
"""Mean width in pixels of the letters of a caption."""
_MOST_LINES = 60


def name(path: Path, image_id: str, task: str, *, twins: bool) -> str:
    """The file name of the heatmap of an image, no longer than a file system takes.

    Args:
        path: of the image.
        image_id: SHA-256 of its content.
        task: of the score.
        twins: whether the run has another image of this name, which may be a copy of it.
    """
    whose = f"_{files.short_hash(str(path))}" if twins else ""
    return files.short_name(path.stem, f"_{image_id[:8]}{whose}_{task}.png", str(path))


def write(
    path: Path, radiograph: Radiograph, source_map: npt.NDArray[np.float32], caption: tuple[str, ...]
) -> None:
    """Write a PNG: the radiograph in its first window, the map over it, lines of text and a colour bar below.

    Args:
        path: of the PNG.
        radiograph: the source image, (H, W).
        source_map: relative heatmap float32 (H, W) in 0..1, as ``Placement.map_to_source`` gives it.
        caption: whole lines or sentences; long ones are wrapped. Letters beyond ASCII, which the picture's
            font lacks, stand in the PNG's text chunk ``Description`` with all the others.

    Raises:
        OutputError: when the file can't be written.
    """
    said, data = PngInfo(), BytesIO()
    said.add_itxt("Description", "\n".join(caption).replace("\0", " "))
    picture = captioned(blended(radiograph, source_map), caption)
    Image.fromarray(picture).save(data, "PNG", pnginfo=said)
    try:
        files.write(path, data.getvalue())
    except OSError as error:
        raise OutputError(f"The heatmap {path} can't be written: {error.strerror}.") from error


def blended(radiograph: Radiograph, source_map: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """The radiograph in its first window and the map over it, RGB (``HEIGHT``, W, 3)."""
    grey = shaded(radiograph)
    return over(grey, np.asarray(cv2.resize(source_map, grey.shape[::-1]), np.float32))


def shaded(radiograph: Radiograph, height: int = HEIGHT) -> npt.NDArray[np.uint8]:
    """The radiograph in its first window, uint8 (height, W)."""
    rows, columns = radiograph.display.shape
    size = (max(round(columns * height / rows), 1), height)
    # The window is a table over all levels: few pixels are cheaper to shade than many.
    few = cast(Pixels, cv2.resize(radiograph.display, size, interpolation=cv2.INTER_AREA))
    return radiograph.windows[0].shade(few)


def over(grey: npt.NDArray[np.uint8], strength: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """A relative heatmap in 0..1 over a shaded picture, both (H, W): RGB (H, W, 3)."""
    return heatmap_colors.blend(grey, strength, OPACITY)


def captioned(
    picture: npt.NDArray[np.uint8], caption: tuple[str, ...], scale: float = 1.0
) -> npt.NDArray[np.uint8]:
    """A picture of heatmaps, RGB (H, W, 3), with a colour bar and whole lines or sentences below it.

    ``scale`` enlarges the words, for a picture that is shown smaller than it is.
    """
    width = max(picture.shape[1], round(_CAPTION_WIDTH * scale))
    lines = _wrapped(caption, round((width / scale - 16) / _LETTER))
    foot = np.zeros((round(_LINE * scale * (len(lines) + 2)), width, 3), np.uint8)
    bar = heatmap_colors.table()[np.linspace(0, 255, round(160 * scale), dtype=np.uint8), :3]
    left = round(8 * scale)
    foot[left : round(18 * scale), left : left + len(bar)] = bar
    for line, text in enumerate(("low to high, relative", *lines)):
        at = (176, 17) if line == 0 else (8, 17 + _LINE * line)
        place = round(at[0] * scale), round(at[1] * scale)
        cv2.putText(
            foot,
            text,
            place,
            cv2.FONT_HERSHEY_SIMPLEX,
            0.42 * scale,
            (230, 230, 230),
            round(scale),
            cv2.LINE_AA,
        )
    side = width - picture.shape[1]
    padded = cv2.copyMakeBorder(
        picture, 0, 0, side // 2, side - side // 2, cv2.BORDER_CONSTANT, value=(0, 0, 0)
    )
    return np.vstack([padded, foot])


def _wrapped(caption: tuple[str, ...], letters: int) -> list[str]:
    lines = [line for text in caption for line in textwrap.wrap(_ascii(text), letters)]
    return lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], "..."]


def _ascii(text: str) -> str:
    """With ``?`` for what has no such letter."""
    parts = unicodedata.normalize("NFKD", text)
    plain = "".join(each for each in parts if not unicodedata.combining(each))
    return unicodedata.normalize("NFC", plain).encode("ascii", "replace").decode()
