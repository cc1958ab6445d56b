"""Results of weights that learned from simulated images, known again in a file by what it says of itself."""

from __future__ import annotations

from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from verte_core.reading.header import OWN_MANUFACTURER
from verte_core.results import Provenance

_PROGRAM, _END = "VERTE", "research, unverified"
_WORDS = "simulated weights"
_MOST = 64
"""Characters of a SeriesDescription (LO, PS3.5 6.2)."""


def series_description(what: str, trained_on: Provenance) -> str:
    """Of a series of results: what they are, and what they are not."""
    of = "" if trained_on is Provenance.CLINICAL else f"{_WORDS}, "
    said = f"{_PROGRAM} {what}: {of}{_END}"
    assert len(said) <= _MOST
    return said


def is_own(description: str) -> bool:
    """Whether a SeriesDescription is that of results."""
    return description.startswith(f"{_PROGRAM} ") and description.endswith(_END)


def is_simulated(path: Path) -> bool:
    """Whether a file is such a result of this program; False also for what can't be read."""
    try:
        found = dcmread(path, stop_before_pixels=True, specific_tags=["Manufacturer", "SeriesDescription"])
        return found.get("Manufacturer") == OWN_MANUFACTURER and _WORDS in str(found.get("SeriesDescription"))
    except (OSError, InvalidDicomError, ValueError):
        return False
