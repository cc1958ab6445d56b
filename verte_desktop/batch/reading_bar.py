"""Verdicts where the image is read: on the row of a batch that stands in the reading window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from verte_desktop import theme
from verte_desktop.batch.path_label import PathLabel
from verte_desktop.batch.review_bar import ReviewBar
from verte_desktop.batch.reviewing import Reviewing
from verte_desktop.batch.table import Filter, Model
from verte_desktop.language import said
from verte_desktop.session.session import Session
from verte_desktop.theme import label

if TYPE_CHECKING:
    from verte_core.batch.record import ImageRecord

_SAME = 5e-4
"""Two scores that differ by less are the same: a batch on a GPU and one image on a CPU differ by rounding."""
OTHER_SCORES = (
    "The scores on the screen are not those of the row: other values, weights or choices made them. "
    "A verdict here is on the row's scores, as they stand beside the buttons."
)


class ReadingBar(QFrame):
    """Stands below the image while it is a row of the batch window's table, and follows it.

    Attributes:
        row: that of the image; None for an image that has none.
        wanted: 1 for the next row, -1 for the one before.
        changed: there is another row, or none.
    """

    wanted = Signal(int)
    changed = Signal()

    def __init__(self, session: Session, model: Model, rows: Filter, reviewing: Reviewing) -> None:
        super().__init__()
        self._session, self._model, self._rows = session, model, rows
        self._reviewing = reviewing
        self.row: ImageRecord | None = None
        self.name = PathLabel()
        self.review = ReviewBar(model, reviewing)
        self.warning = label(role="error", wrap=True)
        self.problem = label(role="error", wrap=True)
        top = QHBoxLayout()
        top.addWidget(self.name, 1)
        for text, by in (("Previous row", -1), ("Next row", 1)):
            button = QPushButton(said(text))
            button.clicked.connect(lambda _=False, by=by: self.wanted.emit(by))
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 6)
        column.setSpacing(4)
        column.addLayout(top)
        for part in (self.review, self.warning, self.problem):
            column.addWidget(part)
        for signal in (
            session.image_changed,
            session.result_changed,
            session.activity_changed,
            model.modelReset,
            model.layoutChanged,
        ):
            signal.connect(self.follow)
        reviewing.changed.connect(self._show_problem)
        self.hide()
        theme.show(self.problem, "")

    def follow(self) -> None:
        """Take the row of the image on the screen."""
        entry = self._session.entry()
        former, self.row = self.row, self._model.of_file(entry.path) if entry else None
        opened = self._session.shown.radiograph is not None
        # While the image is on its way, another one or none stands on the screen.
        self.review.select(self.row if opened else None)
        if self.row is not None:
            index = self._rows.index_of(self.row)
            place = f"row {index.row() + 1} of {self._rows.rowCount()}" if index.isValid() else "not shown"
            self.name.setText(f"{self._model.name(self.row)}, {place} in the table of the batch")
            theme.show(self.warning, OTHER_SCORES if self._shows_others(self.row) else "")
        self.setVisible(self.row is not None)
        if self.row is not former:
            self._show_problem()
            self.changed.emit()

    def tell(self, sentence: str) -> None:
        """Say something until the next row."""
        theme.show(self.problem, sentence)

    def _show_problem(self) -> None:
        theme.show(self.problem, self._reviewing.problem)

    def _shows_others(self, row: ImageRecord) -> bool:
        result = self._session.shown.result
        return result is not None and (
            result.weights_id != row.model_id
            or any(
                task in row.scores and abs(score.value - row.scores[task].value) > _SAME
                for task, score in result.scores.items()
            )
        )
