"""Six-point heights by clicks: the true corners give the true heights; undo, keyboard, what is kept."""

import json
from pathlib import Path

import pytest
from desktop.support import WAIT, OpenWindow, press, save_as, settled, write_dicom
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from verte_core.measuring import kept
from verte_core.measuring.items import Line
from verte_core.measuring.vertebra import Vertebra, from_truth, grade
from verte_core.network import shipped
from verte_desktop.main_window import MainWindow
from verte_desktop.session import settings

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def click(window: MainWindow, point: tuple[float, float]) -> None:
    """On a point of the image, brought into sight and enlarged as a reader would."""
    view = window.view
    seen = view._box.viewRect()
    height, width = 60.0, 60.0 * seen.width() / seen.height()
    view._box.setRange(
        xRange=(point[1] - width / 2, point[1] + width / 2),
        yRange=(point[0] - height / 2, point[0] + height / 2),
        padding=0,
    )
    at = view._to_view(point).toPoint()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


@pytest.mark.parametrize("name", ["simulated-fracture", "simulated-no-fracture"])
def test_the_true_corners_give_the_true_heights_and_grades(
    name: str, qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window(SAMPLES / f"{name}.dcm", model=shipped.path("radiograph"))
    measuring = window.session.measuring
    truth = json.loads((SAMPLES / f"{name}.json").read_text())
    press(qtbot, window, Qt.Key.Key_V, SHIFT)
    assert measuring.tool == "vertebra"
    for body in from_truth(truth["vertebrae"]):
        measuring.name(body.level)
        for point in body.points:
            click(window, point)
    scale = measuring.scale()
    assert scale.mm == pytest.approx(truth["pixel_spacing_mm"], abs=1e-4)
    by_level = {each.level: each for each in measuring.items.vertebrae}
    assert len(by_level) == len(truth["vertebrae"])
    for known in truth["vertebrae"]:
        own = by_level[known["level"]]
        assert scale.mm is not None
        assert own.heights(scale.mm) == pytest.approx(
            (known["ha_mm"], known["hm_mm"], known["hp_mm"]), abs=0.5
        )
        assert grade(own, measuring.items.vertebrae).grade == known["genant_grade"]
    assert "as measured by the reader" in window.measured.list.item(0).text()


def test_undo_redo_delete_and_names(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    measuring = window.session.measuring
    press(qtbot, window, Qt.Key.Key_V, SHIFT)
    for row in range(3):
        click(window, (50.0 + row, 60))
    assert len(measuring.draft) == 3
    press(qtbot, window, Qt.Key.Key_Z, CONTROL)
    assert len(measuring.draft) == 2
    for row in range(4):
        click(window, (60.0 + row, 60))
    first = measuring.items
    assert [each.level for each in first.vertebrae] == ["L4"] and measuring.level == "L3"
    press(qtbot, window, Qt.Key.Key_Z, CONTROL)
    assert not measuring.items.items
    press(qtbot, window, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert measuring.items == first
    measuring.start("")
    window.measured.list.setCurrentRow(0)
    measuring.name("T12")
    assert measuring.items.vertebrae[0].level == "T12"
    press(qtbot, window, Qt.Key.Key_Delete)
    assert not measuring.items.items
    press(qtbot, window, Qt.Key.Key_Z, CONTROL)
    assert measuring.items.vertebrae[0].level == "T12"


def test_a_point_is_dragged_in_one_step(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    measuring, view = window.session.measuring, window.view
    measuring.start("length")
    click(window, (100, 60))
    click(window, (110, 70))
    assert isinstance(measuring.items.items[0], Line) and not measuring.tool
    before = measuring.items
    start, end = (view._to_view(point).toPoint() for point in ((110, 70), (115, 75)))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for step in (end + QPoint(3, 3), end):
        view.measuring.move(QPointF(step))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert measuring.items.items[0].points[1] == pytest.approx((115, 75), abs=0.5)
    measuring.undo()
    assert measuring.items == before


def test_by_the_keyboard_alone(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    measuring = window.session.measuring
    press(qtbot, window, Qt.Key.Key_L, SHIFT)
    window.view.setFocus()
    qtbot.keyClick(window.view, Qt.Key.Key_Down)
    qtbot.keyClick(window.view, Qt.Key.Key_Return)
    for _ in range(5):
        qtbot.keyClick(window.view, Qt.Key.Key_Right)
    qtbot.keyClick(window.view, Qt.Key.Key_Return)
    length = measuring.items.items[0]
    assert isinstance(length, Line) and length.points[0][0] == pytest.approx(length.points[1][0], abs=1e-6)
    assert length.points[1][1] > length.points[0][1]
    press(qtbot, window, Qt.Key.Key_L, SHIFT)
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    assert not measuring.tool


def test_what_is_measured_is_kept_and_shown_again(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    paths = [write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in (1, 2)]
    window = open_window(*paths)
    session, measuring = window.session, window.session.measuring
    measuring.start("calibration")
    measuring.calibrate(50)
    click(window, (100, 60))
    click(window, (100, 80))
    measuring.start("length")
    click(window, (100, 60))
    click(window, (110, 60))
    made = measuring.items
    length = window.measured.list.item(1).text()
    assert float(length.removeprefix("Length: ").removesuffix(" mm")) == pytest.approx(25, abs=1.5)
    image_id = made.image_id
    folder = settings.folder() / kept.FOLDER
    qtbot.waitUntil(lambda: kept.path_of(folder, image_id).exists(), timeout=WAIT)
    assert "Test^Person" not in kept.path_of(folder, image_id).read_text()
    session.step(1)
    settled(qtbot, window)
    assert not measuring.items.items and not window.measured.isVisible()
    session.step(-1)
    settled(qtbot, window)
    qtbot.waitUntil(lambda: measuring.items == made, timeout=WAIT)
    # In the report.
    press(qtbot, window, Qt.Key.Key_P, CONTROL)
    with qtbot.waitSignal(session.written, timeout=WAIT):
        save_as(window, tmp_path / "a.pdf", False)
    assert length in measuring.lines()
    # A damaged file is a sentence, and is not written over.
    session.step(1)
    settled(qtbot, window)
    kept.path_of(folder, image_id).write_text("{")
    session.step(-1)
    qtbot.waitUntil(lambda: session.problem is not None, timeout=WAIT)
    assert "are damaged" in session.problem.sentence  # type: ignore[union-attr]
    session.dismiss_problem()
    press(qtbot, window, Qt.Key.Key_V, SHIFT)
    assert measuring.tool == "" and "are damaged" in session.problem.sentence  # type: ignore[union-attr]
    assert kept.path_of(folder, image_id).read_text() == "{"
    session.step(1)
    settled(qtbot, window)
    press(qtbot, window, Qt.Key.Key_V, SHIFT)
    assert measuring.tool == "vertebra", "on another image"


def test_the_last_change_is_written_at_the_end(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    measuring = window.session.measuring
    measuring._change(measuring.items.with_item(Vertebra("L1", tuple((1.0, float(n)) for n in range(6)))))
    image_id = measuring.items.image_id
    window.session.close()
    window.session.join()
    assert kept.read(settings.folder() / kept.FOLDER, image_id).vertebrae[0].level == "L1"
