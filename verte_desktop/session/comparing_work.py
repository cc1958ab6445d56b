"""An image that is laid beside the one on the screen: read, and scored as that time's values allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from verte_core.errors import VerteError
from verte_desktop.session import slow_steps
from verte_desktop.session.side_work import SideWork

if TYPE_CHECKING:
    from verte_core.batch.clinical_table import ClinicalValues
    from verte_core.reading.isolated import Readers
    from verte_core.reading.radiograph import Header, Radiograph
    from verte_core.results import Result
    from verte_core.scoring.scorer import Encoded, Scorer
    from verte_core.scoring.scorers import Scorers
    from verte_desktop.session.clinical_draft import Draft

_TALLEST = 2048
"""Pixels of the longer side that are shown of each."""


@dataclass(frozen=True, eq=False)
class Beside:
    """One of two images.

    Attributes:
        grey: in its first window, uint8 (H, W), reduced.
        mm: of a pixel of ``grey``; None when nothing tells.
        result: None where there is none; ``reason`` says why.
        heatmaps: by task, uint8 of the size of ``grey``; without a result none.
    """

    path: Path
    header: Header
    grey: npt.NDArray[np.uint8]
    mm: float | None
    result: Result | None
    reason: str
    heatmaps: dict[str, npt.NDArray[np.uint8]]


class ComparingWork(SideWork):
    """Makes both sides of a comparison."""

    def make(
        self,
        radiograph: Radiograph,
        scorer: Scorer,
        encoded: Encoded,
        result: Result | None,
        reason: str,
        done: Callable[[Beside], None],
    ) -> None:
        """Of what is on the screen."""
        self.ask("Laying out the image", lambda _: made(radiograph, scorer, encoded, result, reason), done)

    def load(
        self,
        readers: Readers,
        scorers: Scorers,
        path: Path,
        given: ClinicalValues | None,
        draft: Draft | None,
        done: Callable[[Beside], None],
    ) -> None:
        """Of a file: read and scored; ``draft`` is its form as the reader left it."""

        def work(stop: Event) -> Beside:
            found = slow_steps.score_file(readers, scorers, path, draft, given, stop.is_set)
            reason = "" if found.result else NO_VALUES
            return made(found.radiograph, found.scorer, found.encoded, found.result, reason)

        self.ask("Opening the image beside", work, done)


NO_VALUES = "Not scored: its age, sex or BMI is missing. Open it in the main window to enter them."


def made(
    radiograph: Radiograph, scorer: Scorer, encoded: Encoded, result: Result | None, reason: str
) -> Beside:
    """What a pane shows of an image."""
    import cv2  # with the engine: the window comes first

    height, width = radiograph.display.shape
    reduction = max(max(height, width) / _TALLEST, 1.0)
    rows, columns = max(round(height / reduction), 1), max(round(width / reduction), 1)
    few: Any = cv2.resize(radiograph.display, (columns, rows), interpolation=cv2.INTER_AREA)
    heatmaps = {}
    for task in scorer.tasks if result else ():
        try:
            strength = scorer.explain(encoded, result.inputs if result else None, task)
            small = encoded.placement.map_to_small(strength, rows)
        except MemoryError:
            raise VerteError("There is not enough memory for the heatmap.") from None
        fitted = cv2.resize(small, (columns, rows))
        heatmaps[task] = np.asarray(np.rint(np.clip(fitted, 0, 1) * 255), np.uint8)
    spacing = radiograph.spacing
    return Beside(
        radiograph.path,
        radiograph.header,
        radiograph.windows[0].shade(few),
        spacing[0] * height / rows if spacing else None,
        result,
        reason,
        heatmaps,
    )
