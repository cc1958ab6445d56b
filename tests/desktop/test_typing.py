"""Typing into the form: what is taken, what is not, and how the keys go back to the image."""

from __future__ import annotations

from pathlib import Path

import pytest
from desktop.support import OpenWindow, press, write_dicom
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from verte_desktop.main_window import MainWindow
from verte_desktop.session.clinical_draft import Draft


def typed(window: MainWindow, name: str, text: str) -> str:
    edit = window.form.edits[name]
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
    return edit.text()


@pytest.fixture
def window(open_window: OpenWindow, image: Path) -> MainWindow:
    return open_window(image)


@pytest.mark.parametrize("name", ["age", "bmi", "height", "weight"])
def test_letters_are_refused_and_it_is_said(window: MainWindow, name: str) -> None:
    assert typed(window, name, "7a1g,5x") == "71,5"
    assert window.form.errors[name].text() == "Only digits, with a point or a comma."
    assert typed(window, name, "62") == "62" and "Only digits" not in window.form.errors[name].text()
    assert getattr(window.session.shown.draft, name) == "62"
    # A letter that did nothing was no command either.
    assert not window.session.shown.heatmap_wanted


@pytest.mark.qt_log_ignore("does not support (grabbing the keyboard|raise)", extend=True)
@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape])
def test_return_and_esc_give_the_keys_back_to_the_image(
    window: MainWindow, qtbot: QtBot, key: Qt.Key
) -> None:
    for control in (window.form.edits["age"], window.form.sex):
        control.setFocus()
        assert control.hasFocus()
        QTest.keyClick(control, key)
        assert window.view.hasFocus() and window.session.shown.draft.age == "71"
    press(qtbot, window, Qt.Key.Key_G)
    assert window.session.shown.heatmap_wanted


def test_one_digit_of_a_computed_bmi(window: MainWindow) -> None:
    edit, form = window.form.edits["bmi"], window.form
    assert (edit.text(), form.edits["height"].text(), form.edits["weight"].text()) == ("25.0", "160", "64")
    edit.setFocus()
    edit.end(False)
    QTest.keyClick(edit, Qt.Key.Key_Backspace)
    QTest.keyClicks(edit, "4")
    assert edit.text() == "25.4" and window.session.shown.draft.bmi == "25.4"
    # Taken back, it is again what height and weight give.
    edit.selectAll()
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    assert edit.text() == ""
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert (edit.text(), form.edits["height"].text(), form.edits["weight"].text()) == ("25.0", "160", "64")
    assert not window.session.shown.draft.is_edited()


def test_a_weight_in_pounds_is_asked_for(tmp_path: Path, open_window: OpenWindow) -> None:
    window = open_window(write_dicom(tmp_path / "a.dcm", PatientWeight=141))
    form = window.form
    assert form.doubt.text().endswith("is the weight in pounds (64 kg)?") and not form.take_pounds.isHidden()
    form.take_pounds.click()
    assert form.edits["weight"].text() == "64.0" and form.edits["bmi"].text() == "25.0"
    assert form.doubt.isHidden() and form.take_pounds.isHidden()


def test_a_draft_asks_only_of_height_and_weight() -> None:
    assert Draft(height="160", weight="141").doubt() is not None
    assert Draft(height="160", weight="64").doubt() is None
    assert Draft(bmi="60").doubt() is None and Draft(height="x", weight="141").doubt() is None
    assert Draft(height="160", weight="141").weight_in_kg().weight == "64.0"
