"""What is open, what was entered and what came of it: the only mutable state of the window.

A result is shown only while it carries the ids of the image, the inputs and the weights that are
shown beside it; whatever changes one of them clears it first, and what arrives too late is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from verte_core.clinical import ClinicalInputs
from verte_desktop import problems, work
from verte_desktop.draft import Draft
from verte_desktop.entries import Entry, Stage
from verte_desktop.problems import Problem
from verte_desktop.tasks import Tasks
from verte_desktop.work import Heatmap

if TYPE_CHECKING:
    from verte_core.radiograph import Radiograph
    from verte_core.scoring import Encoded, Result, Scorer

T = TypeVar("T")


class Session(QObject):
    """The state, and the only way to change it; every change is told by a signal.

    Args:
        weights_file: another weights file than the shipped one.
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

    def __init__(self, weights_file: Path | None = None, parent: QObject | None = None) -> None:
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
        self._weights_file = weights_file
        self._scorer_awaited = False
        self._searches = 0
        self._turn = 0
        self._pending: list[Future[Any]] = []
        self._tasks = Tasks(self)

    # What is open

    def start(self, paths: Iterable[Path]) -> None:
        """Begin to work, once the window is on the screen."""
        self._tasks.run(work.import_viewer, lambda _: self.viewer_ready.emit(), self._report)
        wanted = list(paths)
        if wanted:
            self.open(wanted)
        else:
            self._await_scorer()

    def open(self, paths: Iterable[Path]) -> None:
        """Add files and folders to the worklist and show the first of them."""
        self._searches += 1
        self.activity_changed.emit()
        self._tasks.run(partial(work.find_images, list(paths)), self._found, self._not_found)

    def select(self, index: int, skip_failed: bool = False) -> None:
        """Show one image of the worklist; with ``skip_failed`` the next one, if it can't be opened."""
        self._turn += 1
        for future in self._pending:
            future.cancel()
        self._pending.clear()
        left = self._entry()
        if left is not None and left.stage in (Stage.OPENING, Stage.SCORING):
            self._set_stage(left, Stage.WAITING)
        self.current = index
        self._clear_image()
        entry = self.entries[index]
        entry.result, entry.reason = None, ""
        self._set_stage(entry, Stage.OPENING)
        self._run(partial(work.open_image, entry.path), self._opened, partial(self._fail, skip_failed))

    def step(self, by: int) -> None:
        """Go forward or back in the worklist."""
        if self.entries and self.current is not None:
            index = min(max(self.current + by, 0), len(self.entries) - 1)
            if index != self.current:
                self.select(index)

    def stage(self) -> Stage | None:
        """Of the current image; ``None`` when nothing is open."""
        entry = self._entry()
        return entry.stage if entry else None

    def reason(self) -> str:
        """Why the current image failed; empty when it did not."""
        entry = self._entry()
        return entry.reason if entry else ""

    def activity(self) -> str:
        """What the reader waits for, in words; empty when nothing."""
        stage = self.stage()
        if stage is Stage.OPENING:
            return "Opening the image"
        if self._searches:
            return "Looking for images"
        if self.scorer is None and self._scorer_awaited:
            return "Loading the model"
        return "Scoring" if stage is Stage.SCORING else ""

    # What was entered

    def edit(self, name: str, value: str) -> None:
        """Change one field of the form."""
        self._set_draft(self.draft.edited(name, value))

    def set_bmi_unknown(self, unknown: bool) -> None:
        """Say that there is no BMI to be had."""
        self._set_draft(self.draft.with_bmi_unknown(unknown))

    def restore_draft(self) -> None:
        """Take back all that was edited."""
        if self.radiograph is not None:
            self._set_draft(Draft.from_header(self.radiograph.header))

    # What to see

    def show_heatmap(self, wanted: bool) -> None:
        """Turn the heatmap on or off."""
        self.heatmap_wanted = wanted
        self._clear_heatmap()
        self._explain()

    def set_heatmap_task(self, task: str) -> None:
        """Choose the score that the heatmap explains."""
        self.heatmap_task = task
        self._clear_heatmap()
        self._explain()

    def dismiss_problem(self) -> None:
        """The reader has seen it."""
        self.report(None)

    def report(self, problem: Problem | None) -> None:
        """Show a problem, or none."""
        self.problem = problem
        self.problem_changed.emit()

    def close(self) -> None:
        """Drop all work."""
        self._turn += 1
        self._tasks.close()

    def join(self) -> None:
        """Wait, after ``close``, until the worker is at rest."""
        self._tasks.join()

    # From here on: what the worker brings back

    def _not_found(self, error: BaseException) -> None:
        self._searches -= 1
        self.activity_changed.emit()
        self._report(error)

    def _found(self, paths: list[Path]) -> None:
        self._searches -= 1
        self.activity_changed.emit()
        known = {entry.path: index for index, entry in enumerate(self.entries)}
        new = [path for path in dict.fromkeys(paths) if path not in known]
        if new:
            first = len(self.entries)
            self.entries += [Entry(path) for path in new]
            self.entries_added.emit(first)
            self.select(first, skip_failed=True)
            for entry in self.entries[first:]:
                self._tasks.run_when_idle(
                    partial(self._preview, entry), partial(self._previewed, entry), self._report
                )
        elif paths:
            self.select(known[paths[0]])
        else:
            self.report(Problem("There is no image file in what was opened.", ""))

    def _preview(self, entry: Entry) -> npt.NDArray[np.uint8] | Exception | None:
        if entry.stage is not Stage.WAITING or entry.thumbnail is not None:
            return None
        try:
            return work.open_image(entry.path)[1]
        except Exception as error:
            return error

    def _previewed(self, entry: Entry, found: npt.NDArray[np.uint8] | Exception | None) -> None:
        if found is None or entry.stage is not Stage.WAITING:
            return
        if isinstance(found, Exception):
            entry.reason = problems.describe(found).sentence
            self._set_stage(entry, Stage.FAILED)
        else:
            entry.thumbnail = found
            self._set_stage(entry, Stage.WAITING)

    def _opened(self, opened: tuple[Radiograph, npt.NDArray[np.uint8]]) -> None:
        entry = self._entry()
        assert entry is not None
        self.radiograph, entry.thumbnail = opened
        entry.draft = self.draft = entry.draft or Draft.from_header(self.radiograph.header)
        self._set_stage(entry, Stage.SCORING)
        self.image_changed.emit()
        self.draft_changed.emit()
        if self.scorer is None:
            self._await_scorer()
        else:
            self._encode()

    def _await_scorer(self) -> None:
        if not self._scorer_awaited:
            self._scorer_awaited = True
            self.activity_changed.emit()
            self._tasks.run(
                partial(work.load_scorer, self._weights_file), self._scorer_loaded, self._scorer_failed
            )

    def _scorer_loaded(self, scorer: Scorer) -> None:
        self.scorer = scorer
        self.heatmap_task = scorer.tasks[0]
        self.weights_problem = None
        self.activity_changed.emit()
        self.result_changed.emit()
        self._encode()

    def _scorer_failed(self, error: BaseException) -> None:
        self._scorer_awaited = False
        self.weights_problem = problems.describe(error)
        entry = self._entry()
        if entry is not None and entry.stage is Stage.SCORING:
            entry.reason = self.weights_problem.sentence
            self._set_stage(entry, Stage.FAILED)
        self.activity_changed.emit()
        self.result_changed.emit()
        self.report(self.weights_problem)

    def _encode(self) -> None:
        scorer, radiograph = self.scorer, self.radiograph
        if scorer is not None and radiograph is not None and self.encoded is None:
            self._run(lambda: scorer.encode(radiograph), self._encode_done, partial(self._fail, False))

    def _encode_done(self, encoded: Encoded) -> None:
        entry = self._entry()
        assert entry is not None
        self.encoded = encoded
        self._set_stage(entry, Stage.OPEN)
        self.result_changed.emit()
        self._score()

    def _score(self) -> None:
        scorer, encoded, inputs = self.scorer, self.encoded, self._inputs()
        if scorer is not None and encoded is not None and (inputs is not None or not scorer.needs_clinical):
            self._run(lambda: scorer.score(encoded, inputs), self._scored, partial(self._fail, False))

    def _scored(self, result: Result) -> None:
        if not self._belongs(result):
            return
        entry = self._entry()
        assert entry is not None
        self.result = entry.result = result
        self._set_stage(entry, Stage.OPEN)
        self._explain()
        self.result_changed.emit()

    def _inputs(self) -> ClinicalInputs | None:
        """Of the model: ``None`` when they are incomplete, or when it takes none."""
        takes_none = self.scorer is not None and not self.scorer.needs_clinical
        return None if takes_none else self.draft.check().inputs

    def _belongs(self, result: Result) -> bool:
        shown: tuple[str | ClinicalInputs | None, ...] = (
            self.radiograph.id if self.radiograph else None,
            self.scorer.weights_id if self.scorer else None,
            self._inputs(),
        )
        return shown == (result.image_id, result.weights_id, result.inputs)

    def _explain(self) -> None:
        scorer, encoded, result = self.scorer, self.encoded, self.result
        if self.heatmap_wanted and scorer is not None and encoded is not None and result is not None:
            self._run(
                partial(work.explain, scorer, encoded, result, self.heatmap_task),
                self._explained,
                partial(self._fail, False),
            )

    def _explained(self, heatmap: Heatmap) -> None:
        if self.heatmap_wanted and heatmap.result is self.result and heatmap.task == self.heatmap_task:
            self.heatmap = heatmap
            self.heatmap_changed.emit()

    def _fail(self, go_on: bool, error: BaseException) -> None:
        entry = self._entry()
        assert entry is not None and self.current is not None
        self._clear_result()
        problem = problems.describe(error)
        entry.result, entry.reason = None, problem.sentence
        self._set_stage(entry, Stage.FAILED)
        self.result_changed.emit()
        if go_on and self.current + 1 < len(self.entries):
            # Its reason stands in the worklist; the message is for the image that stays on the screen.
            self.select(self.current + 1, skip_failed=True)
        else:
            self.report(Problem(f"{entry.path.name}: {problem.sentence}", problem.details))

    # Small change

    def _run(
        self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[BaseException], None]
    ) -> None:
        """Work for the current image only: another one drops it."""
        turn = self._turn

        def if_current(handler: Callable[[Any], None], value: Any) -> None:
            if turn == self._turn:
                handler(value)

        self._pending = [future for future in self._pending if not future.done()]
        self._pending.append(self._tasks.run(work, partial(if_current, done), partial(if_current, failed)))

    def _report(self, error: BaseException) -> None:
        self.report(problems.describe(error))

    def _entry(self) -> Entry | None:
        return None if self.current is None else self.entries[self.current]

    def _set_stage(self, entry: Entry, stage: Stage) -> None:
        entry.stage = stage
        self.entry_changed.emit(self.entries.index(entry))
        self.activity_changed.emit()

    def _set_draft(self, draft: Draft) -> None:
        entry = self._entry()
        if draft == self.draft or entry is None:
            return
        self._clear_result()
        self.draft = entry.draft = draft
        entry.result = None
        self._set_stage(entry, entry.stage)
        self.draft_changed.emit()
        self.result_changed.emit()
        self._score()

    def _clear_image(self) -> None:
        self.heatmap_wanted = False
        self._clear_result()
        self.radiograph = self.encoded = None
        self.draft = Draft()
        self.report(None)
        self.image_changed.emit()
        self.draft_changed.emit()

    def _clear_result(self) -> None:
        self._clear_heatmap()
        self.result = None
        self.result_changed.emit()

    def _clear_heatmap(self) -> None:
        self.heatmap = None
        self.heatmap_changed.emit()
