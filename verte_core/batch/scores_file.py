"""scores.csv: every record goes to a journal at once, and all of them to the table at the end."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from verte_core.batch import columns, journal
from verte_core.batch import persons as persons_table
from verte_core.batch.journal import Damage, Journal, Reading
from verte_core.batch.persons import Persons, PointsOf
from verte_core.batch.record import ImageRecord, Tally
from verte_core.errors import OutputError, VerteError
from verte_core.files import state_of

ENDED_A_RUN = "ended a run"
"""The kind of reason of an image that is not tried again."""
_LINE_SEEN = 1000
"""Bytes of the first line, which never ends in some files."""


class ScoresFile:
    """A scores.csv with its journals.

    The journal of rank 0 stays, so that the next run scores only what is new. Used as a context, it is
    locked against a second run that writes to the same CSV.

    Args:
        path: of the CSV; one that exists is replaced at the end, not before.
        rank: of this process.

    Attributes:
        suspects: those of the images that were being read when a run ended without a word; their files are
            still the same.
        damage: what of the journals could not be used.

    Raises:
        VerteError: when another run is writing, or ``path`` is another kind of file.
        OutputError: when something can't be written; the records before are in the journal.
    """

    def __init__(self, path: Path, rank: int = 0) -> None:
        self.path, self._persons_path = path, persons_table.path_beside(path)
        self._journal = Journal(journal.path_of(path, rank))
        self._kept: dict[str, bytes] = {}
        self._begin: dict[Path, int] = {}
        self.suspects: dict[Path, Reading] = {}
        self.damage = Damage()

    def __enter__(self) -> ScoresFile:
        try:
            self._check_replaceable()
            self._journal.__enter__()
        except OSError as error:
            raise self._failure(error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._journal.__exit__()
        except OSError as error:
            if kind is None:  # else what ended the run is the cause
                raise self._failure(error) from error

    def missing(self, paths: Sequence[Path], is_current: Callable[[ImageRecord], bool]) -> list[Path]:
        """Those of ``paths`` that have to be scored, in order; fills ``suspects``, and counts ``damage``.

        Of the others, the last scored record that ``is_current`` is taken over. A refused image is always
        tried again.
        """
        wanted = set(map(str, paths))
        begun: dict[str, Reading] = {}
        try:
            for each in journal.beside(self.path):
                for line, entry in journal.entries(each, self.damage):
                    if entry.path not in wanted:
                        continue
                    begun.pop(entry.path, None)
                    if isinstance(entry, Reading):
                        begun |= {entry.path: entry} if entry.status == "begun" else {}
                    elif entry.status == "scored" and is_current(entry):
                        self._kept[entry.path] = line
                    elif entry.kind == ENDED_A_RUN and entry.source:
                        begun[entry.path] = Reading(entry.path, "begun", entry.source.state, alone=True)
                self._begin[each] = each.stat().st_size
        except OSError as error:
            raise self._failure(error) from error
        self.suspects = {
            Path(path): entry
            for path, entry in begun.items()
            if path not in self._kept and entry.state == state_of(Path(path))
        }
        return [path for path in paths if str(path) not in self._kept]

    def taken_over(self, paths: Sequence[Path]) -> list[ImageRecord]:
        """The records of those of ``paths`` that ``missing`` has found to be scored, in order."""
        return [journal.record_of(self._kept[str(path)]) for path in paths if str(path) in self._kept]

    @contextmanager
    def reading(self, path: Path, alone: bool = False) -> Iterator[None]:
        """While an image is read, the journal says so: by that the next run knows what ended this one."""
        try:
            with self._journal.reading(path, alone):
                yield
        except OSError as error:
            raise self._failure(error) from error

    def refusal(self) -> VerteError:
        """Why an image is not tried again: a run ended while it alone was being read."""
        return VerteError(
            "A run ended without a word while this image alone was being read: it may have taken all "
            "memory, or the computer was switched off. It is not tried again until its file changes or the "
            f"journal {self._journal.path.name} is deleted.",
            kind=ENDED_A_RUN,
        )

    def add(self, record: ImageRecord) -> None:
        """Write what became of an image to the journal."""
        try:
            self._journal.add(record)
        except OSError as error:
            raise self._failure(error) from error

    def finish(self, paths: Sequence[Path], points_of: PointsOf, identify: bool = False) -> Tally:
        """Write both tables from the journals of all ranks, with a row for each of ``paths``, in order.

        Called on rank 0, after ``missing``, once all ranks have added their last record.

        Raises:
            OutputError: also when rows are missing, because not all ranks wrote to the same folder.
        """
        lines = self._lines()
        missing = sum(str(path) not in lines for path in paths)
        if missing:
            raise OutputError(
                f"The rows of {missing} images are not in the folder of {self.path}; when several machines "
                "score, they have to share it. Start again."
            )
        tally = self._write(paths, lines, points_of, identify)
        try:
            for each in journal.beside(self.path):
                if each != self._journal.path:
                    each.unlink()
            self._journal.replace(lines[str(path)] for path in paths)
        except OSError as error:
            raise self._failure(error) from error
        return tally

    def finish_early(self, paths: Sequence[Path], points_of: PointsOf, identify: bool = False) -> Tally:
        """Write both tables with a row for each of ``paths`` that has one; without any, nothing is written.

        The journals stay as they are, so that the next run goes on. Otherwise as ``finish``.
        """
        lines = self._lines()
        done = [path for path in paths if str(path) in lines]
        return self._write(done, lines, points_of, identify) if done else Tally()

    def _lines(self) -> dict[str, bytes]:
        """The line of each image that was taken over, or added by any rank since ``missing``, by path."""
        lines = dict(self._kept)
        try:
            journals = journal.beside(self.path)
        except OSError as error:
            raise self._failure(error) from error
        for each in journals:
            lines.update(
                (record.path, line) for line, record in journal.lines(each, self._begin.get(each, 0))
            )
        return lines

    def _write(
        self, paths: Sequence[Path], lines: dict[str, bytes], points_of: PointsOf, identify: bool
    ) -> Tally:
        tally, persons = Tally(), Persons()

        def records() -> Iterator[ImageRecord]:
            for path in paths:
                record = journal.record_of(lines[str(path)])
                tally.add(record)
                persons.add(record)
                yield record

        try:
            columns.write(self.path, records(), identify)
            if persons or self._persons_path.exists():
                persons.write(self._persons_path, points_of, identify)
        except OSError as error:
            raise self._failure(error) from error
        return tally

    def _check_replaceable(self) -> None:
        """Refuse a path such as that of the clinical table, or one that is no file at all."""
        for path, names in ((self.path, columns.COLUMNS), (self._persons_path, persons_table.COLUMNS)):
            try:
                mode = path.stat().st_mode
            except FileNotFoundError:
                continue
            if not stat.S_ISREG(mode):
                what = "a folder" if stat.S_ISDIR(mode) else "a device or a pipe"
                raise VerteError(f"{path} is {what}; give the results the name of a file.")
            with path.open("rb") as file:
                line = file.readline(_LINE_SEEN).removeprefix(codecs.BOM_UTF8)
            if line and not line.startswith(",".join(names[:3]).encode()):
                raise VerteError(
                    f"{path} is there and was not written by this program; "
                    "give the results another name, or move it away."
                )

    def _failure(self, error: OSError) -> OutputError:
        there = os.path.exists(self._journal.path)  # noqa: PTH110 (Path.exists raises for a name that is too long)
        kept = f" The rows before are in {self._journal.path.name}." if there else ""
        return OutputError(f"{self.path} can't be written: {error.strerror}.{kept}")
