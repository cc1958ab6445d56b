"""One image of the worklist: how far it is, and what can be said of it in a line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from verte_desktop.session.clinical_draft import Draft

if TYPE_CHECKING:
    from verte_core.batch.clinical_table import ClinicalValues
    from verte_core.results import Result, Score

_SHORT_TITLES = {"pvf": "pVF", "osteo": "osteo"}


class Stage(Enum):
    """How far one image of the worklist is."""

    WAITING = "not opened yet"
    OPENING = "opening"
    SCORING = "scoring"
    OPEN = "open"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(eq=False)
class Entry:
    """One image of the worklist.

    Attributes:
        draft: the form as the reader left it; ``None`` until the image was opened.
        given: the values of a table; they go before those of the header.
        reason: why it failed.
        overridden: the reader wants it read as the weights are for, whatever its header says.
    """

    path: Path
    stage: Stage = Stage.WAITING
    thumbnail: npt.NDArray[np.uint8] | None = None
    draft: Draft | None = None
    given: ClinicalValues | None = None
    result: Result | None = None
    reason: str = ""
    overridden: bool = False


def status(entry: Entry) -> str:
    """Scores, or what stands in their way."""
    if entry.stage is Stage.FAILED:
        return entry.reason
    if entry.stage is not Stage.OPEN:
        return str(entry.stage.value)
    if entry.result is not None:
        scores = entry.result.scores.items()
        said = "  ".join(f"{_SHORT_TITLES.get(task, task)} {text_of(score)}" for task, score in scores)
        return f"{said}  (protocol overridden)" if entry.overridden else said
    checked = entry.draft.check() if entry.draft else None
    if checked and checked.errors:
        return "a value is out of range"
    return f"needs {', '.join(checked.missing)}" if checked and checked.missing else "not scored yet"


def text_of(score: Score) -> str:
    """A score in digits, or its range when the BMI is unknown."""
    same = score.low == score.high
    return f"{score.value:.2f}" if same else f"{score.low:.2f} to {score.high:.2f}"
