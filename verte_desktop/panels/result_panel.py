"""Both scores with their zones, and what has to be said beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from verte_core.results import TASKS, cautions
from verte_desktop import theme, wording
from verte_desktop.language import said, tr
from verte_desktop.panels.score_bar import ScoreBar
from verte_desktop.session.entry import Stage
from verte_desktop.session.session import Session
from verte_desktop.theme import label, show

if TYPE_CHECKING:
    from verte_core.results import Score
    from verte_core.scoring.scorer import Scorer


class _Card(QWidget):
    """One score of a scorer."""

    def __init__(self, task: str, scorer: Scorer) -> None:
        super().__init__()
        self._task, self._title = task, TASKS[task].title
        self._trained_on = scorer.metadata.trained_on
        name = label(self._title, "heading")
        self.value = label(role="heading")
        font = self.value.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        self.value.setFont(font)
        self.zone = label()
        self.advice = label(wrap=True)
        self.bar = ScoreBar(scorer.metadata.operating_points[task], wording.thresholds(scorer, task))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 4)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        grid.addWidget(name, 0, 0)
        grid.addWidget(label(TASKS[task].meaning, "quiet"), 1, 0)
        grid.addWidget(self.value, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.zone, 1, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.bar, 2, 0, 1, 2)
        grid.addWidget(self.advice, 3, 0, 1, 2)

    def show_score(self, score: Score | None) -> None:
        self.bar.set_score(score)
        if score is None:
            value = zone = advice = ""
        else:
            value = wording.text_of(score)
            zone, advice = wording.zone(score), wording.advice(self._task, score, self._trained_on)
        self.value.setText(value or "-")
        self.zone.setText(zone)
        colour = theme.ZONES[score.zone] if score and score.zone else theme.TEXT
        self.zone.setStyleSheet(f"color: {colour}; font-weight: 600;")
        self.advice.setText(advice)
        self.advice.setVisible(bool(advice))
        self.setAccessibleName(f"{self._title} {value} {said(zone)}".strip())


class ResultPanel(QWidget):
    """Shows the session's result, or says why there is none."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.cards: dict[str, _Card] = {}
        self._weights_id = ""
        self.message = label(wrap=True)
        self.message.setAccessibleName(tr("State of the scores"))
        self.unlike = label(role="notice", wrap=True)
        self.unlike.setAccessibleName(tr("Likeness of the picture"))
        self._cards = QVBoxLayout()
        self._cards.setSpacing(6)
        self.person = label(wrap=True)
        self.person.setAccessibleName(tr("Score of the person"))
        self.rest = QPushButton(tr("Score the other images"))
        self.rest.clicked.connect(session.score_person)
        self.notice = label(role="notice", wrap=True)
        self.weights = label(role="quiet", wrap=True)
        self.weights.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.read_as = label(wrap=True)
        self._cautions = label(wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label("Scores", "heading"))
        column.addWidget(self.message)
        column.addWidget(self.unlike)
        column.addLayout(self._cards)
        column.addWidget(self.person)
        column.addWidget(self.rest)
        for words in (self.read_as, self._cautions, self.notice, self.weights):
            words.hide()
            column.addWidget(words)
        session.result_changed.connect(self._refresh)
        session.activity_changed.connect(self._refresh)
        session.draft_changed.connect(self._refresh)
        session.weights_changed.connect(self._refresh)
        session.entries_moved.connect(self._refresh)
        session.entry_changed.connect(self._entry_changed)
        session.person.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        shown = self._session.shown
        scorer, result = shown.scorer, shown.result
        if (scorer.weights_id if scorer else "") != self._weights_id:
            self._build(scorer)
        if scorer is not None:
            replaced = f"\n{wording.REPLACED}" if shown.weights_replaced else ""
            self.weights.setText(wording.weights(scorer) + replaced)
        for task, card in self.cards.items():
            card.show_score(result.scores[task] if result else None)
        message = "" if result else self.reason()
        self.message.setText(message)
        self.message.setVisible(bool(message))
        show(self.unlike, wording.unlike(shown))
        show(self.read_as, wording.read_as(shown))
        self._show_person()
        overruled = shown.is_overruled()
        self.read_as.setStyleSheet(f"color: {theme.WARNING}; font-weight: 600;" if overruled else "")

    def _show_person(self) -> None:
        show(self.person, wording.person(self._session))
        left = sum(each.result is None for each in self._session.of_person())
        self.rest.setVisible(bool(self.person.text()) and bool(left))
        self.rest.setEnabled(not self._session.person.doing)

    def _entry_changed(self, index: int) -> None:
        """Another film of the person may have become known, or scored."""
        changed, current = self._session.entries[index].header, self._session.entry()
        whose = current.header.person if current and current.header else None
        if whose is not None and changed is not None and changed.person == whose:
            self._show_person()

    def _build(self, scorer: Scorer | None) -> None:
        """The cards of a scorer, and none while there is none."""
        self._weights_id = scorer.weights_id if scorer else ""
        for former in self.cards.values():
            self._cards.removeWidget(former)
            former.hide()
            former.deleteLater()
        self.cards = {}
        for words in (self._cautions, self.notice, self.weights):
            words.setVisible(scorer is not None)
        if scorer is None:
            return
        for task in scorer.tasks:
            self.cards[task] = _Card(task, scorer)
            self._cards.addWidget(self.cards[task])
        rule_out, research, *notices = cautions(scorer.metadata.trained_on)
        show(self._cautions, f"{rule_out} {research}")
        show(self.notice, "\n".join(notices))

    def reason(self) -> str:
        """Why there are no scores; empty when there are, or when they are about to come."""
        session = self._session
        activity, stage = session.activity(), session.stage()
        if activity:
            return f"{activity} …"
        if stage is None:
            return "Open an image to score it."
        if stage is Stage.CANCELLED:
            return "Cancelled. F5 opens the image again."
        if stage is Stage.FAILED:
            return f"Not scored. {session.reason()}"
        shown = session.shown
        if shown.scorer is not None and not shown.scorer.needs_clinical:
            return ""
        checked = shown.draft.check()
        if checked.errors:
            return "Not scored: correct what is marked above."
        if checked.missing:
            listed = _listed(checked.missing)
            if len(checked.missing) == 1:
                return f"Not scored: {listed} is missing."
            return f"Not scored: {listed} are missing."
        return ""


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
