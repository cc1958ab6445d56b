"""Files: written in one step, known by content or by state, and safe for a spreadsheet."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

NAME_BYTES = 255
"""The longest name of a file on the usual file systems."""

_FORMULA = r"['\"\s]*[=+\-@\uff1d\uff0b\uff0d\uff20]"
_CELL_BEGINS = re.compile(rf"^(?='*[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?={_FORMULA})")
"""Where a spreadsheet would take what follows for a formula; full-width signs come of Korean keyboards.

At the beginning of a cell; and after a semicolon, a tab or a line end within it, since a spreadsheet whose
language parts cells by semicolons does so within the quotes of a table that is parted by commas.
"""
_ESCAPED = re.compile(rf"^'(?='*[\t\r\n])|(?:^|(?<=[;\t\r\n]))'(?={_FORMULA})")


@contextmanager
def replacing(path: Path, encoding: str | None = None, *, public: bool = False) -> Iterator[IO[Any]]:
    """A file that takes the place of ``path`` in one step; what was there stays until the new one is whole.

    A file that is replaced leaves its mode to the new one. A new one can be read by its owner alone, since
    most of what this program writes is of patients.

    Args:
        path: of the file.
        encoding: of a text, whose characters that it lacks are written as backslash escapes, and whose line
            ends stay as they are; None for bytes.
        public: whether a new file is made as other programs make theirs.

    Raises:
        OSError: when it can't be written; no part of it is left then.
    """
    # Hidden, so that no later run takes it for an image. One name a file: after a kill, the next try writes
    # over what was left, where other names would fill the disk with halves of caches and checkpoints.
    part = path.with_name(short_name(f".{path.name}", ".part", path.name))
    try:
        part.unlink(missing_ok=True)  # what a kill left may have another mode
        opener = _public if public else private
        with _closing(
            open(part, "wb", opener=opener)
            if encoding is None
            else open(part, "w", opener=opener, newline="", encoding=encoding, errors="backslashreplace")
        ) as file:
            with suppress(FileNotFoundError):
                part.chmod(stat.S_IMODE(path.stat().st_mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def private(path: str, flags: int) -> int:
    """An opener (of ``open``) of files that their owner alone can read, if they are new."""
    return os.open(path, flags, 0o600)


def _public(path: str, flags: int) -> int:
    return os.open(path, flags, 0o666)


@contextmanager
def _closing(file: IO[Any]) -> Iterator[IO[Any]]:
    """Closing writes what is left, and its error would take the place of the one that ended the writing."""
    try:
        yield file
    except BaseException:
        with suppress(OSError):
            file.close()
        raise
    file.close()


def write(path: Path, data: bytes | memoryview, *, public: bool = False) -> None:
    """Write a whole file, as ``replacing`` does."""
    with replacing(path, public=public) as file:
        file.write(data)


def short_name(stem: str, rest: str, whole: str) -> str:
    """A file name of ``stem`` and ``rest`` within ``NAME_BYTES``.

    A stem that is too long loses whole characters at its end, and gets a hash of ``whole`` for them, by which
    the name differs from those of others that begin alike.
    """
    room = NAME_BYTES - len(os.fsencode(rest))
    if len(os.fsencode(stem)) <= room:
        return stem + rest
    mark = f"~{short_hash(whole)}"
    while len(os.fsencode(stem)) > room - len(mark):
        stem = stem[:-1]
    return stem + mark + rest


def short_hash(text: str) -> str:
    """Eight hex digits of a file's path or name, which may be no Unicode."""
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:8]


def sha256(path: Path) -> str:
    """Of a file's content, in hex.

    Raises:
        OSError: when it can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class FileState:
    """By which a file is taken for unchanged: its size in bytes, and its modification in ns since 1970."""

    size: int
    modified: int


def state_of(path: Path) -> FileState | None:
    """The state of a file; None for one that can't be reached."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return FileState(status.st_size, status.st_mtime_ns)


def without_formula(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula: an apostrophe says that it is text.

    Apostrophes of its own get one more, so that the text can be read back.
    """
    return _CELL_BEGINS.sub("'", text)


def with_formula(cell: str) -> str:
    """The text that ``without_formula`` made a cell of."""
    return _ESCAPED.sub("", cell)
