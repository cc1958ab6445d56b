"""The small windows: a text, a table of texts, and the question where to save."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QPlainTextEdit,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from verte_desktop.language import said, tr


class SaveDialog(QFileDialog):
    """Asks for a file, and whether the patient's data go with it."""

    def __init__(self, parent: QWidget, title: str, path: Path, kind: str, with_patient: bool) -> None:
        super().__init__(parent, title, str(path.parent), kind)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setDefaultSuffix(path.suffix[1:])
        # The system's own dialog has no room for a question.
        self.setOption(QFileDialog.Option.DontUseNativeDialog)
        self.selectFile(path.name)
        self.patient = QCheckBox(tr("With the patient's data (name, id, date of the study)"))
        self.patient.setChecked(with_patient)
        self.patient.setToolTip(tr("What is written in the image's own pixels stays there in any case."))
        layout = self.layout()
        assert isinstance(layout, QGridLayout)
        layout.addWidget(self.patient, layout.rowCount(), 0, 1, -1)

    def with_patient(self) -> bool:
        """Whether the patient's data were asked for."""
        return self.patient.isChecked()


def text_window(parent: QWidget, title: str, text: str) -> QDialog:
    """A window with a text that can be copied; it does not block the program."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.resize(720, 420)
    shown = QPlainTextEdit(text)
    shown.setReadOnly(True)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    copy = buttons.addButton(tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(shown.toPlainText()))
    buttons.rejected.connect(dialog.close)
    column = QVBoxLayout(dialog)
    column.addWidget(shown)
    column.addWidget(buttons)
    return dialog


def manual_window(parent: QWidget, title: str, path: Path) -> QDialog:
    """A window with a text in Markdown and its pictures."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.resize(820, 640)
    browser = QTextBrowser()
    browser.setSearchPaths([str(path.parent)])
    browser.setMarkdown(path.read_text(encoding="utf-8"))
    QVBoxLayout(dialog).addWidget(browser)
    return dialog


def table_window(parent: QWidget, title: str, rows: Iterable[tuple[str, str, str]]) -> QDialog:
    """A window with two columns of text below headings: rows of heading, left and right."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.resize(560, 640)
    lines, last = "", ""
    for heading, left, right in rows:
        if heading != last:
            lines += f"<tr><td colspan=2><br><b>{escape(said(heading))}</b></td></tr>"
            last = heading
        text = escape(said(right)).replace("\n", "<br>")
        lines += f"<tr><td width=150>{escape(said(left))}</td><td>{text}</td></tr>"
    browser = QTextBrowser()
    browser.setHtml(f"<table cellspacing=4>{lines}</table>")
    QVBoxLayout(dialog).addWidget(browser)
    return dialog
