"""What the reader says of the selected row of a batch: a verdict and a comment, kept at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from verte_core.errors import VerteError
from verte_desktop.batch.table import Model
from verte_desktop.session import problems

if TYPE_CHECKING:
    from pathlib import Path

    from verte_core.batch.record import ImageRecord
    from verte_core.batch.reviews import Reviews

_VERDICTS = (("Confirm", "confirmed"), ("Refute", "refuted"), ("No verdict", ""))


class ReviewBar(QWidget):
    """Shows and changes the review of one line of a table.

    Attributes:
        problem: why a review can't be read or written, in a sentence; ``problem_changed`` tells.
    """

    problem_changed = Signal()

    def __init__(self, model: Model) -> None:
        super().__init__()
        self._model = model
        self._reviews: Reviews | None = None
        self._line: ImageRecord | None = None
        self.problem = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.buttons: dict[str, QPushButton] = {}
        for title, verdict in _VERDICTS:
            button = QPushButton(title)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, verdict=verdict: self._set_verdict(verdict))
            self.buttons[verdict] = button
            row.addWidget(button)
        self.comment = QLineEdit()
        self.comment.setPlaceholderText("Comment on the selected row")
        self.comment.setAccessibleName("Comment")
        self.comment.editingFinished.connect(self.save_comment)
        row.addWidget(self.comment, 1)
        self._refresh()

    def begin(self) -> None:
        """Leave the former lines."""
        self._leave()
        self._reviews = self._line = None
        self._tell("")

    def read(self, results: Path) -> None:
        """Take the reviews of a scores.csv; not before its lines are there, and with them what this needs."""
        from verte_core.batch.reviews import Reviews

        reviews = Reviews(results)
        try:
            self._model.set_reviews(reviews.read())
            self._reviews = reviews
        except VerteError as error:
            # Nothing is written over a file that can't be read.
            self._tell(str(error))

    def select(self, line: ImageRecord | None) -> None:
        """Show the review of another line."""
        self._leave()
        self._line = line
        self._refresh()

    def save_comment(self) -> None:
        """Keep a comment that is being typed."""
        if self.comment.isModified() and self._line is not None:
            self.comment.setModified(False)
            self._save(self._verdict(self._line), self.comment.text().strip())

    def _leave(self) -> None:
        """What could not be kept must not stand on another line."""
        self.save_comment()
        self.comment.setModified(False)

    def _set_verdict(self, verdict: str) -> None:
        self.comment.setModified(False)
        self._save(verdict, self.comment.text().strip())

    def _save(self, verdict: str, comment: str) -> None:
        line = self._line
        if line is None or self._reviews is None:
            return
        try:
            self._model.set_reviews(self._reviews.set(line, verdict, comment), line)
            self._tell("")
        except VerteError as error:
            # What was typed stays, for another try; the buttons show what is kept.
            self.comment.setModified(True)
            self._tell(problems.describe(error).sentence)

    def _verdict(self, line: ImageRecord) -> str:
        """That on the scores of the row; one on former scores is none on these."""
        review = self._model.review(line)
        return review.verdict if review and review.is_of(line) else ""

    def _tell(self, problem: str) -> None:
        self.problem = problem
        self._refresh()
        self.problem_changed.emit()

    def _refresh(self) -> None:
        line = self._line
        review = self._model.review(line) if line else None
        for verdict, button in self.buttons.items():
            button.setEnabled(line is not None and self._reviews is not None)
            button.setChecked(line is not None and verdict == self._verdict(line))
        self.comment.setEnabled(line is not None and self._reviews is not None)
        if not self.comment.isModified():
            self.comment.setText(review.comment if review else "")
