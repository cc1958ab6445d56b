"""The texts in the corners of the image: patient, display, readout, and the legend of the heatmap."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from verte_core import heatmap_colors
from verte_desktop import theme
from verte_desktop.language import said
from verte_desktop.viewer.colormap import bar_image

_STYLE = "background: rgba(10, 12, 14, 175); color: #e4e7eb; padding: 4px 7px; border-radius: 4px;"
_BAR_WIDTH, _BAR_HEIGHT = 150, 10
_MARGIN, _PADDING = 8, 16
SIDES = ("left", "right", "top", "bottom")


class Overlay(QWidget):
    """Four corners, and a letter at each edge; the mouse goes through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._texts: dict[QLabel, str] = {}
        self.banner = _label("Patient")
        self.display = _label("Display")
        self.readout = _label("Position and value")
        self.legend = QWidget()
        self.legend.setStyleSheet(_STYLE)
        self._legend_text = theme.label()
        self._legend_text.setStyleSheet("background: transparent; padding: 0;")
        bar = self._bar = QLabel()
        self.set_colours(heatmap_colors.DEFAULT)
        bar.setStyleSheet("background: transparent; padding: 0;")
        column = QVBoxLayout(self.legend)
        column.setContentsMargins(7, 5, 7, 5)
        column.addWidget(bar)
        column.addWidget(self._legend_text)
        for part in (self.banner, self.display, self.readout, self.legend):
            part.setParent(self)
        self.letters = {side: _label(f"Edge of the patient, {side}") for side in SIDES}
        for letter in self.letters.values():
            letter.setParent(self)
        self.set_letters({})
        self.set_legend("")
        for label in (self.banner, self.display, self.readout):
            self.show_text(label, "")

    def show_text(self, label: QLabel, text: str) -> None:
        """Set the text of a corner; without text it takes no room."""
        self._texts[label] = text if label is self.banner else said(text)
        label.setVisible(bool(text))
        self._place()

    def set_letters(self, letters: dict[str, str]) -> None:
        """Show the patient's directions by side, such as ``{"left": "A"}``; a side without one shows none."""
        for side, label in self.letters.items():
            theme.show(label, letters.get(side, ""))
        self._place()

    def set_colours(self, name: str) -> None:
        """Of the colour bar: one of ``heatmap_colors.MAPS``."""
        self._bar.setPixmap(QPixmap.fromImage(bar_image(name)).scaled(_BAR_WIDTH, _BAR_HEIGHT))

    def set_legend(self, text: str) -> None:
        """Show the colour bar with a text, or neither."""
        self._legend_text.setText(text)
        self.legend.setAccessibleName(said(text))
        self.legend.setVisible(bool(text))
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the texts in their corners."""
        self._place()

    def _place(self) -> None:
        """At once, so that a picture that is taken now shows no text cut off.

        Where two do not fit side by side, the left one stands nearer to the edge, as it has to be read first.
        """
        for label, text in self._texts.items():
            room = self.width() - 2 * _MARGIN - _PADDING
            lines = text.splitlines()
            cut = (label.fontMetrics().elidedText(each, Qt.TextElideMode.ElideRight, room) for each in lines)
            label.setText("\n".join(cut))
        layout = self.legend.layout()
        assert layout is not None
        layout.activate()
        for left, right, at_top in ((self.banner, self.display, True), (self.readout, self.legend, False)):
            sizes = [QSize() if part.isHidden() else part.sizeHint() for part in (left, right)]
            beside = sum(size.width() for size in sizes) + 3 * _MARGIN <= self.width()
            offset = 0 if beside or sizes[0].isEmpty() else sizes[0].height() + _MARGIN
            for part, size, x, y in (
                (left, sizes[0], _MARGIN, 0),
                (right, sizes[1], self.width() - sizes[1].width() - _MARGIN, offset),
            ):
                y = _MARGIN + y if at_top else self.height() - size.height() - _MARGIN - y
                part.setGeometry(QRect(QPoint(x, y), size))
        for side, label in self.letters.items():
            size = QSize() if label.isHidden() else label.sizeHint()
            middle = QPoint((self.width() - size.width()) // 2, (self.height() - size.height()) // 2)
            if side in ("left", "right"):
                middle.setX(_MARGIN if side == "left" else self.width() - size.width() - _MARGIN)
            else:
                middle.setY(_MARGIN if side == "top" else self.height() - size.height() - _MARGIN)
            place = QRect(middle, size)
            for part in (self.banner, self.display, self.readout, self.legend):
                if not part.isHidden() and part.geometry().intersects(place):
                    there = part.geometry()
                    y = there.bottom() + _MARGIN if side == "top" else there.top() - _MARGIN - size.height()
                    place.moveTop(y)
            label.setGeometry(place)


def _label(name: str) -> QLabel:
    label = theme.label(raw=True)
    label.setAccessibleName(said(name))
    label.setStyleSheet(_STYLE)
    return label
