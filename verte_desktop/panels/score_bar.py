"""A score between 0 and 1 on its three zones, for the screen and for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from verte_desktop import theme

if TYPE_CHECKING:
    from verte_core.results import OperatingPoints, Score


class ScoreBar(QWidget):
    """0 to 1, parted by the two operating points, with the score as a marker, or a range as a frame.

    Args:
        explained: what the points reach, for the tooltip.
    """

    def __init__(self, points: OperatingPoints, explained: str) -> None:
        super().__init__()
        self._points = points
        self._score: Score | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(theme.tooltip(explained))

    def set_score(self, score: Score | None) -> None:
        """Show a score, or none."""
        self._score = score
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the bar, its marker and the thresholds below."""
        return QSize(160, 22 + self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        paint(
            painter,
            QRectF(6, 0, self.width() - 12, self.height()),
            self._points,
            self._score,
            1.0,
            theme.TEXT,
            theme.QUIET,
        )


def paint(
    painter: QPainter,
    area: QRectF,
    points: OperatingPoints,
    score: Score | None,
    unit: float,
    ink: str,
    quiet: str,
) -> None:
    """Draw the bar at the top of an area, the thresholds below it in the painter's font.

    ``unit`` is the size of a pixel of the screen on the painter's device, ``ink`` the colour of the marker,
    ``quiet`` that of the thresholds.
    """
    bar = QRectF(area.left(), area.top() + 10 * unit, area.width(), 8 * unit)
    low, high = points.low, points.high
    painter.setPen(Qt.PenStyle.NoPen)
    for start, end, zone in ((0.0, low, "low"), (low, high, "indeterminate"), (high, 1.0, "high")):
        colour = QColor(theme.ZONES[zone])
        if score is None or zone != score.zone:
            colour.setAlpha(95)
        part = QRectF(bar)
        part.setLeft(bar.left() + start * bar.width())
        part.setRight(bar.left() + end * bar.width())
        painter.fillRect(part, colour)
    _paint_thresholds(painter, bar, low, high, unit, quiet)
    if score is not None:
        _paint_score(painter, bar, score, unit, ink)


def _paint_thresholds(
    painter: QPainter, bar: QRectF, low: float, high: float, unit: float, quiet: str
) -> None:
    painter.setPen(QColor(quiet))
    width = painter.fontMetrics().horizontalAdvance("0.00")
    # Close thresholds: their labels go to either side instead of over each other.
    apart = (high - low) * bar.width() > width + 4 * unit
    one = apart or low == high
    for value, shift in ((low, -0.5 if one else -1.0), (high, -0.5 if one else 0.1)):
        left = bar.left() + value * bar.width() + shift * width
        left = min(max(left, bar.left()), bar.right() - width)
        below = bar.bottom() + painter.fontMetrics().ascent() + 2 * unit
        painter.drawText(QPointF(left, below), f"{value:.2f}")


def _paint_score(painter: QPainter, bar: QRectF, score: Score, unit: float, ink: str) -> None:
    left, right = (bar.left() + value * bar.width() for value in (score.low, score.high))
    painter.setPen(QPen(QColor(ink), 1.5 * unit))
    painter.setBrush(QColor(ink))
    if left < right:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(left, bar.top() - 3 * unit, right - left, bar.height() + 6 * unit))
    else:
        tip = QPointF(left, bar.top() - unit)
        painter.drawLine(tip, tip + QPointF(0, bar.height() + 3 * unit))
        painter.drawPolygon(QPolygonF([tip, tip + QPointF(-4, -7) * unit, tip + QPointF(4, -7) * unit]))
