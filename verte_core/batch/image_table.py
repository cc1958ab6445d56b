"""A table with a row an image, matched by file name or SOP Instance UID."""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from verte_core.batch import sheet
from verte_core.batch.headings import WORDS, canonical
from verte_core.clinical import read_number
from verte_core.errors import ClinicalError, printable

KEYS = ("path", "sop_instance_uid")
_ABSOLUTE = re.compile(r"[A-Za-z]:/|/")
_NAMED = 5
"""So many of a list are named in a sentence."""
_LONGEST = 60
"""Characters of a heading that are told."""


@dataclass(frozen=True)
class TableRow:
    """One row: ``cells`` by column, trimmed, and ``location`` for messages, such as "table.csv, line 3"."""

    cells: dict[str, str]
    location: str

    def number(self, column: str) -> float | None:
        """The number in ``column``; ``None`` where the cell is empty or there is no such column.

        Raises:
            ClinicalError: naming the place and what stands there instead.
        """
        text = self.cells.get(column)
        if not text:
            return None
        value = read_number(text)
        if value is None:
            raise ClinicalError(f"{self.location}: {column} is {text!r}, which is not a number.")
        return value

    @property
    def path(self) -> str:
        """Of the image, with slashes and composed letters; empty where the row has none."""
        text = unicodedata.normalize("NFC", self.cells.get("path", "")).replace("\\", "/")
        return posixpath.normpath(text) if text else ""

    @property
    def uid(self) -> str:
        """The SOP Instance UID; empty where the row has none."""
        return self.cells.get("sop_instance_uid", "")

    @property
    def named(self) -> str:
        """Its place and its image, for a list."""
        return f"{self.location.rpartition(', ')[2]} ({self.cells.get('path') or self.uid})"


class ImageTable:
    """The rows of a table (``sheet.read``) with a column path or sop_instance_uid.

    Args:
        path: of the table. In it, the file name alone is enough as a path.
        some_of: columns of which the table needs at least one.

    Attributes:
        name: of the file.
        columns: what its headings mean, by ``headings.canonical``.
        headings: as they are written.
        notes: whole sentences on how the table was read.

    Raises:
        ClinicalError: for a table that can't be read, lacks columns, has a row of more cells than headings,
            or names an image twice.
    """

    def __init__(self, path: Path, some_of: tuple[str, ...]) -> None:
        self.name = path.name
        self.folder = path.absolute().parent

        def known(headings: Sequence[str]) -> int:
            return sum(column in KEYS or column in some_of for column in map(canonical, headings))

        found = sheet.read(path, known)
        self.headings = found.headings
        self.columns = _columns(found.headings, self.name, some_of)
        self._check_widths(found.rows)
        self.notes = (*found.notes, *self._short(found.rows))
        self._rows = [
            TableRow(
                {name: cell for name, cell in zip(self.columns, cells, strict=False) if name},
                f"{self.name}, line {line}",
            )
            for line, cells in found.rows
        ]
        self._check_keys()

    def __iter__(self) -> Iterator[TableRow]:
        return iter(self._rows)

    def match(self, images: Sequence[Path]) -> Matches:
        """Which row fits which of these images; done once, since a row must not serve two."""
        return Matches(self, images)

    def _check_widths(self, rows: list[sheet.Row]) -> None:
        wide = [(line, cells) for line, cells in rows if any(cells[len(self.columns) :])]
        if wide:
            line, cells = wide[0]
            others = f" (and {len(wide) - 1} more such lines)" if len(wide) > 1 else ""
            raise ClinicalError(
                f"{self.name}, line {line}{others}: {len(cells)} cells stand under {len(self.columns)} "
                "headings; a decimal comma, or a comma in a name, has to stand in quotes."
            )

    def _short(self, rows: list[sheet.Row]) -> Iterator[str]:
        short = [f"line {line}" for line, cells in rows if len(cells) < len(self.columns)]
        if short:
            yield (
                f"{counted(len(short), 'row')} of {self.name} {'has' if len(short) == 1 else 'have'} fewer "
                f"cells than there are headings, and what is lacking counts as empty: {listed(short)}."
            )

    def _check_keys(self) -> None:
        for kind in ("path", "uid"):
            seen: set[str] = set()
            for row in self._rows:
                key = getattr(row, kind)
                if key and key in seen:
                    raise ClinicalError(f"{row.location}: {key} stands in the table twice.")
                seen.add(key)


