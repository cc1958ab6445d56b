"""The rows of a batch as a table that sorts and filters."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtCore import QSortFilterProxyModel as Proxy
from PySide6.QtGui import QColor

from verte_desktop import theme

if TYPE_CHECKING:
    from verte_core.batch.journal import Line
    from verte_core.batch.pipeline import Row
    from verte_core.batch.reviews import Review

_Index = QModelIndex | QPersistentModelIndex
_Roles = Qt.ItemDataRole
FORMER = "of former scores"


def _score(value: float | None, zone: str | None) -> str:
    return "" if value is None else f"{value:.2f}  {zone or 'depends on BMI'}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _key(value: float | None) -> float:
    return -1.0 if value is None else value


@dataclass(frozen=True)
class _Column:
    """A column: its text and, where the text does not sort, what does; a score has a zone, too."""

    title: str
    text: Callable[[Model, Line], str]
    key: Callable[[Line], float] | None = None
    zone: Callable[[Line], str | None] | None = None


def _score_columns(
    name: str,
    score: Callable[[Row], float | None],
    spread: Callable[[Row], float | None],
    zone: Callable[[Row], str | None],
) -> tuple[_Column, _Column]:
    return (
        _Column(
            f"{name}-score",
            lambda m, line: _score(score(line.row), zone(line.row)),
            lambda line: _key(score(line.row)),
            lambda line: zone(line.row),
        ),
        _Column(
            f"{name} spread",
            lambda m, line: _number(spread(line.row)),
            lambda line: _key(spread(line.row)),
        ),
    )


COLUMNS = (
    _Column("File", lambda m, line: m.name(line)),
    _Column("Status", lambda m, line: line.row.status),
    *_score_columns("pVF", lambda row: row.pvf_score, lambda row: row.pvf_spread, lambda row: row.pvf_zone),
    *_score_columns(
        "osteo", lambda row: row.osteo_score, lambda row: row.osteo_spread, lambda row: row.osteo_zone
    ),
    _Column("Verdict", lambda m, line: m.verdict(line)),
    _Column("Comment", lambda m, line: m.comment(line)),
    _Column("Reason", lambda m, line: line.row.reason),
)
FILE, STATUS, PVF, PVF_SPREAD, OSTEO, OSTEO_SPREAD, VERDICT, COMMENT, REASON = range(len(COLUMNS))


class Model(QAbstractTableModel):
    """The lines of a batch with their reviews.

    It sorts itself: through the proxy, each comparison would be two calls from C++ to Python, which takes
    seconds for 10,000 lines.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []
        self._made: list[Line] = []
        self._order = (-1, Qt.SortOrder.AscendingOrder)
        self.counts: Counter[str] = Counter()
        self.has_spread = False
        self._reviews: dict[str, Review] = {}
        self._root = Path()

    def begin(self) -> None:
        """Start anew."""
        self.beginResetModel()
        self.lines, self._made = [], []
        self.counts, self.has_spread = Counter(), False
        self._reviews, self._root = {}, Path()
        self.endResetModel()

    def add(self, lines: list[Line]) -> None:
        """Add lines, at the end until ``sort_again``; files are named from the folder that they share."""
        first = len(self.lines)
        self.beginInsertRows(QModelIndex(), first, first + len(lines) - 1)
        self.lines += lines
        self._made += lines
        self.counts.update(line.kind for line in lines)
        self.has_spread |= any(
            each is not None for line in lines for each in (line.row.pvf_spread, line.row.osteo_spread)
        )
        self.endInsertRows()
        folders = {Path(line.row.path).parent for line in lines}
        root = _shared(folders if first == 0 else {*folders, self._root})
        if root != self._root:
            self._root = root
            self._tell(0, len(self.lines) - 1, FILE, FILE)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the order in which the lines were made."""
        self._order = (column, order)
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        holders = [self.lines[index.row()] for index in held]
        self.lines = self._made.copy()
        if column >= 0:
            self.lines.sort(key=self._key(COLUMNS[column]), reverse=order == Qt.SortOrder.DescendingOrder)
        if held:
            rows = {id(line): row for row, line in enumerate(self.lines)}
            moved = [
                self.index(rows[id(line)], index.column()) for index, line in zip(held, holders, strict=True)
            ]
            self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def sort_again(self) -> None:
        """Bring new lines to their places."""
        if self._order[0] >= 0:
            self.sort(*self._order)

    def set_reviews(self, reviews: dict[str, Review], line: Line | None = None) -> None:
        """Take reviews, of which only that of ``line`` is new, or any."""
        self._reviews = reviews
        if self.lines:
            row = 0 if line is None else self.lines.index(line)
            self._tell(row, len(self.lines) - 1 if line is None else row, VERDICT, COMMENT)

    def review(self, line: Line) -> Review | None:
        """What was said of a line."""
        from verte_core.batch import reviews

        return reviews.find(self._reviews, line.row.path)

    def name(self, line: Line) -> str:
        """The path below the folder that all files share."""
        path = Path(line.row.path)
        return str(path.relative_to(self._root)) if path.is_relative_to(self._root) else str(path)

    def verdict(self, line: Line) -> str:
        """The verdict in words; one on other scores says so."""
        review = self.review(line)
        if review is None:
            return ""
        former = bool(review.verdict) and not review.is_of(line.row)
        return f"{review.verdict} ({FORMER})" if former else review.verdict

    def comment(self, line: Line) -> str:
        """What the reader wrote."""
        review = self.review(line)
        return review.comment if review else ""

    # Qt's side

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Lines."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """COLUMNS."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Roles.DisplayRole
    ) -> str | None:
        """The titles."""
        if role == _Roles.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return COLUMNS[section].title
        return None

    def data(self, index: _Index, role: int = _Roles.DisplayRole) -> Any:
        """What is shown, told and coloured."""
        line, column = self.lines[index.row()], COLUMNS[index.column()]
        if role in (_Roles.DisplayRole, _Roles.AccessibleTextRole):
            return column.text(self, line)
        if role == _Roles.ToolTipRole:
            return line.row.path if index.column() == FILE else column.text(self, line)
        if role == _Roles.ForegroundRole:
            return _colour(line, index.column())
        return None

    def _key(self, column: _Column) -> Callable[[Line], Any]:
        return column.key or (lambda line: column.text(self, line))

    def _tell(self, first: int, last: int, left: int, right: int) -> None:
        self.dataChanged.emit(self.index(first, left), self.index(last, right))


