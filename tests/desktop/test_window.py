"""What the window remembers and tells: recent files, weights, geometry, log, reports of errors."""

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from builders import metadata
from desktop.support import (
    WAIT,
    OpenWindow,
    close_log,
    press,
    run_program,
    save_weights,
    settled,
    spine,
    write_dicom,
)
from PySide6.QtCore import QByteArray, QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QMenu, QPlainTextEdit, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from verte_core.network import saving, shipped, weights
from verte_core.network.architecture import Architecture
from verte_core.network.fusion_net import FusionNet
from verte_core.network.metadata import Calibration
from verte_core.results import OperatingPoints
from verte_desktop import theme
from verte_desktop.commands import RECENT_MENU, WEIGHTS_MENU
from verte_desktop.main_window import MainWindow
from verte_desktop.session import problems, settings
from verte_desktop.session.settings import Settings


def lines(window: MainWindow, title: str) -> list[QAction]:
    """The lines of a submenu, as they are when it is opened."""
    menu = next(menu for menu in window.findChildren(QMenu) if menu.title() == title)
    menu.aboutToShow.emit()
    return menu.actions()


def recent(window: MainWindow) -> list[str]:
    fixed = {window.actions_by_id["clear_recent"], window.actions_by_id["remember"]}
    return [line.text() for line in lines(window, RECENT_MENU) if line.text() and line not in fixed]


