"""What the reader takes away: picture, report, and scores on the clipboard."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from desktop.support import WAIT, Gate, OpenWindow, press, save_as, settled, write_dicom
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from verte_desktop import wording
from verte_desktop.main_window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier


def saved(qtbot: QtBot, window: MainWindow, key: Qt.Key, path: Path, with_patient: bool) -> Path:
    press(qtbot, window, key, CONTROL)
    with qtbot.waitSignal(window.session.written, timeout=WAIT):
        save_as(window, path, with_patient)
    return path


def pixels(path: Path) -> np.ndarray:
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].astype(int)


@pytest.mark.parametrize("banner", [True, False])
def test_picture_with_and_without_patient(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow, banner: bool
) -> None:
    window = open_window(image)
    if not banner:
        qtbot.keyClick(window, Qt.Key.Key_O)
    shown = window.view.grab().toImage()
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    dialog = window.findChild(QFileDialog)
    assert dialog.patient.isChecked() == banner
    assert "Person" not in dialog.selectedFiles()[0]
    dialog.reject()
    with_text = pixels(saved(qtbot, window, Qt.Key.Key_S, tmp_path / "with.png", True))
    without = pixels(saved(qtbot, window, Qt.Key.Key_S, tmp_path / "without", False).with_suffix(".png"))
    # Below the picture stands what has to be said of it.
    height, width = shown.height(), shown.width()
    assert with_text.shape == without.shape and without.shape[1] == width and without.shape[0] > height + 20
    assert (without[height:] > 150).any() and np.array_equal(with_text[height:], without[height:])
    with_text, without = with_text[:height], without[:height]
    changed = np.argwhere(with_text != without)
    assert len(changed) and (changed.max(axis=0) < np.array(without.shape) // 3).all()
    # Without: the same picture as that of an image whose banner is hidden.
    window.view.set_banner(False)
    hidden = tmp_path / "hidden.png"
    window.view.grab().save(str(hidden))
    assert np.array_equal(without, pixels(hidden))
    window.view.set_banner(banner)
    assert window.view.banner_shown == banner


def test_report_is_one_page_and_leaves_out_the_patient(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from verte_desktop.export import report

    drawn: list[str] = []
    original = report._Page._text

    def recorded(page: object, text: str, *arguments: object, **options: object) -> None:
        drawn.append(text)
        original(page, text, *arguments, **options)

    monkeypatch.setattr(report._Page, "_text", recorded)
    window = open_window(image)
    shown = window.session.shown
    data = saved(qtbot, window, Qt.Key.Key_P, tmp_path / "with.pdf", True).read_bytes()
    assert data.startswith(b"%PDF") and data.count(b"/Type /Page\n") == 1
    text = "\n".join(drawn)
    assert shown.result is not None and shown.scorer is not None and shown.radiograph is not None
    for said in (
        "Test Person1",
        "ID-1",
        "71 years",
        "from file",
        "computed from height and weight",
        shown.result.weights_id,
        shown.radiograph.id[:12],
        f"{shown.result.scores['pvf'].value:.2f}",
        window.results.cards["osteo"].zone.text(),
        "not to be used to rule out",
        "Not a medical device",
        "simulated images",
        "Heatmap of the osteo-score",
        "A tiny random network",
        "Read as a spine radiograph",
    ):
        assert said in text
    drawn.clear()
    saved(qtbot, window, Qt.Key.Key_P, tmp_path / "without.pdf", False)
    text = "\n".join(drawn)
    assert wording.WITHOUT_PATIENT in text
    assert not any(said in text for said in ("Person", "ID-1", "2026-03-14", "a.dcm"))


def test_report_of_an_unknown_bmi(qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    window.session.set_bmi_unknown(True)
    qtbot.waitUntil(lambda: window.session.shown.result is not None, timeout=WAIT)
    assert saved(qtbot, window, Qt.Key.Key_P, tmp_path / "a.pdf", True).stat().st_size > 10_000


def test_report_needs_scores_of_what_is_shown(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow, gate: Callable[[str], Gate]
) -> None:
    window = open_window(write_dicom(tmp_path / "a.dcm", 1, PatientAge=None))
    action = window.actions_by_id["save_report"]
    assert not action.isEnabled() and "age is missing" in action.toolTip()
    assert not window.actions_by_id["copy_scores"].isEnabled()
    score = gate("score")
    qtbot.keyClicks(window.form.edits["age"], "66")
    score.wait_entered(qtbot)
    assert not action.isEnabled()
    score.open()
    qtbot.waitUntil(action.isEnabled, timeout=WAIT)
    assert window.session.shown.result is not None
    window.session.edit("age", "67")
    assert not action.isEnabled()
    settled(qtbot, window)


def test_copy_scores_unless_a_text_is_selected(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    clipboard = QGuiApplication.clipboard()
    edit = window.form.edits["age"]
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClick(edit, Qt.Key.Key_C, CONTROL)
    assert clipboard.text() == "71"
    edit.deselect()
    qtbot.keyClick(edit, Qt.Key.Key_C, CONTROL)
    text = clipboard.text()
    assert window.session.shown.result is not None
    assert f"{window.session.shown.result.scores['pvf'].value:.2f}" in text
    assert "not to be used to rule out" in text and "simulated" in text and "Age 71 years (from file)" in text
    assert "Person" not in text and "ID-1" not in text


@pytest.mark.parametrize("key", [Qt.Key.Key_S, Qt.Key.Key_P])
def test_file_that_can_not_be_written(
    qtbot: QtBot,
    tmp_path: Path,
    image: Path,
    open_window: OpenWindow,
    monkeypatch: pytest.MonkeyPatch,
    key: Qt.Key,
) -> None:
    window = open_window(image)
    target = tmp_path / "out"
    target.mkdir()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    qtbot.keyClick(window, key, CONTROL)
    save_as(window, target / "full", True)
    qtbot.waitUntil(lambda: window.session.problem is not None, timeout=WAIT)
    assert window.session.problem is not None
    assert "can't be written: No space left on device" in window.session.problem.sentence
    assert not list(target.iterdir()) and not window.session.is_writing()
    assert window.session.shown.result is not None


def test_closing_waits_for_a_file(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow, gate: Callable[[str], Gate]
) -> None:
    window = open_window(image)
    explain = gate("explain")
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL)
    save_as(window, tmp_path / "a.pdf", True)
    explain.wait_entered(qtbot)
    assert not window.close()
    assert window.session.problem is not None and "still being written" in window.session.problem.sentence
    assert "Writing" in window.session.activity()
    press(qtbot, window, Qt.Key.Key_Escape)
    explain.open()
    assert window.close()
    window.session.join()
    assert not (tmp_path / "a.pdf").exists()
