"""VerSe 2019 and 2020: CT with a mask of every vertebra and, in a spreadsheet, Genant's grade of each.

Sekuboyina et al., Med Image Anal 2021;73:102166; Löffler et al., Radiol Artif Intell 2020;2(4):e190138; OSF,
CC BY-SA 4.0, which what is made of it inherits. The spreadsheet has subject_ID, verse_ID and a column for
each level such as T1_fx-g, 0 to 3, empty where the level is not seen.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from train.adopt.ct_films import Subject, project
from train.simulator.ct.sources import Source, find
from verte_core.errors import DataError

GRADE = re.compile(r"^([TL]\d+)_fx-g$")
_IN_NAME = re.compile(r"(?:sub|split)-([A-Za-z]+\d+|\d+)")
OSTEOPOROSIS_MG_CM3 = 80.0
"""Trabecular density by quantitative CT: ACR practice parameter for QCT bone densitometry."""


def adopt(
    source: Path,
    out: Path,
    table: Path | None = None,
    density: str | None = None,
    films: int = 2,
    seed: int = 0,
) -> str:
    """Project films of all volumes that the spreadsheet names; what became of each, for a reader.

    table: the spreadsheet; without it, the one .xlsx or .csv of the folder with such columns. density: its
    column of trabecular bone density in mg/cm3, below 80 of which a person counts as osteoporotic.

    Raises:
        DataError: for a folder or a spreadsheet that can't be used.
        OutputError: when something can't be written.
    """
    sources = find(source)
    rows = _rows(source, table)
    if density is not None and density not in rows.columns:
        raise DataError(f"The table has no column {density!r}; it has {', '.join(map(str, rows.columns))}.")
    by_id: dict[str, pd.Series] = {}
    for _, row in rows.iterrows():
        for column in ("subject_ID", "verse_ID"):  # the second is of one scan, and stands
            by_id |= dict.fromkeys(_keys(row.get(column, "")), row)
    subjects = {}
    for each in sources:
        row = _row_of(each, by_id)
        if row is not None:
            subjects[each.name] = _subject(each, row, density)
    return project(sources, subjects, out, films, seed)


def _rows(source: Path, table: Path | None) -> pd.DataFrame:
    paths = (
        [table] if table else sorted(p for p in source.rglob("*") if p.suffix.lower() in (".xlsx", ".csv"))
    )
    fit = []
    for path in paths:
        try:
            read = pd.read_excel if path.suffix.lower() == ".xlsx" else pd.read_csv
            rows = read(path, dtype=str).fillna("")
        except (OSError, ValueError) as error:
            raise DataError(f"{path} can't be read as a table: {error}.") from error
        if any(GRADE.match(str(name)) for name in rows.columns):
            fit.append((path, rows))
    if not fit:
        raise DataError(
            f"No table with grades (columns such as T1_fx-g) was found in {source}; name it with --table."
        )
    if len(fit) > 1:
        names = ", ".join(str(path) for path, _ in fit)
        raise DataError(f"There are {len(fit)} tables with grades ({names}); name one with --table.")
    return fit[0][1]


def _keys(text: object) -> list[str]:
    """How an id may stand in a file's name."""
    plain = str(text).strip().lower().removesuffix(".0").removeprefix("sub-")
    if not plain or plain == "nan":
        return []
    return [f"verse{int(plain):03d}", f"gl{int(plain):03d}"] if plain.isdigit() else [plain]


def _row_of(source: Source, by_id: dict[str, pd.Series]) -> pd.Series | None:
    # The part of a scan is named last, and more exactly.
    named = [found.lower() for found in _IN_NAME.findall(source.name)][::-1]
    return next((by_id[name] for name in named if name in by_id), None)


def _subject(source: Source, row: pd.Series, density: str | None) -> Subject:
    grades = {}
    for column, cell in row.items():
        match = GRADE.match(str(column))
        text = str(cell).strip().removesuffix(".0")
        if match and text:
            if text not in ("0", "1", "2", "3"):
                raise DataError(
                    f"The table gives {source.name} the grade {text!r} at {match[1]}; it must be 0 to 3."
                )
            grades[match[1]] = int(text)
    osteo = None
    if density is not None and str(row[density]).strip():
        try:
            osteo = int(float(str(row[density]).replace(",", ".")) < OSTEOPOROSIS_MG_CM3)
        except ValueError:
            raise DataError(
                f"The table gives {source.name} the density {row[density]!r}, no number."
            ) from None
    person = _IN_NAME.search(source.name)
    return Subject(person[1] if person else source.name, grades, None, "", osteo)
