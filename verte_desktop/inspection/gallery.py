"""The gallery of a folder: pictures with heatmaps, sorted and filtered; a double click opens the image."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
)
from PySide6.QtGui import QCloseEvent, QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMainWindow,
    QProgressBar,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from verte_core.results import NOT_TO_RULE_OUT, TASKS, Provenance
from verte_desktop import theme
from verte_desktop.language import QT_TR_NOOP, said, tr
from verte_desktop.session import settings
from verte_desktop.session.gallery_work import GalleryWork, Picture
from verte_desktop.session.session import Session
from verte_desktop.session.settings import Settings
from verte_desktop.theme import label, show
from verte_desktop.wheel import scrolls_past

_SIZE = (1180, 720)
_CELL = QSize(300, 236)
_PICTURE = QSize(288, 176)
_MOST_KEPT = 240
"""Pictures that are held at a time; those that were looked at least lately go."""
_Index = QModelIndex | QPersistentModelIndex
PICTURE = Qt.ItemDataRole.UserRole
_LAST = 1e9
"""Where what has no figure is sorted to."""
ORDERS = {
    "number": QT_TR_NOOP("In the order of the files"),
    **{f"{task}_score": QT_TR_NOOP("{score}, the highest first") for task in TASKS},
    **{f"{task}_spread": QT_TR_NOOP("{score}: weights that disagree first") for task in TASKS},
    **{f"{task}_agreement": QT_TR_NOOP("{score}: methods that disagree first") for task in TASKS},
    **{f"{task}_deletion_area": QT_TR_NOOP("{score}: least faithful first") for task in TASKS},
    "likeness": QT_TR_NOOP("The most unlike first"),
}


class Model(QAbstractListModel):
    """The pictures that are shown, in their order; files are loaded when they come into sight."""

    def __init__(self, work: GalleryWork) -> None:
        super().__init__()
        self._work = work
        self.pictures: list[Picture] = []
        self.shown: list[Picture] = []
        self._images: OrderedDict[Path, QPixmap] = OrderedDict()
        self._asked: set[Path] = set()
        self._order, self._zone, self._text = "number", "", ""
        work.loaded.connect(self._loaded)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Of the pictures that are shown."""
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, words for a screen reader, tooltip, and the picture itself."""
        picture = self.shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return picture.path.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{picture.path.name} {scores_of(picture)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            facts = (str(picture.path), picture.cells.get("reason"), picture.cells.get("notes"))
            return theme.tooltip("\n".join(str(each) for each in facts if each))
        return picture if role == PICTURE else None

    def images(self, picture: Picture) -> list[QPixmap]:
        """Those of its files that are loaded; the others are asked for."""
        found = []
        for path in picture.files:
            if path in self._images:
                self._images.move_to_end(path)
                found.append(self._images[path])
            elif path not in self._asked:
                self._asked.add(path)
                self._work.load(path)
        return found

    def fill(self, pictures: Sequence[Picture]) -> None:
        """Show others."""
        self.beginResetModel()
        self.pictures = list(pictures)
        self._asked.clear()
        self.shown = self._chosen()
        self.endResetModel()

    def add(self, picture: Picture) -> None:
        """Show one more."""
        self.pictures.append(picture)
        if self._order == "number" and self._fits(picture):
            self.beginInsertRows(QModelIndex(), len(self.shown), len(self.shown))
            self.shown.append(picture)
            self.endInsertRows()
        else:
            self.arrange(self._order, self._zone, self._text)

    def arrange(self, order: str, zone: str, text: str) -> None:
        """Sort by a key of ``ORDERS``; show those of a zone (``pvf-high``) whose words hold a text."""
        self._order, self._zone, self._text = order, zone, text.casefold()
        self.beginResetModel()
        self.shown = self._chosen()
        self.endResetModel()

    def _chosen(self) -> list[Picture]:
        chosen = [each for each in self.pictures if self._fits(each)]
        return chosen if self._order == "number" else sorted(chosen, key=self._key)

    def _fits(self, picture: Picture) -> bool:
        if self._zone:
            task, _, zone = self._zone.partition("-")
            if picture.cells.get(f"{task}_zone") != zone:
                return False
        words = f"{picture.path} {picture.cells.get('notes') or ''} {picture.cells.get('reason') or ''}"
        return self._text in words.casefold()

    def _key(self, picture: Picture) -> float:
        task, _, what = self._order.partition("_")
        if what == "agreement":
            names = ("grad-cam++", "layercam")
            values = [picture.cells.get(f"{task}_agreement_{name}") for name in names]
            known = [each for each in values if each is not None]
            return min(known, default=_LAST)
        value = picture.cells.get(self._order)
        if value is None:
            return _LAST
        return float(value) if self._order == "likeness" else -float(value)

    def _loaded(self, path: Path, data: bytes | None) -> None:
        self._asked.discard(path)
        image = QImage.fromData(data) if data is not None else QImage()
        pixmap = QPixmap.fromImage(image) if not image.isNull() else QPixmap(1, 1)
        self._images[path] = pixmap.scaledToHeight(
            _PICTURE.height(), Qt.TransformationMode.SmoothTransformation
        )
        while len(self._images) > _MOST_KEPT:
            self._images.popitem(last=False)
        for row, picture in enumerate(self.shown):
            if path in picture.files:
                self.dataChanged.emit(self.index(row), self.index(row))


def scores_of(picture: Picture) -> str:
    """The scores of a picture in words."""
    cells = picture.cells
    if cells.get("status") == "refused":
        return str(cells.get("reason") or "")
    return "  ".join(
        f"{TASKS[task].short} {cells[f'{task}_score']:.2f} {cells.get(f'{task}_zone') or ''}".strip()
        for task in TASKS
        if cells.get(f"{task}_score") is not None
    )


class _Delegate(QStyledItemDelegate):
    def __init__(self, model: Model) -> None:
        super().__init__()
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return _CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        picture: Picture = index.data(PICTURE)
        area: QRect = option.rect.adjusted(4, 4, -4, -4)
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.fillRect(area, QColor(theme.CHOSEN if chosen else theme.PANEL))
        frame = QRect(area.left() + 2, area.top() + 2, _PICTURE.width(), _PICTURE.height())
        painter.fillRect(frame, QColor(theme.IMAGE_GROUND))
        left = frame.left()
        for image in self._model.images(picture):
            room = QSize(frame.right() - left, frame.height())
            size = image.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
            painter.drawPixmap(QRect(left, frame.top(), size.width(), size.height()), image)
            left += size.width() + 2
        words = area.adjusted(4, _PICTURE.height() + 4, -4, 0)
        metrics = option.fontMetrics
        unlike = picture.cells.get("unlike") not in (None, "no")
        lines = (
            (scores_of(picture), theme.TEXT),
            (picture.path.name, theme.TEXT if chosen else theme.QUIET),
            (tr("unlike what the weights learned from") if unlike else "", theme.WARNING),
        )
        for row, (text, colour) in enumerate(lines):
            painter.setPen(QColor(colour))
            line = QRect(words.left(), words.top() + row * metrics.height(), words.width(), metrics.height())
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, words.width())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)


class GalleryWindow(QMainWindow):
    """Shows finished results, and inspects folders.

    Args:
        open_image: opens an image in the reader's window.
    """

    def __init__(
        self, session: Session, store: Settings, work: GalleryWork, open_image: Callable[[Path], None]
    ) -> None:
        super().__init__()
        self.setWindowTitle(tr("Gallery of heatmaps"))
        self._session, self._store, self._work, self._open_image = session, store, work, open_image
        self.model = Model(work)
        self.view = QListView()
        self.view.setViewMode(QListView.ViewMode.IconMode)
        self.view.setUniformItemSizes(True)
        self.view.setResizeMode(QListView.ResizeMode.Adjust)
        self.view.setMovement(QListView.Movement.Static)
        self.view.setLayoutMode(QListView.LayoutMode.Batched)
        self.view.setBatchSize(200)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setModel(self.model)
        self._delegate = _Delegate(self.model)
        self.view.setItemDelegate(self._delegate)
        self.view.setAccessibleName(tr("Images with their heatmaps"))
        self.view.activated.connect(self._activated)
        self.order, self.zone = QComboBox(), QComboBox()
        for key, title in ORDERS.items():
            task = key.partition("_")[0]
            name = tr(title, score=TASKS[task].title) if task in TASKS else tr(title)
            self.order.addItem(name, key)
        self.zone.addItem(tr("Any zone"), "")
        for task, about in TASKS.items():
            for zone in ("high", "indeterminate", "low"):
                self.zone.addItem(f"{about.title} {said(f'{zone} zone')}", f"{task}-{zone}")
        self.text = QLineEdit()
        self.text.setPlaceholderText(tr("Name or note"))
        for control, name in (
            (self.order, tr("Order")),
            (self.zone, tr("Zone")),
            (self.text, tr("Name or note")),
        ):
            control.setAccessibleName(name)
        for box in (self.order, self.zone):
            scrolls_past(box)
            box.activated.connect(self._arrange)
        self.text.textChanged.connect(self._arrange)
        self.inspect = QPushButton(tr("Inspect a folder…"))
        self.open_results = QPushButton(tr("Open results…"))
        self.inspect.clicked.connect(self._ask_folder)
        self.open_results.clicked.connect(self._ask_results)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.clicked.connect(work.cancel)
        self.progress = QProgressBar()
        self.count, self.message = label(role="quiet"), label(role="error", wrap=True)
        self.notice = label(role="notice", wrap=True)
        row = QHBoxLayout()
        for part in (self.inspect, self.open_results, self.order, self.zone, self.text, self.count):
            row.addWidget(part)
        row.addStretch(1)
        busy = QHBoxLayout()
        busy.addWidget(self.progress, 1)
        busy.addWidget(self.cancel)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(row)
        column.addLayout(busy)
        column.addWidget(self.message)
        column.addWidget(self.view, 1)
        column.addWidget(self.notice)
        self.setCentralWidget(body)
        work.changed.connect(self._show_work)
        work.added.connect(self._added)
        theme.place(self, _SIZE, store.get(settings.GALLERY_GEOMETRY))
        self._show_work()
        self._say()

    def look_at(self, path: Path) -> None:
        """Show a folder that was inspected, or a scores.csv with heatmaps."""
        self._work.read(path, self._came)

    def inspect_folder(self, folder: Path, out: Path) -> None:
        """Inspect a folder of images into another."""
        weights = self._session.shown.weights
        if weights is not None:
            self.model.fill([])
            self._work.make(weights.scorers, folder, out, self._came)

    def _ask_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Inspect a folder of images"))
        if name:
            folder = Path(name)
            self.inspect_folder(folder, folder.parent / f"{folder.name}-inspection")

    def _ask_results(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, tr("Open results"), filter=tr("Results (inspection.csv *scores.csv)")
        )
        if name:
            path = Path(name)
            self.look_at(path.parent if path.name == "inspection.csv" else path)

    def _came(self, pictures: list[Picture]) -> None:
        self.model.fill(pictures)
        self._arrange()
        self.view.setFocus()

    def _added(self, picture: Picture) -> None:
        self.model.add(picture)
        self._say()

    def _arrange(self) -> None:
        self.model.arrange(self.order.currentData(), self.zone.currentData(), self.text.text())
        self._say()

    def _activated(self, index: QModelIndex) -> None:
        picture: Picture = index.data(PICTURE)
        self._open_image(picture.path)

    def _say(self) -> None:
        number, of_all = len(self.model.shown), len(self.model.pictures)
        self.count.setText(f"{number} / {of_all}" if of_all else "")
        learned_from = {
            Provenance.of(each.cells.get("trained_on"))
            for each in self.model.pictures
            if each.cells.get("status") == "scored"
        }
        notice = Provenance.together(learned_from).notice if learned_from else ""
        sentences = (NOT_TO_RULE_OUT, notice) if of_all else ()
        show(self.notice, " ".join(said(each) for each in sentences if each))

    def _show_work(self) -> None:
        work = self._work
        done, total = work.done_of
        for part in (self.progress, self.cancel):
            part.setVisible(bool(work.doing))
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress.setFormat(f"{said(work.doing)}: {done} / {total}" if total else said(work.doing))
        has_weights = self._session.shown.weights is not None
        with QSignalBlocker(self.inspect):
            self.inspect.setEnabled(has_weights and not work.doing)
        show(self.message, said(work.problem.sentence) if work.problem else "")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the work, and remember the window."""
        self._work.cancel()
        self._store.set(settings.GALLERY_GEOMETRY, self.saveGeometry())
        super().closeEvent(event)
