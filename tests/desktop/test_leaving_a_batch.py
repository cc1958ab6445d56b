"""A run under way ends with no window: the reader is asked, and what is done is kept."""

import csv
import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from desktop.batch_steps import click, column, ended, start
from desktop.support import WAIT, Gate, OpenWindow, press, settled
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from verte_desktop.batch.leaving import CANCEL, KEEP, STOP
from verte_desktop.batch.table import FILE
from verte_desktop.batch.window import BatchWindow
from verte_desktop.main_window import MainWindow

UnderWay = tuple[MainWindow, BatchWindow, Gate]


@pytest.fixture
def under_way(
    qtbot: QtBot,
    folder: Path,
    open_window: OpenWindow,
    answer: Callable[[Path], None],
    gate: Callable[[str], Gate],
) -> UnderWay:
    """A batch of four images whose first is held before the network."""
    window = open_window()
    settled(qtbot, window)
    held = gate("encode_all")
    batch = start(qtbot, window, answer, folder)
    held.wait_entered(qtbot)
    qtbot.waitUntil(lambda: window.session.batch.total == 4, timeout=WAIT)
    return window, batch, held


def questions() -> list[QMessageBox]:
    boxes = (each for each in QApplication.topLevelWidgets() if isinstance(each, QMessageBox))
    return [each for each in boxes if each.isVisible()]


def question() -> QMessageBox:
    (box,) = questions()
    return box


def reply(qtbot: QtBot, text: str) -> None:
    click(qtbot, next(each for each in question().buttons() if each.text() == text))


def rows(results: Path) -> list[str]:
    with results.open(newline="", encoding="utf-8-sig") as file:
        return [Path(row["path"]).name for row in csv.DictReader(file)]


def quit_by_key(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)


def close_batch(qtbot: QtBot, window: MainWindow) -> None:
    assert not window.batch().close()


def close_reader(qtbot: QtBot, window: MainWindow) -> None:
    assert not window.close()


@pytest.mark.parametrize("leave", [close_batch, close_reader, quit_by_key])
def test_a_window_that_is_closed_over_a_run_asks_and_stays_on_cancel(
    qtbot: QtBot, under_way: UnderWay, leave: Callable[[QtBot, MainWindow], None]
) -> None:
    window, batch, held = under_way
    leave(qtbot, window)
    assert question().text() == "The batch is under way: 0 of 4 images are done, 4 remain."
    assert question().textFormat() is Qt.TextFormat.PlainText
    # A second try asks nothing more.
    leave(qtbot, window)
    reply(qtbot, CANCEL)
    assert window.isVisible() and batch.isVisible() and window.session.batch.running
    leave(qtbot, window)
    qtbot.keyClick(question(), Qt.Key.Key_Escape)
    assert window.isVisible() and batch.isVisible() and window.session.batch.running
    held.open()
    ended(qtbot, window)
    assert column(batch, FILE) == ["0.dcm", "1.dcm", "2.dcm", "broken.dcm"]


def test_a_batch_window_that_is_left_running_goes_and_its_run_goes_on(
    qtbot: QtBot, tmp_path: Path, under_way: UnderWay
) -> None:
    window, batch, held = under_way
    close_batch(qtbot, window)
    reply(qtbot, KEEP)
    assert not batch.isVisible() and window.isVisible()
    held.open()
    ended(qtbot, window)
    assert not batch.isVisible()
    assert rows(tmp_path / "spines-scores.csv") == ["0.dcm", "1.dcm", "2.dcm", "broken.dcm"]


def test_a_program_that_is_quit_with_its_run_left_running_keeps_the_batch_window(
    qtbot: QtBot, tmp_path: Path, under_way: UnderWay
) -> None:
    window, batch, held = under_way
    close_reader(qtbot, window)
    reply(qtbot, KEEP)
    assert batch.isMinimized() and not window.isVisible()
    # The last window does not go without the run either.
    close_batch(qtbot, window)
    reply(qtbot, KEEP)
    assert batch.isMinimized()
    held.open()
    ended(qtbot, window)
    assert len(rows(tmp_path / "spines-scores.csv")) == 4
    assert batch.close()


