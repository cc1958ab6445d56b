"""The form under mouse and keys: nothing changes that nobody meant to change."""

from pathlib import Path

import pytest
from desktop.support import WAIT, OpenWindow
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QScrollArea,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from verte_desktop.main_window import MainWindow


def turn_wheel(widget: QWidget, steps: int) -> None:
    """The wheel over a widget's middle, as the system sends it."""
    window = widget.window()
    at = widget.mapTo(window, widget.rect().center())
    QTest.wheelEvent(window.windowHandle(), at, QPoint(0, 120 * steps))
    QApplication.processEvents()


def panel(window: MainWindow) -> QScrollArea:
    return next(
        each for each in window.findChildren(QScrollArea) if each.accessibleName() == "Patient and scores"
    )


@pytest.mark.qt_log_ignore("does not support (grabbing the keyboard|raise)", extend=True)
def test_the_wheel_changes_no_patient_and_scrolls_instead(
    qtbot: QtBot, image: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    panel(window).setFixedHeight(300)
    qtbot.waitUntil(lambda: panel(window).verticalScrollBar().maximum() > 0, timeout=WAIT)
    scroll, sex = panel(window).verticalScrollBar(), window.form.sex
    result = window.session.shown.result
    for focused in (False, True):
        (sex if focused else window.view).setFocus()
        for steps in (-1, 1):
            before = scroll.value()
            turn_wheel(sex, steps)
            assert window.session.shown.draft.sex == "F" and sex.currentData() == "F"
            assert scroll.value() != before and sex.hasFocus() == focused
    assert window.session.shown.result is result
    # The open list still scrolls and chooses.
    sex.showPopup()
    qtbot.keyClick(sex.view(), Qt.Key.Key_Down)
    qtbot.keyClick(sex.view(), Qt.Key.Key_Return)
    assert window.session.shown.draft.sex == "M"


def test_no_control_of_the_window_follows_the_wheel(image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    kinds = (QComboBox, QAbstractSlider, QAbstractSpinBox)
    controls = [each for kind in kinds for each in window.findChildren(kind)]
    controls = [each for each in controls if not isinstance(each, QScrollBar)]
    assert window.form.sex in controls
    for control in controls:
        before = [control.property(name) for name in ("currentIndex", "value")]
        for steps in (-1, 1, 2):
            turn_wheel(control, steps)
        assert [control.property(name) for name in ("currentIndex", "value")] == before
