"""The journals beside a scores.csv: one for each process, a line of JSON for each image.

From them a run that was killed goes on. Why so, and what was rejected:
docs/adr/0008-a-journal-beside-the-scores.md.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from verte_core.batch.record import ImageRecord
from verte_core.errors import VerteError
from verte_core.files import replacing

SYNC_SECONDS = 1.0
"""A power cut costs at most so many seconds of work; a kill costs no line that was written."""
_ROWS, _SUFFIX = ".rows-", ".jsonl"
PATTERN = f"*{_ROWS}*{_SUFFIX}"
"""Of the names of journals, for a file dialog."""
_RECORDS = TypeAdapter(ImageRecord)


def path_of(scores: Path, rank: int = 0) -> Path:
    """The journal of one process beside a scores.csv."""
    return scores.with_name(f"{scores.name}{_ROWS}{rank}{_SUFFIX}")


def scores_of(path: Path) -> Path:
    """The scores.csv that a journal is of; any other path is that of a scores.csv."""
    name = path.name.rpartition(_ROWS)[0] if path.match(PATTERN) else path.name
    return path.with_name(name)


def beside(scores: Path) -> list[Path]:
    """The journals of all processes.

    Raises:
        OSError: when the folder can't be read.
    """
    prefix = scores.name + _ROWS
    return sorted(
        each for each in scores.parent.iterdir() if each.name.startswith(prefix) and each.suffix == _SUFFIX
    )


def lines(journal: Path, begin: int = 0) -> Iterator[tuple[bytes, ImageRecord]]:
    """The whole lines of a journal from byte ``begin`` on; torn and damaged ones are passed over.

    Raises:
        VerteError: when it can't be read.
    """
    try:
        with journal.open("rb") as file:
            file.seek(begin)
            for line in file:
                record = _parse(line)
                if record is not None:
                    yield line.rstrip() + b"\n", record
    except OSError as error:
        raise VerteError(f"The journal {journal} can't be read: {error.strerror}.") from error


def record_of(line: bytes) -> ImageRecord:
    """The record of a line that ``lines`` gave."""
    return _RECORDS.validate_json(line, strict=True)


def read(scores: Path) -> list[ImageRecord]:
    """The records of a scores.csv, the last of each image; also of a run that was interrupted.

    Raises:
        VerteError: when there is none, or it can't be read.
    """
    found: dict[str, ImageRecord] = {}
    try:
        for journal in beside(scores):
            found.update((record.path, record) for _, record in lines(journal))
    except OSError as error:
        raise VerteError(f"The results {scores} can't be read: {error.strerror}.") from error
    if not found:
        raise VerteError(
            f"There are no rows of {scores.name} in the journal {path_of(scores).name} beside it; "
            "results are read from there. Score the images again."
        )
    return list(found.values())


class Journal:
    """The journal of one process. As a context it is locked, and lines can be added.

    Args:
        path: of the journal.

    Raises:
        VerteError: when another process holds it.
        OSError: when it can't be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # Beside the journal, which is replaced; and hidden, so that no run takes it for an image. The
        # system ends the lock with its process, and a file that is left behind locks nothing.
        self._lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=0)
        self._synced = 0.0
        self._file: IO[bytes]
        self._open = ExitStack()

    def __enter__(self) -> Journal:
        # filelock would make the folder.
        self.path.parent.stat()
        try:
            self._lock.acquire()
        except Timeout:
            raise VerteError(
                f"Another run is writing to {scores_of(self.path)}; wait for its end, or give the results "
                "another name."
            ) from None
        with ExitStack() as opened:
            opened.callback(self._lock.release)
            self._file = opened.enter_context(self.path.open("a+b"))
            self._end_torn_line()
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, record: ImageRecord) -> None:
        """Write the record of an image."""
        self._file.write(_RECORDS.dump_json(record) + b"\n")
        self._file.flush()
        now = time.monotonic()
        if now - self._synced >= SYNC_SECONDS:
            os.fsync(self._file.fileno())
            self._synced = now

    def replace(self, lines: Iterable[bytes]) -> None:
        """End the journal with exactly these lines, in one step."""
        self._file.close()  # on Windows, an open file can't be replaced
        with replacing(self.path) as file:
            file.writelines(lines)

    def _end_torn_line(self) -> None:
        """The first line after a kill is one of its own."""
        if self._file.seek(0, os.SEEK_END):
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")


def _parse(line: bytes) -> ImageRecord | None:
    """None for a damaged line: one of whose content a record is not made, or only with something added."""
    try:
        record = record_of(line)
    except (ValidationError, VerteError):
        return None
    return record if _RECORDS.dump_python(record, mode="json") == json.loads(line) else None
