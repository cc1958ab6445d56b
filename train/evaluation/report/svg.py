"""From a Picture of a Section to SVG, in one style for the whole report.

The colours are those that Okabe and Ito chose to be told apart by colour-blind readers too (Wong, Nat Methods
2011;8:441). The first three of the cycle are those of the three scores that the report compares.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib.figure import Figure

from train.evaluation.sections.section import Picture

OWN = "#0072b2"
"""The score's curves and points; the cycle's C0."""
CLINICAL = "#d55e00"
"""Those of age, sex and BMI; C1."""
OSTA = "#009e73"
"""Those of OSTA; C2."""
OTHERS = ("#cc79a7", "#56b4e9", "#e69f00")
"""C3 to C5."""
INK = "#222222"
"""Text and axes."""
SIZE = (6.8, 4.0)
"""Inches: the width of the text on A4."""

_STYLE: dict[Any, object] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that every machine draws the same
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.prop_cycle": cycler(color=[OWN, CLINICAL, OSTA, *OTHERS]),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.4,
    "lines.markersize": 5,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.parse_math": False,  # a manufacturer's name may hold a dollar sign
    "svg.fonttype": "path",
    "svg.hashsalt": "verte",
}
_UNDATED = dict.fromkeys(("Date", "Creator", "Format", "Type"))


def svg(picture: Picture) -> str:
    """An ``<svg>`` element that can stand in a page, beside others, or alone in a file.

    Letters are paths, so that no font is needed; what the picture says is in its caption. Every id begins
    with the picture's name. The same picture gives the same text, whatever the user's own settings of
    matplotlib.
    """
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A name in letters that the font lacks is drawn as boxes; the tables have it in full.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        figure = Figure(figsize=SIZE, layout="constrained")
        picture.draw(figure)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata=_UNDATED)
    drawn = written.getvalue()
    # Comments repeat every text, which may be long or hold what looks like an id.
    drawn = re.sub(r"<!--.*?-->\s*", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
    drawn = re.sub(r'(\bid="|\bhref="#|url\(#)', rf"\g<1>{picture.name}-", drawn)
    return drawn.strip()
