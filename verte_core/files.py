"""Files: written in one step, known by content or by state, and safe for a spreadsheet."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

FORMULA_STARTS = tuple("=+-@\t\r\n")
"""A spreadsheet takes text that begins so for a formula."""


@contextmanager
def replacing(path: Path, encoding: str | None = None) -> Iterator[IO[Any]]:
    """A file that takes the place of ``path`` in one step; what was there stays until the new one is whole.

    Args:
        path: of the file.
        encoding: of a text, whose characters that it lacks are written as backslash escapes, and whose line
            ends stay as they are; None for bytes.

    Raises:
        OSError: when it can't be written; no part of it is left then.
    """
    # Hidden, so that no later run takes it for an image. One name a file: after a kill, the next try writes
    # over what was left, where other names would fill the disk with halves of caches and checkpoints.
    part = path.with_name(f".{path.name}.part")
    try:
        with (
            part.open("wb")
            if encoding is None
            else part.open("w", newline="", encoding=encoding, errors="backslashreplace")
        ) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def write(path: Path, data: bytes) -> None:
    """Write a whole file, as ``replacing`` does."""
    with replacing(path) as file:
        file.write(data)


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
    """A text as a cell that no spreadsheet takes for a formula: an apostrophe says that it is text."""
    return f"'{text}" if _is_formula(text) else text


def with_formula(cell: str) -> str:
    """The text that ``without_formula`` made a cell of."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell) else cell


def _is_formula(text: str) -> bool:
    """Apostrophes of its own get one more, so that the text can be read back."""
    return text.lstrip("'").startswith(FORMULA_STARTS)
