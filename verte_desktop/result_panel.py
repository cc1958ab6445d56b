"""Both scores with their zones, and what has to be said beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from verte_desktop import theme
from verte_desktop.entries import Stage, text_of
from verte_desktop.session import Session
from verte_desktop.theme import label

if TYPE_CHECKING:
    from verte_core.scoring import Score
    from verte_core.weights import OperatingPoints

_FINDINGS = {"pvf": "vertebral fracture", "osteo": "osteoporosis"}


class ScoreBar(QWidget):
    """0 to 1, parted by the two operating points, with the score as a marker, or a range as a frame."""

    def __init__(self, points: OperatingPoints) -> None:
        super().__init__()
        self._points = points
        self._score: Score | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            f"Low below {points.low:.2f}: {points.low_sensitivity:.0%} of those affected score above.\n"
            f"High from {points.high:.2f}: {points.high_specificity:.0%} of those not affected score below.\n"
            "Both as found on the validation split of these weights."
        )

    def set_score(self, score: Score | None) -> None:
        """Show a score, or none."""
        self._score = score
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the bar, its marker and the thresholds below."""
        return QSize(160, 22 + self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(6, 10, self.width() - 12, 8)
        low, high = min(self._points.low, self._points.high), self._points.high
        for start, end, zone in ((0.0, low, "low"), (low, high, "indeterminate"), (high, 1.0, "high")):
            colour = QColor(theme.ZONES[zone])
            if self._score is None or zone != self._score.zone:
                colour.setAlpha(95)
            part = QRectF(bar)
            part.setLeft(bar.left() + start * bar.width())
            part.setRight(bar.left() + end * bar.width())
            painter.fillRect(part, colour)
        self._paint_thresholds(painter, bar, low, high)
        if self._score is not None:
            self._paint_score(painter, bar, self._score)

    def _paint_thresholds(self, painter: QPainter, bar: QRectF, low: float, high: float) -> None:
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        painter.setPen(QColor(theme.QUIET))
        width = painter.fontMetrics().horizontalAdvance("0.00")
        # Close thresholds: their labels go to either side instead of over each other.
        apart = (high - low) * bar.width() > width + 4
        for value, shift in ((low, -0.5 if apart else -1.0), (high, -0.5 if apart else 0.1)):
            left = bar.left() + value * bar.width() + shift * width
            left = min(max(left, 0), self.width() - width)
            painter.drawText(QPointF(left, bar.bottom() + painter.fontMetrics().ascent() + 2), f"{value:.2f}")

    def _paint_score(self, painter: QPainter, bar: QRectF, score: Score) -> None:
        left, right = (bar.left() + value * bar.width() for value in (score.low, score.high))
        painter.setPen(QPen(QColor(theme.TEXT), 1.5))
        painter.setBrush(QColor(theme.TEXT))
        if left < right:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(left, bar.top() - 3, right - left, bar.height() + 6))
        else:
            tip = QPointF(left, bar.top() - 1)
            painter.drawLine(tip, tip + QPointF(0, bar.height() + 3))
            painter.drawPolygon(QPolygonF([tip, tip + QPointF(-4, -7), tip + QPointF(4, -7)]))


class _Card(QWidget):
    """One score."""

    def __init__(self, task: str, title: str, meaning: str, points: OperatingPoints) -> None:
        super().__init__()
        self._task, self._title = task, title
        name = label(title, "heading")
        self.value = label(role="heading")
        font = self.value.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        self.value.setFont(font)
        self.zone = label()
        self.advice = label(wrap=True)
        self.bar = ScoreBar(points)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 4)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        grid.addWidget(name, 0, 0)
        grid.addWidget(label(meaning, "quiet"), 1, 0)
        grid.addWidget(self.value, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.zone, 1, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.bar, 2, 0, 1, 2)
        grid.addWidget(self.advice, 3, 0, 1, 2)

    def show_score(self, score: Score | None) -> None:
        self.bar.set_score(score)
        if score is None:
            value = zone = advice = ""
        else:
            value = text_of(score)
            zone = f"{score.zone} zone" if score.zone else "zone depends on the BMI"
            finding = _FINDINGS.get(self._task, self._title)
            advice = f"Assessment for {finding} is recommended." if score.zone == "high" else ""
        self.value.setText(value or "-")
        self.zone.setText(zone)
        colour = theme.ZONES[score.zone] if score and score.zone else theme.TEXT
        self.zone.setStyleSheet(f"color: {colour}; font-weight: 600;")
        self.advice.setText(advice)
        self.advice.setVisible(bool(advice))
        self.setAccessibleName(f"{self._title} {value} {zone}".strip())


class ResultPanel(QWidget):
    """Shows the session's result, or says why there is none."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.cards: dict[str, _Card] = {}
        self._weights_id = ""
        self.message = label(wrap=True)
        self.message.setAccessibleName("State of the scores")
        self._cards = QVBoxLayout()
        self._cards.setSpacing(6)
        self.notice = label(role="notice", wrap=True)
        self.weights = label(role="quiet", wrap=True)
        self.weights.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._rule_out = label(wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label("Scores", "heading"))
        column.addWidget(self.message)
        column.addLayout(self._cards)
        for words in (self._rule_out, self.notice, self.weights):
            words.hide()
            column.addWidget(words)
        session.result_changed.connect(self._refresh)
        session.activity_changed.connect(self._refresh)
        session.draft_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        scorer, result = self._session.scorer, self._session.result
        if scorer is not None and scorer.weights_id != self._weights_id:
            self._build()
        for task, card in self.cards.items():
            card.show_score(result.scores[task] if result else None)
        message = "" if result else self._reason()
        self.message.setText(message)
        self.message.setVisible(bool(message))

    def _build(self) -> None:
        from verte_core import scoring  # loaded by now: the scorer comes from there

        scorer = self._session.scorer
        assert scorer is not None
        metadata, self._weights_id = scorer.metadata, scorer.weights_id
        for task in scorer.tasks:
            title, meaning = scoring.TASK_TITLES.get(task, task), scoring.TASK_MEANINGS.get(task, "")
            self.cards[task] = _Card(task, title, meaning, metadata.operating_points[task])
            self._cards.addWidget(self.cards[task])
        self._rule_out.setText(scoring.NOT_TO_RULE_OUT)
        simulated = metadata.trained_on == "simulated"
        self.notice.setText(scoring.SIMULATED_NOTICE)
        uses = "" if scorer.needs_clinical else "; image only, age, sex and BMI are not used"
        self.weights.setText(f"Weights {metadata.name}, id {scorer.weights_id}, {scorer.device}{uses}")
        self.notice.setVisible(simulated)
        self._rule_out.show()
        self.weights.show()

    def _reason(self) -> str:
        session = self._session
        activity, stage = session.activity(), session.stage()
        if activity:
            return f"{activity} …"
        if stage is None:
            return "Open an image to score it."
        if stage is Stage.FAILED:
            return f"Not scored. {session.reason()}"
        if session.scorer is not None and not session.scorer.needs_clinical:
            return ""
        checked = session.draft.check()
        if checked.errors:
            return "Not scored: correct what is marked above."
        if checked.missing:
            verb = "is" if len(checked.missing) == 1 else "are"
            return f"Not scored: {_listed(checked.missing)} {verb} missing."
        return ""


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
