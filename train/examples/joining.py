"""Films and the rows of hospital tables, brought together by a number of the patient and the day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, product

from train.examples.dates import read_date
from train.examples.hospital_table import KEYS, LOWEST_T, HospitalTable
from train.examples.labels import Found
from verte_core.batch.image_table import TableRow, counted
from verte_core.clinical import read_number
from verte_core.errors import DataError, VerteError
from verte_core.reading.header import Header
from verte_core.results import TASKS

FOLLOW_UP = ("followup_years", "fracture_event")
JOINED = "joined"
"""The column that names the rows of a film."""
_OURS = (
    *TASKS,
    "person_id",
    "split",
    "age",
    "sex",
    "bmi",
    "height_cm",
    "weight_kg",
    "birth_date",
    *FOLLOW_UP,
)
"""Columns that can have one value alone."""
_MOST = 4096
"""Rows of one film and day, over all tables together."""
_YEAR = 365.25


@dataclass
class _Unused:
    """Rows of a table by what became of them."""

    used: set[int] = field(default_factory=set)
    far: set[int] = field(default_factory=set)


class Joining:
    """Tables, to which films come.

    A table with dates gives a film the rows of the day nearest to its study, at most ``within`` days away,
    the earlier of two as near; one without dates its only row, or its rows of several sites. Of a cell that
    several tables fill, the first table's counts.

    Args:
        tables: every film needs a row of the first.
        follow_up: tables with last_contact, and fracture_date where there was a fracture.
        within: days; ``None`` is without a limit.
    """

    def __init__(
        self, tables: Sequence[HospitalTable], follow_up: Sequence[HospitalTable], within: float | None
    ) -> None:
        self._tables, self._follow_up, self._within = tables, follow_up, within
        self._groups = {
            table.name: _Keys(row.cells.get(table.by, "") for row in table.rows) for table in self._all
        }
        self._unused = {table.name: _Unused() for table in self._all}
        self._films: dict[str, _Keys] = {}
        self._earlier = self._ended = 0  # films
        if len(self._groups) < len(self._all):
            raise DataError("Two of the tables have the same file name; give one of them another.")

    @property
    def _all(self) -> tuple[HospitalTable, ...]:
        return (*self._tables, *self._follow_up)

    def of(self, films: Sequence[Header | None]) -> list[Found | VerteError | None]:
        """What the tables say of each film, or why they say nothing; ``None`` for one that can't be read."""
        readable = [each for each in films if each is not None]
        for by in {each.by for each in self._all}:
            self._films[by] = _Keys(getattr(each, KEYS[by]) or "" for each in readable)
        found: list[Found | VerteError | None] = []
        for header in films:
            try:
                found.append(None if header is None else self._of(header))
            except VerteError as error:
                found.append(error)
        return found

    def said(self) -> list[str]:
        """Sentences: how rows were read, and how many joined nothing, by reason."""
        lines = [note for table in self._all for note in table.notes]
        for table in self._tables:
            if self._within is not None and "date" not in table.columns:
                lines.append(f"{table.name} has no dates, so --within says nothing of it.")
        for table in self._all:
            unused = self._unused[table.name]
            reasons: Counter[str] = Counter()
            for key, rows in self._groups[table.name].rows.items():
                left = set(rows) - unused.used
                if not key:
                    reasons[f"{table.by} is empty"] += len(left)
                elif not self._films[table.by].find(key, self._groups[table.name]):
                    reasons["no film has it"] += len(left)
                else:
                    far = len(left & unused.far)
                    reasons["the nearest, but further from the film than --within"] += far
                    reasons["another row is nearer"] += len(left) - far
            counts = "; ".join(f"{number} ({reason})" for reason, number in reasons.most_common() if number)
            total = reasons.total()
            if total:
                lines.append(
                    f"{counted(total, 'row')} of {len(table.rows)} in {table.name} joined nothing: {counts}."
                )
        if self._earlier:
            lines.append(
                f"{counted(self._earlier, 'film')} had a fracture on the film's day or before, which is no "
                "incident one."
            )
        if self._ended:
            lines.append(
                f"{counted(self._ended, 'film')} had no contact after the film, and no follow-up was taken."
            )
        return lines

    def _of(self, header: Header) -> Found:
        day = read_date(header.study_date or "")
        groups: list[list[TableRow]] = []
        places = []
        for number, table in enumerate(self._tables):
            indices = self._rows_of(header, table)
            if not indices and number == 0:
                own = getattr(header, KEYS[table.by])
                raise DataError(
                    f"{table.name} has no row for it." if own else f"its header has no {table.by}."
                )
            chosen, apart = self._chosen(table, indices, day, needed=number == 0)
            if chosen:
                groups.append([table.rows[each] for each in chosen])
                self._unused[table.name].used.update(chosen)
                places.append(_place(groups[-1], apart))
        together: dict[str, str] = {}
        for rows in groups:
            together = {**_merged(rows), **{column: text for column, text in together.items() if text}}
        together[LOWEST_T] = _lowest(row for rows in groups for row in rows)
        more = self._followed(header, day) | _of_header(together, header, day, "; ".join(places))
        alternatives = islice(product(*groups), _MOST)
        each = [_overlaid(rows, together) | more for rows in alternatives]
        location = "; ".join(places)
        return Found(TableRow({**together, **more, JOINED: location}, location), each)

    def _rows_of(self, header: Header, table: HospitalTable) -> list[int]:
        key = getattr(header, KEYS[table.by]) or ""
        return self._groups[table.name].find(key, self._films[table.by])

    def _chosen(
        self, table: HospitalTable, indices: Sequence[int], day: date | None, *, needed: bool
    ) -> tuple[list[int], int | None]:
        """The rows that count, and how many days they are after the film; ``None`` without dates."""
        if "date" not in table.columns:
            rows = [table.rows[each].cells for each in indices]
            if "site" not in table.columns and any(each != rows[0] for each in rows):
                raise DataError(
                    f"{table.name} has several rows for it that differ, and neither dates nor sites."
                )
            return list(indices), None
        if day is None:
            raise DataError(f"its header has no StudyDate, by which a row of {table.name} would be chosen.")
        by_day: dict[int, list[int]] = defaultdict(list)
        for index in indices:
            row = table.rows[index]
            found = _date(row, "date")
            if found is not None:
                by_day[(found - day).days].append(index)
        if not by_day:
            if needed:
                raise DataError(f"{table.name} has no row with a date for it.")
            return [], None
        nearest = min(by_day, key=lambda days: (abs(days), days))
        if self._within is not None and abs(nearest) > self._within:
            self._unused[table.name].far.update(by_day[nearest])
            if needed:
                raise DataError(f"the nearest row of {table.name} is further from it than --within.")
            return [], None
        return by_day[nearest], nearest

    def _followed(self, header: Header, day: date | None) -> dict[str, str]:
        """Years to the first fracture after the film, else to the last contact, of all tables together."""
        events, contacts = [], []
        for table in self._follow_up:
            indices = self._rows_of(header, table)
            self._unused[table.name].used.update(indices)
            for index in indices:
                row = table.rows[index]
                events.append(_date(row, "fracture_date"))
                contacts.append(_date(row, "last_contact"))
        if day is None:
            return {}
        after = [each for each in events if each is not None and each > day]
        self._earlier += any(each is not None and each <= day for each in events)
        ends = after or [max(filter(None, contacts), default=day)]
        years = (min(ends) - day).days / _YEAR
        if years <= 0:
            self._ended += any(each is not None for each in contacts)
            return {}
        return {"followup_years": f"{years:.3f}", "fracture_event": str(int(bool(after)))}


