"""What goes wrong: a sentence for the reader, details to copy, and a log without any patient's data.

The message of an exception may hold a name or a path, so the log and the reports of errors get only its type
and the lines of the program that it passed through. Nothing is sent anywhere.
"""

from __future__ import annotations

import logging
import platform
import re
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler, qVersion

from verte_core import __version__
from verte_core.errors import VerteError, scrubbed
from verte_desktop.session import settings

log = logging.getLogger("verte_desktop")
_CORE = logging.getLogger("verte_core")

_PATH = re.compile(r"(?:\b[A-Za-z]:(?=[\\/])|\bfile:|[\\/~]).*")
"""From where a path begins to the end of its line: it may hold blanks, quotes and any letters."""
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_MOST_REPORTS = 20
_OWNER_ONLY = 0o600


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

    Anything but a VerteError is a fault of the program: it gets a plain sentence, goes to the log, and leaves
    a report beside it.
    """
    trace = "".join(traceback.format_exception(error))
    if isinstance(error, VerteError):
        return Problem(str(error), trace)
    log.error("%s", scrubbed(error))
    sentence = "The program met an error of its own and dropped this step. It can go on."
    written = _write_report(error)
    return Problem(f"{sentence} What happened stands in {written}." if written else sentence, trace)


def _write_report(error: BaseException) -> Path | None:
    """A file that names the error without any patient's data; ``None`` when it can't be written."""
    folder = log_path().parent
    path = folder / f"error-{datetime.now():%Y%m%d-%H%M%S-%f}.txt"
    versions = f"Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}"
    text = f"VERTE Desktop {__version__}, {versions}\n\n{scrubbed(error)}\n\nLog:\n{read_log()[-5000:]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(_OWNER_ONLY)
        path.write_text(text, "utf-8")
    except OSError:
        return None
    for old in sorted(folder.glob("error-*.txt"))[:-_MOST_REPORTS]:
        with suppress(OSError):
            old.unlink()
    return path


def log_path() -> Path:
    """The log file, beside the settings."""
    return settings.folder() / "log.txt"


def read_log() -> str:
    """The log as it stands; empty where there is none."""
    try:
        return log_path().read_text("utf-8", errors="replace")
    except OSError:
        return ""


def install(report: Callable[[Problem], None]) -> None:
    """Send exceptions that nobody caught, and messages of Qt and of verte_core, to the log file.

    The exceptions are shown to the user, too.

    Without a writable folder the program runs without a log.
    """
    try:
        log_path().parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = _OwnLog(
            log_path(), maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(_WithoutPaths("%(asctime)s %(levelname)s %(message)s"))
    for logger in (log, _CORE):
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
    log.propagate = False
    log.info("VERTE Desktop %s started, Qt %s.", __version__, qVersion())
    qInstallMessageHandler(_log_qt)

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        report(describe(error))

    sys.excepthook = uncaught
    # A widget must not be touched from another thread: there, the log has to do.
    threading.excepthook = lambda hook: log.error("%s", scrubbed(hook.exc_value or SystemExit()))


class _OwnLog(RotatingFileHandler):
    """A log that nobody but its owner can read."""

    _is_said = False

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).touch(_OWNER_ONLY)
        Path(self.baseFilename).chmod(_OWNER_ONLY)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:
        """A full disk, or a folder that is gone, is said once; logging would print a traceback each time."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._is_said and sys.stderr:
            print(f"The log {self.baseFilename} can't be written: {error.strerror}.", file=sys.stderr)
            self._is_said = True


class _WithoutPaths(logging.Formatter):
    """A folder may be named after a patient."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return _PATH.sub("<path>", super().formatMessage(record))


def _log_qt(level: QtMsgType, context: QMessageLogContext, message: str) -> None:
    log.log(_QT_LEVELS[level], "Qt: %s", message)
