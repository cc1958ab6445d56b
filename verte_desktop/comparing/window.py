"""Prior and current image of a patient beside each other: linked, with their scores and what changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QCloseEvent, QTransform
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from verte_core import heatmap_colors
from verte_core.results import TASKS, cautions
from verte_desktop import theme, wording
from verte_desktop.language import said, tr
from verte_desktop.session import settings
from verte_desktop.session.comparing_work import Beside, ComparingWork
from verte_desktop.session.session import Session
from verte_desktop.session.settings import Settings
from verte_desktop.theme import label, show
from verte_desktop.viewer.pane import Pane, link
from verte_desktop.wheel import scrolls_past

_SIZE = (1200, 720)
_TALL = 1000.0
"""Coordinates of the height of an image of which the size of a pixel is not known."""
_ANOTHER, _ARCHIVE = "another", "archive"
_PRIOR_RIGHT, _HEATMAP = "prior right", "heatmap"


class ComparingWindow(QMainWindow):
    """Lays another image of the patient beside the one in the main window, and follows that.

    Args:
        ask_archive: shows the window that looks for studies in the archive.
    """

    def __init__(
        self, session: Session, store: Settings, work: ComparingWork, ask_archive: Callable[[], None]
    ) -> None:
        super().__init__()
        self.setWindowTitle(tr("Prior and current"))
        self._session, self._store, self._work, self._ask_archive = session, store, work, ask_archive
        self._own: Beside | None = None
        self._other: Beside | None = None
        self._other_path: Path | None = None
        self._result: object = None
        self._waiting: Path | None = None
        hanging = store.get(settings.COMPARING_HANGING)
        self.others = QComboBox()
        self.others.setMinimumContentsLength(30)
        self.others.setAccessibleName(tr("Image beside"))
        self.others.activated.connect(self._chosen)
        self.task = QComboBox()
        self.task.setAccessibleName(tr("Score"))
        self.task.activated.connect(self._draw)
        for box in (self.others, self.task):
            scrolls_past(box)
        self.heatmap, self.swapped = QCheckBox(tr("Heatmap")), QCheckBox(tr("Prior on the right"))
        self.heatmap.setChecked(_HEATMAP in hanging)
        self.swapped.setChecked(_PRIOR_RIGHT in hanging)
        for check in (self.heatmap, self.swapped):
            check.clicked.connect(self._hang)
        fit = QPushButton(tr("Fit"))
        fit.clicked.connect(self._fit)
        row = QHBoxLayout()
        row.addWidget(label(tr("Beside"), "quiet"))
        for part in (self.others, self.task, self.heatmap, self.swapped, fit):
            row.addWidget(part)
        row.addStretch(1)
        self.panes = [Pane(), Pane()]
        link(self.panes)
        both = QHBoxLayout()
        both.setSpacing(4)
        for pane in self.panes:
            both.addWidget(pane, 1)
        self.change = label(role="heading", wrap=True)
        self.change.setAccessibleName(tr("What changed"))
        self.message = label(role="quiet", wrap=True)
        self.notice = label(role="notice", wrap=True)
        self.notice.hide()
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(row)
        column.addLayout(both, 1)
        for words in (self.change, self.message, self.notice):
            column.addWidget(words)
        self.setCentralWidget(body)
        for signal in (session.result_changed, session.image_changed, session.entries_moved):
            signal.connect(self._follow)
        session.entries_added.connect(lambda _: self._fill())
        session.patient_shown_changed.connect(self._draw)
        work.changed.connect(self._show_work)
        theme.place(self, _SIZE, store.get(settings.COMPARING_GEOMETRY))
        self._follow()

    # What is beside

    def _follow(self) -> None:
        """Lay out what the main window shows now, and the newest prior of its patient beside it."""
        shown = self._session.shown
        state = (shown.radiograph, shown.encoded, shown.result)
        if state == self._result:
            return
        former, self._result = self._result, state
        is_other = not isinstance(former, tuple) or former[0] is not shown.radiograph
        self._own = None
        self._fill()
        if is_other:
            self._other, self._other_path = None, None
        if shown.radiograph and shown.scorer and shown.encoded:
            reason = "" if shown.result else tr("Not scored.")
            self._work.make(
                shown.radiograph, shown.scorer, shown.encoded, shown.result, reason, self._own_came
            )
        self._draw()

    def _candidates(self) -> list[tuple[Path, str]]:
        """The patient's other images in the worklist, the newest first, and what they are called."""
        current = self._session.entry()
        whose = current.header.patient_id if current and current.header else None
        found = [
            (each.header.study_date or "", each.path)
            for each in self._session.entries
            if current and each.path != current.path and each.header and each.header.patient_id == whose
            if whose
        ]
        return [(path, f"{day}  {path.name}".strip()) for day, path in sorted(found, reverse=True)]

    def _fill(self) -> None:
        candidates = self._candidates()
        with QSignalBlocker(self.others):
            self.others.clear()
            self.others.addItem(tr("Choose an image…"), None)
            for path, name in candidates:
                self.others.addItem(wording.shortened(name, 60), path)
            if self._other_path and self._other_path not in [path for path, _ in candidates]:
                self.others.addItem(wording.shortened(self._other_path.name, 60), self._other_path)
            self.others.addItem(tr("Another file…"), _ANOTHER)
            self.others.addItem(tr("Look in the archive…"), _ARCHIVE)
            if self._other_path:
                self.others.setCurrentIndex(max(self.others.findData(self._other_path), 0))

    def _chosen(self) -> None:
        chosen = self.others.currentData()
        if chosen == _ARCHIVE:
            self._ask_archive()
        elif chosen == _ANOTHER:
            name, _ = QFileDialog.getOpenFileName(self, tr("Choose an image"))
            if name:
                self.lay_beside(Path(name))
        elif isinstance(chosen, Path):
            self.lay_beside(chosen)
            return
        self._fill()

    def lay_beside(self, path: Path) -> None:
        """Open a file beside the image of the main window."""
        self._other, self._other_path = None, path
        self._fill()
        self._load(path)
        self._draw()

    def _load(self, path: Path) -> None:
        weights = self._session.shown.weights
        if weights is None:
            return
        index = self._session.index_of(path)
        entry = self._session.entries[index] if index is not None else None
        self._work.load(
            self._session.readers,
            weights.scorers,
            path,
            entry.given if entry else None,
            entry.draft if entry else None,
            self._other_came,
        )

    def _own_came(self, own: Beside) -> None:
        self._own = own
        with QSignalBlocker(self.task):
            chosen = self.task.currentData() or self._session.shown.heatmap_task
            self.task.clear()
            for task in own.heatmaps:
                self.task.addItem(TASKS[task].title, task)
            self.task.setCurrentIndex(max(self.task.findData(chosen), 0))
        self._draw()
        if self._other is None:
            prior = self._other_path or self._newest_prior(own)
            if prior is not None:
                self.lay_beside(prior)

    def _newest_prior(self, own: Beside) -> Path | None:
        day = own.header.study_date or ""
        for path, _ in self._candidates():
            index = self._session.index_of(path)
            header = self._session.entries[index].header if index is not None else None
            if header and (header.study_date or "") < day:
                return path
        return None

    def _other_came(self, other: Beside) -> None:
        if other.path == self._other_path:
            self._other = other
            self._draw()

    # Drawing

    def _hang(self) -> None:
        hanging = [
            name
            for name, check in ((_PRIOR_RIGHT, self.swapped), (_HEATMAP, self.heatmap))
            if check.isChecked()
        ]
        self._store.set(settings.COMPARING_HANGING, ", ".join(hanging))
        self._draw()

    def _fit(self) -> None:
        for pane in self.panes:
            pane.fit()

    def _in_order(self) -> list[Beside | None]:
        """Prior and current by their dates, or the other way round; one without a date is the prior."""
        pair: list[Beside | None] = [self._other, self._own]
        if self._own and self._other:
            pair = [*_by_date(self._other, self._own)]
        return pair[::-1] if self.swapped.isChecked() else pair

    def _draw(self) -> None:
        pair = self._in_order()
        in_mm = all(each is None or each.mm for each in pair)
        colours = heatmap_colors.table(self._store.get(settings.HEATMAP_COLOURS))
        opacity = self._store.get(settings.HEATMAP_OPACITY)
        for pane, each in zip(self.panes, pair, strict=True):
            if each is None:
                pane.set_picture(None)
                pane.set_map(None, colours, 0.0)
                pane.show_text("", "")
                continue
            scale = each.mm if in_mm and each.mm else _TALL / each.grey.shape[0]
            placed = QTransform().scale(scale, scale)
            pane.set_picture(each.grey, placed=placed)
            strength = each.heatmaps.get(self.task.currentData()) if self.heatmap.isChecked() else None
            pane.set_map(strength, colours, opacity, placed)
            pane.show_text(self._title(each), self._scores(each))
        show(self.change, self._changed())
        trained_on = self._session.shown.scorer.metadata.trained_on if self._session.shown.scorer else None
        notices = cautions(trained_on)[2:] if trained_on is not None and self._own else []
        show(self.notice, "\n".join(said(each) for each in notices))
        show(self.message, "" if self._work.doing else self._hint())

    def _hint(self) -> str:
        if self._own is None:
            return tr("Open an image in the main window first.")
        if self._other is None:
            return tr("No prior of this patient is in the worklist; choose an image above.")
        whose = [each.header.patient_id for each in (self._own, self._other)]
        if whose[0] != whose[1]:
            return tr("These images are not of one patient by their headers.")
        return ""

    def _title(self, each: Beside) -> str:
        day = each.header.study_date or tr("no date")
        lines = wording.patient(each.header)[:2] if self._session.patient_shown else []
        return "\n".join((day, *lines))

    def _scores(self, each: Beside) -> str:
        if each.result is None:
            return said(each.reason)
        scores = each.result.scores.items()
        lines = [
            f"{TASKS[task].title} {wording.text_of(score)}, {said(wording.zone(score))}"
            for task, score in scores
        ]
        likeness = each.result.likeness
        return "\n".join([*lines, *([said(likeness.notice)] if likeness and likeness.unlike else [])])

    def _changed(self) -> str:
        own, other = self._own, self._other
        if own is None or other is None or own.result is None or other.result is None:
            return ""
        if own.result.weights_id != other.result.weights_id:
            return tr("The two are scored by different weights, so their scores can't be compared.")
        prior, current = _by_date(other, own)
        assert prior.result and current.result
        parts = []
        for task, score in current.result.scores.items():
            before = prior.result.scores[task].value
            parts.append(
                f"{TASKS[task].title} {before:.2f} → {score.value:.2f} ({score.value - before:+.2f})"
            )
        years = _years(prior.header.study_date, current.header.study_date)
        apart = tr(" in {years:.1f} years", years=years) if years is not None else ""
        return tr("Prior to current{apart}: {changes}", apart=apart, changes=", ".join(parts))

    def _show_work(self) -> None:
        work = self._work
        if work.problem is not None:
            show(self.message, said(work.problem.sentence))
        elif work.doing:
            show(self.message, f"{said(work.doing)} …")
        else:
            show(self.message, self._hint())

    # Qt's events

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the work, and remember the window."""
        self._work.cancel()
        self._store.set(settings.COMPARING_GEOMETRY, self.saveGeometry())
        super().closeEvent(event)


def _by_date(other: Beside, own: Beside) -> tuple[Beside, Beside]:
    """Prior and current; where the dates do not tell, what is on the screen is the current one."""
    is_later = (other.header.study_date or "") > (own.header.study_date or "")
    return (own, other) if is_later else (other, own)


def _years(earlier: str | None, later: str | None) -> float | None:
    if not earlier or not later:
        return None
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days / 365.25
