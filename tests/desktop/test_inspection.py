"""The window that looks closely: what it shows belongs together, and follows the image."""

import os
import time
from pathlib import Path
from threading import Event

import pytest
from desktop.support import WAIT, OpenWindow, press, save_weights, settled, write_dicom
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from verte_core.errors import VerteError
from verte_core.inspection.methods import LIBRARY
from verte_desktop.inspection.window import (
    BY_METHOD,
    BY_WEIGHTS,
    COMPARISONS,
    SCORES,
    VIEWS,
    InspectionWindow,
)
from verte_desktop.main_window import MainWindow
from verte_desktop.session.side_work import DroppedError

CONTROL = Qt.KeyboardModifier.ControlModifier


def opened(qtbot: QtBot, window: MainWindow) -> InspectionWindow:
    press(qtbot, window, Qt.Key.Key_G, CONTROL)
    inspection = window.others.inspect()
    qtbot.waitUntil(lambda: bool(inspection._inspected), timeout=WAIT)
    return inspection


def compare(inspection: InspectionWindow, what: str) -> None:
    inspection.comparison.setCurrentIndex(list(COMPARISONS).index(what))
    inspection._compare()


def idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.session.inspection.doing, timeout=WAIT)


def test_what_is_shown_is_of_the_score(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    inspection = opened(qtbot, window)
    result = window.session.shown.result
    assert result is not None
    assert len(inspection.panes) == 2
    said = [pane.title.text() for pane in inspection.panes]
    assert said == [
        f"pVF-score {result.scores['pvf'].value:.2f}",
        f"osteo-score {result.scores['osteo'].value:.2f}",
    ]
    assert "Image" in inspection.side.bar.accessibleName() and "Score" in inspection.side.bar.accessibleName()
    assert inspection.side.table.rowCount() == len(LIBRARY)
    assert inspection.side.table.item(0, 1).text() == "r 1.00"
    assert "simulated images" in inspection.side.notice.text()
    for comparison, panes in ((VIEWS, 2), (BY_METHOD, len(LIBRARY)), (SCORES, 2)):
        compare(inspection, comparison)
        assert len(inspection.panes) == panes
    for style in range(inspection.drawn_as.count()):
        inspection.drawn_as.setCurrentIndex(style)
        inspection._restyle()


@pytest.mark.apart
def test_the_library_works_in_a_process_of_its_own(
    qtbot: QtBot, image: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    inspection = opened(qtbot, window)
    assert inspection.side.table.rowCount() == len(LIBRARY)
    apart = window.session.inspection._apart
    # One that ends is told, and the next try has another.
    with pytest.raises(VerteError, match="begins again"):
        apart.call(os._exit, 3, stop=Event())
    assert apart.call(os.path.basename, "a/b", stop=Event()) == "b"
    stopped = Event()
    stopped.set()
    with pytest.raises(DroppedError):
        apart.call(time.sleep, 0.1, stop=stopped)


def test_it_follows_the_image(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    window = open_window(*(write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in (1, 2)))
    inspection = opened(qtbot, window)
    first = inspection._inspected[0].image_id
    window.session.step(1)
    assert not inspection._inspected and not inspection.panes
    qtbot.waitUntil(lambda: bool(inspection._inspected), timeout=WAIT)
    assert inspection._inspected[0].image_id != first
    window.session.close_patient()
    window.session.close_patient()
    qtbot.waitUntil(lambda: not window.session.entries, timeout=WAIT)
    assert not inspection.panes and "no scores" in inspection.message.text()


def test_the_panes_are_linked(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    inspection = opened(qtbot, window)
    one, other = inspection.panes
    one.zoom(3)
    assert other.sight().scale == pytest.approx(one.sight().scale)
    assert other.sight().middle.x() == pytest.approx(one.sight().middle.x())
    # By the keyboard.
    before = other.sight().middle.x()
    qtbot.keyClick(one, Qt.Key.Key_Right)
    assert other.sight().middle.x() > before
    qtbot.keyClick(one, Qt.Key.Key_F)


@pytest.mark.parametrize("what", ["randomised", "faithfulness", "road", "occlusion"])
def test_the_checks(what: str, qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    inspection = opened(qtbot, window)
    inspection.side.buttons[what].click()
    assert inspection.side.progress.isVisibleTo(inspection)
    qtbot.waitUntil(lambda: bool(inspection._checked), timeout=WAIT)
    word = {"randomised": "rank correlation", "faithfulness": "area of deletion", "road": "ROAD"}
    assert word.get(what, "Occlusion stands") in inspection.side.findings.text()
    assert (inspection.side.plot is not None) == (what == "faithfulness")


def test_a_check_is_dropped(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    inspection = opened(qtbot, window)
    inspection.side.buttons["occlusion"].click()
    qtbot.waitUntil(lambda: window.session.inspection.done_of[1] > 0, timeout=WAIT)
    inspection.side.cancel.click()
    assert not window.session.inspection.doing and inspection.side.buttons["road"].isEnabled()
    qtbot.wait(50)
    assert not inspection._checked


def test_two_weights_on_one_image(qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    inspection = opened(qtbot, window)
    inspection.look_with(save_weights(tmp_path / "other.safetensors", ()))
    qtbot.waitUntil(lambda: bool(inspection._others), timeout=WAIT)
    assert inspection.comparison.currentData() == BY_WEIGHTS and len(inspection.panes) == 2
    assert inspection.panes[0].title.text() != inspection.panes[1].title.text()
    # Weights that are none are a sentence.
    (tmp_path / "none.safetensors").write_bytes(b"none")
    inspection.look_with(tmp_path / "none.safetensors")
    qtbot.waitUntil(lambda: "safetensors" in inspection.message.text(), timeout=WAIT)


def test_without_the_extra_grad_cam_is_there_and_a_sentence(
    qtbot: QtBot, image: Path, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from verte_core.inspection import methods

    methods._makers.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "pytorch_grad_cam", None)
    window = open_window(image)
    inspection = opened(qtbot, window)
    assert inspection.side.table.rowCount() == 1
    assert "verte-desktop[inspect]" in inspection.side.notice.text()
    monkeypatch.undo()
    methods._makers.cache_clear()


def test_a_truth_beside_the_image(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    path = write_dicom(tmp_path / "a.dcm", 1)
    path.with_suffix(".json").write_text('{"vertebrae": 5}')
    window = open_window(path)
    inspection = opened(qtbot, window)
    assert "damaged" in inspection.side.notice.text() and not inspection.truth.isEnabled()
    idle(qtbot, window)
    settled(qtbot, window)
