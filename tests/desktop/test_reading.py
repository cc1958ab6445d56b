"""Reading an image: open, look, enter, see the scores."""

from pathlib import Path

import cv2
import numpy as np
from desktop.support import WAIT, OpenWindow, settled, spine, write_dicom
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from verte_desktop import actions
from verte_desktop.commands import COMMANDS
from verte_desktop.main_window import MainWindow
from verte_desktop.session.entry import Stage
from verte_desktop.wording import status


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(600, 400), copy, data, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(600, 400), copy, data, left, none))


def picture(window: MainWindow) -> np.ndarray:
    """What the image view shows, without its texts, as (H, W, 3)."""
    window.view.overlay.hide()
    image = window.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    window.view.overlay.show()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def coloured(pixels: np.ndarray) -> float:
    """The share of pixels that are clearly not grey."""
    return float((np.ptp(pixels, axis=2) > 20).mean())


def drag(window: MainWindow, button: Qt.MouseButton, across: int, down: int) -> None:
    view = window.view.viewport()
    start = QPointF(view.rect().center())
    none = Qt.KeyboardModifier.NoModifier
    steps = (
        (QEvent.Type.MouseButtonPress, start, button, button),
        (QEvent.Type.MouseMove, start + QPointF(across, down), Qt.MouseButton.NoButton, button),
        (QEvent.Type.MouseButtonRelease, start + QPointF(across, down), button, Qt.MouseButton.NoButton),
    )
    for kind, position, changed, held in steps:
        spot = view.mapToGlobal(position)
        QApplication.sendEvent(view, QMouseEvent(kind, position, spot, changed, held, none))


def test_drop_fills_form_and_scores(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window()
    welcome = window.centre.currentWidget()
    assert any("Drop" in each.text() for each in welcome.findChildren(QLabel))
    drop(window, image)
    qtbot.waitUntil(lambda: window.session.shown.result is not None, timeout=WAIT)
    form = window.form
    assert (form.edits["age"].text(), form.edits["bmi"].text()) == ("71", "25.0")
    assert form.sex.currentText() == "female"
    assert [form.origins[name].text() for name in ("age", "sex", "bmi", "height")] == [
        "from file",
        "from file",
        "computed",
        "from file",
    ]
    assert window.session.shown.result is not None
    for task, card in window.results.cards.items():
        assert card.value.text() == f"{window.session.shown.result.scores[task].value:.2f}"
        assert card.zone.text().endswith("zone")
    assert "simulated" in window.results.notice.text() and window.results.notice.isVisible()
    assert window.session.shown.result.weights_id in window.results.weights.text()
    assert "Test Person1" in window.view.overlay.banner.text()
    assert status(window.session.entries[0]).startswith("pVF")


def test_one_bad_file_among_good_ones(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "0-bad.dcm").write_text("not an image")
    write_dicom(folder / "1.dcm", 1)
    write_dicom(folder / "2-without-suffix", 2)
    (folder / "3-bad.dcm").write_text("not an image")
    window = open_window()
    drop(window, folder)
    qtbot.waitUntil(lambda: window.session.shown.result is not None, timeout=WAIT)
    session = window.session
    assert [entry.path.name for entry in session.entries][session.current or 0] == "1.dcm"
    qtbot.waitUntil(lambda: session.entries[3].stage is Stage.FAILED, timeout=WAIT)
    assert "not an image" in status(session.entries[0]) and "not an image" in status(session.entries[3])
    assert session.entries[2].thumbnail is not None
    assert session.problem is None
    qtbot.keyClick(window, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: session.current == 2 and session.shown.result is not None, timeout=WAIT)
    assert window.worklist.currentIndex().row() == 2
    qtbot.keyClick(window, Qt.Key.Key_PageUp)
    settled(qtbot, window)
    assert session.current == 1 and session.shown.result is not None


def test_typed_values(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    png = tmp_path / "plain.png"
    cv2.imwrite(str(png), spine(4))
    window = open_window(png)
    session, form, message = window.session, window.form, window.results.message
    assert message.text() == "Not scored: age, sex and BMI are missing."
    qtbot.keyClicks(form.edits["age"], "7")
    assert "outside the accepted range of 18 to 110" in form.errors["age"].text()
    assert form.errors["age"].isVisible()
    qtbot.keyClicks(form.edits["age"], "2")
    assert not form.errors["age"].isVisible()
    form.sex.setFocus()
    qtbot.keyClicks(form.sex, "m")
    assert session.shown.draft.sex == "M"
    qtbot.keyClicks(form.edits["bmi"], "2")
    assert "10 to 70 kg/m2" in form.errors["bmi"].text()
    assert session.shown.result is None
    qtbot.keyClicks(form.edits["bmi"], "7,5")
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)
    assert session.shown.result is not None and session.shown.result.inputs is not None
    assert session.shown.result.inputs.bmi == 27.5
    assert form.origins["bmi"].text() == "entered"
    qtbot.keyClicks(form.edits["height"], "160")
    assert form.edits["bmi"].text() == ""
    assert message.text() == "Not scored: weight is missing."
    qtbot.keyClicks(form.edits["weight"], "64")
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)
    assert form.edits["bmi"].text() == "25.0"


