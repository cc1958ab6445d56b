"""A label for paths: as wide as there is room, and cut at its beginning."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from verte_desktop.language import said
from verte_desktop.theme import tooltip


class PathLabel(QLabel):
    """Lines of plain text, whose ends tell one path from another; the tooltip has all of them."""

    def __init__(self, role: str = "") -> None:
        super().__init__()
        self.setObjectName(role)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def setText(self, text: str) -> None:
        """Show a text, one path a line."""
        super().setText(said(text))
        self.setToolTip(tooltip(text))

    def minimumSizeHint(self) -> QSize:
        """However long the text is, no window grows with it."""
        return QSize(0, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """As ``minimumSizeHint``."""
        return self.minimumSizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Each line, cut on the left."""
        metrics = self.fontMetrics()
        lines = [
            metrics.elidedText(line, Qt.TextElideMode.ElideLeft, self.width())
            for line in self.text().split("\n")
        ]
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(
            self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "\n".join(lines)
        )
        painter.end()
