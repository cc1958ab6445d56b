"""What a researcher says of the tables: labels and exclusions as expressions, and words that mean others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from train.examples.expressions import Expression, name_of
from verte_core.batch.image_table import TableRow
from verte_core.errors import DataError


@dataclass(frozen=True)
class Found:
    """What tables say of one image.

    Attributes:
        row: what all of them say together.
        each: the rows behind it, one a site or a vertebra where tables have them so; at least one.
    """

    row: TableRow
    each: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Rules:
    """How labels come from the cells of a table; by default from its columns pvf and osteo alone.

    Attributes:
        labels: by task.
        exclude: images of which any of them holds are left out.
        mapped: by column: what stands there, and what is meant.
    """

    labels: Mapping[str, Expression] = field(default_factory=dict)
    exclude: tuple[Expression, ...] = ()
    mapped: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def check(self, columns: Collection[str]) -> None:
        """Refuse rules over columns that no table has.

        Raises:
            DataError: naming the column, and what is like it.
        """
        names = sorted({name_of(each) for each in columns if each})
        uses = [(each.text, name) for each in (*self.labels.values(), *self.exclude) for name in each.columns]
        uses += [(f"--map {column}", column) for column in self.mapped if column not in columns]
        for text, column in uses:
            if column not in names:
                alike = get_close_matches(column, names, 3) or names
                raise DataError(f"{text}: no table has a column {column}; there are {', '.join(alike)}.")

    def translated(self, cells: Mapping[str, str]) -> dict[str, str]:
        """The cells, with words for those that stand for them."""
        return {column: self.mapped.get(column, {}).get(text, text) for column, text in cells.items()}

    def of(self, found: Found) -> TableRow:
        """The row of an image, with its labels.

        A label is 1 where its expression holds for any of the rows, 0 where it holds for none of those that
        say enough, and empty where none does.

        Raises:
            DataError: for an image that is excluded, or a cell that is no number where one is needed.
        """
        rows = [{name_of(column): text for column, text in cells.items()} for cells in found.each]
        for rule in self.exclude:
            if any(self._holds(rule, cells, found.row.location) for cells in rows):
                raise DataError(f"{found.row.location}: it is excluded by {rule.text}.")
        labels = {}
        for task, rule in self.labels.items():
            known = {self._holds(rule, cells, found.row.location) for cells in rows} - {None}
            labels[task] = str(int(True in known)) if known else ""
        return TableRow({**found.row.cells, **labels}, found.row.location)

    def _holds(self, rule: Expression, cells: Mapping[str, str], location: str) -> bool | None:
        try:
            return rule.of(cells)
        except DataError as error:
            raise DataError(f"{location}: {error}") from error
