"""The headers of a cohort's images, read by processes that need no torch for it."""

from __future__ import annotations

from pathlib import Path

from verte_core.errors import VerteError
from verte_core.reading import radiograph
from verte_core.reading.header import Header


def header_of(path: Path) -> Header | str:
    """The header of an image that can be read, or else the sentence that says why it can't."""
    try:
        return radiograph.load(path).header
    except VerteError as error:
        return str(error)
