"""What is open, what was entered and what came of it, and what follows from that.

The only mutable state of the window: everyone may read it, ``session.py`` alone changes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from verte_desktop import wording
from verte_desktop.session.clinical_draft import Draft
from verte_desktop.session.entry import Entry, Stage
from verte_desktop.session.tasks import Jobs, Tasks

if TYPE_CHECKING:
    from verte_core.clinical import ClinicalInputs
    from verte_core.reading.radiograph import Radiograph
    from verte_core.results import Result
    from verte_core.scoring.scorer import Encoded, Scorer
    from verte_desktop.session.problems import Problem
    from verte_desktop.session.slow_steps import Heatmap, LoadedWeights


class State(QObject):
    """The state; every change is told by a signal.

    Attributes:
        entries: the worklist; ``current`` is the place of the image on the screen.
        radiograph: that image, once it is open; ``encoded`` as the network sees it, ``draft`` its form.
        result: only while it belongs to what is shown; ``heatmap`` is of it.
        heatmap_task: the score that the heatmap explains.
        scorer: of ``weights``; ``weights_problem`` says why there is none.
        weights_replaced: their file no longer holds them.
    """

    viewer_ready = Signal()
    entries_added = Signal(int)
    entry_changed = Signal(int)
    image_changed = Signal()
    draft_changed = Signal()
    result_changed = Signal()
    heatmap_changed = Signal()
    problem_changed = Signal()
    activity_changed = Signal()
    weights_changed = Signal()
    opened = Signal(object)
    written = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self.current: int | None = None
        self.radiograph: Radiograph | None = None
        self.encoded: Encoded | None = None
        self.draft = Draft()
        self.result: Result | None = None
        self.heatmap: Heatmap | None = None
        self.heatmap_wanted = False
        self.heatmap_task = "pvf"
        self.problem: Problem | None = None
        self.scorer: Scorer | None = None
        self.weights_problem: Problem | None = None
        self.weights: LoadedWeights | None = None
        self.weights_replaced = False
        self._tasks = Tasks(self)
        self._searches, self._loads, self._files = Jobs(self._tasks), Jobs(self._tasks), Jobs(self._tasks)

    def entry(self) -> Entry | None:
        """The current image's line of the worklist; ``None`` when nothing is open."""
        return None if self.current is None else self.entries[self.current]

    def stage(self) -> Stage | None:
        """Of the current image; ``None`` when nothing is open."""
        entry = self.entry()
        return entry.stage if entry else None

    def reason(self) -> str:
        """Why the current image failed; empty when it did not."""
        entry = self.entry()
        return entry.reason if entry else ""

    def activity(self) -> str:
        """What the reader waits for, in words; empty when nothing."""
        stage = self.stage()
        if stage is Stage.OPENING:
            return "Opening the image"
        if self._searches:
            return "Looking for images"
        if self._loads:
            return "Loading the model"
        if stage is Stage.SCORING:
            return "Scoring"
        return "Writing the file" if self._files else ""

    def can_cancel(self) -> bool:
        """Whether something runs that ``cancel`` would end; the first weights are always wanted."""
        busy = self._searches or self._files or self.stage() in (Stage.OPENING, Stage.SCORING)
        return bool(busy or (self._loads and self.scorer is not None))

    def is_misfit(self) -> bool:
        """Whether the image was refused because its header says that it is not for these weights."""
        entry = self.entry()
        return (
            entry is not None
            and not entry.overridden
            and self.radiograph is not None
            and self.scorer is not None
            and self.radiograph.protocol not in (None, self.scorer.metadata.protocol)
        )

    def protocol(self) -> str:
        """As what the image is read, in a sentence; empty without image or weights."""
        entry = self.entry()
        if entry is None or self.radiograph is None or self.scorer is None or self.is_misfit():
            return ""
        return wording.protocol(self.scorer.metadata.protocol, self.radiograph.protocol, entry.overridden)

    def is_writing(self) -> bool:
        """Whether a file that was asked for is not there yet."""
        return bool(self._files)

    def inputs(self) -> ClinicalInputs | None:
        """Those of the model: ``None`` when they are incomplete, or when it takes none."""
        takes_none = self.scorer is not None and not self.scorer.needs_clinical
        return None if takes_none else self.draft.check().inputs

    def belongs(self, result: Result) -> bool:
        """Whether a result is of the image, the inputs and the weights that are shown."""
        shown: tuple[str | ClinicalInputs | None, ...] = (
            self.radiograph.id if self.radiograph else None,
            self.scorer.weights_id if self.scorer else None,
            self.inputs(),
        )
        return shown == (result.image_id, result.weights_id, result.inputs)