def test_unknown_bmi_gives_a_range_and_restore_takes_back(
    qtbot: QtBot, image: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    session, form = window.session, window.form
    before = session.shown.result
    form.bmi_unknown.setFocus()
    qtbot.keyClick(form.bmi_unknown, Qt.Key.Key_Space)
    assert form.bmi_unknown.isChecked()
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)
    assert session.shown.result is not None and session.shown.result.inputs is not None
    assert session.shown.result.inputs.bmi is None
    assert " to " in window.results.cards["pvf"].value.text()
    session.restore_draft()
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)
    assert session.shown.result == before


def test_window_level_by_drag_and_keys(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    assert "W 2000  L 1500" in window.view.overlay.display.text()
    before = picture(window)
    drag(window, Qt.MouseButton.LeftButton, 0, 60)
    darker = picture(window)
    assert darker.mean() < before.mean() - 5
    assert "by hand" in window.view.overlay.display.text()
    qtbot.keyClick(window, Qt.Key.Key_1)
    assert np.array_equal(picture(window), before)
    qtbot.keyClick(window, Qt.Key.Key_0)
    assert "2000" not in window.view.overlay.display.text()
    qtbot.keyClick(window, Qt.Key.Key_I)
    assert "Display only: inverted" in window.view.overlay.display.text()
    qtbot.keyClick(window.view, Qt.Key.Key_Space)
    assert np.array_equal(picture(window), before)


def test_zoom_pan_and_orientation(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    before = picture(window)
    drag(window, Qt.MouseButton.RightButton, 0, -80)
    zoomed = picture(window)
    assert not np.array_equal(zoomed, before)
    drag(window, Qt.MouseButton.MiddleButton, 50, 0)
    moved = picture(window)
    assert np.abs(moved[:, 150:-10] - zoomed[:, 100:-60]).mean() < np.abs(moved - zoomed).mean() / 3
    qtbot.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert not np.array_equal(picture(window), moved)
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert np.abs(picture(window) - moved).mean() < 1
    qtbot.keyClick(window, Qt.Key.Key_F)
    assert np.array_equal(picture(window), before)
    for key, said in (
        (Qt.Key.Key_R, "rotated 90° right"),
        (Qt.Key.Key_L, ""),
        (Qt.Key.Key_H, "flipped left to right"),
        (Qt.Key.Key_V, "rotated 180° right"),
    ):
        qtbot.keyClick(window, key)
        assert said in window.view.overlay.display.text()
    assert window.session.shown.result is not None


def test_readout(image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    drag(window, Qt.MouseButton.NoButton, 5, 5)
    _, column, _, row, _, value = window.view.overlay.readout.text().split()
    assert window.session.shown.radiograph is not None
    assert window.session.shown.radiograph.display[int(row), int(column)] == int(value)


def test_heatmap_changes_pixels_on_both_views(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    plain = picture(window)
    assert coloured(plain) < 0.02  # the outline of the crop
    qtbot.keyClick(window, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: window.session.shown.heatmap is not None, timeout=WAIT)
    warm = picture(window)
    assert coloured(warm) > 0.02
    assert (np.abs(warm - plain).max(axis=2) > 10).mean() > 0.02
    assert "relative" in window.view.overlay.legend.accessibleName()
    legend = window.view.overlay.legend
    assert legend.size().height() >= legend.sizeHint().height()
    assert "not a localisation" in window.view.overlay.legend.accessibleName()
    qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    assert np.abs(picture(window) - plain).sum() > np.abs(warm - plain).sum()
    qtbot.keyClick(window, Qt.Key.Key_X)
    qtbot.waitUntil(
        lambda: getattr(window.session.shown.heatmap, "task", None) == "osteo",
        timeout=WAIT,
    )
    assert "osteo-score" in window.view.overlay.legend.accessibleName()
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert "model's view" in window.view.overlay.display.text()
    model_warm = picture(window)
    qtbot.keyClick(window, Qt.Key.Key_G)
    assert window.session.shown.heatmap is None
    model_plain = picture(window)
    assert (np.abs(model_warm - model_plain).max(axis=2) > 10).any()
    assert coloured(model_plain) == 0
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert np.array_equal(picture(window), plain)


def test_heatmap_is_off_at_first_and_stays_on_from_image_to_image(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    window = open_window(*(write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in (1, 2)))
    assert not window.session.shown.heatmap_wanted
    qtbot.keyClick(window, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: window.session.shown.heatmap is not None, timeout=WAIT)
    former = window.session.shown.heatmap
    qtbot.keyClick(window, Qt.Key.Key_PageDown)
    assert window.session.shown.heatmap is None
    qtbot.waitUntil(lambda: window.session.shown.heatmap is not None, timeout=WAIT)
    assert window.session.shown.heatmap is not former
    assert window.actions_by_id["heatmap"].isChecked()


def test_banner_hides(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    qtbot.keyClick(window, Qt.Key.Key_O)
    assert not window.view.overlay.banner.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_O)
    assert window.view.overlay.banner.isVisible()


def test_keys_are_unique_and_listed(open_window: OpenWindow) -> None:
    window = open_window(wait=False)
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))
    assert all(not action.isEnabled() for name, action in window.actions_by_id.items() if name == "fit")
    assert "Open an image first" in window.actions_by_id["fit"].toolTip()
    listed = {row[1] for row in actions.shortcut_rows(COMMANDS, [("Left drag", "window")])}
    assert {"Ctrl+O", "PgDown", "F1"} <= listed
    window.others.show_shortcuts()
