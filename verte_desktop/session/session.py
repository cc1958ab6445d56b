"""What the reader can do to the state, and what the worker brings back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from verte_core.reading.isolated import Readers
from verte_desktop.session import problems, slow_steps
from verte_desktop.session.archive_work import ArchiveWork
from verte_desktop.session.batch_run import BatchRun
from verte_desktop.session.clinical_draft import Draft
from verte_desktop.session.comparing_work import ComparingWork
from verte_desktop.session.entry import Entry, Stage, grouped
from verte_desktop.session.gallery_work import GalleryWork
from verte_desktop.session.inspection_work import InspectionWork
from verte_desktop.session.measuring import Measuring
from verte_desktop.session.person_work import Found, PersonWork, of_person
from verte_desktop.session.problems import Problem
from verte_desktop.session.side_work import SideWork
from verte_desktop.session.slow_steps import Heatmap, LoadedWeights
from verte_desktop.session.state import State
from verte_desktop.session.tasks import Jobs

if TYPE_CHECKING:
    from verte_core.batch.clinical_table import ClinicalValues
    from verte_core.image_types import ProtocolChoice
    from verte_core.reading.radiograph import Header, Radiograph
    from verte_core.results import Result
    from verte_core.scoring.scorer import Encoded, Scorer

NO_HEATMAP = "The heatmap could not be made; the scores stand."


class Session(State):
    """The state with its changes.

    Args:
        weights_files: to begin with; the shipped ones without any, several score together.

    Attributes:
        own_folder: for files that go with the program.
    """

    def __init__(self, weights_files: Sequence[Path] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._first_weights = tuple(weights_files)
        # Of the current image only: another one drops it.
        self._image = Jobs(self._tasks)
        # One child for the image that the reader waits for, and one for the others of the worklist.
        self._readers = Readers(2)
        # Patients' files: for their owner alone, and gone with the program.
        self._unpacked = TemporaryDirectory(prefix="verte-", ignore_cleanup_errors=True)
        self.own_folder = Path(self._unpacked.name)
        # Of what was opened together: those that have not been tried, and the image that was read before.
        self._untried: list[Path] = []
        self._former: Path | None = None
        self.batch = BatchRun(self)
        self.archive = ArchiveWork(self.own_folder, self)
        self.inspection = InspectionWork(self)
        self.measuring = Measuring(self)
        self.measuring.failed.connect(self.report)
        self.person = PersonWork(self)
        self.comparing = ComparingWork(self)
        self.gallery = GalleryWork(self)
        self._beside: tuple[SideWork, ...] = (
            self.archive,
            self.inspection,
            self.person,
            self.comparing,
            self.gallery,
        )
        # A reader goes before a batch.
        self.activity_changed.connect(lambda: self.batch.hold(self.stage() in (Stage.OPENING, Stage.SCORING)))

    # What is open

    @property
    def readers(self) -> Readers:
        """The processes that read files."""
        return self._readers

    def of_person(self) -> list[Entry]:
        """The images of the current one's person in the same study, itself with them."""
        entry = self.entry()
        return of_person(self.entries, entry) if entry else []

    def score_person(self) -> None:
        """Score those of the person's images that are not scored yet."""
        weights = self.shown.weights
        left = [each for each in self.of_person() if each.result is None and each.stage is not Stage.FAILED]
        if weights is not None and left:
            self.person.score(self._readers, weights.scorers, left, self._person_scored)

    def start(self, paths: Iterable[Path]) -> None:
        """Begin to work, once the window is on the screen."""
        wanted = list(paths)

        def ready(_: None) -> None:
            self.viewer_ready.emit()
            if not wanted:
                self.need_weights()

        self._readers.begin()
        self._reading.run(slow_steps.import_viewer, ready, self._report)
        if wanted:
            self.open(wanted)

    def need_weights(self) -> None:
        """Load the first weights, unless they are there or on the way."""
        if self.shown.weights is None and not self._loads:
            self.choose_weights(*self._first_weights)

    def open(
        self,
        paths: Iterable[Path],
        given: ClinicalValues | None = None,
        read_as: ProtocolChoice = "auto",
    ) -> None:
        """Add files, folders, DICOMDIRs and ZIP archives to the worklist and show the first of their images.

        ``given`` are the values of a table. ``read_as`` overrules the header of the first, visibly, when the
        weights are for that.
        """
        wanted = [path.absolute() for path in paths]
        self._searches.run(
            partial(slow_steps.find_images, self._readers, wanted, self.own_folder),
            partial(self._found, wanted, given, read_as),
            self._report,
        )

    def select(self, index: int, skip_failed: bool = False, read_as: ProtocolChoice = "auto") -> None:
        """Show one image of the worklist; with ``skip_failed`` another one, if it can't be opened.

        ``read_as`` is as in ``open``, until the image is opened again.
        """
        if not skip_failed:
            self._untried, self._former = [], None
        self._image.drop()
        if self.current is not None and self.stage() in (Stage.OPENING, Stage.SCORING):
            self._mark(self.current, stage=Stage.WAITING)
        self.current = index
        self.report(None)
        self._show(
            Stage.OPENING,
            radiograph=None,
            draft=Draft(),
            read_as=read_as,
            encoded=None,
        )
        dropped = Event()
        self._image.run(
            partial(slow_steps.open_image, self._readers, self.entries[index].path, dropped.is_set),
            self._opened,
            partial(self._fail, skip_failed),
            on=self._reading,
            stop=dropped.set,
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

    def close_image(self) -> None:
        """Take the current image from the worklist, with all that came of it; the next one is shown."""
        entry = self.entry()
        if entry is not None:
            self._close([entry])

    def close_patient(self) -> None:
        """Take all images of the current one's patient from the worklist."""
        entry = self.entry()
        if entry is not None:
            self._close([each for each in self.entries if each.group == entry.group])

    def show_patient(self, shown: bool) -> None:
        """Show or hide, for this session, whose images they are."""
        self.patient_shown = shown
        self.patient_shown_changed.emit()

    def cancel(self) -> None:
        """Drop what is queued, and what is being read; of what the network does now nothing will come."""
        self._searches.drop()
        self._files.drop()
        if self.shown.weights is not None:
            self._loads.drop()
        if self.stage() in (Stage.OPENING, Stage.SCORING):
            self._image.drop()
            self._show(Stage.CANCELLED, heatmap_wanted=False)
        problems.log.info("Cancelled by the reader.")

    # With which weights

    def choose_weights(self, *files: Path) -> None:
        """Score with other weights: the shipped ones without a file, several files together.

        Those in use stay until the others are there.
        """
        self._loads.drop()
        self._loads.run(
            partial(slow_steps.load_weights, tuple(file.absolute() for file in files)),
            self._weights_loaded,
            self._weights_failed,
        )

    def override_protocol(self) -> None:
        """Read a refused image as the weights are for, until it is opened again."""
        scorer = self.shown.scorer
        if scorer is not None and self.shown.is_misfit():
            self.read_as(scorer.metadata.protocol)

    def read_as(self, choice: ProtocolChoice) -> None:
        """Read the image as a kind of image whatever its header says, until it is opened again."""
        if self.shown.radiograph is not None and choice != self.shown.read_as:
            self.report(None)
            self._score_anew(read_as=choice)

    # What to take away

    def write_file(self, path: Path, make: Callable[[], bytes]) -> None:
        """Make and write a file; ``written`` tells. Dropped while it is made, it leaves nothing behind."""

        def done(_: None) -> None:
            problems.log.info("Wrote a file.")
            self.written.emit(path)

        self._files.run(
            make,
            lambda data: self._files.run(partial(slow_steps.write_file, path, data), done, self._report),
            self._report,
        )

    def read_header(self, done: Callable[[list[tuple[str, str, str, str]]], None]) -> None:
        """Bring the elements of the current image's header, unless another one is opened before."""
        radiograph = self.shown.radiograph
        if radiograph is not None:
            path, image_id = radiograph.path, radiograph.id
            dropped = Event()
            self._image.run(
                partial(slow_steps.header_rows, self._readers, path, image_id, dropped.is_set),
                done,
                self._report,
                on=self._reading,
                stop=dropped.set,
            )

    # What was entered

    def edit(self, name: str, value: str) -> None:
        """Change one field of the form."""
        self._set_draft(self.shown.draft.edited(name, value))

    def leave_bmi(self) -> None:
        """The field of the BMI is left: an empty one is again what height and weight give."""
        self._set_draft(self.shown.draft.without_bmi())

    def take_weight_for_pounds(self) -> None:
        """The weight was given in pounds."""
        self._set_draft(self.shown.draft.weight_in_kg())

    def set_bmi_unknown(self, unknown: bool) -> None:
        """Say that there is no BMI to be had."""
        self._set_draft(self.shown.draft.with_bmi_unknown(unknown))

    def restore_draft(self) -> None:
        """Take back all that was edited."""
        entry, radiograph = self.entry(), self.shown.radiograph
        if entry is not None and radiograph is not None:
            self._set_draft(Draft.from_sources(radiograph.header, entry.given))

    # What to see

    def show_heatmap(self, wanted: bool) -> None:
        """Turn the heatmap on or off."""
        self._show(heatmap_wanted=wanted)
        self._explain()

    def set_heatmap_task(self, task: str) -> None:
        """Choose the score that the heatmap explains."""
        self._show(heatmap_task=task)
        self._explain()

    def dismiss_problem(self) -> None:
        """The reader has seen it."""
        self.report(None)

    def report(self, problem: Problem | None) -> None:
        """Show a problem, or none."""
        self.problem = problem
        self.problem_changed.emit()

    def close(self) -> None:
        """Drop all work, and let go of image and weights."""
        for tasks in (self._tasks, self._reading):
            tasks.close()
        self._readers.close()
        self.batch.close()
        self.measuring.close()
        for work in self._beside:
            work.close()
        self.current = None
        self._show(radiograph=None, draft=Draft(), weights=None, scorer=None)

    def join(self) -> None:
        """Wait, after ``close``, until the workers are at rest."""
        for tasks in (self._tasks, self._reading):
            tasks.join()
        self.batch.join()
        self.measuring.join()
        for work in self._beside:
            work.join()
        self._unpacked.cleanup()

    # From here on: what the worker brings back

    def _found(
        self,
        wanted: list[Path],
        given: ClinicalValues | None,
        read_as: ProtocolChoice,
        found: tuple[list[Path], list[str]],
    ) -> None:
        paths, refused = found
        if paths:
            self.opened.emit(wanted)
        known = {entry.path: index for index, entry in enumerate(self.entries)}
        new = [path for path in dict.fromkeys(paths) if path not in known]
        if new:
            first = len(self.entries)
            self.entries += [Entry(path, given=given) for path in new]
            self.entries_added.emit(first)
            current = self.entry()
            self._untried = new[1:]
            self._former = current.path if current and self.shown.radiograph is not None else None
            self.select(first, skip_failed=True, read_as=read_as)
            for path in new:
                self._tasks.run_when_idle(
                    partial(self._preview, path), partial(self._previewed, path), self._report
                )
        elif paths:
            index = known[paths[0]]
            if given is not None and given != self.entries[index].given:
                self._mark(index, given=given, draft=None)
            self.select(index, read_as=read_as)
        elif not refused:
            self.report(Problem("There is no image file in what was opened.", ""))
        if refused:
            self.report(Problem(refused[0], "\n".join(refused)))

    def _preview(self, path: Path) -> tuple[Header, npt.NDArray[np.uint8]] | Exception | None:
        entry = next((each for each in tuple(self.entries) if each.path == path), None)
        if entry is None or entry.stage is not Stage.WAITING or entry.thumbnail is not None:
            return None
        try:
            return slow_steps.preview(self._readers, path)
        except Exception as error:
            return error

    def _previewed(self, path: Path, found: tuple[Header, npt.NDArray[np.uint8]] | Exception | None) -> None:
        index = self.index_of(path)
        if found is None or index is None or self.entries[index].stage is not Stage.WAITING:
            return
        if isinstance(found, Exception):
            self._mark(index, stage=Stage.FAILED, reason=problems.describe(found).sentence)
        else:
            self._take_in(index, *found)

    def _take_in(self, index: int, header: Header, thumbnail: npt.NDArray[np.uint8]) -> None:
        """Know whose image it is; it then stands with the others of its patient."""
        self._mark(index, header=header, thumbnail=thumbnail)
        entries, current = grouped(self.entries), self.entry()
        if entries != self.entries:
            self._reorder(entries, current.path if current else None)

    def _close(self, closed: list[Entry]) -> None:
        current = self.entry()
        assert current is not None and self.current is not None
        left = [each for each in self.entries if each not in closed]
        after = [each for each in self.entries[self.current :] if each not in closed]
        following = after[:1] or left[-1:]
        self._image.drop()
        self.report(None)
        self.current = None
        self._show(radiograph=None, draft=Draft(), read_as="auto", encoded=None)
        self._reorder(left, None)
        self.activity_changed.emit()
        self.result_changed.emit()
        for entry in following:
            self.select(left.index(entry))

    def _opened(self, opened: tuple[Radiograph, npt.NDArray[np.uint8]]) -> None:
        radiograph, thumbnail = opened
        assert self.current is not None
        entry = self.entries[self.current]
        problems.log.info("Opened image %s.", radiograph.id[:12])
        self._take_in(self.current, radiograph.header, thumbnail)
        draft = entry.draft or Draft.from_sources(radiograph.header, entry.given)
        weights = self.shown.weights
        scorer = weights.scorers.at_hand(radiograph, self.shown.read_as) if weights else None
        self._show(Stage.SCORING, radiograph=radiograph, draft=draft, scorer=scorer)
        self.need_weights()
        self._encode()

    def _weights_loaded(self, loaded: LoadedWeights) -> None:
        ids = (each.weights_id for each in loaded.scorers.loaded)
        problems.log.info("Loaded weights %s.", ", ".join(ids))
        for index, entry in enumerate(self.entries):
            if entry.result is not None:
                self._mark(index, result=None)
        # What the reader said was of the weights of before; of the first ones it could only be said ahead.
        read_as = self.shown.read_as if self.shown.weights is None else "auto"
        scorer = loaded.scorers.at_hand(self.shown.radiograph, read_as)
        self._show(weights=loaded, scorer=scorer, weights_replaced=False, encoded=None, read_as=read_as)
        if self.shown.radiograph is not None and self.stage() is not Stage.CANCELLED:
            self.report(None)
            self._score_anew()
        if loaded.scorers.left_gpu:
            self.report(Problem(loaded.scorers.left_gpu, ""))

    def _weights_failed(self, error: BaseException) -> None:
        problem = problems.describe(error)
        if self.shown.weights is None and self.stage() is Stage.SCORING:
            self._show(Stage.FAILED, problem.sentence)
        self.report(problem)

    def _score_anew(self, **changes: Any) -> None:
        """Score the image on the screen from its pixels on, with these fields of ``Shown`` changed."""
        self._image.drop()
        self._show(Stage.SCORING, encoded=None, **changes)
        shown = self.shown
        if shown.weights is not None:
            self._show(scorer=shown.weights.scorers.at_hand(shown.radiograph, shown.read_as))
        self._encode()

    def _encode(self) -> None:
        shown = self.shown
        if shown.weights is not None and shown.radiograph is not None and shown.encoded is None:
            self._image.run(
                partial(slow_steps.encode, shown.weights.scorers, shown.radiograph, shown.read_as),
                self._encode_done,
                partial(self._fail, False),
            )

    def _check_weights(self) -> None:
        """Look whether the file of the weights still is what was loaded; if not, the panel says so."""
        scorer = self.shown.scorer
        assert scorer is not None

        def checked(replaced: bool) -> None:
            if scorer is self.shown.scorer:
                self._show(weights_replaced=replaced)

        self._tasks.run(partial(slow_steps.has_changed, scorer), checked, self._report)

    def _encode_done(self, made: tuple[Scorer, Encoded, str]) -> None:
        scorer, encoded, left_gpu = made
        if left_gpu:
            self.report(Problem(left_gpu, ""))
            self.weights_changed.emit()
        task = self.shown.heatmap_task
        task = task if task in scorer.tasks else scorer.tasks[0]
        self._show(Stage.OPEN, scorer=scorer, encoded=encoded, heatmap_task=task)
        self._check_weights()
        self._score()

    def _score(self) -> None:
        scorer, encoded, inputs = self.shown.scorer, self.shown.encoded, self.shown.inputs()
        if scorer is not None and encoded is not None and (inputs is not None or not scorer.needs_clinical):
            self._image.run(lambda: scorer.score(encoded, inputs), self._scored, partial(self._fail, False))

    def _scored(self, result: Result) -> None:
        if self.shown.belongs(result):
            self._show(Stage.OPEN, result=result)
            self._explain()

    def _explain(self) -> None:
        shown = self.shown
        scorer, encoded, result, task = shown.scorer, shown.encoded, shown.result, shown.heatmap_task
        if shown.heatmap_wanted and scorer is not None and encoded is not None and result is not None:
            self._image.run(
                partial(slow_steps.explain, scorer, encoded, result, task),
                self._explained,
                partial(self._not_explained, result, task),
            )

    def _explained(self, heatmap: Heatmap) -> None:
        if self.shown.explains(heatmap):
            self._show(heatmap=heatmap)

    def _not_explained(self, result: Result, task: str, error: BaseException) -> None:
        """Without a heatmap the scores are as good as before."""
        problem = problems.describe(error)
        shown = self.shown
        if shown.heatmap_wanted and result is shown.result and task == shown.heatmap_task:
            self._show(heatmap_wanted=False)
            self.report(Problem(f"{NO_HEATMAP} {problem.sentence}", problem.details))

    def _fail(self, go_on: bool, error: BaseException) -> None:
        entry = self.entry()
        assert entry is not None and self.current is not None
        problem = problems.describe(error)
        self._show(Stage.FAILED, problem.sentence, result=None)
        if go_on and self._untried:
            # Its reason stands in the worklist.
            following = self.index_of(self._untried.pop(0))
            if following is not None:
                self.select(following, skip_failed=True)
                return
        former = self.index_of(self._former) if go_on and self._former else None
        if former is not None:
            self.select(former)
        self.report(Problem(f"{entry.path.name}: {problem.sentence}", problem.details))

    def _person_scored(self, found: Found) -> None:
        for path, result, reason in found:
            index = self.index_of(path)
            if index is None or self.entries[index].result is not None:
                continue
            if result is None:
                self.report(Problem(f"{path.name}: {reason}", ""))
            else:
                self._mark(index, result=result, stage=Stage.OPEN)
        self.result_changed.emit()

    # Small change

    def _report(self, error: BaseException) -> None:
        self.report(problems.describe(error))

    def _set_draft(self, draft: Draft) -> None:
        if self.current is not None and draft != self.shown.draft:
            self._show(draft=draft)
            if self.shown.result is None:
                self._score()
