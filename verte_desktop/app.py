"""The program: command line, start, and the picture of the window that ``--snapshot`` saves."""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

if sys.platform == "win32" and find_spec("torch"):
    # Everywhere else torch comes in the worker, after the window, and only if it is needed. On Windows its
    # libraries can't be loaded once Qt's are (torch >= 2.9: WinError 1114), so there the window waits for it.
    import torch  # noqa: F401

import shiboken6
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from verte_core import __version__
from verte_core.resources_folder import RESOURCES
from verte_desktop import language, theme
from verte_desktop.commands import COMMANDS, SUBMENUS
from verte_desktop.main_window import DEFAULT_SIZE, MainWindow
from verte_desktop.one_window import OneWindow, hand_over
from verte_desktop.session import problems, settings
from verte_desktop.session.entry import Stage
from verte_desktop.session.session import Session
from verte_desktop.session.settings import Settings


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program until its window is closed; the exit status."""
    options = parse(argv)
    if options.snapshot and sys.platform == "linux" and not _has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if sys.platform == "win32":
        # Without an identity of its own its windows are grouped under that of Python.
        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID("VERTE.Desktop")
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("VERTE Desktop")
    # Weights and a snapshot are wishes that the window that is there must not be changed for.
    is_plain = not options.model and not options.snapshot
    if is_plain and hand_over(options.paths):
        return 0
    window = launch(app, options)
    if is_plain:
        OneWindow(window.take_over, window)
    problems.install(window.session.report)
    # A warning of pydicom may hold a patient's values, and the filters belong to all threads at once.
    warnings.simplefilter("ignore")
    if options.snapshot:
        _Snapshot(window, options.snapshot)
    status = app.exec()
    window.session.close()
    window.session.join()
    # Left to the end of the interpreter, its parts would go in any order.
    shiboken6.delete(window)
    return status


def launch(app: QApplication, options: argparse.Namespace) -> MainWindow:
    """The window on the screen, at work once it is painted."""
    app.setDesktopFileName("verte-desktop")
    app.setApplicationVersion(__version__)
    app.setWindowIcon(QIcon(str(RESOURCES / "icons" / "verte.png")))
    store = Settings()
    language.install(app, store.get(settings.LANGUAGE))
    theme.apply(app, store.get(settings.THEME))
    session = Session(options.model or [Path(each) for each in store.get(settings.WEIGHTS)])
    session.patient_shown = store.get(settings.BANNER)
    session.may_overrule = store.get(settings.MAY_OVERRULE)
    window = MainWindow(session, store, COMMANDS, SUBMENUS)
    window.painted.connect(lambda: session.start(options.paths))
    app.commitDataRequest.connect(window.end_session)
    window.show()
    return window


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends the program with status 2 when it can't be understood."""
    parser = argparse.ArgumentParser(
        prog="verte-desktop", description="Vertebral fracture and osteoporosis scores with heatmaps."
    )
    parser.add_argument("--version", action="version", version=f"VERTE {__version__}")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="images, or folders of images")
    parser.add_argument(
        "--model",
        type=Path,
        action="append",
        metavar="FILE",
        help="weights, those of the program by default; given again, more that score together",
    )
    parser.add_argument(
        "--snapshot",
        type=Path,
        metavar="FILE",
        help="score the first PATH, save a picture (PNG) of the window, and exit",
    )
    options = parser.parse_args(argv)
    if options.snapshot and not options.paths:
        parser.error("--snapshot needs a PATH to score")
    return options


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class _Snapshot(QObject):
    """Waits for the scores, then for the heatmap; takes the picture, or says why there is none."""

    def __init__(self, window: MainWindow, file: Path) -> None:
        super().__init__(window)
        self._window, self._file = window, file
        self._done = False
        # The picture is the same wherever it is taken, whatever size the user last gave the window.
        window.showNormal()
        window.resize(*DEFAULT_SIZE)
        session = window.session
        session.result_changed.connect(self._proceed)
        session.heatmap_changed.connect(self._proceed)
        session.problem_changed.connect(self._proceed)

    def _proceed(self) -> None:
        session, shown = self._window.session, self._window.session.shown
        if self._done:
            return
        if shown.heatmap is not None:
            # One turn of the event loop later everything else has seen the heatmap, too.
            self._finish(self._save)
        elif shown.result is not None:
            if not shown.heatmap_wanted:
                self._window.toggle_heatmap()
        elif session.problem is not None and session.stage() in (None, Stage.FAILED):
            self._finish(partial(self._give_up, session.problem.sentence))
        elif session.stage() is Stage.OPEN and shown.draft.check().inputs is None:
            self._finish(partial(self._give_up, self._window.results.message.text()))

    def _finish(self, how: Callable[[], None]) -> None:
        self._done = True
        QTimer.singleShot(0, how)

    def _save(self) -> None:
        if self._window.grab().save(str(self._file), "PNG"):
            QApplication.exit(0)
        else:
            self._give_up(f"The picture can't be written to {self._file}.")

    def _give_up(self, sentence: str) -> None:
        print(sentence, file=sys.stderr)
        QApplication.exit(1)
