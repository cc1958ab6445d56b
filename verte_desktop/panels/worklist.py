"""The list of images: thumbnail, patient, file, and the scores or what stands in their way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from verte_desktop import theme, wording
from verte_desktop.language import said as translated
from verte_desktop.language import tr
from verte_desktop.session.entry import Entry, Stage
from verte_desktop.session.session import Session

_THUMBNAIL = 48
WHOSE, DAY, BEGINS_GROUP = (Qt.ItemDataRole.UserRole + number for number in range(3))
"""Roles: patient and day of the study, unless they are hidden; whether the patient is another than above."""
_Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractListModel):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._entries = session.entries
        self._rows = len(self._entries)
        self._pictures: dict[Path, QPixmap] = {}
        session.entries_added.connect(self._added)
        session.entries_moved.connect(self._moved)
        session.entry_changed.connect(lambda row: self.dataChanged.emit(self.index(row), self.index(row)))
        session.patient_shown_changed.connect(
            lambda: self.dataChanged.emit(self.index(0), self.index(self._rows - 1))
        )

    def _added(self, first: int) -> None:
        self.beginInsertRows(QModelIndex(), first, len(self._entries) - 1)
        self._rows = len(self._entries)
        self.endInsertRows()

    def _moved(self) -> None:
        self.beginResetModel()
        self._rows = len(self._entries)
        paths = {entry.path for entry in self._entries}
        self._pictures = {path: each for path, each in self._pictures.items() if path in paths}
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._rows

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self._entries[index.row()]
        roles = Qt.ItemDataRole
        if role == roles.DisplayRole:
            return entry.path.name
        if role == roles.StatusTipRole:
            return wording.status(entry)
        if role == WHOSE:
            return wording.whose(entry) if self._session.patient_shown else ""
        if role == DAY:
            return entry.header.study_date if entry.header and self._session.patient_shown else None
        if role == BEGINS_GROUP:
            return index.row() > 0 and entry.group != self._entries[index.row() - 1].group
        if role == roles.ToolTipRole:
            return theme.tooltip("\n".join(self._said(index, entry)))
        if role == roles.AccessibleTextRole:
            return ", ".join(self._said(index, entry))
        if role == roles.DecorationRole and entry.thumbnail is not None:
            return self._picture(entry)
        if role == roles.ForegroundRole:
            colour = theme.WARNING if entry.is_overruled else theme.QUIET
            return QColor(theme.ERROR if entry.stage is Stage.FAILED else colour)
        return None

    def _said(self, index: _Index, entry: Entry) -> list[str]:
        facts = [index.data(WHOSE), index.data(DAY), entry.path.name, wording.status(entry)]
        return [fact for fact in facts if fact]

    def _picture(self, entry: Entry) -> QPixmap:
        if entry.path not in self._pictures:
            assert entry.thumbnail is not None
            height, width = entry.thumbnail.shape
            image = QImage(entry.thumbnail.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
            self._pictures[entry.path] = QPixmap.fromImage(image)
        return self._pictures[entry.path]


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, max(_THUMBNAIL, 4 * (option.fontMetrics.height() + 1)) + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        self.initStyleOption(option, index)
        area: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if selected:
            painter.fillRect(area, option.palette.highlight())
        if index.data(BEGINS_GROUP):
            painter.fillRect(area.left(), area.top(), area.width(), 1, QColor(theme.LINE))
        place = QRect(area.left() + 4, area.top() + 4, _THUMBNAIL, _THUMBNAIL)
        painter.fillRect(place, QColor(theme.IMAGE_GROUND))
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if picture is not None:
            size = picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(place.topLeft(), size)
            target.moveCenter(place.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(target, picture)
        metrics = painter.fontMetrics()
        text = area.adjusted(_THUMBNAIL + 12, 0, -6, 0)
        line = metrics.height() + 1
        strong, quiet = QColor(theme.TEXT), index.data(Qt.ItemDataRole.ForegroundRole)
        if selected:
            quiet = strong
        file = "  ".join(filter(None, [index.data(DAY), index.data()]))
        said = _two_lines(metrics, translated(index.data(Qt.ItemDataRole.StatusTipRole)), text.width())
        lines = [(index.data(WHOSE), strong), (file, strong), *((each, quiet) for each in said)]
        lines = [each for each in lines if each[0]]
        top = text.center().y() - len(lines) * line // 2
        for number, (words, colour) in enumerate(lines):
            painter.setPen(colour)
            row = QRect(text.left(), top + number * line, text.width(), line)
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, text.width())
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()


def _two_lines(metrics: QFontMetrics, text: str, width: int) -> list[str]:
    """A text on one line or two; both scores must be readable, and of a reason as much as fits.

    Two spaces part what is better not parted elsewhere, such as a score and its name.
    """
    if metrics.horizontalAdvance(text) <= width:
        return [text]
    parts = text.split("  ") if "  " in text else text.split(" ")
    gap = "  " if "  " in text else " "
    first = parts[0]
    for taken in range(2, len(parts) + 1):
        longer = gap.join(parts[:taken])
        if metrics.horizontalAdvance(longer) > width:
            break
        first = longer
    rest = text[len(first) :].strip()
    return [metrics.elidedText(each, Qt.TextElideMode.ElideRight, width) for each in (first, rest) if each]


class Worklist(QListView):
    """All that was opened; the selected one is on the screen."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setAccessibleName(tr("Worklist"))
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.setMinimumWidth(210)
        self.setUniformItemSizes(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list = _Model(session)
        self.setModel(self._list)
        self.setItemDelegate(_Delegate(self))
        self.selectionModel().currentChanged.connect(self._chosen)
        session.entry_changed.connect(self._follow)
        session.entries_moved.connect(self._follow)

    def _chosen(self, current: QModelIndex) -> None:
        if current.isValid() and current.row() != self._session.current:
            self._session.select(current.row())

    def _follow(self) -> None:
        row = self._session.current
        if row is not None and row != self.currentIndex().row():
            self.setCurrentIndex(self._list.index(row))
