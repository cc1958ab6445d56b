"""What a reader drops on the window of batches: folders, a clinical table, or results to look at."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from verte_core.errors import VerteError

TABLES = ("csv", "xlsx")
TABLE_FILTER = f"Clinical table ({' '.join(f'*.{suffix}' for suffix in TABLES)})"
_MIXED = "Drop folders of images and one clinical table, or the results of one batch alone."


@dataclass(frozen=True)
class Dropped:
    """One batch: what to score, or a scores.csv to look at."""

    folders: tuple[Path, ...] = ()
    table: Path | None = None
    results: Path | None = None


def sort(paths: Sequence[Path]) -> Dropped:
    """What the paths are.

    Raises:
        VerteError: when they are not one batch.
    """
    from verte_core.batch import journal

    folders = tuple(path for path in paths if path.is_dir())
    files = [path for path in paths if not path.is_dir()]
    results = {journal.scores_of(path) for path in files if _is_results(path)}
    tables = [path for path in files if not _is_results(path)]
    strange = [path for path in tables if path.suffix.lower().lstrip(".") not in TABLES]
    if strange:
        raise VerteError(
            f"{strange[0].name} is neither a folder nor a table. Single images open in the reading window."
        )
    if len(results) + len(tables) > 1 or (results and folders):
        raise VerteError(_MIXED)
    return Dropped(folders, tables[0] if tables else None, results.pop() if results else None)


def _is_results(path: Path) -> bool:
    """A journal, a table with one beside it, or one with the first columns of a scores.csv."""
    from verte_core.batch import columns, journal

    if path.match(journal.PATTERN) or journal.path_of(path).exists():
        return True
    try:
        with path.open("rb") as file:
            begin = file.read(200).removeprefix(codecs.BOM_UTF8)
    except OSError:
        return False
    return begin.startswith(",".join(columns.COLUMNS[:3]).encode())
