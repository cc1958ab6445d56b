"""A file whose decoder ends or hangs costs its own line of the worklist; others go on meanwhile."""

import time
from pathlib import Path

import pytest
import readers_doubles
from desktop.support import WAIT, OpenWindow, press, settled, write_dicom
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from verte_core.reading.isolated import SECONDS
from verte_desktop.main_window import MainWindow
from verte_desktop.session import slow_steps
from verte_desktop.session.entry import Stage


@pytest.fixture(autouse=True)
def _names_say_what_decoders_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_steps, "open_here", readers_doubles.open_or_do)
    monkeypatch.setattr(slow_steps, "preview_here", readers_doubles.preview_or_do)


def files(folder: Path, *names: str) -> list[Path]:
    return [write_dicom(folder / f"{name}.dcm", seed) for seed, name in enumerate(names)]


def until_scored(qtbot: QtBot, window: MainWindow, index: int) -> None:
    qtbot.waitUntil(lambda: window.session.entries[index].result is not None, timeout=WAIT)


def test_a_file_that_ends_its_decoder_fails_alone(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    window = open_window(*files(tmp_path, "abort", "1", "crash", "3"))
    session = window.session
    # The first could not be opened, so the second is on the screen.
    until_scored(qtbot, window, 1)
    qtbot.waitUntil(lambda: session.entries[3].thumbnail is not None, timeout=WAIT)
    stages = [entry.stage for entry in session.entries]
    assert stages == [Stage.FAILED, Stage.OPEN, Stage.FAILED, Stage.WAITING]
    assert all("broke off" in session.entries[index].reason for index in (0, 2))


def test_esc_ends_what_hangs_and_the_next_image_opens(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    first, hanging, last = files(tmp_path, "0", "hang", "2")
    window = open_window(first)
    session = window.session
    session.open([hanging])
    qtbot.waitUntil(lambda: session.stage() is Stage.OPENING, timeout=WAIT)
    press(qtbot, window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: session.stage() is Stage.CANCELLED, timeout=WAIT)
    begun = time.monotonic()
    session.open([last])
    qtbot.waitUntil(lambda: len(session.entries) == 3, timeout=WAIT)
    until_scored(qtbot, window, 2)
    assert time.monotonic() - begun < SECONDS / 2


def test_another_image_is_chosen_while_one_hangs(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    window = open_window(*files(tmp_path, "hang", "1"), wait=False)
    session = window.session
    qtbot.waitUntil(lambda: session.stage() is Stage.OPENING, timeout=WAIT)
    session.select(1)
    until_scored(qtbot, window, 1)
    assert session.entries[0].stage is Stage.WAITING


def test_a_preview_that_hangs_holds_up_no_image(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    window = open_window(*files(tmp_path, "0", "hang", "2"))
    session = window.session
    until_scored(qtbot, window, 0)
    # By now the preview of the second is under way, and that of the third waits for it.
    session.select(2)
    until_scored(qtbot, window, 2)
    settled(qtbot, window)
    assert [entry.stage for entry in session.entries] == [Stage.OPEN, Stage.WAITING, Stage.OPEN]


def test_a_window_closes_at_once_though_files_hang(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    window = open_window(*files(tmp_path, "0", "hang", "hang.2"))
    window.session.select(1)
    begun = time.monotonic()
    window.close()
    window.session.join()
    assert time.monotonic() - begun < SECONDS / 4
