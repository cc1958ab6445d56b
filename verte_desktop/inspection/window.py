"""The window that looks closely at the scores of one image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QCloseEvent, QTransform
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from verte_core import heatmap_colors
from verte_core.inspection.methods import EIGEN_CAM, GRAD_CAM, METHODS, OCCLUSION, relative
from verte_core.results import TASKS
from verte_desktop import theme, wording
from verte_desktop.inspection import maps
from verte_desktop.inspection.maps import CONTOUR, SIGNED, STYLES, WASH, Style
from verte_desktop.inspection.side_panel import SidePanel
from verte_desktop.language import QT_TR_NOOP, said, tr
from verte_desktop.session import settings
from verte_desktop.session.inspection_work import CHECKS, Checked, Explained, Inspected, InspectionWork
from verte_desktop.session.session import Session
from verte_desktop.session.settings import Settings
from verte_desktop.theme import label, show
from verte_desktop.viewer.pane import Pane, link
from verte_desktop.wheel import scrolls_past

SCORES, VIEWS, BY_METHOD, BY_WEIGHTS = "scores", "views", "methods", "weights"
COMPARISONS = {
    SCORES: QT_TR_NOOP("Both scores"),
    VIEWS: QT_TR_NOOP("Original and model's view"),
    BY_METHOD: QT_TR_NOOP("Methods"),
    BY_WEIGHTS: QT_TR_NOOP("Two weights files"),
}
_SIZE = (1240, 740)


class InspectionWindow(QMainWindow):
    """Shows what moved the scores of the image in the main window, and follows it from image to image."""

    def __init__(self, session: Session, store: Settings, work: InspectionWork) -> None:
        super().__init__()
        self.setWindowTitle(tr("Inspection"))
        self._session, self._store, self._work = session, store, work
        self._result: object = None
        self._inspected: list[Inspected] = []
        self._others: list[Inspected] = []
        self._checked: dict[tuple[str, str, str], Checked] = {}
        self._style = Style(
            colours=store.get(settings.HEATMAP_COLOURS), opacity=store.get(settings.HEATMAP_OPACITY)
        )
        self._limits: dict[str, float] = {}
        self.panes: list[Pane] = []
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(self._controls())
        self._grid_widget = QWidget()
        self._grid = QGridLayout(self._grid_widget)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)
        column.addWidget(self._grid_widget, 1)
        self.message = label(role="quiet", wrap=True)
        column.addWidget(self.message)
        row.addWidget(centre, 1)
        self.side = SidePanel()
        self.side.check_asked.connect(self._check)
        self.side.method_chosen.connect(self._choose_method)
        self.side.cancel.clicked.connect(work.cancel)
        row.addWidget(self.side)
        self.setCentralWidget(body)
        session.result_changed.connect(self._follow)
        work.changed.connect(self._show_work)
        theme.place(self, _SIZE, store.get(settings.INSPECTION_GEOMETRY))
        self._restyle()
        self._follow()

    # The parts

    def _controls(self) -> QVBoxLayout:
        self.comparison, self.task, self.drawn_as = (QComboBox() for _ in range(3))
        self.method, self.weights, self.colours = (QComboBox() for _ in range(3))
        for name, title in COMPARISONS.items():
            self.comparison.addItem(tr(title), name)
        for name, title in STYLES.items():
            self.drawn_as.addItem(tr(title), name)
        for name in heatmap_colors.MAPS:
            self.colours.addItem(name.capitalize(), name)
        self.colours.setCurrentIndex(self.colours.findData(self._style.colours))
        self.model_view = QCheckBox(tr("Model's view"))
        self.truth = QCheckBox(tr("Truth"))
        self.threshold, self.opacity = QSlider(Qt.Orientation.Horizontal), QSlider(Qt.Orientation.Horizontal)
        for slider, value in ((self.threshold, self._style.threshold), (self.opacity, self._style.opacity)):
            slider.setRange(5, 100)
            slider.setValue(round(value * 100))
            slider.setFixedWidth(80)
        self.limit = QDoubleSpinBox()
        self.limit.setRange(0.001, 100)
        self.limit.setDecimals(3)
        first, second, third = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        named: tuple[tuple[str, QWidget, QHBoxLayout], ...] = (
            (tr("Compare"), self.comparison, first),
            (tr("Score"), self.task, first),
            (tr("Method"), self.method, first),
            (tr("Weights"), self.weights, third),
            (tr("Drawn as"), self.drawn_as, second),
            (tr("Threshold"), self.threshold, second),
            (tr("Opacity"), self.opacity, second),
            (tr("Colours"), self.colours, second),
            (tr("Strongest colour at"), self.limit, second),
        )
        self._names: dict[QWidget, QLabel] = {}
        for title, control, line in named:
            control.setAccessibleName(title)
            scrolls_past(control)
            self._names[control] = label(title, "quiet")
            line.addWidget(self._names[control])
            line.addWidget(control)
        for check in (self.model_view, self.truth):
            third.addWidget(check)
            check.clicked.connect(self._draw)
        for line in (first, second, third):
            line.addStretch(1)
        self.comparison.activated.connect(self._compare)
        self.task.activated.connect(self._draw_all)
        self.method.activated.connect(self._draw_all)
        self.weights.activated.connect(self._choose_weights)
        self.drawn_as.activated.connect(self._restyle)
        self.colours.activated.connect(self._restyle)
        for slider in (self.threshold, self.opacity):
            slider.valueChanged.connect(self._restyle)
        self.limit.valueChanged.connect(self._set_limit)
        for box in (self.comparison, self.task, self.method, self.weights):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        lines = QVBoxLayout()
        for line in (first, second, third):
            lines.addLayout(line)
        return lines

    # What is looked at

    def _follow(self) -> None:
        """Look at what the main window shows now."""
        result = self._session.shown.result
        if result is self._result:
            return
        self._result = result
        self._work.cancel()
        self._inspected, self._others, self._checked = [], [], {}
        if result is not None:
            self._work.inspect(self._session.shown, self._came)
        self._build()

    def _came(self, found: list[Inspected]) -> None:
        self._inspected = found
        self._set_limits(found)
        self._build()

    def _other_came(self, found: list[Inspected]) -> None:
        self._others = found
        self._set_limits(found)
        self._choose(self.comparison, BY_WEIGHTS)
        self._build()

    def _set_limits(self, found: list[Inspected]) -> None:
        """Where the signed colours are strongest, the same for every image under the same weights."""
        for each in found:
            first = next(iter(each.tasks.values()))
            self._limits.setdefault(each.weights_id, maps.nice_limit(first.contributions.cells))

    def _choose_weights(self) -> None:
        if self.weights.currentData() == -1:
            name, _ = QFileDialog.getOpenFileName(
                self, tr("Choose weights"), filter=tr("Weights (*.safetensors)")
            )
            if name and self._session.shown.radiograph is not None:
                self.look_with(Path(name))
            self.weights.setCurrentIndex(0)
            return
        self._draw_all()

    def look_with(self, path: Path) -> None:
        """Look with another weights file beside those in use."""
        self._work.with_weights(self._session.shown, path, self._other_came)

    def _current(self) -> Inspected | None:
        index: int | None = self.weights.currentData()
        if not self._inspected or index is None or index < 0:
            return self._inspected[0] if self._inspected else None
        return self._inspected[index]

    def _of_task(self) -> tuple[Inspected, Explained] | None:
        current, task = self._current(), self.task.currentData()
        return (current, current.tasks[task]) if current and task in current.tasks else None

    # Building and drawing

    def _compare(self) -> None:
        if self.comparison.currentData() == BY_WEIGHTS and not self._others and len(self._inspected) < 2:
            show(self.message, tr("Choose a second weights file below Weights."))
        self._build()

    def _build(self) -> None:
        """Fill the lists and make the panes for what is compared."""
        former = self.task.currentData()
        with QSignalBlocker(self.task), QSignalBlocker(self.weights), QSignalBlocker(self.method):
            self.task.clear()
            self.weights.clear()
            for index, each in enumerate(self._inspected):
                self.weights.addItem(wording.shortened(each.title, 40), index)
            self.weights.addItem(tr("Another file…"), -1)
            current = self._inspected[0] if self._inspected else None
            for task in current.tasks if current else ():
                self.task.addItem(TASKS[task].title, task)
            self._choose(self.task, former or self._session.shown.heatmap_task)
            chosen = self.method.currentData() or GRAD_CAM
            self.method.clear()
            of_task = self._of_task()
            for name in of_task[1].maps if of_task else ():
                self.method.addItem(METHODS[name].title, name)
            self._choose(self.method, chosen)
        wanted = self._wanted()
        if len(wanted) != len(self.panes):
            self._make_panes(len(wanted))
        self.truth.setEnabled(bool(current and current.outlines))
        self._draw_all()

    def _wanted(self) -> list[tuple[Inspected, str, str, bool]]:
        """What each pane shows: under which network, which score, by which method, in which view."""
        current, comparison = self._current(), self.comparison.currentData()
        if current is None:
            return []
        task, method = self.task.currentData(), self.method.currentData() or GRAD_CAM
        by_model = self.model_view.isChecked()
        if comparison == SCORES:
            return [(current, each, method, by_model) for each in current.tasks]
        if comparison == VIEWS:
            return [(current, task, method, False), (current, task, method, True)]
        if comparison == BY_METHOD:
            names = [*current.tasks[task].maps]
            if self._occlusion(current, task) is not None:
                names.append(OCCLUSION)
            return [(current, task, each, by_model) for each in names]
        others = [each for each in (*self._inspected, *self._others) if each is not current]
        return [(each, task, method, by_model) for each in (current, *others[:1]) if task in each.tasks]

    def _make_panes(self, count: int) -> None:
        for pane in self.panes:
            self._grid.removeWidget(pane)
            pane.hide()
            pane.deleteLater()
        self.panes = [Pane() for _ in range(count)]
        across = count if count <= 3 else (count + 1) // 2
        for place, pane in enumerate(self.panes):
            self._grid.addWidget(pane, place // across, place % across)
        link(self.panes, levels=self.comparison.currentData() != VIEWS)

    def _draw_all(self) -> None:
        wanted = self._wanted()
        if len(wanted) != len(self.panes):
            self._make_panes(len(wanted))
        self._show_side()
        self._draw()

    def _draw(self) -> None:
        """Draw what each pane shows, in the coordinates of the model's image."""
        style = self._style
        for pane, (inspected, task, method, by_model) in zip(self.panes, self._wanted(), strict=False):
            placed = QTransform() if by_model else _placed(inspected)
            pane.set_picture(inspected.model if by_model else inspected.source, placed=placed)
            size = inspected.model.shape
            explained = inspected.tasks[task]
            cells = self._cells(inspected, task, method)
            strength = maps.enlarged(relative(cells), size)
            if style.kind == SIGNED:
                limit = self._limits.get(inspected.weights_id, style.limit)
                in_logits = explained.contributions.cells if method == GRAD_CAM else cells
                drawn = maps.signed(maps.enlarged(in_logits, size), limit)
                pane.set_map(drawn, maps.signed_colours(), min(style.opacity + 0.3, 1.0))
                pane.set_contours([], theme.ACCENT)
            elif style.kind == CONTOUR:
                pane.set_map(None, maps.signed_colours(), 0.0)
                lines = maps.contours(strength, style.threshold)
                pane.set_contours(lines, theme.ACCENT)
            else:
                pane.set_map(maps.washed(strength), heatmap_colors.table(style.colours), style.opacity)
                pane.set_contours([], theme.ACCENT)
            sound, fractured = self._outlines(inspected)
            pane.set_outlines(sound, theme.WARNING)
            pane.set_marked(fractured, theme.ZONES["high"])
            pane.show_text(self._title(inspected, task, method), self._caption(inspected, task, method))

    def _cells(self, inspected: Inspected, task: str, method: str) -> maps.Floats:
        if method == OCCLUSION:
            found = self._occlusion(inspected, task)
            return np.zeros((1, 1), np.float32) if found is None else found
        return inspected.tasks[task].maps[method].cells

    def _occlusion(self, inspected: Inspected, task: str) -> maps.Floats | None:
        found = self._checked.get((inspected.weights_id, task, OCCLUSION))
        return found.occlusion if found else None

    def _outlines(self, inspected: Inspected) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Of the truth, the bodies that are sound and those that are fractured."""
        kinds: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
        if self.truth.isChecked():
            for _, grade, points in inspected.outlines:
                kinds[bool(grade)].append(inspected.encoded.placement.to_model(points))
        return kinds

    def _title(self, inspected: Inspected, task: str, method: str) -> str:
        comparison = self.comparison.currentData()
        score = f"{TASKS[task].title} {wording.text_of(inspected.tasks[task].score)}"
        if comparison == BY_METHOD:
            return METHODS[method].title
        if comparison == BY_WEIGHTS:
            return f"{wording.shortened(inspected.title, 36)}\n{score}"
        return score

    def _caption(self, inspected: Inspected, task: str, method: str) -> str:
        # The others' remarks stand in the tips of the table: words over a map hide it.
        apart = self.comparison.currentData() == BY_METHOD and method == EIGEN_CAM
        lines = [said(METHODS[method].remark)] if apart else []
        if not self._cells(inspected, task, method).max() > 0:
            lines.append(tr("Nothing raised this score."))
        return "\n".join(filter(None, lines))

    def _show_side(self) -> None:
        found = self._of_task()
        if found is None:
            self.side.show_nothing()
            if self._result is None:
                show(self.message, tr("There are no scores of what is shown in the main window."))
            return
        inspected, explained = found
        likeness = self._session.shown.result.likeness if self._session.shown.result else None
        unlike = likeness.notice if likeness is not None else ""
        covered = self._occlusion(inspected, self.task.currentData())
        self.side.show_score(self.task.currentData(), inspected, explained, unlike)
        self.side.show_methods(explained, covered)
        self._show_findings()
        with QSignalBlocker(self.limit):
            self.limit.setValue(self._limits.get(inspected.weights_id, self._style.limit))
        show(self.message, said(heatmap_colors.CAVEAT))

    def _choose_method(self, name: str) -> None:
        self._choose(self.method, name)
        self._draw_all()

    # Checks

    def _check(self, what: str) -> None:
        found = self._of_task()
        if found is None:
            return
        inspected, task = found[0], self.task.currentData()
        method = self.method.currentData() or GRAD_CAM
        place = inspected.weights_id, task, _named(what, method)

        def done(checked: Checked) -> None:
            self._checked[place] = checked
            if what == OCCLUSION:
                self._build()
            else:
                self._show_findings()

        self._work.check(what, inspected, task, method, done)

    def _show_findings(self) -> None:
        current, method = self._current(), self.method.currentData() or GRAD_CAM
        if current is None:
            return
        places = [(current.weights_id, self.task.currentData(), _named(what, method)) for what in CHECKS]
        found = [self._checked[each] for each in places if each in self._checked]
        self.side.show_findings(METHODS[method].title, found)

    def _show_work(self) -> None:
        work = self._work
        self.side.show_work(said(work.doing), work.done_of)
        self.side.enable_checks(work.doing not in CHECKS.values() and self._of_task() is not None)
        if work.problem is not None:
            show(self.message, said(work.problem.sentence))

    # Style

    def _restyle(self) -> None:
        self._style = replace(
            self._style,
            kind=self.drawn_as.currentData(),
            threshold=self.threshold.value() / 100,
            opacity=self.opacity.value() / 100,
            colours=self.colours.currentData(),
        )
        shown: dict[QWidget, bool] = {
            self.threshold: self._style.kind == CONTOUR,
            self.opacity: self._style.kind != CONTOUR,
            self.colours: self._style.kind == WASH,
            self.limit: self._style.kind == SIGNED,
        }
        for control, on in shown.items():
            control.setVisible(on)
            self._names[control].setVisible(on)
        self._draw()

    def _set_limit(self, limit: float) -> None:
        current = self._current()
        if current is not None:
            self._limits[current.weights_id] = limit
            self._draw()

    def _choose(self, box: QComboBox, data: object) -> None:
        box.setCurrentIndex(max(box.findData(data), 0))

    # Qt's events

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the work, and remember the window."""
        self._work.cancel()
        self._store.set(settings.INSPECTION_GEOMETRY, self.saveGeometry())
        super().closeEvent(event)


def _placed(inspected: Inspected) -> QTransform:
    """From pixels of the reduced original to the coordinates of the model's image."""
    place = inspected.encoded.placement
    down, across = inspected.reduction
    (top, left), (bottom, right) = place.to_model([(0, 0), (down, across)])
    return QTransform(right - left, 0, 0, bottom - top, left, top)


def _named(what: str, method: str) -> str:
    """A check as its findings are kept: two of them are the same for all methods."""
    return what if what in (OCCLUSION, "randomised") else f"{what} {method}"
