"""An image beside others: panes that are linked show the same place at the same size.

All of them use the coordinates of one image, (column, row) in its pixels; another image is placed in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsPathItem, QLabel, QVBoxLayout

from verte_desktop import theme

pg.setConfigOptions(imageAxisOrder="row-major")

_TEXT = "background: rgba(10, 12, 14, 175); color: #e4e7eb; padding: 3px 6px; border-radius: 4px;"
_DRAG = 300.0
"""Pixels of the mouse that move the grey levels by a whole window."""
_STEP = 0.1
"""Of what is seen, that an arrow key moves."""


@dataclass(frozen=True)
class Sight:
    """Which part of an image is seen: its middle, and how many of its pixels a point of the screen covers."""

    middle: QPointF
    scale: float


class Pane(pg.GraphicsView):  # type: ignore[misc]
    """One image with a map, contours and outlines over it.

    Signals tell of what the reader did, for the panes that are linked: another sight, other grey levels, and
    where the pointer is (None when it left).
    """

    sight_changed = Signal(object)
    levels_changed = Signal(float, float)
    pointed = Signal(object)

    def __init__(self, title: str = "") -> None:
        super().__init__(background=theme.IMAGE_GROUND)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        self._box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False, enableMouse=False)
        self._box.disableAutoRange()
        self.setCentralItem(self._box)
        self._image, self._map = pg.ImageItem(), pg.ImageItem()
        self._contours, self._outlines, self._marked, self._cross = (QGraphicsPathItem() for _ in range(4))
        for item in (self._image, self._map, self._contours, self._outlines, self._marked, self._cross):
            self._box.addItem(item, ignoreBounds=True)
        self._levels = (0.0, 255.0)
        self._fitted = True
        self._last = QPointF()
        self.title, self.caption = QLabel(), QLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(self.title, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        column.addStretch(1)
        column.addWidget(self.caption)
        self.caption.setWordWrap(True)
        for text in (self.title, self.caption):
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setStyleSheet(_TEXT)
            text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            text.hide()
        self.show_text(title, "")

    # What is shown

    def show_text(self, title: str, caption: str) -> None:
        """Words in two corners; without words a corner is empty."""
        for text, words in ((self.title, title), (self.caption, caption)):
            text.setText(words)
            text.setVisible(bool(words))
        self.setAccessibleName(f"{title} {caption}".strip())

    def set_picture(
        self,
        pixels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | None,
        levels: tuple[float, float] = (0.0, 255.0),
        placed: QTransform | None = None,
    ) -> None:
        """Show pixels (H, W) with the grey levels that are black and white, placed in the coordinates."""
        if pixels is None:
            self._image.clear()
            return
        self._image.setImage(pixels, autoLevels=False)
        self._image.setTransform(placed or QTransform())
        self.set_levels(*levels)
        if self._fitted:
            self.fit()

    def set_levels(self, black: float, white: float) -> None:
        """Change the grey levels, silently."""
        self._levels = (black, max(white, black + 1))
        self._image.setLevels(self._levels)

    def set_map(
        self,
        strength: npt.NDArray[np.uint8] | None,
        colours: npt.NDArray[np.uint8],
        opacity: float,
        placed: QTransform | None = None,
    ) -> None:
        """Show a map (H, W) over the picture, by a table of 256 colours (RGBA); None shows none."""
        if strength is None:
            self._map.clear()
            return
        self._map.setLookupTable(colours)
        self._map.setOpacity(opacity)
        self._map.setImage(strength, autoLevels=False, levels=(0, 255))
        self._map.setTransform(placed or QTransform())

    def set_contours(self, lines: Sequence[npt.NDArray[np.float64]], colour: str) -> None:
        """Closed lines, each (N, 2) of (row, column)."""
        self._draw(self._contours, lines, colour, Qt.PenStyle.SolidLine)

    def set_outlines(self, lines: Sequence[npt.NDArray[np.float64]], colour: str) -> None:
        """The outlines of a truth, as contours, dashed."""
        self._draw(self._outlines, lines, colour, Qt.PenStyle.DashLine)

    def set_marked(self, lines: Sequence[npt.NDArray[np.float64]], colour: str) -> None:
        """Outlines that stand out, solid."""
        self._draw(self._marked, lines, colour, Qt.PenStyle.SolidLine)

    def point_at(self, place: QPointF | None) -> None:
        """Show where the pointer is in a linked pane."""
        path = QPainterPath()
        if place is not None:
            reach = 12 * self.sight().scale
            for across, down in ((reach, 0.0), (0.0, reach)):
                path.moveTo(place.x() - across, place.y() - down)
                path.lineTo(place.x() + across, place.y() + down)
        self._cross.setPath(path)
        self._cross.setPen(self._pen(theme.WARNING, Qt.PenStyle.SolidLine))

    def _draw(
        self,
        item: QGraphicsPathItem,
        lines: Sequence[npt.NDArray[np.float64]],
        colour: str,
        style: Qt.PenStyle,
    ) -> None:
        path = QPainterPath()
        for line in lines:
            path.moveTo(line[0, 1], line[0, 0])
            for row, column in line[1:]:
                path.lineTo(column, row)
            path.closeSubpath()
        item.setPath(path)
        item.setPen(self._pen(colour, style))

    def _pen(self, colour: str, style: Qt.PenStyle) -> QPen:
        pen = QPen(QColor(colour), 1.6 * self.devicePixelRatioF(), style)
        pen.setCosmetic(True)
        return pen

    # Where one looks

    def sight(self) -> Sight:
        """What is seen now."""
        seen = self._box.viewRect()
        return Sight(seen.center(), seen.height() / max(self._box.height(), 1.0))

    def look(self, sight: Sight) -> None:
        """See the same as another pane, silently."""
        self._fitted = False
        self._see(sight)

    def fit(self) -> None:
        """See the whole image."""
        self._fitted = True
        extent: QRectF = self._image.mapRectToParent(self._image.boundingRect())
        if not extent.isEmpty():
            self._box.setRange(extent, padding=0.01)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Enlarge by a factor at a point of this widget, or at the middle, and tell."""
        sight = self.sight()
        place = sight.middle if at is None else self._place(at)
        away = (sight.middle - place) / factor
        self._tell(Sight(place + away, sight.scale / factor))

    def _tell(self, sight: Sight) -> None:
        self._fitted = False
        self._see(sight)
        self.sight_changed.emit(sight)

    def _see(self, sight: Sight) -> None:
        width, height = self._box.width() * sight.scale, self._box.height() * sight.scale
        corner = sight.middle - QPointF(width / 2, height / 2)
        self._box.setRange(QRectF(corner.x(), corner.y(), width, height), padding=0)

    def _place(self, position: QPointF) -> QPointF:
        found: QPointF = self._box.mapSceneToView(self.mapToScene(position.toPoint()))
        return found

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._last = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a drag; tell where the pointer is."""
        moved = event.position() - self._last
        self._last = event.position()
        if event.buttons() & Qt.MouseButton.LeftButton:
            sight = self.sight()
            self._tell(Sight(sight.middle - moved * sight.scale, sight.scale))
        elif event.buttons() & Qt.MouseButton.RightButton:
            black, white = self._levels
            step, width = (white - black) / _DRAG, (white - black) * 2 ** (moved.x() / _DRAG * 2)
            middle = (black + white) / 2 + moved.y() * step
            self.set_levels(middle - width / 2, middle + width / 2)
            self.levels_changed.emit(*self._levels)
        self.pointed.emit(self._place(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing is left to do: each move took effect at once."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See the whole image, in all panes."""
        self.fit()
        self.sight_changed.emit(self.sight())

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is nowhere."""
        self.pointed.emit(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        self.zoom(2 ** (event.angleDelta().y() / 480), event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, + and - zoom, F fits."""
        moves = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key = Qt.Key(event.key())
        if key in moves:
            across, down = moves[key]
            seen = self._box.viewRect()
            step = QPointF(across * seen.width() * _STEP, down * seen.height() * _STEP)
            sight = self.sight()
            self._tell(Sight(sight.middle + step, sight.scale))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom(0.8 if key == Qt.Key.Key_Minus else 1.25)
        elif key == Qt.Key.Key_F:
            self.fit()
            self.sight_changed.emit(self.sight())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep a fitted image fitted."""
        super().resizeEvent(event)
        if event is not None and self._fitted:
            self.fit()


def link(panes: Sequence[Pane], levels: bool = True) -> None:
    """Let panes show the same place, and with ``levels`` the same grey levels, from now on."""
    for pane in panes:
        for other in panes:
            if other is not pane:
                pane.sight_changed.connect(other.look)
                pane.pointed.connect(other.point_at)
                if levels:
                    pane.levels_changed.connect(other.set_levels)
