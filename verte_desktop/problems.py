"""What goes wrong: a sentence for the reader, details to copy, and a log without any patient's data.

The message of an exception may hold a name or a path, so the log gets only its type and the lines of the
program that it passed through.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QStandardPaths, QtMsgType, qInstallMessageHandler

from verte_core.errors import VerteError

log = logging.getLogger("verte_desktop")

_PATH = re.compile(r"(?:[A-Za-z]:)?[\\/][^\s'\"]+")
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


@dataclass(frozen=True)
class Problem:
    """One thing that went wrong.

    Attributes:
        sentence: what a clinician reads.
        details: for whoever looks into it; may name files, so it is shown and never logged.
    """

    sentence: str
    details: str


def describe(error: BaseException) -> Problem:
    """A Problem of any exception.

    Anything but a VerteError is a fault of the program: it gets a plain sentence and goes to the log.
    """
    trace = "".join(traceback.format_exception(error))
    if isinstance(error, VerteError):
        sentence = str(error)
    else:
        sentence = "The program met an error of its own and dropped this step. It can go on."
        log.error("%s", scrubbed(error))
    return Problem(sentence, trace)


def scrubbed(error: BaseException) -> str:
    """Type and places of an exception, without its message and without folders."""
    frames = traceback.extract_tb(error.__traceback__)
    places = "; ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    cause = f", caused by {scrubbed(error.__cause__)}" if error.__cause__ else ""
    return f"{type(error).__name__} at {places or 'an unknown place'}{cause}"


def log_path() -> Path:
    """The log file, in the place that the system gives this program."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
    return Path(folder) / "log.txt"


def install(report: Callable[[Problem], None]) -> None:
    """Send exceptions that nobody caught, and Qt's own messages, to the log file; show the first to the user.

    Without a writable folder the program runs without a log.
    """
    log.setLevel(logging.INFO)
    try:
        log_path().parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            log_path(), maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.propagate = False
    qInstallMessageHandler(_log_qt)

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        report(describe(error))

    sys.excepthook = uncaught
    # A widget must not be touched from another thread: there, the log has to do.
    threading.excepthook = lambda hook: log.error("%s", scrubbed(hook.exc_value or SystemExit()))


def _log_qt(level: QtMsgType, context: QMessageLogContext, message: str) -> None:
    log.log(_QT_LEVELS[level], "Qt: %s", _PATH.sub("<path>", message))
