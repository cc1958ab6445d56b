"""The wheel scrolls, and changes no control: whoever scrolls past one would change a patient."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


def scrolls_past(control: QWidget) -> None:
    """Leave the wheel to what stands around a combo box, spin box or slider, also once it has the focus."""
    # By default the wheel also gives the keyboard to it.
    control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    control.installEventFilter(_Filter(control))


class _Filter(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel:
            # An open list is a window of its own, with its own wheel.
            event.ignore()
            return True
        return False
