"""What moved a score, as bars in log odds: to the right what raised it, to the left what lowered it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from verte_core.scoring.contributions import Contributions
from verte_desktop import theme
from verte_desktop.language import QT_TR_NOOP, tr

_NAMES = {
    "image": QT_TR_NOOP("Image"),
    "age": QT_TR_NOOP("Age"),
    "sex": QT_TR_NOOP("Sex"),
    "bmi": QT_TR_NOOP("BMI"),
    "bias": QT_TR_NOOP("Bias"),
}
_NAME_WIDTH, _VALUE_WIDTH, _GAP = 52, 52, 5


class ContributionBar(QWidget):
    """A row for each part, and one for all together."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[str, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_parts(self, contributions: Contributions | None) -> None:
        """Show what moved a score, or nothing."""
        self._rows = []
        if contributions is not None:
            parts = contributions.parts()
            self._rows = [(tr(_NAMES[name]), value) for name, value in parts.items()]
            self._rows.append((tr("Score"), contributions.total))
        said = (f"{name} {value:+.2f}" for name, value in self._rows)
        self.setAccessibleName(tr("What moved the score, in log odds") + ": " + ", ".join(said))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(260, len(self._rows) * (self.fontMetrics().height() + _GAP) + _GAP)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows."""
        if not self._rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = self.fontMetrics().height()
        left, width = _NAME_WIDTH, self.width() - _NAME_WIDTH - _VALUE_WIDTH
        least = min(0.0, *(value for _, value in self._rows))
        greatest = max(0.0, *(value for _, value in self._rows))
        span = max(greatest - least, 1e-9)
        zero = left - least / span * width
        for row, (name, value) in enumerate(self._rows):
            top = _GAP + row * (height + _GAP)
            is_total = row == len(self._rows) - 1
            if is_total:
                painter.setPen(QColor(theme.LINE))
                painter.drawLine(0, top - 2, self.width(), top - 2)
            painter.setPen(QColor(theme.TEXT))
            painter.drawText(QRectF(0, top, left - 4, height), int(Qt.AlignmentFlag.AlignLeft), name)
            painter.drawText(
                QRectF(self.width() - _VALUE_WIDTH, top, _VALUE_WIDTH, height),
                int(Qt.AlignmentFlag.AlignRight),
                f"{value:+.2f}",
            )
            colour = theme.ZONES["high"] if value > 0 else theme.ZONES["low"]
            end = zero + value / span * width
            bar = QRectF(min(zero, end), top + height * 0.2, max(abs(end - zero), 1.0), height * 0.6)
            painter.fillRect(bar, QColor(theme.QUIET if is_total else colour))
        painter.setPen(QColor(theme.QUIET))
        painter.drawLine(round(zero), _GAP, round(zero), self.height() - _GAP)
        painter.end()
