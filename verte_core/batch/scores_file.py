"""scores.csv: every record goes to a journal at once, and all of them to the table at the end."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from verte_core.batch import columns, journal
from verte_core.batch.journal import Journal
from verte_core.batch.record import ImageRecord, Tally
from verte_core.errors import OutputError, VerteError


class ScoresFile:
    """A scores.csv with its journals.

    The journal of rank 0 stays, so that the next run scores only what is new. Used as a context, it is
    locked against a second run that writes to the same CSV.

    Args:
        path: of the CSV; one that exists is replaced at the end, not before.
        rank: of this process.

    Raises:
        VerteError: when another run is writing, or ``path`` is another kind of file.
        OutputError: when something can't be written; the records before are in the journal.
    """

    def __init__(self, path: Path, rank: int = 0) -> None:
        self.path = path
        self._journal = Journal(journal.path_of(path, rank))
        self._kept: dict[str, bytes] = {}
        self._begin: dict[Path, int] = {}

    def __enter__(self) -> ScoresFile:
        try:
            self._check_replaceable()
            self._journal.__enter__()
        except OSError as error:
            raise self._failure(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.__exit__()

    def missing(self, paths: Sequence[Path], is_current: Callable[[ImageRecord], bool]) -> list[Path]:
        """Those of ``paths`` that have to be scored, in order.

        Of the others, the last scored record that ``is_current`` is taken over. A refused image is always
        tried again.
        """
        wanted = set(map(str, paths))
        for each in journal.beside(self.path):
            for line, record in journal.lines(each):
                if record.status == "scored" and record.path in wanted and is_current(record):
                    self._kept[record.path] = line
            self._begin[each] = each.stat().st_size
        return [path for path in paths if str(path) not in self._kept]

    def taken_over(self, paths: Sequence[Path]) -> list[ImageRecord]:
        """The records of those of ``paths`` that ``missing`` has found to be scored, in order."""
        return [journal.record_of(self._kept[str(path)]) for path in paths if str(path) in self._kept]

    def add(self, record: ImageRecord) -> None:
        """Write what became of an image to the journal."""
        try:
            self._journal.add(record)
        except OSError as error:
            raise self._failure(error) from error

    def finish(self, paths: Sequence[Path]) -> Tally:
        """Write the CSV from the journals of all ranks, with a row for each of ``paths``, in order.

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
        tally = self._write(paths, lines)
        try:
            for each in journal.beside(self.path):
                if each != self._journal.path:
                    each.unlink()
            self._journal.replace(lines[str(path)] for path in paths)
        except OSError as error:
            raise self._failure(error) from error
        return tally

    def finish_early(self, paths: Sequence[Path]) -> Tally:
        """Write the CSV with a row for each of ``paths`` that has one; without any, nothing is written.

        The journals stay as they are, so that the next run goes on. Otherwise as ``finish``.
        """
        lines = self._lines()
        done = [path for path in paths if str(path) in lines]
        return self._write(done, lines) if done else Tally()

    def _lines(self) -> dict[str, bytes]:
        """The line of each image that was taken over, or added by any rank since ``missing``, by path."""
        lines = dict(self._kept)
        for each in journal.beside(self.path):
            lines.update(
                (record.path, line) for line, record in journal.lines(each, self._begin.get(each, 0))
            )
        return lines

    def _write(self, paths: Sequence[Path], lines: dict[str, bytes]) -> Tally:
        tally = Tally()

        def records() -> Iterator[ImageRecord]:
            for path in paths:
                record = journal.record_of(lines[str(path)])
                tally.add(record)
                yield record

        try:
            columns.write(self.path, records())
        except OSError as error:
            raise self._failure(error) from error
        return tally

    def _check_replaceable(self) -> None:
        """Refuse a path such as that of the clinical table."""
        if self.path.exists():
            with self.path.open("rb") as file:
                line = file.readline().removeprefix(codecs.BOM_UTF8)
            if line and not line.startswith(",".join(columns.COLUMNS[:3]).encode()):
                raise VerteError(
                    f"{self.path} is there and was not written by this program; "
                    "give the results another name, or move it away."
                )

    def _failure(self, error: OSError) -> OutputError:
        kept = f" The rows before are in {self._journal.path.name}." if self._journal.path.exists() else ""
        return OutputError(f"{self.path} can't be written: {error.strerror}.{kept}")
