"""The points, lines and words of what is measured, over the image; where they are placed and dragged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsSimpleTextItem, QLabel, QWidget

from verte_core.image_types import Pixels
from verte_core.measuring.items import Item, Line, said
from verte_core.measuring.vertebra import Point, Vertebra
from verte_core.reading.windows import Window
from verte_desktop import theme
from verte_desktop.language import said as translated
from verte_desktop.session.measuring import Measuring

_REACH = 9.0
"""Pixels of the screen within which a point is grabbed."""
_DOT = 3.5
_GLASS, _ENLARGED = 160, 4
"""Side of the magnifier in pixels of the screen, and how many times it enlarges a pixel at least."""


class MeasuringLayer:
    """Draws what is measured as children of the image, and works the tools.

    Args:
        view: the widget over which the magnifier stands.
        parent: the item in whose coordinates the points are, (column, row) in pixels of the image.
        measuring: what is measured.
        to_image: from a position in the widget to a point of the image.
        to_view: from a point of the image to a position in the widget.
        pixels: of the image, with the window that they are shown in.
    """

    def __init__(
        self,
        view: QWidget,
        parent: QGraphicsItem,
        measuring: Measuring,
        to_image: Callable[[QPointF], Point],
        to_view: Callable[[Point], QPointF],
        pixels: Callable[[], tuple[Pixels, Window, bool] | None],
    ) -> None:
        self._view, self._measuring, self._parent = view, measuring, parent
        self._to_image, self._to_view, self._pixels = to_image, to_view, pixels
        self._dragged: tuple[int, int] | None = None
        self._texts: list[QGraphicsSimpleTextItem] = []
        self._lines, self._chosen = QGraphicsPathItem(parent), QGraphicsPathItem(parent)
        self._dots: list[_Dot] = []
        self.cursor: Point | None = None
        self._glass = QLabel(view)
        self._glass.setFixedSize(_GLASS, _GLASS)
        self._glass.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._glass.setStyleSheet(f"border: 1px solid {theme.ACCENT};")
        self._glass.hide()
        self._cross = QGraphicsPathItem(parent)
        measuring.changed.connect(self.refresh)
        self.refresh()

    def set_visible(self, visible: bool) -> None:
        """Show or hide all of it."""
        for item in (self._lines, self._chosen, self._cross, *self._dots, *self._texts):
            item.setVisible(visible)

    # The mouse and the keys

    def press(self, position: QPointF) -> bool:
        """A press of the left button; whether it was for a tool or a point."""
        if self._measuring.tool:
            # End plates of neighbours lie close: with a tool in hand a press never grabs.
            self._measuring.place(self._to_image(position))
            self._show_glass(position)
            return True
        grabbed = self._at(position)
        if grabbed is None:
            return False
        self._dragged = grabbed
        self._measuring.grab(grabbed[0])
        return True

    def move(self, position: QPointF) -> bool:
        """The pointer moved; whether a point moves with it."""
        if self._dragged is not None:
            self._measuring.drag(*self._dragged, self._to_image(position))
        elif not self._measuring.tool:
            self._glass.hide()
            return False
        self._show_glass(position)
        return self._dragged is not None

    def release(self) -> None:
        """The button is up."""
        if self._dragged is not None:
            self._dragged = None
            self._measuring.drop()
            self._glass.hide()

    def leave(self) -> None:
        """The pointer is nowhere."""
        self._glass.hide()

    def step(self, across: float, down: float) -> bool:
        """Move the cross of the keyboard by pixels of the screen; whether a tool is taken up."""
        if not self._measuring.tool:
            return False
        middle = QPointF(self._view.width() / 2, self._view.height() / 2)
        there = self._to_view(self.cursor) if self.cursor else middle
        there += QPointF(across, down)
        inside = self._view.rect()
        there.setX(min(max(there.x(), 0), inside.width() - 1))
        there.setY(min(max(there.y(), 0), inside.height() - 1))
        self.cursor = self._to_image(there)
        self._show_glass(there)
        self.refresh()
        return True

    def enter(self) -> bool:
        """Place a point at the cross of the keyboard; whether there is one."""
        if not self._measuring.tool or self.cursor is None:
            return False
        self._measuring.place(self.cursor)
        return True

    def _at(self, position: QPointF) -> tuple[int, int] | None:
        """The item and the place of the point that is there."""
        near: tuple[float, tuple[int, int]] | None = None
        for index, item in enumerate(self._measuring.items.items):
            for place, point in enumerate(item.points):
                away = self._to_view(point) - position
                distance = float(np.hypot(away.x(), away.y()))
                if distance <= _REACH and (near is None or distance < near[0]):
                    near = distance, (index, place)
        return None if near is None else near[1]

    # What is drawn

    def refresh(self) -> None:
        """Draw everything anew."""
        measuring = self._measuring
        for former in (*self._dots, *self._texts):
            if former.scene() is not None:
                former.scene().removeItem(former)
        self._dots, self._texts = [], []
        if not measuring.tool:
            self.cursor = None
        lines, chosen = QPainterPath(), QPainterPath()
        scale = measuring.scale()
        for index, item in enumerate(measuring.items.items):
            is_chosen = index == measuring.selected
            _draw(chosen if is_chosen else lines, item)
            self._mark(item.points, theme.WARNING if is_chosen else theme.ACCENT)
            self._write(item, _short(said(item, measuring.items, scale), item))
        if measuring.draft:
            lines.moveTo(_place(measuring.draft[0]))
            for point in measuring.draft[1:]:
                lines.lineTo(_place(point))
            self._mark(measuring.draft, theme.WARNING)
        for path, drawn, colour in (
            (lines, self._lines, theme.ACCENT),
            (chosen, self._chosen, theme.WARNING),
        ):
            drawn.setPath(path)
            drawn.setPen(_pen(colour, 1.5 * self._view.devicePixelRatioF()))
        cross = QPainterPath()
        if self.cursor is not None:
            middle = self._to_view(self.cursor)
            for step in (QPointF(14, 0), QPointF(0, 14)):
                cross.moveTo(_place(self._to_image(middle - step)))
                cross.lineTo(_place(self._to_image(middle + step)))
        self._cross.setPath(cross)
        self._cross.setPen(_pen(theme.WARNING, 1.5 * self._view.devicePixelRatioF()))
        if not measuring.tool and self._dragged is None:
            self._glass.hide()

    def _mark(self, points: tuple[Point, ...], colour: str) -> None:
        for point in points:
            self._dots.append(_Dot(self._parent, _place(point), colour))

    def _write(self, item: Item, text: str) -> None:
        words = QGraphicsSimpleTextItem(text, self._parent)
        words.setBrush(QBrush(QColor(theme.ZONES["indeterminate"])))
        words.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        points = [_place(each) for each in item.points]
        right = max(points, key=lambda each: each.x())
        middle = sum(each.y() for each in points) / len(points)
        words.setPos(QPointF(right.x(), middle))
        self._texts.append(words)

    def _show_glass(self, position: QPointF) -> None:
        """Show what is under the pointer, enlarged, with a cross at the point itself."""
        given = self._pixels()
        if given is None:
            return
        pixels, window, inverted = given
        row, column = self._to_image(position)
        near, far = self._to_view((row, column)), self._to_view((row, column + 1))
        on_screen = float(np.hypot(far.x() - near.x(), far.y() - near.y()))
        factor = max(on_screen * 2.5, _ENLARGED)
        reach = max(round(_GLASS / factor / 2), 4)
        top, left = int(np.floor(row)) - reach, int(np.floor(column)) - reach
        cut = np.zeros((2 * reach + 1, 2 * reach + 1), pixels.dtype)
        height, width = pixels.shape
        rows = slice(max(top, 0), min(top + cut.shape[0], height))
        columns = slice(max(left, 0), min(left + cut.shape[1], width))
        if rows.start < rows.stop and columns.start < columns.stop:
            cut[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = pixels[
                rows, columns
            ]
        grey = window.shade(cut)
        grey = np.ascontiguousarray(255 - grey if inverted else grey)
        side = len(grey)
        image = QImage(grey.tobytes(), side, side, side, QImage.Format.Format_Grayscale8).copy()
        picture = QPixmap.fromImage(image).scaled(
            _GLASS, _GLASS, mode=Qt.TransformationMode.SmoothTransformation
        )
        painter = QPainter(picture)
        painter.setPen(QPen(QColor(theme.WARNING), 1))
        scale = _GLASS / side
        x, y = (column - left) * scale, (row - top) * scale
        painter.drawLine(QPointF(x - 12, y), QPointF(x + 12, y))
        painter.drawLine(QPointF(x, y - 12), QPointF(x, y + 12))
        painter.end()
        self._glass.setPixmap(picture)
        self._glass.setGeometry(self._beside(position))
        self._glass.show()
        self._glass.raise_()

    def _beside(self, position: QPointF) -> QRect:
        """Beside the pointer, on the side where there is room."""
        across, down = round(position.x()) + 24, round(position.y()) - _GLASS - 24
        if across + _GLASS > self._view.width():
            across = round(position.x()) - _GLASS - 24
        return QRect(across, max(down, 0), _GLASS, _GLASS)


class _Dot(QGraphicsItem):
    """A point, as large on every screen whatever the zoom."""

    def __init__(self, parent: QGraphicsItem, place: QPointF, colour: str) -> None:
        super().__init__(parent)
        self._colour = colour
        self.setPos(place)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)

    def boundingRect(self) -> QRectF:
        return QRectF(-_DOT - 1, -_DOT - 1, 2 * _DOT + 2, 2 * _DOT + 2)

    def paint(self, painter: QPainter, *_: object) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor("#101214"), 1))
        painter.setBrush(QColor(self._colour))
        painter.drawEllipse(QPointF(0, 0), _DOT, _DOT)


def _draw(path: QPainterPath, item: Item) -> None:
    points = [_place(each) for each in item.points]
    if isinstance(item, Vertebra):
        path.moveTo(points[0])
        for each in (*points[1:], points[0]):
            path.lineTo(each)
        path.moveTo(points[1])
        path.lineTo(points[4])
    elif isinstance(item, Line) and item.kind == "cobb":
        for start in (0, 2):
            path.moveTo(points[start])
            path.lineTo(points[start + 1])
    else:
        path.moveTo(points[0])
        for each in points[1:]:
            path.lineTo(each)


def _short(text: str, item: Item) -> str:
    """On the image: a vertebra's level, and what a line measures."""
    if isinstance(item, Vertebra):
        return item.level
    return translated(text).partition(": ")[2] or text


def _place(point: Point) -> QPointF:
    return QPointF(point[1], point[0])


def _pen(colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCosmetic(True)
    return pen
