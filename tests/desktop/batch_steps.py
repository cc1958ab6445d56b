"""What a reader does in the window of batches."""

from collections.abc import Callable
from pathlib import Path

from desktop.support import WAIT, settled
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from verte_desktop.batch.table import FILE, STATUS
from verte_desktop.batch.window import BatchWindow
from verte_desktop.main_window import MainWindow


def open_batch(
    window: MainWindow, answer: Callable[[Path], None], path: Path, command: str = "score_folder"
) -> BatchWindow:
    answer(path)
    window.actions_by_id[command].trigger()
    batch = window.batch()
    assert batch.isVisible()
    return batch


def click(qtbot: QtBot, button: object) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def ended(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.session.batch.running, timeout=WAIT)


def start(
    qtbot: QtBot,
    window: MainWindow,
    answer: Callable[[Path], None],
    path: Path,
    command: str = "score_folder",
) -> BatchWindow:
    batch = open_batch(window, answer, path, command)
    settled(qtbot, window)
    click(qtbot, batch.start_button)
    return batch


def column(batch: BatchWindow, number: int) -> list[str]:
    return [batch.rows.index(row, number).data() for row in range(batch.rows.rowCount())]


def choose_row(qtbot: QtBot, batch: BatchWindow, name: str, double: bool = False) -> None:
    row = column(batch, FILE).index(name)
    place = batch.view.visualRect(batch.rows.index(row, STATUS)).center()
    qtbot.mouseClick(batch.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
    if double:
        qtbot.mouseDClick(batch.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))


def show_only(qtbot: QtBot, batch: BatchWindow, beginning: str) -> None:
    """Choose in one of the filters."""
    box = next(box for box in (batch.zones, batch.statuses) if _place(box, beginning) >= 0)
    box.setCurrentIndex(_place(box, beginning))
    box.activated.emit(box.currentIndex())


def _place(box: object, beginning: str) -> int:
    texts = [box.itemText(index) for index in range(box.count())]  # type: ignore[attr-defined]
    return next((place for place, text in enumerate(texts) if text.startswith(beginning)), -1)
