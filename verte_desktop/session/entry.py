"""One image of the worklist, and how far it is."""

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
    from verte_core.results import Result


class Stage(Enum):
    """How far one image of the worklist is."""

    WAITING = "not opened yet"
    OPENING = "opening"
    SCORING = "scoring"
    OPEN = "open"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, eq=False)
class Entry:
    """One image of the worklist.

    Attributes:
        draft: the form as the reader left it; ``None`` until the image was opened.
        given: the values of a table; they go before those of the header.
        reason: why it failed.
        is_overruled: it is read as the weights are for, whatever its header says.
    """

    path: Path
    stage: Stage = Stage.WAITING
    thumbnail: npt.NDArray[np.uint8] | None = None
    draft: Draft | None = None
    given: ClinicalValues | None = None
    result: Result | None = None
    reason: str = ""
    is_overruled: bool = False
