"""A window as the program makes it, with settings of its own and nothing left behind."""

import gc
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from desktop.support import (
    WAIT,
    Gate,
    OpenWindow,
    close_all,
    left_over,
    save_weights,
    settled,
    watched_workers,
    write_dicom,
)
from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from verte_desktop import app
from verte_desktop.main_window import DEFAULT_SIZE, MainWindow
from verte_desktop.session.apart import Apart


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # Qt's offscreen platform warns of these whenever a window is shown.
        ignored = pytest.mark.qt_log_ignore("does not support (propagateSizeHints|raise)", extend=True)
        item.add_marker(ignored)


@pytest.fixture(scope="session", autouse=True)
def _collections_leave_out_the_libraries(weights_file: Path) -> Iterator[None]:
    """Each test ends with a collection; over all that torch and its kin hold for good, it would take long."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path) -> None:
    QStandardPaths.setTestModeEnabled(True)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    threads = set(threading.enumerate())
    windows = {id(each) for each in QApplication.topLevelWidgets()} if QApplication.instance() else set()
    yield
    assert not left_over(threads, windows)


@pytest.fixture(autouse=True)
def _workers_touch_no_widget() -> Iterator[None]:
    with watched_workers() as touched:
        yield
    assert not touched


@pytest.fixture(autouse=True)
def _library_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The heatmap library in this process: another one takes seconds to import it."""
    if "apart" not in request.keywords:
        monkeypatch.setattr(Apart, "call", lambda _, function, *given, stop: function(*given))


@pytest.fixture(scope="session")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_weights(tmp_path_factory.mktemp("weights") / "tiny.safetensors")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return write_dicom(tmp_path / "a.dcm", 1)


@pytest.fixture
def windows(qtbot: QtBot) -> Iterator[list[MainWindow]]:
    """Those that ``open_window`` has opened; closed in the end."""
    opened: list[MainWindow] = []
    yield opened
    close_all(opened)


@pytest.fixture
def open_window(
    qapp: QApplication, qtbot: QtBot, weights_file: Path, windows: list[MainWindow]
) -> OpenWindow:
    """Start the program on paths; with images, wait until the first is scored or has failed."""

    def start(*paths: Path, model: Path | list[Path] = weights_file, wait: bool = True) -> MainWindow:
        models = [model] if isinstance(model, Path) else model
        chosen = [word for each in models for word in ("--model", str(each))]
        options = app.parse([*chosen, *map(str, paths)])
        window = app.launch(qapp, options)
        windows.append(window)
        # The screen of the offscreen platform is 800 points wide, which no reader has.
        window.resize(*DEFAULT_SIZE)
        with qtbot.waitSignal(window.session.viewer_ready, timeout=WAIT):
            pass
        if wait:
            settled(qtbot, window)
        return window

    return start


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Gate]]:
    gates: list[Gate] = []

    def make(method: str) -> Gate:
        gates.append(Gate(monkeypatch, method))
        return gates[-1]

    yield make
    for each in gates:
        each.open()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three radiographs and a broken file."""
    folder = tmp_path / "spines"
    folder.mkdir()
    for seed in range(3):
        write_dicom(folder / f"{seed}.dcm", seed)
    (folder / "broken.dcm").write_bytes(b"not an image")
    return folder


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Answer the next question for a file or folder."""

    def choose(path: Path) -> None:
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(path))
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(path), ""))

    return choose
