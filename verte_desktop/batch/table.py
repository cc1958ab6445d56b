"""The rows of a batch as a table that sorts and filters."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtCore import QSortFilterProxyModel as Proxy
from PySide6.QtGui import QColor

from verte_core.image_types import KINDS
from verte_core.results import TASKS
from verte_desktop import theme
from verte_desktop.language import said

if TYPE_CHECKING:
    from verte_core.batch.record import ImageRecord
    from verte_core.batch.reviews import Review

_Index = QModelIndex | QPersistentModelIndex
_Roles = Qt.ItemDataRole
FORMER = "of former scores"


@dataclass(frozen=True)
class _Column:
    """A column: its text and, where the text does not sort, what does; a score has a zone, too."""

    title: str
    text: Callable[[Model, ImageRecord], str]
    key: Callable[[ImageRecord], float] | None = None
    zone: Callable[[ImageRecord], str | None] | None = None


def _score_columns(task: str) -> tuple[_Column, _Column]:
    def score(record: ImageRecord) -> str:
        found = record.scores.get(task)
        return f"{found.value:.2f}  {found.zone or 'depends on BMI'}" if found else ""

    def score_key(record: ImageRecord) -> float:
        return record.scores[task].value if task in record.scores else -1.0

    def zone(record: ImageRecord) -> str | None:
        return record.scores[task].zone if task in record.scores else None

    def spread(record: ImageRecord) -> float | None:
        return record.scores[task].spread if task in record.scores else None

    def spread_text(record: ImageRecord) -> str:
        found = spread(record)
        return "" if found is None else f"{found:.2f}"

    def spread_key(record: ImageRecord) -> float:
        found = spread(record)
        return -1.0 if found is None else found

    short = TASKS[task].short
    return (
        _Column(f"{short}-score", lambda m, record: score(record), score_key, zone),
        _Column(f"{short} spread", lambda m, record: spread_text(record), spread_key),
    )


def _verdict_column(task: str) -> _Column:
    return _Column(f"{TASKS[task].short} verdict", lambda m, record: m.verdict(record, task))


COLUMNS = (
    _Column("File", lambda m, record: m.name(record)),
    _Column("Status", lambda m, record: record.status),
    *(column for task in TASKS for column in (*_score_columns(task), _verdict_column(task))),
    _Column("Unlike", lambda m, record: _unlike(record), lambda record: _likeness(record)),
    _Column("Comment", lambda m, record: m.comment(record)),
    _Column("Reason", lambda m, record: record.reason),
    _Column("Notes", lambda m, record: " ".join(record.notes)),
    _Column("Read as", lambda m, record: read_as(record)),
    _Column("Weights", lambda m, record: ", ".join(filter(None, (record.model_id, record.trained_on)))),
    _Column("SOP Instance UID", lambda m, record: _uid(record)),
    _Column("Patient", lambda m, record: _whose(record)),
)
FILE, STATUS = 0, 1
SCORES = {task: 2 + 3 * place for place, task in enumerate(TASKS)}
SPREADS = {task: column + 1 for task, column in SCORES.items()}
VERDICTS = {task: column + 2 for task, column in SCORES.items()}
_OF_OTHERS = (FILE, len(COLUMNS) - 7, len(COLUMNS) - 2, len(COLUMNS) - 1)
"""What a reader or a file says."""
UNLIKE, COMMENT, REASON, NOTES, READ_AS, WEIGHTS, UID, PATIENT = range(len(COLUMNS) - 8, len(COLUMNS))


def read_as(record: ImageRecord) -> str:
    """As what a run has read an image on the reader's word; empty where it took the header's."""
    return "" if record.protocol == "auto" else f"{KINDS[record.protocol]}, on the reader's word"


def _unlike(record: ImageRecord) -> str:
    """A mark for a picture that is unlike what the weights learned from."""
    likeness = record.likeness
    return "" if likeness is None or not likeness.unlike else likeness.look or "unlike"


def _likeness(record: ImageRecord) -> float:
    """To sort by: the most unlike first."""
    return 2.0 if record.likeness is None else record.likeness.value - 2.0 * record.likeness.unlike


def _whose(record: ImageRecord) -> str:
    """Patient id, date of the study and accession number, when the run was to keep them."""
    return ", ".join(filter(None, astuple(record.identity))) if record.identity else ""


def _uid(record: ImageRecord) -> str:
    return (record.source.sop_instance_uid if record.source else None) or ""


class Model(QAbstractTableModel):
    """The lines of a batch with their reviews.

    It sorts itself: through the proxy, each comparison would be two calls from C++ to Python, which takes
    seconds for 10,000 lines.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.records: list[ImageRecord] = []
        self._made: list[ImageRecord] = []
        self._by_path: dict[str, ImageRecord] = {}
        self._order = (-1, Qt.SortOrder.AscendingOrder)
        self.counts: Counter[str] = Counter()
        self.has_spread = False
        self._reviews: dict[str, Review] = {}
        self._root = Path()

    def begin(self) -> None:
        """Start anew."""
        self.beginResetModel()
        self.records, self._made, self._by_path = [], [], {}
        self.counts, self.has_spread = Counter(), False
        self._reviews, self._root = {}, Path()
        self.endResetModel()

    def add(self, records: list[ImageRecord]) -> None:
        """Add lines, at the end until ``sort_again``; files are named from the folder that they share."""
        first = len(self.records)
        self.beginInsertRows(QModelIndex(), first, first + len(records) - 1)
        self.records += records
        self._made += records
        self._by_path |= {record.path: record for record in records}
        self.counts.update(record.kind for record in records)
        self.has_spread |= any(
            score.spread is not None for record in records for score in record.scores.values()
        )
        self.endInsertRows()
        folders = {Path(record.path).parent for record in records}
        root = _shared(folders if first == 0 else {*folders, self._root})
        if root != self._root:
            self._root = root
            self._tell(0, len(self.records) - 1, FILE, FILE)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the order in which the lines were made."""
        self._order = (column, order)
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        holders = [self.records[index.row()] for index in held]
        self.records = self._made.copy()
        if column >= 0:
            self.records.sort(key=self._key(COLUMNS[column]), reverse=order == Qt.SortOrder.DescendingOrder)
        if held:
            rows = {id(record): row for row, record in enumerate(self.records)}
            moved = [
                self.index(rows[id(record)], index.column())
                for index, record in zip(held, holders, strict=True)
            ]
            self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def sort_again(self) -> None:
        """Bring new lines to their places."""
        if self._order[0] >= 0:
            self.sort(*self._order)

    def set_reviews(self, reviews: dict[str, Review], record: ImageRecord | None = None) -> None:
        """Take reviews, of which only that of ``record`` is new, or any."""
        self._reviews = reviews
        if self.records:
            row = 0 if record is None else self.records.index(record)
            last = len(self.records) - 1 if record is None else row
            self._tell(row, last, min(VERDICTS.values()), COMMENT)

    def of_file(self, path: Path) -> ImageRecord | None:
        """The line of an image."""
        return self._by_path.get(str(path))

    def review(self, record: ImageRecord) -> Review | None:
        """What was said of a line."""
        from verte_core.batch import reviews

        return reviews.find(self._reviews, record.path)

    def name(self, record: ImageRecord) -> str:
        """The path below the folder that all files share."""
        path = Path(record.path)
        return str(path.relative_to(self._root)) if path.is_relative_to(self._root) else str(path)

    def verdict(self, record: ImageRecord, task: str) -> str:
        """The verdict on a score in words; one on a former score says so."""
        review = self.review(record)
        verdict = review.verdicts.get(task) if review else None
        if verdict is None:
            return ""
        return verdict.word if verdict.is_of(record, task) else f"{verdict.word} ({FORMER})"

    def comment(self, record: ImageRecord) -> str:
        """What the reader wrote."""
        review = self.review(record)
        return review.comment if review else ""

    # Qt's side

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Lines."""
        return 0 if parent.isValid() else len(self.records)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """COLUMNS."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Roles.DisplayRole
    ) -> str | None:
        """The titles."""
        if role == _Roles.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return said(COLUMNS[section].title)
        return None

    def data(self, index: _Index, role: int = _Roles.DisplayRole) -> Any:
        """What is shown, told and coloured."""
        record, column = self.records[index.row()], COLUMNS[index.column()]
        if role in (_Roles.DisplayRole, _Roles.AccessibleTextRole):
            text = column.text(self, record)
            return text if index.column() in _OF_OTHERS else said(text)
        if role == _Roles.ToolTipRole:
            return theme.tooltip(record.path if index.column() == FILE else column.text(self, record))
        if role == _Roles.ForegroundRole:
            return _colour(record, index.column())
        return None

    def _key(self, column: _Column) -> Callable[[ImageRecord], Any]:
        return column.key or (lambda record: column.text(self, record))

    def _tell(self, first: int, last: int, left: int, right: int) -> None:
        self.dataChanged.emit(self.index(first, left), self.index(last, right))


def _colour(record: ImageRecord, column: int) -> QColor | None:
    if record.status == "refused" and column in (STATUS, REASON):
        return QColor(theme.ERROR)
    zone_of = COLUMNS[column].zone
    zone = zone_of(record) if zone_of else None
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
        record = self._model.records[source_row]
        return (
            (not self._zone or any(score.zone == self._zone for score in record.scores.values()))
            and (not self._status or self._status == record.status)
            and (not self._kind or self._kind == record.kind)
        )

    def record(self, index: _Index) -> ImageRecord:
        """Of an index of this model."""
        return self._model.records[self.mapToSource(index).row()]

    def index_of(self, record: ImageRecord) -> QModelIndex:
        """Of a line; not valid for one that does not pass."""
        return self.mapFromSource(self._model.index(self._model.records.index(record), FILE))

    def beside(self, record: ImageRecord, by: int) -> QModelIndex:
        """The next line that passes (``by`` 1) or the one before (-1); not valid behind the last.

        The line itself need not pass: a verdict or another filter may have taken it away.
        """
        place = self._model.records.index(record) + by
        while 0 <= place < len(self._model.records):
            found = self.mapFromSource(self._model.index(place, FILE))
            if found.isValid():
                return found
            place += by
        return QModelIndex()
