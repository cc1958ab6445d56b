"""What stands under Help: what the program is, its manual, and the licences."""

from __future__ import annotations

import platform
import re
from importlib import metadata
from pathlib import Path

from PySide6.QtCore import qVersion

from verte_core import __version__
from verte_core.results import Provenance, cautions

_PACKAGED = Path(__file__).with_name("manual")
_CHECKOUT = Path(__file__).parent.parent / "docs"
MANUAL = (_PACKAGED if _PACKAGED.is_dir() else _CHECKOUT) / "reading.md"
"""For clinicians. Inside the package once it is installed from a wheel."""

QT_SOURCE = "https://download.qt.io/official_releases/"

_OURS = "verte-desktop"
_FREE_TEXT = 60
"""Characters of the old field License, in which some projects keep the whole text."""


def text() -> str:
    """Version, purpose and cautions."""
    said = " ".join(cautions(Provenance.SIMULATED))
    return (
        f"VERTE Desktop {__version__}, Python {platform.python_version()}, Qt {qVersion()}, "
        f"ONNX Runtime {metadata.version('onnxruntime')}, {platform.platform()}\n\n"
        "Reads a lateral spine radiograph or a DXA VFA image together with age, sex and BMI and gives two "
        "scores: of prevalent vertebral fracture and of osteoporosis, each with a heatmap. It re-creates the "
        "published VERTE-X method (Hong et al., J Bone Miner Res 2023;38:887 and 2025;40:628).\n\n"
        f"{said}\n\nApache-2.0. Nothing is sent anywhere. Qt and PySide are used under the LGPL 3; "
        f"their source is at {QT_SOURCE}."
    )


def licences() -> list[tuple[str, str, str]]:
    """Heading, name with version, and licence of the program and of the packages that it needs."""
    rows = [("This program", f"VERTE Desktop {__version__}", "Apache-2.0")]
    for requirement in metadata.requires(_OURS) or []:
        name, needed = re.split(r"[^\w.-]", requirement, maxsplit=1)[0], "extra ==" not in requirement
        if needed:
            found = metadata.metadata(name)
            rows.append(("Made with", f"{found['Name']} {found['Version']}", _licence(found)))
    return rows


def _licence(found: metadata.PackageMetadata) -> str:
    for name in ("License-Expression", "License"):
        if name in found and len(found[name]) <= _FREE_TEXT:
            return found[name]
    classifiers = found.get_all("Classifier") or []
    named = [each.split(" :: ")[-1] for each in classifiers if each.startswith("License")]
    return ", ".join(named) or "as its package says"
