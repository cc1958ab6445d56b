"""The texts in the corners of the image: patient, display, readout, and the legend of the heatmap."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from verte_desktop import theme
from verte_desktop.heat import bar_image

_STYLE = "background: rgba(10, 12, 14, 175); color: #e4e7eb; padding: 4px 7px; border-radius: 4px;"
_BAR_WIDTH, _BAR_HEIGHT = 150, 10


class Overlay(QWidget):
    """Four corners; the mouse goes through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.banner = _label("Patient")
        self.display = _label("Display")
        self.readout = _label("Position and value")
        self.legend = QWidget()
        self.legend.setStyleSheet(_STYLE)
        self._legend_text = theme.label()
        self._legend_text.setStyleSheet("background: transparent; padding: 0;")
        bar = QLabel()
        bar.setPixmap(QPixmap.fromImage(bar_image()).scaled(_BAR_WIDTH, _BAR_HEIGHT))
        bar.setStyleSheet("background: transparent; padding: 0;")
        column = QVBoxLayout(self.legend)
        column.setContentsMargins(7, 5, 7, 5)
        column.addWidget(bar)
        column.addWidget(self._legend_text)
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 8, 8, 8)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        top, bottom = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
        grid.addWidget(self.banner, 0, 0, top | left)
        grid.addWidget(self.display, 0, 1, top | right)
        grid.addWidget(self.readout, 1, 0, bottom | left)
        grid.addWidget(self.legend, 1, 1, bottom | right)
        self.set_legend("")
        for label in (self.banner, self.display, self.readout):
            theme.show(label, "")

    def set_legend(self, text: str) -> None:
        """Show the colour bar with a text, or neither."""
        self._legend_text.setText(text)
        self.legend.setAccessibleName(text)
        self.legend.setVisible(bool(text))
        self.settle()

    def settle(self) -> None:
        """Lay out at once, so that a picture that is taken now does not show a text cut off."""
        for widget in (self.legend, self):
            layout = widget.layout()
            if layout is not None:
                layout.activate()


def _label(name: str) -> QLabel:
    label = theme.label()
    label.setAccessibleName(name)
    label.setStyleSheet(_STYLE)
    return label