def test_recent_files(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write_dicom(folder / "in folder.dcm", 1)
    paths = [write_dicom(tmp_path / f"{seed} & more.dcm", seed) for seed in range(2, 14)]
    window = open_window(folder)
    assert recent(window) == [str(folder)]
    for path in paths:
        with qtbot.waitSignal(window.session.opened, timeout=WAIT):
            window.session.open([path])
    assert recent(window) == [str(path).replace("&", "&&") for path in reversed(paths)][:10]
    window.session.open([tmp_path / "missing.dcm"])
    settled(qtbot, window)
    again = open_window()
    line = lines(again, RECENT_MENU)[1]
    line.trigger()
    qtbot.waitUntil(lambda: again.session.shown.result is not None, timeout=WAIT)
    assert again.session.entries[0].path == paths[-1]
    assert recent(again)[0] == str(paths[-1]).replace("&", "&&")
    again.actions_by_id["clear_recent"].trigger()
    assert recent(again) == []


def test_recent_files_can_be_turned_off(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    remember = window.actions_by_id["remember"]
    assert recent(window) and remember.isChecked()
    remember.trigger()
    assert recent(window) == [] and not remember.isChecked()
    window.session.open([write_dicom(tmp_path / "b.dcm", 2)])
    settled(qtbot, window)
    assert recent(window) == []
    assert not open_window().actions_by_id["remember"].isChecked()
    assert str(image) not in Path(settings.folder() / "verte-desktop.ini").read_text()


def test_weights_menu_and_card(qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    first, used, *_ = lines(window, WEIGHTS_MENU)
    assert first.text() == "The weights of the program" and used.isChecked()
    former = window.session.shown.scorer
    chosen = save_weights(tmp_path / "b.safetensors", clinical_hidden=())
    own = weights.load(chosen)
    evaluated = {"Evaluation": "50 people", "Evaluation: pVF-score": "AUROC 0.855\nabove BMI by 0.1"}
    saving.rewrite(chosen, own, dataclasses.replace(own.metadata, card=own.metadata.card | evaluated))
    window.session.choose_weights(chosen)
    qtbot.waitUntil(lambda: window.session.shown.scorer is not former, timeout=WAIT)
    settled(qtbot, window)
    assert "image only" in window.results.weights.text()
    _, newer, older, *_ = lines(window, WEIGHTS_MENU)
    assert newer.text().endswith("b.safetensors") and newer.isChecked() and not older.isChecked()
    press(qtbot, window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    text = window.findChildren(QTextBrowser)[-1].toPlainText()
    assert window.session.shown.scorer is not None
    for said in (window.session.shown.scorer.weights_id, "A tiny random network", "low below", "image only"):
        assert said in text
    assert "pVF-score\nAUROC 0.855\nabove BMI by 0.1" in text


def test_several_weights_score_together(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [save_weights(tmp_path / "a.safetensors"), save_weights(tmp_path / "b.safetensors", (4, 4))]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_, **__: (list(map(str, files)), ""))
    window = open_window(image)
    former = window.session.shown.scorer
    press(
        qtbot, window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    qtbot.waitUntil(lambda: window.session.shown.scorer is not former, timeout=WAIT)
    settled(qtbot, window)
    result = window.session.shown.result
    assert result is not None and result.scores["pvf"].spread is not None
    for task, score in result.scores.items():
        assert f"spread {score.spread:.2f}" in window.results.cards[task].zone.text()
    press(qtbot, window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    text = window.findChildren(QTextBrowser)[-1].toPlainText()
    assert "1. tiny" in text and "2. tiny" in text and not window.session.shown.weights_replaced
    assert all(each in text for each in result.weights_id.split("+"))
    again = open_window(image, model=files)
    assert (
        again.session.shown.result is not None and again.session.shown.result.weights_id == result.weights_id
    )
    # Those of the program take a gigabyte to convert, and of them only the line of the menu is meant here.
    monkeypatch.setattr(shipped, "path", lambda *_: files[0])
    again.session.choose_weights()
    qtbot.waitUntil(lambda: again.session.shown.weights.is_shipped, timeout=WAIT)
    line = next(line for line in lines(again, WEIGHTS_MENU) if " + " in line.text())
    line.trigger()
    qtbot.waitUntil(
        lambda: (
            again.session.shown.scorer is not None
            and again.session.shown.scorer.weights_id == result.weights_id
        ),
        timeout=WAIT,
    )


def test_what_only_teaches_is_not_shown(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow
) -> None:
    tasks = ("density", "pvf", "osteo")
    architecture = Architecture(tasks, "test_efficientnet", 10, (), 10)
    described = metadata(
        architecture=architecture,
        operating_points={task: OperatingPoints(0.4, 0.6, 0.9, 0.9) for task in tasks},
        calibration={task: Calibration() for task in tasks},
    )
    path = tmp_path / "teaching.safetensors"
    saving.save(path, FusionNet(architecture).state_dict(), described)
    window = open_window(image, model=[path])
    settled(qtbot, window)
    session = window.session
    assert session.shown.result is not None and tuple(session.shown.result.scores) == ("pvf", "osteo")
    assert list(window.results.cards) == ["pvf", "osteo"] and session.shown.heatmap_task == "pvf"
    press(qtbot, window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    text = window.findChildren(QTextBrowser)[-1].toPlainText()
    assert "density" not in text and "pVF-score: low below" in text
    # One that gives no score at all is a sentence, and the others stay.
    none = tmp_path / "none.safetensors"
    only = dataclasses.replace(architecture, tasks=("density",))
    changed = metadata(
        architecture=only,
        operating_points={"density": described.operating_points["density"]},
        calibration={"density": Calibration()},
    )
    saving.save(none, FusionNet(only).state_dict(), changed)
    session.choose_weights(none)
    qtbot.waitUntil(lambda: session.problem is not None, timeout=WAIT)
    assert session.problem is not None and "give no score" in session.problem.sentence
    assert session.shown.scorer is not None and session.shown.scorer.tasks == ("pvf", "osteo")


OTHER_PROCESS = """
import sys
from PySide6.QtCore import QSettings
from verte_desktop.session import settings
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[1])
store = settings.Settings()
store.add_recent(settings.RECENT_FILES, ["/b"])
store.set(settings.REMEMBER_RECENT, False)
"""


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    store = Settings()
    store.add_recent(settings.RECENT_FILES, ["/a"])
    store.set(settings.HEATMAP_OPACITY, 0.7)
    done = run_program("-c", OTHER_PROCESS, str(tmp_path / "settings"))
    assert done.returncode == 0, done.stderr
    store.add_recent(settings.RECENT_FILES, ["/c"])
    assert store.get(settings.RECENT_FILES) == ["/c", "/b", "/a"]
    assert store.get(settings.HEATMAP_OPACITY) == 0.7 and not store.get(settings.REMEMBER_RECENT)


def test_two_windows_at_once(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    paths = [write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in (1, 2)]
    first, second = open_window(paths[0]), open_window(paths[1])
    for window, path in ((first, paths[0]), (second, paths[1])):
        assert window.session.shown.radiograph is not None and window.session.shown.radiograph.path == path
    assert first.close()
    assert second.session.shown.result is not None
    assert recent(second) == [str(path) for path in reversed(paths)]


@pytest.mark.parametrize("place", [QPoint(20_000, 500), QPoint(-9_000, -9_000)])
def test_window_comes_back_to_a_screen(open_window: OpenWindow, place: QPoint) -> None:
    window = open_window()
    window.move(place)
    window.close()
    again = open_window()
    screen = QGuiApplication.primaryScreen().availableGeometry()
    assert screen.contains(again.frameGeometry().center()) or screen.contains(again.geometry().topLeft())


def test_header_of_a_plain_picture_is_a_sentence(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    png = tmp_path / "plain.png"
    cv2.imwrite(str(png), spine(4))
    window = open_window(png)
    press(qtbot, window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.session.problem is not None, timeout=WAIT)
    assert window.session.problem is not None and "no DICOM header" in window.session.problem.sentence
    assert not window.problem_bar.override_button.isVisible()


@pytest.fixture
def logging_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The program's own log, with Qt's messages and exceptions left to pytest-qt."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(problems.threading, "excepthook", problems.threading.excepthook)
    monkeypatch.setattr(problems, "qInstallMessageHandler", lambda handler: None)
    problems.install(lambda problem: None)
    yield
    close_log()


@pytest.mark.usefixtures("logging_on")
def test_log_and_report_of_an_error_hold_no_patient(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_dicom(tmp_path / "Test_Person1_19550102.dcm", 1, PatientBirthDate="19550102")
    window = open_window(path)
    session = window.session
    assert session.shown.radiograph is not None

    def broken(*_: object) -> None:
        raise ValueError("Test^Person1 has no height")

    with monkeypatch.context() as patched:
        patched.setattr("verte_core.scoring.Scorer.score", broken)
        session.edit("age", "60")
        qtbot.waitUntil(lambda: session.problem is not None, timeout=WAIT)
    assert session.problem is not None
    (report,) = settings.folder().glob("error-*.txt")
    assert str(report) in session.problem.sentence
    log = problems.read_log()
    assert (
        session.shown.radiograph.id[:12] in log and "ValueError" in log and "ValueError" in report.read_text()
    )
    for text in (log, report.read_text()):
        assert not any(said in text for said in ("Person1", "ID-1", "19550102", str(tmp_path)))
    window.others.show_log()
    dialog = next(each for each in window.findChildren(QDialog) if "Log" in each.windowTitle())
    assert dialog.findChild(QPlainTextEdit).toPlainText() == log
    session.open([write_dicom(tmp_path / "b.dcm", 2)])
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)


@pytest.mark.usefixtures("qapp")
def test_error_reports_do_not_pile_up() -> None:
    for _ in range(25):
        problems.describe(ValueError("x"))
    assert len(list(settings.folder().glob("error-*.txt"))) == 20


SLOT = """
import sys
from PySide6.QtCore import QSettings, QTimer
from verte_desktop import app
from verte_desktop.session import session
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[1])
def start(self, paths):
    QTimer.singleShot(0, lambda: 1 / 0)
    QTimer.singleShot(50, stop)
def stop():
    from PySide6.QtWidgets import QApplication
    window = QApplication.activeWindow() or QApplication.topLevelWidgets()[0]
    print(next(w for w in QApplication.topLevelWidgets() if w.isVisible()).problem_bar.sentence.text())
    QApplication.quit()
session.Session.start = start
sys.exit(app.main([]))
"""


def test_unhandled_exception_in_a_slot_leaves_a_working_window(tmp_path: Path) -> None:
    done = run_program("-c", SLOT, str(tmp_path), QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stderr
    (report,) = tmp_path.rglob("error-*.txt")
    assert str(report) in done.stdout and "ZeroDivisionError" in report.read_text()


def test_a_window_lies_within_its_screen(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    room = widget.screen().availableGeometry()
    theme.place(widget, (room.width() + 500, room.height() + 500), QByteArray())
    assert widget.width() <= room.width() and widget.height() < room.height()
    # One that was left on a screen that is gone comes back.
    widget.move(room.right() + 3000, room.bottom() + 3000)
    left = widget.saveGeometry()
    theme.place(widget, (400, 300), left)
    assert room.contains(widget.geometry())
