"""A second start opens its images in the window that is there: two windows of one reader mix up patients.

The windows of one user meet at a socket beside the settings, in a folder that is the user's alone. Nothing
goes over a network.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from verte_desktop.session import settings

_CONNECT_MS, _ANSWER_MS = 500, 3000
_TAKEN = b"taken\n"


class OneWindow(QObject):
    """Waits for later starts, and opens what they were given.

    Args:
        opened: called with the paths of a later start, absolute; there may be none.
    """

    def __init__(self, opened: Callable[[list[Path]], None], parent: QObject) -> None:
        super().__init__(parent)
        self._opened = opened
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._receive)
        name = _name()
        # Nobody answered at it, or this would not be the first window: it was left by one that was killed.
        QLocalServer.removeServer(name)
        self._server.listen(name)

    def _receive(self) -> None:
        socket = self._server.nextPendingConnection()
        socket.readyRead.connect(lambda: self._read(socket))
        socket.disconnected.connect(socket.deleteLater)

    def _read(self, socket: QLocalSocket) -> None:
        if socket.canReadLine():
            try:
                paths = [Path(name) for name in json.loads(bytes(socket.readLine().data()))]
            except (ValueError, TypeError):
                # Not from this program.
                socket.abort()
                return
            socket.write(_TAKEN)
            socket.flush()
            self._opened(paths)


def hand_over(paths: Sequence[Path]) -> bool:
    """Have the window that is there open these; false when there is none, or it does not answer."""
    socket = QLocalSocket()
    socket.connectToServer(_name())
    if not socket.waitForConnected(_CONNECT_MS):
        return False
    socket.write(json.dumps([str(path.absolute()) for path in paths]).encode() + b"\n")
    socket.flush()
    taken = socket.waitForReadyRead(_ANSWER_MS) and bytes(socket.readAll().data()) == _TAKEN
    socket.disconnectFromServer()
    return taken


def _name() -> str:
    """Of the socket: a path; on Windows a name among those of all users, made of the user's own folder."""
    folder = settings.folder()
    if sys.platform == "win32":
        return f"verte-desktop-{hashlib.sha256(str(folder).encode()).hexdigest()[:32]}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return str(folder / "window.socket")
