"""Beside the maps: what moved the score, the methods, and what the checks of a map found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from verte_core.inspection.methods import GRAD_CAM, METHODS, OCCLUSION, agreement, relative
from verte_core.results import TASKS
from verte_desktop import theme, wording
from verte_desktop.inspection.contribution_bar import ContributionBar
from verte_desktop.language import QT_TR_NOOP, said, tr
from verte_desktop.session.inspection_work import Checked, Explained, Inspected
from verte_desktop.theme import label, show

if TYPE_CHECKING:
    from verte_core.inspection.checks import Faithfulness, Randomised

_BUTTONS = {
    "occlusion": QT_TR_NOOP("Occlusion"),
    "faithfulness": QT_TR_NOOP("Deletion and insertion"),
    "randomised": QT_TR_NOOP("Random weights"),
    "road": QT_TR_NOOP("ROAD"),
}
_WIDTH = 340


class SidePanel(QScrollArea):
    """What is said of one score of one image.

    Attributes:
        check_asked: a check by the name of its field in ``Checked``.
        method_chosen: a method by its name.
    """

    check_asked = Signal(str)
    method_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(10, 8, 10, 8)
        self.score = label(role="heading", wrap=True)
        self.bar = ContributionBar()
        self.explained = label(role="quiet", wrap=True)
        self.where = label(role="notice", wrap=True)
        self.where.hide()
        self.notice = label(role="notice", wrap=True)
        self.notice.hide()
        self.table = self._table()
        self.progress = QProgressBar()
        self.progress.setTextVisible(True)
        self.progress.hide()
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setShortcut("Esc")
        self.cancel.hide()
        self.buttons: dict[str, QPushButton] = {}
        grid = QGridLayout()
        for place, (name, title) in enumerate(_BUTTONS.items()):
            button = self.buttons[name] = QPushButton(tr(title))
            button.clicked.connect(partial(self.check_asked.emit, name))
            grid.addWidget(button, place // 2, place % 2)
        self.plot: pg.PlotWidget | None = None
        self._plot_place = QVBoxLayout()
        self.findings = label(wrap=True)
        self.findings.setAccessibleName(tr("What the checks found"))
        above: tuple[QWidget, ...] = (
            self.score,
            label(tr("What moved the score, in log odds"), "quiet"),
            self.bar,
            self.explained,
            self.where,
            label(tr("Methods"), "heading"),
            self.table,
            label(tr("Checks of the map"), "heading"),
        )
        for part in above:
            column.addWidget(part)
        column.addLayout(grid)
        for part in (self.progress, self.cancel, self.findings):
            column.addWidget(part)
        column.addLayout(self._plot_place)
        column.addWidget(self.notice)
        column.addStretch(1)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(_WIDTH)
        self.setWidget(inside)

    def show_nothing(self) -> None:
        """There is no score."""
        self.enable_checks(False)
        self.bar.show_parts(None)
        for each in (self.explained, self.where, self.findings, self.score):
            show(each, "")
        self.table.setRowCount(0)

    def show_score(self, task: str, inspected: Inspected, explained: Explained, unlike: str) -> None:
        """A score and what moved it; ``unlike`` is said of a picture that the weights do not know."""
        self.enable_checks(True)
        show(self.score, f"{TASKS[task].title} {wording.text_of(explained.score)}")
        self.bar.show_parts(explained.contributions)
        in_padding, in_air = explained.shares
        assumed = tr("The BMI is not known, and counts as the mean of the training.")
        lines = [
            tr("The parts add up to the log odds of the score; the image's part is the sum of its cells."),
            tr(
                "Of what raised it, {padding:.0%} lies in the padding and {air:.0%} outside the body.",
                padding=in_padding,
                air=in_air,
            ),
            ""
            if explained.on_bodies is None
            else tr("On the vertebrae of the truth lies {share:.0%}.", share=explained.on_bodies),
            _fractures(inspected),
            assumed if explained.contributions.is_bmi_assumed else "",
        ]
        show(self.explained, " ".join(filter(None, lines)))
        show(self.where, said(explained.where))
        said_of = [unlike, inspected.trained_on.short_notice, inspected.missing, inspected.truth]
        show(self.notice, "\n".join(said(each) for each in said_of if each))

    def show_methods(self, explained: Explained, covered: npt.NDArray[np.float32] | None) -> None:
        """The methods, and occlusion where it was made: what ``covered`` took away (h, w)."""
        rows = [
            (METHODS[name].title, each.agreement, f"{each.seconds * 1000:.1f} ms", name)
            for name, each in explained.maps.items()
        ]
        if covered is not None:
            agrees = agreement(relative(covered), explained.maps[GRAD_CAM].cells)
            rows.append((METHODS[OCCLUSION].title, agrees, "", OCCLUSION))
        self.table.setRowCount(len(rows))
        for row, (title, agrees, seconds, name) in enumerate(rows):
            cells = (title, tr("none") if agrees is None else f"r {agrees:.2f}", seconds)
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(f"{METHODS[name].source}. {said(METHODS[name].remark)}".strip())
                item.setData(Qt.ItemDataRole.UserRole, name)
                self.table.setItem(row, column, item)
        height = self.table.horizontalHeader().height() + 4
        height += sum(self.table.rowHeight(row) for row in range(len(rows)))
        self.table.setFixedHeight(height)

    def show_findings(self, method: str, found: Sequence[Checked]) -> None:
        """What the checks found of the map of a method, by its title."""
        if self.plot is not None:
            self.plot.clear()
            self.plot.hide()
        lines = []
        for each in found:
            if each.faithfulness is not None:
                lines.append(_of_curves(method, each.faithfulness))
                self._plot(each.faithfulness)
            if each.randomised is not None:
                lines.append(_of_shuffled(each.randomised))
            if each.road is not None:
                lines.append(_of_road(method, each.road))
            if each.occlusion is not None:
                lines.append(tr("Occlusion stands among the methods."))
        show(self.findings, "\n".join(lines))

    def show_work(self, doing: str, done_of: tuple[int, int]) -> None:
        """What is being done, in words, and how far it is; empty for nothing."""
        done, total = done_of
        self.progress.setVisible(bool(doing))
        self.cancel.setVisible(bool(doing))
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress.setFormat(f"{doing}: {done} / {total}" if total else doing)

    def enable_checks(self, on: bool) -> None:
        """Whether a check can be asked for."""
        for button in self.buttons.values():
            button.setEnabled(on)

    def _table(self) -> QTableWidget:
        table = QTableWidget(0, 3)
        table.setHorizontalHeaderLabels([tr("Method"), tr("Agreement"), tr("Time")])
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place in (1, 2):
            table.horizontalHeader().setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        table.setAccessibleName(tr("Methods, and how far each agrees with Grad-CAM"))
        table.itemActivated.connect(lambda item: self.method_chosen.emit(item.data(Qt.ItemDataRole.UserRole)))
        return table

    def _plot(self, curves: Faithfulness) -> None:
        plot = self._plotted()
        plot.show()
        for curve, name, colour in (
            (curves.deletion, tr("deletion"), theme.ZONES["high"]),
            (curves.insertion, tr("insertion"), theme.ACCENT),
            (curves.random_deletion, tr("random"), theme.QUIET),
        ):
            plot.plot(curve.fractions, curve.scores, pen=pg.mkPen(colour, width=2), name=name)

    def _plotted(self) -> pg.PlotWidget:
        """The plot of the curves, which takes its time to make."""
        if self.plot is None:
            plot = self.plot = pg.PlotWidget(background=theme.FIELD)
            plot.setFixedHeight(170)
            plot.setLabel("bottom", tr("Share of the cells"))
            plot.setLabel("left", tr("Score"))
            plot.setYRange(0, 1)
            plot.setMouseEnabled(False, False)
            plot.setMenuEnabled(False)
            plot.hideButtons()
            plot.addLegend(offset=(-4, 4))
            self._plot_place.addWidget(plot)
        return self.plot


def _of_curves(method: str, found: Faithfulness) -> str:
    return tr(
        "{method}: area of deletion {deletion:.2f} (random order {random:.2f}; less is better), "
        "of insertion {insertion:.2f} ({other:.2f}; more is better).",
        method=method,
        deletion=found.deletion.area,
        random=found.random_deletion.area,
        insertion=found.insertion.area,
        other=found.random_insertion.area,
    )


def _of_shuffled(found: Randomised) -> str:
    return tr(
        "Random weights: rank correlation of the map with its like of shuffled layers behind the encoder "
        "{head:.2f}, of a wholly shuffled network {network}. Near 0 the map depends on what was learnt.",
        head=found.head,
        network=tr("none") if found.network is None else f"{found.network:.2f}",
    )


def _of_road(method: str, value: float) -> str:
    return tr(
        "{method}: ROAD {value:+.2f}; above 0 the strong cells matter more than the weak ones.",
        method=method,
        value=value,
    )


def _fractures(inspected: Inspected) -> str:
    found = [f"{level} ({grade})" for level, grade, _ in inspected.outlines if grade]
    if not inspected.outlines:
        return ""
    return tr("Fractured by the truth, with its grade: {levels}.", levels=", ".join(found) or tr("none"))
