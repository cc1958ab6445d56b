"""A CSV table with a row an image, matched by file name or SOP Instance UID."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from verte_core.clinical import read_number
from verte_core.errors import ClinicalError

KEYS = ("path", "sop_instance_uid")


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


class ImageTable:
    """The rows of a CSV file in UTF-8 with a column path or sop_instance_uid.

    Args:
        path: of the table. In it, the file name alone is enough as a path.
        some_of: columns of which the table needs at least one.

    Raises:
        ClinicalError: for a table that can't be read, lacks columns, or names an image twice.
    """

    def __init__(self, path: Path, some_of: tuple[str, ...]) -> None:
        self._rows: dict[str, TableRow] = {}
        self._folder = path.absolute().parent
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.DictReader(file)
                self.columns = tuple(reader.fieldnames or ())
                if not set(KEYS) & set(self.columns) or not set(some_of) & set(self.columns):
                    raise ClinicalError(
                        f"The table {path.name} needs a column {' or '.join(KEYS)}, and some of "
                        f"{', '.join(some_of)}, parted by commas; it has "
                        f"{', '.join(self.columns) or 'no columns'}."
                    )
                for column in (*KEYS, *some_of):
                    if self.columns.count(column) > 1:
                        raise ClinicalError(f"The table {path.name} has the column {column} twice.")
                for cells in reader:
                    self._add(cells, f"{path.name}, line {reader.line_num}")
        except UnicodeDecodeError as error:
            raise ClinicalError(
                f"The table {path.name} is not in UTF-8; save it again as CSV in UTF-8."
            ) from error
        except OSError as error:
            raise ClinicalError(f"The table {path.name} can't be read: {error.strerror}.") from error
        except csv.Error as error:
            raise ClinicalError(f"The table {path.name} can't be read: {error}.") from error

    def find(self, path: Path, sop_instance_uid: str | None) -> TableRow | None:
        """The row of an image, by its UID or the end of its path; ``None`` where the table has none."""
        ends = ("/".join(path.parts[start:]) for start in range(len(path.parts)))
        for key in (sop_instance_uid, path.as_posix(), self._from_folder(path), *ends):
            if key and key in self._rows:
                return self._rows[key]
        return None

    def _from_folder(self, path: Path) -> str:
        """As the table's folder sees an image, which may begin with ``..``; empty on another drive."""
        try:
            return Path(os.path.relpath(path, self._folder)).as_posix()
        except ValueError:
            return ""

    def __iter__(self) -> Iterator[TableRow]:
        return iter(self._rows.values())

    def _add(self, cells: dict[str, str | None], location: str) -> None:
        row = TableRow({name: (value or "").strip() for name, value in cells.items() if name}, location)
        keys = {row.cells[key].replace("\\", "/").removeprefix("./") for key in KEYS if row.cells.get(key)}
        for key in keys:
            if key in self._rows:
                raise ClinicalError(f"{location}: {key} stands in the table twice.")
            self._rows[key] = row
