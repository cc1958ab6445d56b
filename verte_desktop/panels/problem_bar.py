"""A line above the image that says what went wrong, until the reader has seen it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from verte_core.image_types import KINDS
from verte_desktop.language import said as translated
from verte_desktop.language import tr
from verte_desktop.panels.dialogs import text_window
from verte_desktop.session.session import Session
from verte_desktop.theme import label
from verte_desktop.wording import shortened

_LONGEST = 500
"""Characters of a sentence that names what a file says; the whole of it is among the details."""


class ProblemBar(QFrame):
    """Shows the session's problem; never in the way of anything else."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("problem")
        self._session = session
        self.sentence = label(wrap=True)
        self.details_button = QPushButton(tr("Details"))
        self.details_button.clicked.connect(self._show_details)
        self.override_button = QPushButton()
        self.override_button.clicked.connect(session.override_protocol)
        close = QPushButton(tr("Dismiss"))
        close.clicked.connect(session.dismiss_problem)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 8, 5)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.override_button)
        row.addWidget(self.details_button)
        row.addWidget(close)
        session.problem_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        problem = self._session.problem
        self.setVisible(problem is not None)
        if problem is not None:
            self.sentence.setText(shortened(translated(problem.sentence), _LONGEST))
            self.setAccessibleName(problem.sentence)
            self.details_button.setVisible(bool(problem.details) or len(problem.sentence) > _LONGEST)
            scorer = self._session.shown.scorer
            session = self._session
            self.override_button.setVisible(session.may_overrule and session.shown.is_misfit())
            if scorer is not None:
                kind = translated(KINDS[scorer.metadata.protocol])
                self.override_button.setText(tr("Score it all the same, as {kind}", kind=kind))

    def _show_details(self) -> None:
        if self._session.problem is not None:
            problem = self._session.problem
            text_window(self, tr("Details"), f"{problem.sentence}\n\n{problem.details}").show()
