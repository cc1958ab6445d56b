"""A table as a hospital exports it: one row a patient, an examination, a site or a vertebra."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from train.examples.expressions import name_of
from verte_core.batch import sheet
from verte_core.batch.headings import canonical, like
from verte_core.batch.image_table import TableRow, counted
from verte_core.clinical import read_number
from verte_core.errors import DataError

KEYS: Mapping[str, str] = {
    "patient_id": "patient_id",
    "accession": "accession_number",
    "sop_instance_uid": "sop_instance_uid",
}
"""By what rows and films come together: a column, and the attribute of a film's ``Header``."""
LOWEST_T = "t_lowest"
_WORDS: Mapping[str, tuple[str, ...]] = {
    "patient_id": (
        *(
            "patientid",
            "patientno",
            "patientnumber",
            "patient",
            "pid",
            "mrn",
            "id",
            "hospitalnumber",
            "chartno",
        ),
        *("환자번호", "등록번호", "병록번호", "차트번호", "환자id", "환자등록번호"),
    ),
    "accession": ("accession", "accessionnumber", "accessionno", "접수번호", "검사번호", "오더번호"),
    "sop_instance_uid": ("sopinstanceuid",),
    "date": (
        *(
            "date",
            "studydate",
            "examdate",
            "examinationdate",
            "dxadate",
            "bmddate",
            "readingdate",
            "scandate",
        ),
        *("검사일", "검사일자", "촬영일", "촬영일자", "판독일", "판독일자", "시행일", "시행일자", "날짜"),
    ),
    "site": ("site", "region", "roi", "부위", "측정부위", "검사부위", "level", "vertebra", "추체", "척추체"),
    "birth_date": ("birthdate", "dateofbirth", "dob", "birthday", "생년월일"),
    "last_contact": (
        *("lastcontact", "dateoflastcontact", "lastfollowup", "lastvisit", "lastcontactdate"),
        *("마지막내원일", "최종추적일", "최종내원일", "최종방문일"),
    ),
    "fracture_date": ("fracturedate", "dateoffracture", "골절일", "골절발생일", "골절일자"),
}
"""What the headings of each column are, without blanks and signs, in lower case."""
_T_SCORE = re.compile(r"(?:^|_)t(?:_?(?:score|값|점수)s?)?(?:_|$)")
_NOT_DIAGNOSTIC = re.compile(
    r"ward|troch|(?:^|_)inter(?:_|$)|와드|전자|(?<!l\d)(?:^|_)l[1-5](?:_(?!l?\d)|$)", re.IGNORECASE
)
"""Sites of which a T-score does not count, one vertebra alone among them: for the diagnosis, the ISCD takes
lumbar spine, femoral neck, total hip and the one-third radius (Official Positions, adult, 2023)."""
_NOTHING = frozenset(("", "-", ".", "na", "n/a", "nan", "none", "null", "없음", "측정불가", "해당없음"))
_MINUS = re.compile(r"[\u2212\u2012-\u2014\uff0d](?=\s*\d)")


@dataclass(frozen=True)
class HospitalTable:
    """One table.

    Attributes:
        name: of the file.
        headings: as they are written.
        columns: what its headings mean.
        by: the key that its rows go by.
        rows: with all that is in them, and ``t_lowest``.
        notes: whole sentences on how it was read.
    """

    name: str
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    by: str
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...]


