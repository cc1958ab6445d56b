"""Whose images they are: said everywhere, hidden everywhere, grouped, and gone once they are closed."""

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from desktop.support import WAIT, Gate, OpenWindow, press, settled, spine, write_dicom
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from verte_desktop.main_window import MainWindow
from verte_desktop.panels.worklist import BEGINS_GROUP, DAY, WHOSE

CONTROL = Qt.KeyboardModifier.ControlModifier


def column(window: MainWindow, role: int) -> list[object]:
    model = window.worklist.model()
    return [model.index(row, 0).data(role) for row in range(model.rowCount())]


def read(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until all headers are known."""
    entries = window.session.entries
    qtbot.waitUntil(lambda: all(each.header is not None or each.reason for each in entries), timeout=WAIT)


def texts(window: MainWindow) -> str:
    """All that the window says at the moment."""
    labels = [each.text() for each in window.findChildren(QLabel) if each.isVisible()]
    rows = [str(text) for role in (Qt.ItemDataRole.ToolTipRole, WHOSE) for text in column(window, role)]
    return "\n".join([window.windowTitle(), window.statusBar().currentMessage(), *labels, *rows])


def test_who_is_on_the_screen(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    assert window.windowTitle() == "Test Person1   ID-1   2026-03-14 - VERTE Desktop"
    assert column(window, WHOSE) == ["Test Person1  ID-1"] and column(window, DAY) == ["2026-03-14"]
    (tip,) = column(window, Qt.ItemDataRole.ToolTipRole)
    assert all(said in str(tip) for said in ("Test Person1  ID-1", "2026-03-14", "a.dcm", "pVF"))
    press(qtbot, window, Qt.Key.Key_O)
    assert window.windowTitle() == "VERTE Desktop" and not window.view.overlay.banner.isVisible()
    assert not any(said in texts(window) for said in ("Person1", "ID-1", "2026-03-14"))
    assert not window.actions_by_id["banner"].isChecked()
    press(qtbot, window, Qt.Key.Key_O)
    assert window.windowTitle().startswith("Test Person1")
    press(qtbot, window, Qt.Key.Key_O)
    # Not for ever: the next start says again who it is.
    again = open_window(image)
    assert again.windowTitle().startswith("Test Person1") and again.view.overlay.banner.isVisible()


def test_images_stand_by_patient(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    of = {"a": ("Kim^Minji", "1"), "b": ("Lee^Jiho", "2"), "c": ("Kim^Minji", "1"), "d": ("Kim^Minji", "9")}
    paths = [
        write_dicom(tmp_path / f"{name}.dcm", seed, PatientName=who, PatientID=number)
        for seed, (name, (who, number)) in enumerate(of.items())
    ]
    for folder in ("x", "y", "x"):
        picture = tmp_path / folder / f"{len(paths)}.png"
        picture.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(picture), spine(len(paths)))
        paths.append(picture)
    window = open_window(*paths)
    read(qtbot, window)
    names = column(window, Qt.ItemDataRole.DisplayRole)
    assert names == ["a.dcm", "c.dcm", "b.dcm", "d.dcm", "4.png", "6.png", "5.png"]
    assert column(window, BEGINS_GROUP) == [False, False, True, True, True, False, True]
    assert column(window, WHOSE) == [
        "Kim Minji  1", "Kim Minji  1", "Lee Jiho  2", "Kim Minji  9", "Folder x", "Folder x", "Folder y",
    ]  # fmt: skip
    session = window.session
    assert session.current == 0 and window.worklist.currentIndex().row() == 0
    session.step(1)
    settled(qtbot, window)
    assert session.shown.radiograph is not None and session.shown.radiograph.path == paths[2]
    assert all(entry.thumbnail is not None for entry in session.entries)
    # One that is opened later goes to its patient, and is what is shown.
    late = write_dicom(tmp_path / "late.dcm", 7, PatientName="Lee^Jiho", PatientID="2")
    session.open([late])
    qtbot.waitUntil(lambda: len(session.entries) == 8, timeout=WAIT)
    settled(qtbot, window)
    assert session.entries[3].path == late and session.current == 3
    assert window.worklist.currentIndex().row() == 3


def test_nothing_is_left_of_a_closed_patient(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    paths = [
        write_dicom(tmp_path / f"{seed}.dcm", seed, PatientName="Kim^Minji", PatientID="77-1")
        for seed in (1, 2)
    ]
    other = write_dicom(tmp_path / "other.dcm", 3)
    window = open_window(*paths, other)
    read(qtbot, window)
    session = window.session
    window.tell("Saved Kim.pdf")
    closed = session.shown.result
    press(qtbot, window, Qt.Key.Key_W, CONTROL)
    assert [entry.path for entry in session.entries] == [paths[1], other]
    settled(qtbot, window)
    assert session.shown.radiograph is not None and session.shown.radiograph.path == paths[1]
    assert session.shown.result is not None and session.shown.result is not closed
    press(qtbot, window, Qt.Key.Key_W, CONTROL | Qt.KeyboardModifier.AltModifier)
    settled(qtbot, window)
    assert [entry.path for entry in session.entries] == [other] and session.current == 0
    assert not any(said in texts(window) for said in ("Kim", "77-1"))
    press(qtbot, window, Qt.Key.Key_W, CONTROL)
    assert session.entries == [] and session.current is None and session.shown.result is None
    assert window.windowTitle() == "VERTE Desktop" and window.centre.currentIndex() == 0
    assert "Open an image" in window.results.message.text()
    assert not window.actions_by_id["close_image"].isEnabled() and window.view._image.image is None
    # The same file opens again, as if for the first time.
    session.open([other])
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)


def test_closing_drops_what_is_under_way(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow, gate: Callable[[str], Gate]
) -> None:
    paths = [write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in (1, 2, 3)]
    encode = gate("encode")
    window = open_window(*paths, wait=False)
    encode.wait_entered(qtbot)
    window.session.close_image()
    window.session.close_image()
    encode.open()
    settled(qtbot, window)
    shown = window.session.shown
    assert shown.radiograph is not None and shown.radiograph.path == paths[2] and shown.result is not None
    assert shown.result.image_id == shown.radiograph.id and len(window.session.entries) == 1


@pytest.mark.parametrize("name", ["Kim^Minji\n\x1b[1m‮", "가" * 200, "^^^^", "A\\B"])
def test_awkward_names_stay_one_line(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow, name: str
) -> None:
    window = open_window(
        write_dicom(tmp_path / "a.dcm", 1, PatientName=name, SpecificCharacterSet="ISO_IR 192")
    )
    for text in (window.windowTitle(), *map(str, column(window, WHOSE))):
        assert text.isprintable() and len(text) < 200
    assert "ID-1" in window.windowTitle()
