"""The journals beside a scores.csv: one for each process, a line of JSON for each image.

From them a run that was killed goes on. Why so, and what was rejected:
docs/adr/0008-a-journal-beside-the-scores.md.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from verte_core.batch.record import ImageRecord, Text
from verte_core.errors import VerteError
from verte_core.files import FileState, private, replacing, state_of

SYNC_SECONDS = 1.0
"""A power cut costs at most so many seconds of work; a kill costs no line that was written."""
_ROWS, _SUFFIX = ".rows-", ".jsonl"
PATTERN = f"*{_ROWS}*{_SUFFIX}"
"""Of the names of journals, for a file dialog."""
MAX_LINE = 2**20
"""Bytes of a line; a longer one is damaged."""
_SUM, _END = b',"crc32":"', b'"}'


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


@dataclass(frozen=True)
class Begun:
    """That a process began an image; without a record after it, the process ended within it.

    Attributes:
        path: of the file.
        status: ``left`` once the process, alive, left it without a record.
        state: of the file; None when it could not be reached.
        alone: whether no other image was under way.
    """

    path: Text
    status: Literal["begun", "left"]
    state: FileState | None
    alone: bool


@dataclass
class Damage:
    """How many lines of journals say nothing, or nothing that this program wrote."""

    lines: int = 0


Entry = ImageRecord | Begun
_ENTRIES: TypeAdapter[Entry] = TypeAdapter(Entry)


def entries(journal: Path, damage: Damage, begin: int = 0) -> Iterator[tuple[bytes, Entry]]:
    """The whole lines of a journal from byte ``begin`` on; torn and damaged ones are counted.

    Raises:
        VerteError: when it can't be read.
    """
    try:
        with journal.open("rb") as file:
            file.seek(begin)
            while line := file.readline(MAX_LINE):
                entry = _parse(line.rstrip(b"\r\n"))
                if entry is not None:
                    yield line.rstrip() + b"\n", entry
                elif line.strip():
                    damage.lines += 1
                while line and not line.endswith(b"\n"):
                    line = file.readline(MAX_LINE)
    except OSError as error:
        raise VerteError(f"The journal {journal} can't be read: {error.strerror}.") from error


def lines(journal: Path, begin: int = 0) -> Iterator[tuple[bytes, ImageRecord]]:
    """The records alone, as ``entries``."""
    for line, entry in entries(journal, Damage(), begin):
        if isinstance(entry, ImageRecord):
            yield line, entry


def record_of(line: bytes) -> ImageRecord:
    """The record of a line that ``lines`` gave."""
    entry = _parse(line.rstrip())
    assert isinstance(entry, ImageRecord)
    return entry


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
        self._under_way: dict[str, Begun] = {}
        self._file: FileIO
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
            # Without a buffer: what could not be written would be tried once more on closing.
            self._file = opened.enter_context(open(self.path, "a+b", buffering=0, opener=private))
            opened.callback(self._leave)
            self._end_torn_line()
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def begin(self, path: Path, alone: bool = False) -> None:
        """Write that an image is begun; ``add`` ends it, and so does leaving the context."""
        entry = Begun(str(path), "begun", state_of(path), alone)
        self._write(_line(entry))
        self._under_way[entry.path] = entry

    def add(self, record: ImageRecord) -> None:
        """Write the record of an image."""
        self._write(_line(record))
        self._under_way.pop(record.path, None)
        now = time.monotonic()
        if now - self._synced >= SYNC_SECONDS:
            os.fsync(self._file.fileno())
            self.path.stat()  # what is written to a file whose folder is gone would be lost without a word
            self._synced = now

    def replace(self, lines: Iterable[bytes]) -> None:
        """End the journal with exactly these lines, in one step."""
        self._file.close()  # on Windows, an open file can't be replaced
        with replacing(self.path) as file:
            file.writelines(lines)

    def _leave(self) -> None:
        """What is under way is left by a process that lives: its end is no fault of these images."""
        while self._under_way and not self._file.closed:
            _, entry = self._under_way.popitem()
            self._write(_line(replace(entry, status="left")))

    def _write(self, line: bytes) -> None:
        while line:
            line = line[self._file.write(line) :]

    def _end_torn_line(self) -> None:
        """The first line after a kill is one of its own."""
        if self._file.seek(0, os.SEEK_END):
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":
                self._write(b"\n")


def _line(entry: Entry) -> bytes:
    """A line of JSON: an object, and in it last the checksum of what it is without that."""
    content = _ENTRIES.dump_json(entry)
    return b"%b%b%08x%b\n" % (content[:-1], _SUM, zlib.crc32(content), _END)


def _parse(line: bytes) -> Entry | None:
    """None for a damaged line: any that is not just as this program writes what it says."""
    content = line[: -len(_SUM) - 8 - len(_END)] + b"}"
    if not line.endswith(b"%08x%b" % (zlib.crc32(content), _END)):
        return None
    try:
        entry = _ENTRIES.validate_json(content, strict=True)
    except (ValidationError, VerteError):
        return None
    return entry if _line(entry) == line + b"\n" else None
