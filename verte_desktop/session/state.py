"""What the window reads: what is shown, the worklist, and what runs; each change is told by a signal.

Everyone may read it. ``_show`` and ``_mark`` are the only ways to change what is shown, for ``session.py``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from verte_desktop.session.entry import Entry, Stage
from verte_desktop.session.shown import Shown
from verte_desktop.session.tasks import Jobs, Tasks

if TYPE_CHECKING:
    from verte_desktop.session.problems import Problem


class State(QObject):
    """The state.

    Attributes:
        shown: what stands on the screen together; another change is another value.
        entries: the worklist, always the same list; ``current`` is the position of the image on the screen.
        patient_shown: whether the screen says whose images they are; for the session, never remembered.
        may_overrule: whether a reader may have an image read against its header.
        problem: what went wrong last, until the reader has seen it.
    """

    viewer_ready = Signal()
    entries_added = Signal(int)
    entry_changed = Signal(int)
    entries_moved = Signal()
    patient_shown_changed = Signal()
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
        self.shown = Shown()
        self.entries: list[Entry] = []
        self.current: int | None = None
        self.patient_shown = True
        self.may_overrule = True
        self.problem: Problem | None = None
        # Files are found and read while weights are loaded, and while the network works.
        self._tasks, self._reading = Tasks(self), Tasks(self)
        self._searches = Jobs(self._reading, self.activity_changed.emit)
        self._loads, self._files = (Jobs(self._tasks, self.activity_changed.emit) for _ in range(2))

    def entry(self) -> Entry | None:
        """The current image's line of the worklist; ``None`` when nothing is open."""
        return None if self.current is None else self.entries[self.current]

    def index_of(self, path: Path) -> int | None:
        """Where the image of a file stands in the worklist; ``None`` when it was closed, or never opened."""
        return next((index for index, entry in enumerate(self.entries) if entry.path == path), None)

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
        return bool(busy or (self._loads and self.shown.weights is not None))

    def is_writing(self) -> bool:
        """Whether a file that was asked for is not there yet."""
        return bool(self._files)

    def _show(self, stage: Stage | None = None, reason: str = "", **changes: Any) -> None:
        """Change what is shown, and with it the current line of the worklist; then tell of what is other.

        Args:
            stage: how far the current image is now; without it, that stays.
            reason: why it failed.
            changes: fields of ``Shown``.
        """
        former = self.shown
        shown = self.shown = replace(former, **changes)
        if self.current is not None:
            line: dict[str, Any] = {"result": shown.result, "is_overruled": shown.is_overruled()}
            if shown.radiograph is not None:
                line["draft"] = shown.draft
            if stage is not None:
                line |= {"stage": stage, "reason": reason}
            self._mark(self.current, **line)
        opened = shown.radiograph is not former.radiograph
        encoded = shown.encoded is not former.encoded
        # A feature map that comes changes nothing of the image; one that goes takes the model's view with it.
        if opened or (encoded and shown.encoded is None):
            self.image_changed.emit()
        if opened or shown.draft != former.draft:
            self.draft_changed.emit()
        if any(getattr(shown, name) is not getattr(former, name) for name in _OF_THE_HEATMAP):
            self.heatmap_changed.emit()
        if encoded or shown.result is not former.result or stage is not None:
            self.result_changed.emit()
        if any(getattr(shown, name) is not getattr(former, name) for name in _OF_THE_WEIGHTS):
            self.weights_changed.emit()
        if stage is not None:
            self.activity_changed.emit()

    def _mark(self, index: int, **changes: Any) -> None:
        """Change fields of a line of the worklist."""
        self.entries[index] = replace(self.entries[index], **changes)
        self.entry_changed.emit(index)

    def _reorder(self, entries: list[Entry], current: Path | None) -> None:
        """Put other lines, or the same in another order, into the worklist; ``current`` is on the screen."""
        self.entries[:] = entries
        self.current = None if current is None else self.index_of(current)
        self.entries_moved.emit()


_OF_THE_WEIGHTS = ("weights", "scorer", "weights_replaced")
_OF_THE_HEATMAP = ("heatmap", "heatmap_wanted", "heatmap_task")
