"""A line above the image that says what went wrong, until the reader has seen it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from verte_desktop.session import Session
from verte_desktop.theme import label


class ProblemBar(QFrame):
    """Shows the session's problem; never in the way of anything else."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("problem")
        self._session = session
        self.sentence = label(wrap=True)
        self.details_button = QPushButton("Details")
        self.details_button.clicked.connect(self._show_details)
        close = QPushButton("Dismiss")
        close.clicked.connect(session.dismiss_problem)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 8, 5)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.details_button)
        row.addWidget(close)
        session.problem_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        problem = self._session.problem
        self.setVisible(problem is not None)
        if problem is not None:
            self.sentence.setText(problem.sentence)
            self.setAccessibleName(problem.sentence)
            self.details_button.setVisible(bool(problem.details))

    def _show_details(self) -> None:
        if self._session.problem is not None:
            problem = self._session.problem
            text_window(self, "Details", f"{problem.sentence}\n\n{problem.details}").show()


def text_window(parent: QWidget, title: str, text: str) -> QDialog:
    """A window with a text that can be copied; it does not block the program."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.resize(720, 420)
    shown = QPlainTextEdit(text)
    shown.setReadOnly(True)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(shown.toPlainText()))
    buttons.rejected.connect(dialog.close)
    column = QVBoxLayout(dialog)
    column.addWidget(shown)
    column.addWidget(buttons)
    return dialog
