"""What becomes of a run when the reader closes a window or quits: a question; no run ends unasked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from verte_desktop.language import said, tr
from verte_desktop.session.batch_run import BatchRun

EXPLAINED = (
    "Keep running: the window goes, and the batch goes on in the background.\n"
    "Stop now: the image under way is finished, the table of results gets the rows that are done, and Start "
    "goes on with the rest later."
)
KEEP, STOP, CANCEL = "Keep running", "Stop now", "Cancel"


class Leaving(QObject):
    """Holds a window that is closed over a run under way, until the reader has said what shall become of it.

    Args:
        run: of the batch window.
        owner: the batch window; it comes back when a run that was to stop has failed.

    Attributes:
        question: while it stands on the screen.
    """

    def __init__(self, run: BatchRun, owner: QWidget) -> None:
        super().__init__(owner)
        self._run, self._owner = run, owner
        self._closing: QWidget | None = None
        self.question: QMessageBox | None = None
        # Later, when all have heard of the end: with its window the run may go.
        run.changed.connect(self._follow, Qt.ConnectionType.QueuedConnection)

    def may_close(self, window: QWidget, keep_running: Callable[[], object]) -> bool:
        """Whether a window can be closed at once; else the reader is asked, without waiting for the answer.

        Args:
            window: closed again once the run has ended.
            keep_running: takes the window away, and leaves the run alone.
        """
        if not self._run.is_scoring:
            return True
        if self._closing is None:
            self._closing = window
            self._ask(window, keep_running)
        return False

    def _ask(self, window: QWidget, keep_running: Callable[[], object]) -> None:
        box = QMessageBox(window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("A batch is under way"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(said(EXPLAINED))
        roles = QMessageBox.ButtonRole
        keep, stop = (
            box.addButton(said(KEEP), roles.AcceptRole),
            box.addButton(said(STOP), roles.DestructiveRole),
        )
        cancel = box.addButton(said(CANCEL), roles.RejectRole)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)

        def answered(_: int) -> None:
            if self.question is None:
                return
            self.question = None
            clicked = box.clickedButton()
            if clicked is stop:
                self._run.cancel()
                return
            self._closing = None
            if clicked is keep:
                keep_running()

        box.finished.connect(answered)
        self.question = box
        self._follow()
        box.open()

    def _follow(self) -> None:
        if self._run.is_scoring:
            if self.question is not None:
                self.question.setText(said(f"The batch is under way: {self._run.remaining()}."))
            return
        window, self._closing = self._closing, None
        question, self.question = self.question, None
        if question is not None:
            question.close()
        if window is not None and self._run.problem is None:
            window.close()
        elif window is not None:
            self._owner.show()
            self._owner.raise_()
