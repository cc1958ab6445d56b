"""The headers of a cohort's images, read by processes that need no torch for it."""

from __future__ import annotations

from pathlib import Path

from verte_core.reading import radiograph
from verte_core.reading.header import Header


def header_of(path: Path) -> Header:
    """The header of an image that can be read.

    Raises:
        ImageError: as ``radiograph.load``.
    """
    return radiograph.load(path).header
