"""Draws the program's icon for Windows, macOS and Linux from resources/icons/verte.svg.

python -m scripts.draw_icons
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ICONS = Path(__file__).parent.parent / "resources" / "icons"
WINDOWS_SIZES = (16, 24, 32, 48, 64, 128, 256)
MACOS_SIZES = (16, 32, 64, 128, 256, 512, 1024)
LINUX_SIZE = 256


def main(arguments: Sequence[str] | None = None) -> int:
    """Write verte.ico, verte.icns and verte.png beside the drawing."""
    argparse.ArgumentParser(prog="python -m scripts.draw_icons", description=__doc__).parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    QGuiApplication(sys.argv[:1])
    drawn = {size: drawing(size) for size in {*WINDOWS_SIZES, *MACOS_SIZES}}
    small, large = [drawn[size] for size in WINDOWS_SIZES], [drawn[size] for size in MACOS_SIZES]
    small[-1].save(ICONS / "verte.ico", sizes=[each.size for each in small], append_images=small[:-1])
    large[-1].save(ICONS / "verte.icns", append_images=large[:-1])
    drawn[LINUX_SIZE].save(ICONS / "verte.png")
    return 0


def drawing(size: int) -> Image.Image:
    """The icon, ``size`` pixels high and wide, RGBA."""
    canvas = QImage(size, size, QImage.Format.Format_RGBA8888)
    canvas.fill(0)
    painter = QPainter(canvas)
    QSvgRenderer(str(ICONS / "verte.svg")).render(painter)
    painter.end()
    return Image.frombytes("RGBA", (size, size), bytes(canvas.constBits()))


if __name__ == "__main__":
    sys.exit(main())
