"""Where the weights, samples and icons lie that ship with the program."""

from __future__ import annotations

from pathlib import Path

_PACKAGED = Path(__file__).with_name("resources")
_CHECKOUT = Path(__file__).parent.parent / "resources"

RESOURCES = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
"""Inside the package once it is installed from a wheel, which takes them in when it is built; else in the
checkout."""
