"""The list of images: thumbnail, name, and the scores or what stands in their way."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from verte_desktop import theme, wording
from verte_desktop.session.entry import Entry, Stage
from verte_desktop.session.session import Session

_THUMBNAIL = 48
_Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractListModel):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self._entries = session.entries
        self._pictures: dict[int, QPixmap] = {}
        session.entries_added.connect(self._added)
        session.entry_changed.connect(lambda row: self.dataChanged.emit(self.index(row), self.index(row)))
        self._rows = len(self._entries)

    def _added(self, first: int) -> None:
        self.beginInsertRows(QModelIndex(), first, len(self._entries) - 1)
        self._rows = len(self._entries)
        self.endInsertRows()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._rows

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self._entries[index.row()]
        roles = Qt.ItemDataRole
        if role == roles.DisplayRole:
            return entry.path.name
        if role == roles.StatusTipRole:
            return wording.status(entry)
        if role == roles.ToolTipRole:
            return theme.tooltip(f"{entry.path.name}\n{wording.status(entry)}")
        if role == roles.AccessibleTextRole:
            return f"{entry.path.name}, {wording.status(entry)}"
        if role == roles.DecorationRole and entry.thumbnail is not None:
            return self._picture(index.row(), entry)
        if role == roles.ForegroundRole:
            colour = theme.WARNING if entry.is_overruled else theme.QUIET
            return QColor(theme.ERROR if entry.stage is Stage.FAILED else colour)
        return None

    def _picture(self, row: int, entry: Entry) -> QPixmap:
        if row not in self._pictures:
            assert entry.thumbnail is not None
            height, width = entry.thumbnail.shape
            image = QImage(entry.thumbnail.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
            self._pictures[row] = QPixmap.fromImage(image)
        return self._pictures[row]


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, _THUMBNAIL + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        self.initStyleOption(option, index)
        area: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if selected:
            painter.fillRect(area, option.palette.highlight())
        place = QRect(area.left() + 4, area.top() + 4, _THUMBNAIL, _THUMBNAIL)
        painter.fillRect(place, QColor(theme.FIELD))
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if picture is not None:
            size = picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(place.topLeft(), size)
            target.moveCenter(place.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(target, picture)
        metrics = painter.fontMetrics()
        text = area.adjusted(_THUMBNAIL + 12, 0, -6, 0)
        line = metrics.height() + 2
        name = metrics.elidedText(index.data(), Qt.TextElideMode.ElideMiddle, text.width())
        said = _two_lines(metrics, index.data(Qt.ItemDataRole.StatusTipRole), text.width())
        top = text.center().y() - (1 + len(said)) * line // 2
        quiet = QColor(theme.TEXT) if selected else index.data(Qt.ItemDataRole.ForegroundRole)
        for number, (words, colour) in enumerate(
            [(name, QColor(theme.TEXT)), *((each, quiet) for each in said)]
        ):
            painter.setPen(colour)
            row = QRect(text.left(), top + number * line, text.width(), line)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, words)
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
        self.setAccessibleName("Worklist")
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

    def _chosen(self, current: QModelIndex) -> None:
        if current.isValid() and current.row() != self._session.current:
            self._session.select(current.row())

    def _follow(self) -> None:
        row = self._session.current
        if row is not None and row != self.currentIndex().row():
            self.setCurrentIndex(self._list.index(row))