def _columns(headings: tuple[str, ...], name: str, some_of: tuple[str, ...]) -> tuple[str, ...]:
    headings = tuple(printable(each)[:_LONGEST] for each in headings)
    columns = tuple(canonical(each) if each else "" for each in headings)
    if not set(KEYS) & set(columns) or not set(some_of) & set(columns):
        raise ClinicalError(
            f"The table {name} needs a column {' or '.join(KEYS)}, and some of {', '.join(some_of)}, parted "
            f"by commas; it has {', '.join(filter(None, headings)) or 'no columns'}."
        )
    for column in (*WORDS, *some_of):
        if columns.count(column) > 1:
            twice = ", ".join(h for h, c in zip(headings, columns, strict=True) if c == column)
            raise ClinicalError(f"The table {name} has the column {column} twice: {twice}.")
    return columns


class Matches:
    """Which row of a table fits which image.

    A row's path fits an image that it names as seen from the table's folder, or whose path ends so; capitals
    matter only between two that differ in nothing else. An absolute path that is of no image, such as one of
    the machine on which the table was made, fits the one image whose path has most of its end. Of several
    rows the longest path counts.

    Attributes:
        images: that the rows were matched to.
    """

    def __init__(self, table: ImageTable, images: Sequence[Path]) -> None:
        self.images = list(images)
        self._table = table
        self._by_uid = {row.uid: row for row in table if row.uid}
        self._whole: dict[str, list[TableRow]] = defaultdict(list)
        self._ends: dict[str, list[TableRow]] = defaultdict(list)
        for row in table:
            if row.path:
                self._whole[row.path.casefold()].append(row)
                if _ABSOLUTE.match(row.path):
                    for end in _ends_of(row.path.casefold().split("/")[1:]):
                        _keep_two(self._ends[end], row)
        found = {path: self._rows_of(path) for path in self.images}
        self._rows = {path: rows for path, (rows, _) in found.items()}
        self._by_name_alone = {path for path, (_, alone) in found.items() if alone}
        self._images_of: dict[str, list[Path]] = defaultdict(list)
        for path, rows in self._rows.items():
            for row in rows:
                self._images_of[row.location].append(path)
        self._prefer_exact()

    def find(self, path: Path, sop_instance_uid: str | None) -> TableRow | None:
        """The row of one of the images, once its UID is known; ``None`` where the table has none.

        Raises:
            ClinicalError: when several rows fit it, or its row fits several images.
        """
        by_uid = self._by_uid.get(sop_instance_uid or "")
        # A row with the UID of another image is not of this one, whatever its path is.
        rows_of_path = self._rows[path] if path in self._rows else self._rows_of(path)[0]
        by_path = [
            row for row in rows_of_path if not (row.uid and sop_instance_uid) or row.uid == sop_instance_uid
        ]
        rows = {row.location: row for row in ([by_uid] if by_uid else []) + by_path}
        if len(rows) > 1:
            raise ClinicalError(
                f"Several rows of {self._table.name} fit this image: "
                f"{listed([row.named for row in rows.values()])}; leave one of them.",
                kind="several rows fit the image",
            )
        if by_uid or not by_path:
            return by_uid
        others = len(self._images_of[by_path[0].location])
        if others > 1:
            raise ClinicalError(
                f"{by_path[0].location}: {by_path[0].cells['path']} fits {others} images; give a longer "
                "path, or the sop_instance_uid.",
                kind="several images fit one row",
            )
        return by_path[0]

    def by_name_alone(self, path: Path) -> bool:
        """Whether the row of an image has another folder in its path."""
        return path in self._by_name_alone

    def without_zeros(self, path: Path) -> TableRow | None:
        """The row of a name that differs by zeros at its beginning, as a spreadsheet may take them away."""
        row = self._by_bare_name.get(_bare(path.name))
        return row if row and _loosely(posixpath.basename(row.path)) != _loosely(path.name) else None

    def unused(self, used: set[str], asked: set[Path]) -> list[TableRow]:
        """The rows that fit no image.

        Args:
            used: the locations of those that were found.
            asked: the images for which they were looked up.
        """
        return [row for row in self._table if row.location not in used and not self._may_fit(row, asked)]

    def _may_fit(self, row: TableRow, asked: set[Path]) -> bool:
        """By its path; one with a UID only as long as that of the image is not known."""
        images = self._images_of.get(row.location, [])
        return any(path not in asked for path in images) if row.uid else bool(images)

    @cached_property
    def _by_bare_name(self) -> dict[str, TableRow]:
        return {_bare(posixpath.basename(row.path)): row for row in self._table if row.path}

    def _rows_of(self, path: Path) -> tuple[list[TableRow], bool]:
        """The rows that fit best by path, and whether by the file name alone."""
        whole = unicodedata.normalize("NFC", Path(os.path.normpath(path.absolute())).as_posix())
        seen = unicodedata.normalize("NFC", _relative(path, self._table.folder))
        ends = list(_ends_of(whole.split("/")[1:]))
        for key in (whole, seen, *ends):
            rows = self._whole.get(key.casefold(), [])
            if rows:
                return [row for row in rows if row.path == key] or rows, False
        for end in ends:
            rows = self._ends.get(end.casefold(), [])
            if rows:
                return rows, "/" not in end
        return [], False

    def _prefer_exact(self) -> None:
        """A row that is exactly the path of one image, or exactly its end, is not of those that are alike."""
        rows = {row.location: row for row in self._table}
        for location, paths in self._images_of.items():
            key = rows[location].path
            for exactly in (self._is_whole, _is_end):
                exact = [path for path in paths if exactly(path, key)]
                if len(paths) > 1 and len(exact) == 1:
                    for path in set(paths) - set(exact):
                        self._rows[path] = [row for row in self._rows[path] if row.location != location]
                    self._images_of[location] = paths = exact

    def _is_whole(self, path: Path, key: str) -> bool:
        whole = unicodedata.normalize("NFC", Path(os.path.normpath(path.absolute())).as_posix())
        return key in (whole, unicodedata.normalize("NFC", _relative(path, self._table.folder)))


