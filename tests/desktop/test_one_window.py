"""A second start opens in the first window, and a first one is never in its way."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from desktop.support import WAIT, OpenWindow, settled, write_dicom
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from pytestqt.qtbot import QtBot

from verte_desktop.one_window import OneWindow, hand_over
from verte_desktop.session import settings

SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication
from verte_desktop import app
from verte_desktop.session import session
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[1])
def start(self, paths):
    print("a window of its own")
    QTimer.singleShot(0, QApplication.quit)
session.Session.start = start
sys.exit(app.main(sys.argv[2:]))
"""

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="looks at the socket's file"),
    pytest.mark.qt_log_ignore("does not support (propagateSizeHints|raise)", extend=True),
]


def start(store: Path, *arguments: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    variables = {**os.environ, "PYTHONPATH": str(root), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.Popen(
        [sys.executable, "-c", SECOND, str(store), *arguments],
        cwd=store.parent, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(qtbot: QtBot, process: subprocess.Popen[str]) -> str:
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=WAIT)
    said, complaint = process.communicate()
    assert process.returncode == 0, complaint
    return said


def test_a_second_start_opens_in_the_first_window(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    OneWindow(window.take_over, window)
    window.showMinimized()
    # Relative to where the second is started, and of any letters.
    other = write_dicom(tmp_path / "김 민지 'b'.dcm", 2)
    assert ended(qtbot, start(tmp_path / "settings", other.name)) == ""
    session = window.session
    qtbot.waitUntil(lambda: len(session.entries) == 2, timeout=WAIT)
    settled(qtbot, window)
    assert session.shown.radiograph is not None and session.shown.radiograph.path == other
    assert not window.isMinimized()
    # Without an image the window comes to the front, and nothing else changes.
    assert ended(qtbot, start(tmp_path / "settings")) == ""
    assert session.shown.radiograph.path == other


def test_weights_of_its_own_make_a_window_of_its_own(
    qtbot: QtBot, tmp_path: Path, image: Path, weights_file: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    OneWindow(window.take_over, window)
    said = ended(qtbot, start(tmp_path / "settings", "--model", str(weights_file)))
    assert said.strip() == "a window of its own" and len(window.session.entries) == 1


def test_a_socket_that_was_left_is_in_nobody_s_way(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "settings" / "VERTE Desktop").mkdir(parents=True)
    (tmp_path / "settings" / "VERTE Desktop" / "window.socket").touch()
    assert ended(qtbot, start(tmp_path / "settings")).strip() == "a window of its own"
    assert ended(qtbot, start(tmp_path / "settings")).strip() == "a window of its own"


def test_a_window_that_hangs_is_not_waited_for(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verte_desktop.one_window._ANSWER_MS", 100)
    assert not hand_over([])
    deaf = QLocalServer()
    assert deaf.listen(str(settings.folder() / "window.socket"))
    assert not hand_over([tmp_path])
    deaf.close()


def test_the_socket_is_its_owner_s_alone(open_window: OpenWindow) -> None:
    window = open_window()
    OneWindow(window.take_over, window)
    socket = settings.folder() / "window.socket"
    assert stat.S_ISSOCK(socket.stat().st_mode) and not socket.stat().st_mode & 0o077
    # What is no list of files is no reason to end.
    for line in (b"nothing\n", b"7\n", b"[1]\n", b"\xff\n"):
        client = QLocalSocket()
        client.connectToServer(str(socket))
        assert client.waitForConnected(1000)
        client.write(line)
        client.flush()
        client.waitForReadyRead(200)
        client.disconnectFromServer()
    assert window.session.entries == []
