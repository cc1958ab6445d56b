"""What stands in the window while no image is open: how to begin, and the samples to try."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from verte_core.resources_folder import RESOURCES
from verte_desktop.language import QT_TR_NOOP, tr
from verte_desktop.theme import label

_SAMPLES = {
    "simulated-fracture.dcm": QT_TR_NOOP("A simulated radiograph with a fracture"),
    "simulated-no-fracture.dcm": QT_TR_NOOP("A simulated radiograph without one"),
    "simulated-vfa.dcm": QT_TR_NOOP("A simulated VFA image"),
    "ct-lumbar-totalsegmentator.dcm": QT_TR_NOOP("A projection of a real CT"),
}


class Welcome(QWidget):
    """Opens files, or a sample.

    Args:
        open_paths: opens what is chosen.
    """

    def __init__(self, open_paths: Callable[[list[Path]], object]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.addStretch(2)
        drop = label(tr("Drop lateral spine radiographs or VFA images here"), "heading")
        keys = label(tr("or open files (Ctrl+O) or a folder (Ctrl+Shift+O)"), "quiet")
        first = label(tr("New here? Open a sample; the manual is under Shift+F1."), "quiet")
        for words in (drop, keys, first):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(words)
        column.addSpacing(10)
        self.buttons: dict[str, QPushButton] = {}
        for name, title in _SAMPLES.items():
            path = RESOURCES / "samples" / name
            button = self.buttons[name] = QPushButton(tr(title))
            button.setFixedWidth(320)
            button.clicked.connect(partial(open_paths, [path]))
            button.setVisible(path.exists())
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
