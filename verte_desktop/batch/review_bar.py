"""Verdicts on each score of one row, and a comment on its image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QWidget

from verte_core.results import TASKS
from verte_desktop.batch.reviewing import Reviewing
from verte_desktop.batch.table import Model
from verte_desktop.language import said as said_of
from verte_desktop.language import tr
from verte_desktop.theme import label, tooltip

if TYPE_CHECKING:
    from verte_core.batch.record import ImageRecord

VERDICTS = (("Confirm", "confirmed"), ("Refute", "refuted"))
_AGAIN = "Once more takes it back"


class ReviewBar(QWidget):
    """Shows and changes the review of one line of a table.

    Attributes:
        buttons: by task and verdict; one that is pressed again takes its verdict back.
        said: names each score of the line, by task.
    """

    def __init__(self, model: Model, reviewing: Reviewing) -> None:
        super().__init__()
        self._model, self._reviewing = model, reviewing
        self._line: ImageRecord | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.buttons: dict[tuple[str, str], QPushButton] = {}
        self.said = {task: label() for task in TASKS}
        for task, said in self.said.items():
            row.addWidget(said)
            for title, word in VERDICTS:
                button = QPushButton(said_of(title))
                button.setAccessibleName(
                    tr("{title} the {short}-score", title=said_of(title), short=TASKS[task].short)
                )
                button.setToolTip(said_of(_AGAIN))
                button.setCheckable(True)
                button.clicked.connect(lambda _=False, task=task, word=word: self.give(task, word))
                self.buttons[task, word] = button
                row.addWidget(button)
            row.addSpacing(10)
        self.person = QCheckBox(tr("All images of the person"))
        self.person.setToolTip(tr("A verdict is given to every scored image of the person in this study"))
        row.addWidget(self.person)
        self.comment = QLineEdit()
        self.comment.setPlaceholderText(tr("Comment on the image"))
        self.comment.setAccessibleName(tr("Comment"))
        self.comment.editingFinished.connect(self.save_comment)
        # The keys of the window work again.
        self.comment.returnPressed.connect(self.comment.clearFocus)
        row.addWidget(self.comment, 1)
        self.undo_button = QPushButton(tr("Undo"))
        self.undo_button.clicked.connect(reviewing.undo)
        row.addWidget(self.undo_button)
        reviewing.changed.connect(self._refresh)
        self._refresh()

    def select(self, line: ImageRecord | None) -> None:
        """Show the review of another line; what could not be kept of the former must not stand on it."""
        if line is not self._line:
            self.save_comment()
            self.comment.setModified(False)
            self._line = line
        self._refresh()

    def give(self, task: str, word: str) -> None:
        """Say ``confirmed`` or ``refuted`` of a score; what was said already is taken back."""
        line = self._line
        if line is not None and task in line.scores:
            self._save({task: "" if self._reviewing.word(line, task) == word else word})

    def save_comment(self) -> None:
        """Keep a comment that is being typed."""
        if self.comment.isModified():
            self._save({})

    def _save(self, words: dict[str, str]) -> None:
        if self._line is None:
            return
        # What can't be kept stays for another try; the buttons show what is kept.
        text = self.comment.text().strip()
        if self._reviewing.save(self._line, words, text, self.person.isVisible() and self.person.isChecked()):
            self.comment.setModified(False)

    def _refresh(self) -> None:
        line, reviewing = self._line, self._reviewing
        for task, said in self.said.items():
            scored = line is not None and task in line.scores
            said.setText(self._names(line, task) if line is not None else f"{TASKS[task].short}-score")
            for _, word in VERDICTS:
                button = self.buttons[task, word]
                button.setEnabled(scored and reviewing.can_write)
                button.setChecked(line is not None and word == reviewing.word(line, task))
        several = len(reviewing.of_person(line)) if line is not None else 0
        self.person.setVisible(several > 1)
        self.comment.setEnabled(line is not None and reviewing.can_write)
        if not self.comment.isModified():
            self.comment.setText(reviewing.comment(line) if line is not None else "")
        undoes = reviewing.undoes()
        self.undo_button.setEnabled(bool(undoes))
        self.undo_button.setToolTip(tooltip(f"Take back what was said last, of {undoes}") if undoes else "")

    def _names(self, line: ImageRecord, task: str) -> str:
        """A score with what was said of a former one, which is no verdict on it."""
        title = f"{TASKS[task].short}-score"
        if task not in line.scores:
            return f"{title}: none"
        score = line.scores[task]
        former = "" if self._reviewing.word(line, task) else self._model.verdict(line, task)
        said = f"{title} {score.value:.2f} {said_of(score.zone or 'depends on BMI')}"
        return f"{said}, {former}" if former else said
