"""The cells of a table as offices save it: CSV of several encodings and separators, or an Excel workbook."""

from __future__ import annotations

import codecs
import csv
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from verte_core.errors import ClinicalError

MAX_BYTES = 64 * 1024**2
"""Of a table; some 500,000 rows."""
MAX_CELLS = 20_000_000
_MAX_UNPACKED = 16 * MAX_BYTES
_SEPARATORS = (",", ";", "\t")
_ZIP, _OLE = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_KOREAN = "cp949"

Row = tuple[int, list[str]]
"""A line's number as an editor or a spreadsheet shows it, and its cells, trimmed."""


@dataclass(frozen=True)
class Sheet:
    """A table as text.

    Attributes:
        headings: as written, trimmed.
        rows: those with any text; as many cells as the file has, empty ones too.
        notes: whole sentences on how it was read.
    """

    headings: tuple[str, ...]
    rows: list[Row]
    notes: tuple[str, ...]


def read(path: Path, known: Callable[[Sequence[str]], int]) -> Sheet:
    """The table of a file.

    Args:
        path: of a CSV in UTF-8, UTF-16 or cp949, whose cells are parted by commas, semicolons or tabs; or of
            an .xlsx workbook, whose first sheet counts. The content tells which, not the suffix.
        known: how many of some headings mean a column, by which the separator is found.

    Raises:
        ClinicalError: for a file that can't be read as a table.
    """
    data = _bytes(path)
    notes: list[str] = []
    if data.startswith(_OLE):
        raise ClinicalError(
            f"The table {path.name} is an Excel workbook of the old kind (.xls), or one with a password; "
            "save it in Excel as .xlsx without a password, or as CSV UTF-8."
        )
    if data.startswith(_ZIP):
        rows = _trimmed(_workbook(data, path.name, notes))
    else:
        rows = _trimmed(_separated(_text(data, path.name, notes), path.name, known))
    first = next(rows, (0, []))
    return Sheet(tuple(first[1]), list(rows), tuple(notes))


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ClinicalError(f"The table {path.name} is a folder.")
        if path.exists() and not path.is_file():
            raise ClinicalError(f"The table {path.name} is a device or a pipe, not a file.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ClinicalError(f"The table {path.name} can't be read: {error.strerror}.") from error
    except ValueError as error:  # a zero byte in the name
        raise ClinicalError(f"The table {path.name!r} can't be read: its name is not valid.") from error
    if len(data) > MAX_BYTES:
        raise ClinicalError(
            f"The table {path.name} is larger than {MAX_BYTES // 1024**2} MiB, the limit; split it."
        )
    return data


def _text(data: bytes, name: str, notes: list[str]) -> str:
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        if marked:
            raise ClinicalError(f"The table {name} is not whole: its UTF-16 text is cut.") from error
        try:
            text = data.decode(_KOREAN)
        except UnicodeDecodeError as other:
            raise ClinicalError(
                f"The table {name} is not in UTF-8, nor in the Korean encoding {_KOREAN}; save it again as "
                "CSV in UTF-8, or as .xlsx."
            ) from other
        notes.append(f"The table {name} is not in UTF-8 and was read as Korean text ({_KOREAN}).")
    if "\0" in text:
        raise ClinicalError(
            f"The table {name} holds zero bytes, so it is no text; save it again as CSV in UTF-8."
        )
    return text


def _separated(text: str, name: str, known: Callable[[Sequence[str]], int]) -> Iterator[Row]:
    """Excel may begin a file with a line ``sep=;``, which is no row of the table."""
    head, _, rest = text.partition("\n")
    told = re.fullmatch(r'"?sep=(.)"?\s*', head)
    if told:
        separator, text, skipped = told[1], rest, 1
    else:
        separator, skipped = max(_SEPARATORS, key=lambda each: known(_first(text, each))), 0
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            yield reader.line_num + skipped, cells
    except csv.Error as error:
        line = reader.line_num + skipped
        raise ClinicalError(f"The table {name} can't be read: line {line}: {error}.") from error


def _first(text: str, separator: str) -> list[str]:
    try:
        rows = csv.reader(StringIO(text, newline=""), delimiter=separator)
        return next((cells for cells in rows if any(map(str.strip, cells))), [])
    except csv.Error:
        return []


def _trimmed(rows: Iterable[Row]) -> Iterator[Row]:
    for line, cells in rows:
        trimmed = [cell.strip() for cell in cells]
        if any(trimmed):
            yield line, trimmed


def _workbook(data: bytes, name: str, notes: list[str]) -> list[Row]:
    """The rows of the first sheet; what Excel shows of numbers counts: 00123 stays 00123."""
    try:
        unpacked = sum(each.file_size for each in zipfile.ZipFile(BytesIO(data)).infolist())
        if unpacked > _MAX_UNPACKED:
            raise ClinicalError(f"The workbook {name} is too large; save the table alone, as CSV in UTF-8.")
        return _sheet_rows(data, name, notes)
    except (ClinicalError, MemoryError):
        raise
    except Exception as error:  # openpyxl raises whatever the damage causes
        raise ClinicalError(
            f"The table {name} is no Excel workbook (.xlsx) that can be read; save it again, or as CSV UTF-8."
        ) from error


def _sheet_rows(data: bytes, name: str, notes: list[str]) -> list[Row]:
    from openpyxl import load_workbook  # here, since most tables are CSV

    with warnings.catch_warnings(action="ignore"):  # of what it can't keep when it saves
        values = load_workbook(BytesIO(data), read_only=True, data_only=True)
        formulas = load_workbook(BytesIO(data), read_only=True)
        if len(values.worksheets) > 1:
            notes.append(f"The first sheet of {name}, {values.worksheets[0].title}, was read, and no other.")
        sheets = (values.worksheets[0], formulas.worksheets[0])
        for sheet in sheets:
            sheet.reset_dimensions()  # as stated in the file, they may be anything
        rows: list[Row] = []
        width = seen = 0
        for line, (shown, written) in enumerate(zip(*(each.iter_rows() for each in sheets), strict=True), 1):
            seen += len(shown)
            if seen > MAX_CELLS:
                raise ClinicalError(f"The workbook {name} has more than {MAX_CELLS} cells, the limit.")
            for cell, source in zip(shown, written, strict=True):
                if cell.value is None and source.value is not None:
                    raise ClinicalError(
                        f"{name}, line {line}: {source.coordinate} is a formula whose value was not saved; "
                        "open and save the workbook in Excel."
                    )
            texts = [_cell_text(cell) for cell in shown]
            width = width or len(texts)
            rows.append((line, texts + [""] * (width - len(texts))))  # Excel leaves out what is empty
    return rows


def _cell_text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and re.fullmatch("0+", cell.number_format):
        return str(value).zfill(len(cell.number_format))
    return str(value)
