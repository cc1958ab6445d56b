"""The only way to change the state, and what the worker brings back.

A result is shown only while it carries the ids of the image, the inputs and the weights that are
shown beside it; whatever changes one of them clears it first, and what arrives too late is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from verte_desktop.session import problems, slow_steps
from verte_desktop.session.batch_run import LEFT_GPU, BatchRun
from verte_desktop.session.clinical_draft import Draft
from verte_desktop.session.entry import Entry, Stage
from verte_desktop.session.problems import Problem
from verte_desktop.session.slow_steps import Heatmap, LoadedWeights
from verte_desktop.session.state import State
from verte_desktop.session.tasks import Jobs

if TYPE_CHECKING:
    from verte_core.batch.clinical_table import ClinicalValues
    from verte_core.image_types import ProtocolChoice
    from verte_core.reading.radiograph import Radiograph
    from verte_core.results import Result
    from verte_core.scoring.scorer import Encoded


class Session(State):
    """The state with its changes.

    Args:
        weights_files: to begin with; the shipped ones without any, several score together.
    """

    def __init__(self, weights_files: Sequence[Path] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._first_weights = tuple(weights_files)
        # Of the current image only: another one drops it.
        self._image = Jobs(self._tasks)
        self._read_as: ProtocolChoice = "auto"
        self.batch = BatchRun(self)
        # A reader goes before a batch.
        self.activity_changed.connect(lambda: self.batch.hold(self.stage() in (Stage.OPENING, Stage.SCORING)))

    # What is open

    def start(self, paths: Iterable[Path]) -> None:
        """Begin to work, once the window is on the screen."""
        self._tasks.run(slow_steps.import_viewer, lambda _: self.viewer_ready.emit(), self._report)
        wanted = list(paths)
        if wanted:
            self.open(wanted)
        else:
            self.need_scorer()

    def need_scorer(self) -> None:
        """Load the first weights, unless they are there or on the way."""
        if self.scorer is None and not self._loads:
            self.choose_weights(*self._first_weights)

    def open(
        self,
        paths: Iterable[Path],
        given: ClinicalValues | None = None,
        read_as: ProtocolChoice = "auto",
    ) -> None:
        """Add files and folders to the worklist and show the first of them.

        ``given`` are the values of a table. ``read_as`` overrules the header of the first, visibly, when the
        weights are for that.
        """
        wanted = [path.absolute() for path in paths]
        self._searches.run(
            partial(slow_steps.find_images, wanted),
            partial(self._found, wanted, given, read_as),
            self._not_found,
        )
        self.activity_changed.emit()

    def select(self, index: int, skip_failed: bool = False, read_as: ProtocolChoice = "auto") -> None:
        """Show one image of the worklist; with ``skip_failed`` the next one, if it can't be opened.

        ``read_as`` is as in ``open``, until the image is opened again.
        """
        self._image.drop()
        left = self.entry()
        if left is not None and left.stage in (Stage.OPENING, Stage.SCORING):
            self._set_stage(left, Stage.WAITING)
        self.current = index
        self._clear_image()
        entry = self.entries[index]
        entry.result, entry.reason, entry.overridden = None, "", False
        self._read_as = read_as
        self._set_stage(entry, Stage.OPENING)
        self._image.run(
            partial(slow_steps.open_image, entry.path), self._opened, partial(self._fail, skip_failed)
        )

    def step(self, by: int) -> None:
        """Go forward or back in the worklist."""
        if self.entries and self.current is not None:
            index = min(max(self.current + by, 0), len(self.entries) - 1)
            if index != self.current:
                self.select(index)

    def reopen(self) -> None:
        """Open the current image again, from its file."""
        if self.current is not None:
            self.select(self.current)

    def cancel(self) -> None:
        """Drop what is queued; what runs now can't be stopped, but nothing will come of it."""
        self._searches.drop()
        self._files.drop()
        if self.scorer is not None:
            self._loads.drop()
        entry = self.entry()
        if entry is not None and entry.stage in (Stage.OPENING, Stage.SCORING):
            self._image.drop()
            self.heatmap_wanted = False
            self._clear_result()
            self._set_stage(entry, Stage.CANCELLED)
        problems.log.info("Cancelled by the reader.")
        self.activity_changed.emit()
        self.result_changed.emit()

    # With which weights

    def choose_weights(self, *files: Path) -> None:
        """Score with other weights: the shipped ones without a file, several files together.

        Those in use stay until the others are there.
        """
        self._loads.drop()
        self._loads.run(
            partial(slow_steps.load_scorer, tuple(file.absolute() for file in files)),
            self._weights_loaded,
            self._weights_failed,
        )
        self.activity_changed.emit()

    def override_protocol(self) -> None:
        """Read the image as the weights are for, until it is opened again."""
        entry = self.entry()
        if entry is not None and self.is_misfit():
            entry.overridden = True
            self.report(None)
            self._score_anew(entry)

    # What to take away

    def write_file(self, path: Path, make: Callable[[], bytes]) -> None:
        """Make and write a file; ``written`` tells. Dropped while it is made, it leaves nothing behind."""

        def done(_: None) -> None:
            problems.log.info("Wrote a file %s.", path.suffix)
            self.activity_changed.emit()
            self.written.emit(path)

        def failed(error: BaseException) -> None:
            self.activity_changed.emit()
            self._report(error)

        self._files.run(
            make,
            lambda data: self._files.run(partial(slow_steps.write_file, path, data), done, failed),
            failed,
        )
        self.activity_changed.emit()

    def read_header(self, done: Callable[[list[tuple[str, str, str, str]]], None]) -> None:
        """Bring the elements of the current image's header, unless another one is opened before."""
        if self.radiograph is not None:
            path, image_id = self.radiograph.path, self.radiograph.id
            self._image.run(partial(slow_steps.header_rows, path, image_id), done, self._report)

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
            self._set_draft(self._first_draft(self.entry()))

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
        self._tasks.close()
        self.batch.close()

    def join(self) -> None:
        """Wait, after ``close``, until the worker is at rest."""
        self._tasks.join()
        self.batch.join()

    # From here on: what the worker brings back

    def _not_found(self, error: BaseException) -> None:
        self.activity_changed.emit()
        self._report(error)

    def _found(
        self,
        wanted: list[Path],
        given: ClinicalValues | None,
        read_as: ProtocolChoice,
        paths: list[Path],
    ) -> None:
        self.activity_changed.emit()
        if paths:
            self.opened.emit(wanted)
        known = {entry.path: index for index, entry in enumerate(self.entries)}
        new = [path for path in dict.fromkeys(paths) if path not in known]
        if new:
            first = len(self.entries)
            self.entries += [Entry(path, given=given) for path in new]
            self.entries_added.emit(first)
            self.select(first, skip_failed=True, read_as=read_as)
            for entry in self.entries[first:]:
                self._tasks.run_when_idle(
                    partial(self._preview, entry), partial(self._previewed, entry), self._report
                )
        elif paths:
            entry = self.entries[known[paths[0]]]
            if given is not None and given != entry.given:
                entry.given, entry.draft = given, None
            self.select(known[paths[0]], read_as=read_as)
        else:
            self.report(Problem("There is no image file in what was opened.", ""))

    def _preview(self, entry: Entry) -> npt.NDArray[np.uint8] | Exception | None:
        if entry.stage is not Stage.WAITING or entry.thumbnail is not None:
            return None
        try:
            return slow_steps.open_image(entry.path)[1]
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
        entry = self.entry()
        assert entry is not None
        self.radiograph, entry.thumbnail = opened
        problems.log.info("Opened image %s.", self.radiograph.id[:12])
        entry.draft = self.draft = entry.draft or self._first_draft(entry)
        self._set_stage(entry, Stage.SCORING)
        self.image_changed.emit()
        self.draft_changed.emit()
        if self.scorer is None:
            self.need_scorer()
        else:
            self._encode()

    def _first_draft(self, entry: Entry | None) -> Draft:
        """As the header and the table have it."""
        assert self.radiograph is not None
        return Draft.from_sources(self.radiograph.header, entry.given if entry else None)

    def _weights_loaded(self, loaded: LoadedWeights) -> None:
        if self.scorer is not None:
            self._read_as = "auto"  # as an override by hand, it was for the weights of before
        self.weights, self.scorer = loaded, loaded.scorer
        problems.log.info("Loaded weights %s.", loaded.scorer.weights_id)
        self.heatmap_task = loaded.scorer.tasks[0]
        self.weights_problem, self.weights_replaced = None, False
        for entry in self.entries:
            if entry.result is not None:
                entry.result = None
                self._set_stage(entry, entry.stage)
        self.weights_changed.emit()
        self.activity_changed.emit()
        current = self.entry()
        if current is not None and self.radiograph is not None and current.stage is not Stage.CANCELLED:
            self.report(None)
            current.overridden = False
            self._score_anew(current)
        else:
            self.result_changed.emit()

    def _weights_failed(self, error: BaseException) -> None:
        problem = problems.describe(error)
        if self.scorer is None:
            self.weights_problem = problem
            entry = self.entry()
            if entry is not None and entry.stage is Stage.SCORING:
                entry.reason = problem.sentence
                self._set_stage(entry, Stage.FAILED)
        self.activity_changed.emit()
        self.result_changed.emit()
        self.report(problem)

    def _score_anew(self, entry: Entry) -> None:
        """Score the image on the screen from its pixels on."""
        self._image.drop()
        self._clear_result()
        entry.reason = ""
        self._set_stage(entry, Stage.SCORING)
        if self.encoded is not None:
            self.encoded = None
            self.image_changed.emit()
        self._encode()

    def _encode(self) -> None:
        scorer, radiograph, entry = self.scorer, self.radiograph, self.entry()
        if scorer is not None and radiograph is not None and entry is not None and self.encoded is None:
            if self._read_as == scorer.metadata.protocol and self.is_misfit():
                entry.overridden = True
                self._set_stage(entry, entry.stage)
            choice = scorer.metadata.protocol if entry.overridden else "auto"
            self._check_weights()
            self._image.run(
                partial(slow_steps.encode, scorer, radiograph, choice),
                self._encode_done,
                partial(self._fail, False),
            )

    def _check_weights(self) -> None:
        """Look whether the file of the weights still is what was loaded; if not, the panel says so."""
        loaded = self.weights
        assert loaded is not None

        def checked(replaced: bool) -> None:
            if loaded is self.weights and replaced != self.weights_replaced:
                self.weights_replaced = replaced
                self.weights_changed.emit()

        self._tasks.run(partial(slow_steps.has_changed, loaded), checked, self._report)

    def _encode_done(self, made: tuple[Encoded, bool]) -> None:
        encoded, left_gpu = made
        entry = self.entry()
        assert entry is not None
        self.encoded = encoded
        if left_gpu:
            problems.log.info("Left the GPU for want of memory.")
            self.report(Problem(LEFT_GPU, ""))
            self.weights_changed.emit()
        self._set_stage(entry, Stage.OPEN)
        self.result_changed.emit()
        self._score()

    def _score(self) -> None:
        scorer, encoded, inputs = self.scorer, self.encoded, self.inputs()
        if scorer is not None and encoded is not None and (inputs is not None or not scorer.needs_clinical):
            self._image.run(lambda: scorer.score(encoded, inputs), self._scored, partial(self._fail, False))

    def _scored(self, result: Result) -> None:
        if not self.belongs(result):
            return
        entry = self.entry()
        assert entry is not None
        self.result = entry.result = result
        self._set_stage(entry, Stage.OPEN)
        self._explain()
        self.result_changed.emit()

    def _explain(self) -> None:
        scorer, encoded, result = self.scorer, self.encoded, self.result
        if self.heatmap_wanted and scorer is not None and encoded is not None and result is not None:
            self._image.run(
                partial(slow_steps.explain, scorer, encoded, result, self.heatmap_task),
                self._explained,
                partial(self._fail, False),
            )

    def _explained(self, heatmap: Heatmap) -> None:
        if self.heatmap_wanted and heatmap.result is self.result and heatmap.task == self.heatmap_task:
            self.heatmap = heatmap
            self.heatmap_changed.emit()

    def _fail(self, go_on: bool, error: BaseException) -> None:
        entry = self.entry()
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

    def _report(self, error: BaseException) -> None:
        self.report(problems.describe(error))

    def _set_stage(self, entry: Entry, stage: Stage) -> None:
        entry.stage = stage
        self.entry_changed.emit(self.entries.index(entry))
        self.activity_changed.emit()

    def _set_draft(self, draft: Draft) -> None:
        entry = self.entry()
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