def read(
    path: Path,
    by: str,
    named: Mapping[str, str],
    translated: Callable[[Mapping[str, str]], dict[str, str]],
) -> HospitalTable:
    """Read a table, and take the lowest T-score of each row.

    Args:
        path: of a CSV or .xlsx, as ``sheet.read`` takes it.
        by: the key that is looked for; a table without it goes by patient_id.
        named: by heading, as it is written: which column it is.
        translated: the cells of a row with words for those that stand for them.

    Raises:
        DataError: for a table that has no such key, or two columns of one meaning.
        ClinicalError: for one that can't be read.
    """

    def meant(heading: str) -> str:
        return named.get(heading) or _meaning(heading)

    def known(headings: Sequence[str]) -> int:
        return sum(meant(each) in (*_WORDS, "age", "sex", "bmi") for each in headings)

    found = sheet.read(path, known)
    here = {named[each] for each in found.headings if each in named}
    columns = tuple(
        named.get(each) or (name_of(each.casefold()) if meant(each) in here else meant(each)) if each else ""
        for each in found.headings
    )
    _check(path.name, found, columns)
    notes = [*found.notes, *_unread(path.name, found.headings, columns)]
    if by not in columns:
        if "patient_id" not in columns:
            raise DataError(
                f"{path.name} has no column {by}; name one of its headings by --column {by}=HEADING: "
                f"{', '.join(filter(None, found.headings))}."
            )
        notes.append(f"{path.name} has no {by}, and was joined by patient_id.")
        by = "patient_id"
    rows = _rows(path.name, found, columns, translated, notes)
    return HospitalTable(
        path.name, found.headings, tuple(dict.fromkeys((*columns, LOWEST_T))), by, rows, tuple(notes)
    )


def _meaning(heading: str) -> str:
    column = canonical(heading)
    plain = re.sub(r"[\W_]+", "", column)
    found = next((name for name, words in _WORDS.items() if plain in words), None)
    return found or name_of(column)


def _check(name: str, found: sheet.Sheet, columns: Sequence[str]) -> None:
    twice = [column for column, number in Counter(filter(None, columns)).items() if number > 1]
    if twice:
        headings = [
            heading for heading, column in zip(found.headings, columns, strict=True) if column == twice[0]
        ]
        raise DataError(
            f"{name} has {twice[0]} twice ({', '.join(headings)}); say which of them it is by --column "
            f"{twice[0]}=HEADING."
        )
    wide = [line for line, texts in found.rows if any(texts[len(columns) :])]
    if wide:
        raise DataError(
            f"{name}, line {wide[0]}: there are more cells than headings; a comma in a name or a number has "
            "to stand in quotes."
        )


def _unread(name: str, headings: Sequence[str], columns: Sequence[str]) -> list[str]:
    known = set(columns) | ({"height_cm", "weight_kg"} if "bmi" in columns else set())
    pairs = [
        (each, like(each)) for each, column in zip(headings, columns, strict=True) if column not in _WORDS
    ]
    return [
        f"The column {heading!r} of {name} looks like {column} and is not read as such; if it is, say "
        f"--column {column}={heading!r}."
        for heading, column in pairs
        if column and column not in known
    ]


def _rows(
    name: str,
    found: sheet.Sheet,
    columns: Sequence[str],
    translated: Callable[[Mapping[str, str]], dict[str, str]],
    notes: list[str],
) -> tuple[TableRow, ...]:
    scores = [] if LOWEST_T in columns else [each for each in columns if _T_SCORE.search(each)]
    taken = [each for each in scores if not _NOT_DIAGNOSTIC.search(each)]
    passed = set(scores) - set(taken)
    odd: list[str] = []
    rows = []
    for line, texts in found.rows:
        pairs = zip(columns, texts, strict=False)
        cells = translated({column: _MINUS.sub("-", text) for column, text in pairs if column})
        site = cells.get("site", "")
        counts = not _NOT_DIAGNOSTIC.search(name_of(site))
        if scores and not counts:
            passed.add(site)
        if LOWEST_T not in columns:
            stated = [
                cells[each] for each in taken if counts and cells.get(each, "").casefold() not in _NOTHING
            ]
            values = [value for each in stated if (value := read_number(each)) is not None]
            odd += [f"{each!r} in line {line}" for each in stated if read_number(each) is None]
            cells[LOWEST_T] = f"{min(values):g}" if values else ""
        rows.append(TableRow(cells, f"{name}, line {line}"))
    if scores:
        more = f"; {', '.join(sorted(passed))} does not count for a diagnosis" if passed else ""
        notes.append(f"{name}: {LOWEST_T} is the lowest of {', '.join(taken) or 'nothing'}{more}.")
    if odd:
        many = counted(len(odd), "T-score")
        said = f"{many} of {name} can't be read as a number and counts as missing"
        notes.append(f"{said}: {', '.join(odd[:3])}.")
    return tuple(rows)
