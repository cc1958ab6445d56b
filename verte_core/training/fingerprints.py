"""SHA-256 of files, remembered beside them so that an unchanged file is read once."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tqdm import tqdm

from verte_core import files

FINGERPRINTS = "fingerprints.json"


def fingerprints(paths: Sequence[Path], memory: Path) -> list[str]:
    """SHA-256 (hexadecimal) of the contents of ``paths``, in order.

    Args:
        paths: existing files.
        memory: a JSON file, made when it is not there. A file of the same size and modification time as
            noted in it is not read again. When it can't be read or written, every file is read.

    Raises:
        OSError: for a file that can't be read.
    """
    known = _read(memory)
    with ThreadPoolExecutor() as pool:
        jobs = pool.map(lambda path: _fingerprint(path, known.get(str(path.resolve()))), paths)
        found = list(tqdm(jobs, "reading", len(paths), unit="file", leave=False, disable=len(paths) < 100))
    fresh = {str(path.resolve()): entry for path, entry in zip(paths, found, strict=True)}
    if any(known.get(name) != entry for name, entry in fresh.items()):
        with contextlib.suppress(OSError):
            memory.parent.mkdir(parents=True, exist_ok=True)
            files.write(memory, json.dumps(known | fresh).encode())
    return [entry[2] for entry in found]


_Entry = tuple[int, int, str]
"""Size in bytes, modification time in ns, SHA-256."""


def _fingerprint(path: Path, known: _Entry | None) -> _Entry:
    status = path.stat()
    if known is not None and known[:2] == (status.st_size, status.st_mtime_ns):
        return known
    return status.st_size, status.st_mtime_ns, files.sha256(path)


def _read(memory: Path) -> dict[str, _Entry]:
    try:
        entries = json.loads(memory.read_text())
        return {name: (int(size), int(time), str(digest)) for name, (size, time, digest) in entries.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