def _colour(line: Line, column: int) -> QColor | None:
    if line.row.status == "refused" and column in (STATUS, REASON):
        return QColor(theme.ERROR)
    zone_of = COLUMNS[column].zone
    zone = zone_of(line) if zone_of else None
    return QColor(theme.ZONES[zone]) if zone in theme.ZONES else None


def _shared(folders: set[Path]) -> Path:
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:  # several drives
        return Path()


class Filter(Proxy):
    """The lines of one zone, and of one status or kind of reason; empty texts let all pass."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._model = model
        self._zone = self._status = self._kind = ""
        self.setSourceModel(model)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """As the model."""
        self._model.sort(column, order)

    def choose(self, zone: str, status: str, kind: str) -> None:
        """Let lines pass of which either score is in the zone, and that have this status and kind."""
        chosen = (zone, status, kind)
        if chosen != (self._zone, self._status, self._kind):
            self._zone, self._status, self._kind = chosen
            self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: _Index) -> bool:
        """Whether a line passes."""
        line = self._model.lines[source_row]
        return (
            (not self._zone or self._zone in (line.row.pvf_zone, line.row.osteo_zone))
            and (not self._status or self._status == line.row.status)
            and (not self._kind or self._kind == line.kind)
        )

    def line(self, index: _Index) -> Line:
        """Of an index of this model."""
        return self._model.lines[self.mapToSource(index).row()]