def _is_end(path: Path, key: str) -> bool:
    return f"/{unicodedata.normalize('NFC', path.as_posix())}".endswith(f"/{key}")


def on_disk(paths: Iterable[Path]) -> list[Path]:
    """The files that paths of a table mean, where these differ in capitals or in how letters are composed."""
    names: dict[Path, dict[str, list[Path]]] = {}

    def meant(path: Path) -> Path:
        if os.path.lexists(path):
            return path
        if path.parent not in names:
            alike: dict[str, list[Path]] = defaultdict(list)
            with suppress(OSError, ValueError):
                for each in path.parent.iterdir():
                    alike[_loosely(each.name)].append(each)
            names[path.parent] = alike
        found = names[path.parent].get(_loosely(path.name), [])
        return found[0] if len(found) == 1 else path

    return list(dict.fromkeys(map(meant, paths)))


def _loosely(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _keep_two(rows: list[TableRow], row: TableRow) -> None:
    """More say no more than that several fit; two without a UID, since a UID may rule the others out."""
    if sum(bool(each.uid) == bool(row.uid) for each in rows) < 2:
        rows.append(row)


def _ends_of(parts: list[str]) -> Iterator[str]:
    """From the longest to the file name."""
    return ("/".join(parts[start:]) for start in range(len(parts)))


def _relative(path: Path, folder: Path) -> str:
    """As the table's folder sees an image, which may begin with ``..``; empty on another drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return ""


def _bare(name: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", unicodedata.normalize("NFC", name).casefold().partition(".")[0])


def counted(number: int, noun: str) -> str:
    """ "1 row", "2 rows"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f", and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return printable(", ".join(names[:_NAMED])) + more
