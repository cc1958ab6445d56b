"""Which files are meant by files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

COMPANION_SUFFIXES = {
    ".csv", ".db", ".gz", ".html", ".ini", ".json", ".jsonl", ".log", ".md", ".pdf", ".py", ".txt", ".xlsx",
    ".xml", ".yaml", ".yml", ".zip",
}  # fmt: skip
"""Files beside images that a walk through a folder passes over; named directly, they are tried."""


NO_IMAGE = "There is no image in these folders."


def absolute(path: Path) -> Path:
    """The path from the root, and without ``..`` where that leads to the same file."""
    whole = path.absolute()
    plain = Path(os.path.normpath(whole))
    try:
        return plain if plain.samefile(whole) else whole
    except OSError:
        return whole


def find_images(paths: Iterable[Path]) -> list[Path]:
    """The files among ``paths`` and below its folders, in order, each once.

    In folders, hidden files, DICOMDIR and ``COMPANION_SUFFIXES`` are passed over. A folder that can't be
    read stands in the list itself, so that scoring it names the reason. Links to folders are followed, after
    the folders themselves, and each real folder is walked once, whatever links lead to it.
    """
    found: dict[Path, None] = {}
    walked: set[str] = set()
    for path in paths:
        if not _is_folder(path):
            found[path] = None
            continue
        unreadable: list[OSError] = []
        roots = [path]
        for root in roots:
            for folder, subfolders, names in os.walk(root, onerror=unreadable.append):
                subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
                real = os.path.realpath(folder)
                if real in walked:
                    subfolders.clear()
                    continue
                walked.add(real)
                below = (Path(folder) / name for name in subfolders)
                roots.extend(each for each in below if each.is_symlink())
                found.update(
                    dict.fromkeys(Path(folder) / name for name in sorted(names) if _may_be_image(name))
                )
        found.update(dict.fromkeys(Path(error.filename) for error in unreadable))
    return list(found)


def _is_folder(path: Path) -> bool:
    """False too for a name that no file can have, which reading it tells."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _may_be_image(name: str) -> bool:
    return (
        not name.startswith(".")
        and name != "DICOMDIR"
        and Path(name).suffix.lower() not in COMPANION_SUFFIXES
    )
