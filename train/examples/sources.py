"""Where a cohort's labels come from: a table with a row an image, or tables as a hospital exports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol

from train.examples import hospital_table
from train.examples.headers import Facts
from train.examples.joining import FOLLOW_UP, Joining
from train.examples.labels import Found, Rules
from verte_core.batch.clinical_table import unread_columns
from verte_core.batch.image_table import KEYS, ImageTable, TableRow
from verte_core.errors import DataError, VerteError
from verte_core.results import TASKS

_ALIKE = 0.6
"""Share of letters in common from which on a word is taken for another; so is patient_id for person_id."""


class Source(Protocol):
    """Where labels come from."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that a row may have."""

    def rows(
        self, paths: Sequence[Path], facts: Sequence[Facts | VerteError]
    ) -> list[Found | VerteError | None]:
        """What it says of each image, or why it says nothing; ``None`` where nothing is of the image."""

    def said(self) -> list[str]:
        """Sentences on the tables, once the rows are found."""


class ByImage:
    """A table with a row an image.

    The table has a column path or sop_instance_uid, and what the rules need; by default pvf and osteo (0, 1
    or empty; at least one of the two).

    Raises:
        VerteError: for a table that can't be used.
    """

    def __init__(self, path: Path, rules: Rules) -> None:
        self._table = ImageTable(path, KEYS if rules.labels else tuple(TASKS))
        self._rules = rules
        self.columns = self._table.columns
        unread_columns(self._table)
        _check_headings(self._table, rules)

    def rows(
        self, paths: Sequence[Path], facts: Sequence[Facts | VerteError]
    ) -> list[Found | VerteError | None]:
        """See ``Source``."""
        matches = self._table.match(paths)
        found: list[Found | VerteError | None] = []
        for path, known in zip(paths, facts, strict=True):
            try:
                uid = None if isinstance(known, VerteError) else known.header.sop_instance_uid
                row = matches.find(path, uid)
            except VerteError as error:
                found.append(error)
                continue
            if row is not None:
                row = TableRow(self._rules.translated(row.cells), row.location)
            found.append(None if row is None else Found(row, [row.cells]))
        return found

    def said(self) -> list[str]:
        """See ``Source``."""
        return list(self._table.notes)


class ByKey:
    """Tables as a hospital exports them, which ``Joining`` brings together with the images.

    Args:
        tables: every image needs a row of the first.
        follow_up: with the date of the last contact, and of an incident fracture.
        by: one of ``hospital_table.KEYS``.
        within: days between an image and a row with a date.
        named: by heading, as it is written: which column it is.
        rules: by which the labels come from the columns.

    Raises:
        VerteError: for a table that can't be used, or a heading of ``named`` that none has.
    """

    def __init__(
        self,
        tables: Sequence[Path],
        follow_up: Sequence[Path],
        by: str,
        within: float | None,
        named: Mapping[str, str],
        rules: Rules,
    ) -> None:
        read = [hospital_table.read(path, by, named, rules.translated) for path in (*tables, *follow_up)]
        self._joining = Joining(read[: len(tables)], read[len(tables) :], within)
        self.columns = tuple(dict.fromkeys((*(name for each in read for name in each.columns), "age", "sex")))
        absent = sorted(set(named) - {heading for each in read for heading in each.headings})
        if absent:
            raise DataError(f"No table has the heading {absent[0]!r}, which --column names.")
        if follow_up:
            self.columns = (*self.columns, *FOLLOW_UP)

    def rows(
        self, paths: Sequence[Path], facts: Sequence[Facts | VerteError]
    ) -> list[Found | VerteError | None]:
        """See ``Source``."""
        return self._joining.of([None if isinstance(each, VerteError) else each.header for each in facts])

    def said(self) -> list[str]:
        """See ``Source``."""
        return self._joining.said()


def _check_headings(table: ImageTable, rules: Rules) -> None:
    """Refuse a heading that looks like a column of ours and is none: its cells would be passed over.

    Raises:
        DataError: naming it.
    """
    ours = ("person_id", "split", *TASKS, *FOLLOW_UP)
    for heading, column in zip(table.headings, table.columns, strict=True):
        unread = set(ours) - set(table.columns) - set(rules.labels)
        for meant in get_close_matches(column, unread, 1, _ALIKE):
            raise DataError(
                f"The column {heading!r} of {table.name} looks like {meant}, but is not read; name it "
                f"{meant} if it is, or give it a name that is unlike."
            )
