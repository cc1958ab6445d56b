"""One image of the worklist, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from verte_desktop.session.clinical_draft import Draft

if TYPE_CHECKING:
    from verte_core.batch.clinical_table import ClinicalValues
    from verte_core.reading.radiograph import Header
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
        header: who it is of; ``None`` until the file was read.
        draft: the form as the reader left it; ``None`` until the image was opened.
        given: the values of a table; they go before those of the header.
        reason: why it failed.
        is_overruled: it is read as the weights are for, whatever its header says.
    """

    path: Path
    stage: Stage = Stage.WAITING
    thumbnail: npt.NDArray[np.uint8] | None = None
    header: Header | None = None
    draft: Draft | None = None
    given: ClinicalValues | None = None
    result: Result | None = None
    reason: str = ""
    is_overruled: bool = False

    @property
    def group(self) -> tuple[str, ...]:
        """What it has in common with others of its patient; a file without a patient goes by its folder."""
        if self.header is None:
            return "not read", str(self.path)
        whose = self.header.patient_id or "", self.header.patient_name or ""
        return ("patient", *whose) if any(whose) else ("folder", str(self.path.parent))


def grouped(entries: Sequence[Entry]) -> list[Entry]:
    """The images of each patient together, in the order in which the first of each came."""
    first: dict[tuple[str, ...], int] = {}
    for place, entry in enumerate(entries):
        first.setdefault(entry.group, place)
    return sorted(entries, key=lambda entry: first[entry.group])