class _Keys:
    """Which rows have which key; leading zeros, which spreadsheets drop, and case count where they part two.

    Elsewhere 00123 and 123 are one.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self.rows: dict[str, list[int]] = defaultdict(list)
        self._alike: dict[str, set[str]] = defaultdict(set)
        for index, key in enumerate(keys):
            self.rows[key.strip()].append(index)
            self._alike[_plain(key)].add(key.strip())

    def find(self, key: str, others: _Keys) -> list[int]:
        """Those of a key of the other side."""
        key = key.strip()
        if not key:
            return []
        if key in self.rows:
            return self.rows[key]
        alike = self._alike.get(_plain(key), set())
        alone = len(alike) == 1 and len(others._alike.get(_plain(key), ())) <= 1
        return self.rows[next(iter(alike))] if alone else []


def _plain(key: str) -> str:
    text = key.strip().casefold()
    return text.lstrip("0") or "0" if text.isdigit() else text


def _merged(rows: Sequence[TableRow]) -> dict[str, str]:
    """What several rows of one day say together.

    Raises:
        DataError: where they differ in what can have one value alone.
    """
    cells: dict[str, str] = {}
    for row in rows:
        for column, text in row.cells.items():
            had = cells.setdefault(column, text)
            if not had:
                cells[column] = text
            elif text and text != had and column in _OURS:
                raise DataError(
                    f"{row.location}: {column} is {text}, and {had} in another row of the same day."
                )
    return cells


def _lowest(rows: Iterable[TableRow]) -> str:
    """The lowest T-score of sites, examinations of one day and tables."""
    values = [read_number(row.cells.get(LOWEST_T, "")) for row in rows]
    known = [each for each in values if each is not None]
    return f"{min(known):g}" if known else ""


def _overlaid(rows: Sequence[TableRow], together: Mapping[str, str]) -> dict[str, str]:
    """The cells of one row of each table, of which the first that has a column counts."""
    cells = dict(together)
    for row in reversed(rows):
        cells |= {column: text for column, text in row.cells.items() if column not in _OURS}
    return {**cells, LOWEST_T: together[LOWEST_T]}


def _place(rows: Sequence[TableRow], apart: int | None) -> str:
    said = rows[0].location + (f" and {len(rows) - 1} more" if len(rows) > 1 else "")
    if apart is None:
        return said
    if apart == 0:
        return f"{said} (the same day)"
    return f"{said} ({counted(abs(apart), 'day')} {'before' if apart < 0 else 'after'})"


def _date(row: TableRow, column: str) -> date | None:
    try:
        return read_date(row.cells.get(column, ""))
    except DataError as error:
        raise DataError(f"{row.location}: {column}: {error}") from error


def _of_header(cells: Mapping[str, str], header: Header, day: date | None, location: str) -> dict[str, str]:
    """What a table can't know better, so that rules see it: the age at the film, and a sex that is empty.

    The age is the header's, else from the table's date of birth; else the table's own stays.
    """
    found: dict[str, str] = {"sex": header.sex} if header.sex and not cells.get("sex") else {}
    if header.age is not None:
        return {**found, "age": f"{header.age:g}"}
    born = _date(TableRow(dict(cells), location), "birth_date")
    if born is None or day is None:
        return found
    before_birthday = (day.month, day.day) < (born.month, born.day)
    return {**found, "age": str(day.year - born.year - before_birthday)}
