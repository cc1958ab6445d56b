"""A batch at work: the same run as ``verte score --out``, on a thread of its own."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from verte_desktop.session import problems
from verte_desktop.session.problems import Problem
from verte_desktop.session.tasks import Tasks

if TYPE_CHECKING:
    from verte_core.batch.record import ImageRecord, Tally
    from verte_core.image_types import ProtocolChoice
    from verte_core.scoring.scorers import Scorers


@dataclass(frozen=True)
class Choice:
    """What to score and where to; absolute paths.

    Attributes:
        folders: of images; without one, the table names them.
        results: the scores.csv.
        protocol: what each image is read as; ``auto`` is what its header says.
        heatmaps: a folder for a heatmap picture of each score.
        identify: whether rows say whose images they are.
    """

    folders: tuple[Path, ...]
    table: Path | None
    results: Path
    protocol: ProtocolChoice = "auto"
    heatmaps: Path | None = None
    identify: bool = False


def beside(folders: tuple[Path, ...], table: Path | None) -> Path:
    """The scores.csv beside the first folder, or else beside the table."""
    source = folders[0] if folders else table
    assert source is not None
    name = source.name if folders else source.stem
    return source.parent / f"{name or 'all'}-scores.csv"


class BatchRun(QObject):
    """One batch at a time; its records arrive on the thread of the window.

    Attributes:
        results: the scores.csv whose records arrive.
        total: images of the run.
        before: how many of them were scored before.
        done: how many are scored or refused, with those.
        state: how it stands, in a sentence.
        problem: what ended it too early.
    """

    begun = Signal()
    records_added = Signal(object)
    changed = Signal()
    _told = Signal(object, object, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.results: Path | None = None
        self.total = self.before = self.done = 0
        self.state = ""
        self.problem: Problem | None = None
        self._tasks = Tasks(self)
        self._stop: threading.Event | None = None
        self._free = threading.Event()
        self._free.set()
        self._start = 0.0
        self._scores = False
        self._scored = 0
        self._told.connect(self._arrived, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> bool:
        """Whether a batch is under way."""
        return self._stop is not None

    @property
    def is_scoring(self) -> bool:
        """Whether images are being scored; results are only read otherwise."""
        return self.running and self._scores

    def remaining(self) -> str:
        """What is done and what remains, for a question."""
        if not self.total:
            return "its images are being looked for"
        done = f"{self.done} of {self.total} images are done, {self.total - self.done} remain"
        left = self._time_left()
        return f"{done}, in about {left}" if left else done

    def clear(self) -> None:
        """Leave the records; nothing may run."""
        assert not self.running
        self._reset(None, "")
        self.begun.emit()
        self.changed.emit()

    def score(self, choice: Choice, scorers: Scorers) -> None:
        """Begin, or go on where the same choice was left."""
        stop = self._begin(choice.results, "Looking for images …", scores=True)
        left_before = scorers.left_gpu

        def ended(end: tuple[bool, Tally]) -> None:
            finished, tally = end
            said = [_ended(finished, choice.results, self.done, self.total), _without_heatmap(tally)]
            said.append("" if left_before else scorers.left_gpu)
            self._log_end("It is finished." if finished else "The reader stopped it.")
            self._end(" ".join(filter(None, said)))

        self._tasks.run(partial(self._score, choice, scorers, stop), ended, self._failed)

    def read(self, results: Path) -> None:
        """Bring the records of a scores.csv without scoring."""
        stop = self._begin(results, "Reading the results …", scores=False)
        self._tasks.run(
            partial(self._read, results, stop), lambda _: self._end(f"Results of {results}"), self._failed
        )

    def cancel(self) -> None:
        """End after the image under way; its row and those before stay."""
        if self._stop is not None and not self._stop.is_set():
            self._stop.set()
            self._free.set()
            self.state = "Finishing the image under way …"
            self.changed.emit()

    def hold(self, held: bool) -> None:
        """Wait before the next image, while a reader waits for one; the network has one at a time then."""
        if held and not (self._stop and self._stop.is_set()):
            self._free.clear()
        else:
            self._free.set()

    def close(self) -> None:
        """Cancel, and deliver nothing more."""
        self.cancel()
        self._tasks.close()
        if self.is_scoring:
            self._log_end("The program ends.")
        self._stop = None

    def join(self) -> None:
        """Wait, after ``close``, until the image under way is done."""
        self._tasks.join()

    # In the worker

    def _score(self, choice: Choice, scorers: Scorers, stop: threading.Event) -> tuple[bool, Tally]:
        """Whether all images are done, and what became of them or of those that are."""
        from verte_core.batch.run import ScoringRun, find

        images, values_of = find(choice.folders, choice.table)
        with ScoringRun(
            scorers,
            images,
            values_of,
            choice=choice.protocol,
            out=choice.results,
            heatmaps=choice.heatmaps,
            identify=choice.identify,
        ) as run:
            self._told.emit(stop, run.taken_over, len(run.images))
            outcomes = run.outcomes()
            try:
                while not stop.is_set():
                    self._free.wait()
                    outcome = None if stop.is_set() else next(outcomes, None)
                    if outcome is None:
                        break
                    record, _ = outcome
                    self._told.emit(stop, [record], 0)
            finally:
                outcomes.close()
            return (False, run.finish_early()) if run.unfinished else (True, run.finish())

    def _read(self, results: Path, stop: threading.Event) -> None:
        from verte_core.batch import journal

        records = journal.read(results)
        self._told.emit(stop, records, len(records))

    # In the window

    def _begin(self, results: Path, state: str, scores: bool) -> threading.Event:
        assert self._stop is None
        self._stop = threading.Event()
        self._scores = scores
        self._reset(results, state)
        self.begun.emit()
        self.changed.emit()
        return self._stop

    def _reset(self, results: Path | None, state: str) -> None:
        self.results, self.problem, self.state = results, None, state
        self.total = self.before = self.done = self._scored = 0

    def _arrived(self, stop: threading.Event, records: list[ImageRecord], total: int) -> None:
        if stop is not self._stop:
            return
        if total:
            self.total, self.before, self._start = total, len(records), time.monotonic()
            if self._scores:
                problems.log.info("A batch of %d images began; %d were scored before.", total, self.before)
        self.done += len(records)
        self._scored += sum(record.status == "scored" for record in records)
        if records:
            self.records_added.emit(records)
        if not stop.is_set():
            self.state = self._progress()
        self.changed.emit()

    def _progress(self) -> str:
        counted, rate = f"{self.done} of {self.total}", self._rate()
        if not rate:
            return counted
        speed = f"{rate:.1f} images/s" if rate >= 1 else f"{1 / rate:.1f} s/image"
        return f"{counted}, {speed}, {self._time_left()} left"

    def _time_left(self) -> str:
        rate = self._rate()
        return _duration((self.total - self.done) / rate) if rate else ""

    def _rate(self) -> float:
        """Images a second since the beginning; 0 before the first."""
        elapsed = time.monotonic() - self._start
        return (self.done - self.before) / elapsed if elapsed > 0 else 0.0

    def _log_end(self, how: str) -> None:
        problems.log.info(
            "The batch ended with %d of %d images: %d scored, %d refused. %s",
            *(self.done, self.total, self._scored, self.done - self._scored),
            how,
        )

    def _end(self, state: str) -> None:
        self._stop, self.state = None, state
        self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        self.problem = problems.describe(error)
        if self._scores:
            self._log_end("It could not go on.")
        self._end(f"{self.done} of {self.total}" if self.total else "")


def _ended(finished: bool, results: Path, done: int, total: int) -> str:
    if not finished:
        rows = f" Their rows are in {results}." if done else ""
        return f"Cancelled: {done} of {total} are done and kept.{rows} Start goes on from there."
    return f"Finished: {total} images. The results are in {results}"


def _without_heatmap(tally: Tally) -> str:
    reasons = list(tally.without_heatmap.values())
    if not reasons:
        return ""
    return f"Without a heatmap: {len(reasons)}. {reasons[0]} Start scores these again."


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