@pytest.mark.parametrize("leave", [close_batch, close_reader])
def test_a_run_that_is_stopped_leaves_the_rows_that_are_done_and_goes_on_later(
    qtbot: QtBot,
    tmp_path: Path,
    folder: Path,
    under_way: UnderWay,
    open_window: OpenWindow,
    answer: Callable[[Path], None],
    leave: Callable[[QtBot, MainWindow], None],
) -> None:
    window, batch, held = under_way
    leave(qtbot, window)
    reply(qtbot, STOP)
    assert window.isVisible() and "under way" in batch.state.text()
    held.open()
    qtbot.waitUntil(lambda: not batch.isVisible(), timeout=WAIT)
    qtbot.waitUntil(lambda: window.isVisible() == (leave is close_batch), timeout=WAIT)
    results = tmp_path / "spines-scores.csv"
    assert rows(results) == ["0.dcm"]
    again = open_window()
    other = start(qtbot, again, answer, folder)
    ended(qtbot, again)
    assert again.session.batch.before == 1
    assert rows(results) == column(other, FILE) == ["0.dcm", "1.dcm", "2.dcm", "broken.dcm"]


def test_a_run_that_ends_while_the_reader_is_asked_closes_question_and_window(
    qtbot: QtBot, tmp_path: Path, under_way: UnderWay
) -> None:
    window, batch, held = under_way
    close_reader(qtbot, window)
    held.open()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT)
    assert not questions()
    assert not batch.isVisible()
    assert len(rows(tmp_path / "spines-scores.csv")) == 4


def test_a_run_that_cannot_keep_its_rows_says_so_before_the_window_goes(
    qtbot: QtBot, under_way: UnderWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, batch, held = under_way
    close_reader(qtbot, window)
    reply(qtbot, STOP)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("verte_core.batch.columns.write", full)
    held.open()
    ended(qtbot, window)
    qtbot.wait(100)
    assert window.isVisible() and batch.isVisible()
    assert "No space left on device" in batch.problem.text()
    assert window.close()


def test_nothing_is_asked_without_a_run(
    qtbot: QtBot, folder: Path, open_window: OpenWindow, answer: Callable[[Path], None]
) -> None:
    window = open_window()
    batch = start(qtbot, window, answer, folder)
    ended(qtbot, window)
    assert batch.close() and window.close()
    assert not window.isVisible()


class Manager:
    """Qt's, as far as it is asked."""

    def __init__(self, talks: bool) -> None:
        self._talks, self.cancelled = talks, False

    def allowsInteraction(self) -> bool:  # noqa: N802
        return self._talks

    def cancel(self) -> None:
        self.cancelled = True


def test_the_end_of_the_session_waits_for_the_answer_where_the_system_lets_it(
    qtbot: QtBot, tmp_path: Path, under_way: UnderWay
) -> None:
    window, _, held = under_way
    asked, forced = Manager(True), Manager(False)
    window.end_session(asked)  # type: ignore[arg-type]
    assert asked.cancelled
    reply(qtbot, CANCEL)
    assert window.session.batch.running
    window.end_session(forced)  # type: ignore[arg-type]
    assert not forced.cancelled
    held.open()
    ended(qtbot, window)
    assert rows(tmp_path / "spines-scores.csv") == ["0.dcm"]
    after = Manager(True)
    window.end_session(after)  # type: ignore[arg-type]
    assert not after.cancelled


def test_the_log_says_when_a_run_began_and_ended(
    qtbot: QtBot, tmp_path: Path, under_way: UnderWay, caplog: pytest.LogCaptureFixture
) -> None:
    window, batch, held = under_way
    with caplog.at_level(logging.INFO, "verte_desktop"):
        click(qtbot, batch.cancel_button)
        held.open()
        ended(qtbot, window)
        click(qtbot, batch.start_button)
        ended(qtbot, window)
    said = [record.getMessage() for record in caplog.records if "batch" in record.getMessage()]
    assert said == [
        "The batch ended with 1 of 4 images: 1 scored, 0 refused. The reader stopped it.",
        "A batch of 4 images began; 1 were scored before.",
        "The batch ended with 4 of 4 images: 3 scored, 1 refused. It is finished.",
    ]
    assert not any(str(tmp_path) in record.getMessage() for record in caplog.records)


def test_the_end_of_the_program_loses_nothing(
    tmp_path: Path, under_way: UnderWay, caplog: pytest.LogCaptureFixture
) -> None:
    window, _, held = under_way
    with caplog.at_level(logging.INFO, "verte_desktop"):
        window.session.close()
    assert "The batch ended with 0 of 4 images: 0 scored, 0 refused. The program ends." in caplog.messages
    held.open()
    window.session.join()
    assert not [each for each in threading.enumerate() if each.name.startswith("verte-worker")]
    assert rows(tmp_path / "spines-scores.csv") == ["0.dcm"]
    assert window.close()
