"""What is measured on the image: the list, the name of a vertebra, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from verte_core.measuring.items import POINTS_OF, UNKNOWN_SCALE, Line, said
from verte_core.measuring.vertebra import LEVELS, POINTS, Vertebra
from verte_desktop import language
from verte_desktop.language import QT_TR_NOOP, tr
from verte_desktop.session.measuring import VERTEBRA, Measuring
from verte_desktop.theme import label, show
from verte_desktop.wheel import scrolls_past

_POINTS = {
    "anterior_superior": QT_TR_NOOP("the front of the upper end plate"),
    "mid_superior": QT_TR_NOOP("the middle of the upper end plate"),
    "posterior_superior": QT_TR_NOOP("the back of the upper end plate"),
    "posterior_inferior": QT_TR_NOOP("the back of the lower end plate"),
    "mid_inferior": QT_TR_NOOP("the middle of the lower end plate"),
    "anterior_inferior": QT_TR_NOOP("the front of the lower end plate"),
}
_PROMPTS = {
    "length": QT_TR_NOOP("Place the two ends of the length"),
    "angle": QT_TR_NOOP("Place one arm, the vertex and the other arm of the angle"),
    "cobb": QT_TR_NOOP("Place two points on one end plate, then two on the other"),
    "calibration": QT_TR_NOOP("Place the two ends of an object of known length"),
}


class MeasurementPanel(QWidget):
    """Shown while something is measured, or a tool is taken up."""

    def __init__(self, measuring: Measuring) -> None:
        super().__init__()
        self._measuring = measuring
        self.prompt = label(wrap=True)
        self.prompt.setAccessibleName(tr("Next point"))
        self.level = QComboBox()
        self.level.addItems(LEVELS)
        self.level.setAccessibleName(tr("Level of the vertebra"))
        self.level.textActivated.connect(measuring.name)
        self.known = QDoubleSpinBox()
        self.known.setRange(1, 1000)
        self.known.setSuffix(" mm")
        self.known.setAccessibleName(tr("Known length"))
        self.known.valueChanged.connect(measuring.calibrate)
        for control in (self.level, self.known):
            scrolls_past(control)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setAccessibleName(tr("Measurements"))
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setMaximumHeight(220)
        self.list.currentRowChanged.connect(self._selected)
        self.delete = QPushButton(tr("Delete"))
        self.delete.clicked.connect(measuring.delete)
        self.done = QPushButton(tr("Done"))
        self.done.clicked.connect(lambda: measuring.start(""))
        self.remark = label(role="quiet", wrap=True)
        row = QHBoxLayout()
        for part in (self.level, self.known, self.delete, self.done):
            row.addWidget(part)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label(tr("Measurements"), "heading"))
        column.addWidget(self.prompt)
        column.addLayout(row)
        column.addWidget(self.list)
        column.addWidget(self.remark)
        measuring.changed.connect(self.refresh)
        self.refresh()

    def _selected(self, row: int) -> None:
        self._measuring.select(row if row >= 0 else None)

    def refresh(self) -> None:
        """Show what is measured now."""
        measuring = self._measuring
        items, scale = measuring.items, measuring.scale()
        self.setVisible(bool(items.items or measuring.tool))
        lines = [language.said(said(each, items, scale)) for each in items.items]
        with QSignalBlocker(self.list):
            if lines != [self.list.item(row).text() for row in range(self.list.count())]:
                self.list.clear()
                self.list.addItems(lines)
            self.list.setCurrentRow(-1 if measuring.selected is None else measuring.selected)
        self.list.setVisible(bool(lines))
        self.list.setFixedHeight(min(max(len(lines), 1) * 54 + 6, 220))
        chosen = items.items[measuring.selected] if measuring.selected is not None else None
        with QSignalBlocker(self.level), QSignalBlocker(self.known):
            named = isinstance(chosen, Vertebra) and not measuring.draft
            self.level.setCurrentText(
                chosen.level if named and isinstance(chosen, Vertebra) else measuring.level
            )
            known = chosen.known_mm if isinstance(chosen, Line) and chosen.known_mm else measuring.known_mm
            self.known.setValue(known)
        self.level.setVisible(measuring.tool == VERTEBRA or isinstance(chosen, Vertebra))
        is_calibration = isinstance(chosen, Line) and chosen.kind == "calibration"
        self.known.setVisible(measuring.tool == "calibration" or is_calibration)
        self.delete.setEnabled(bool(measuring.draft) or chosen is not None)
        self.done.setVisible(bool(measuring.tool))
        show(self.prompt, self._prompt())
        remark = UNKNOWN_SCALE if scale.mm is None and items.items else scale.remark
        show(self.remark, language.said(remark) if items.items else "")

    def _prompt(self) -> str:
        measuring = self._measuring
        placed = len(measuring.draft)
        if measuring.tool == VERTEBRA:
            return tr(
                "{level}: place {point} ({number} of {all}). Arrows and Enter do without the mouse.",
                level=measuring.level,
                point=tr(_POINTS[POINTS[placed]]),
                number=placed + 1,
                all=len(POINTS),
            )
        if measuring.tool in _PROMPTS:
            count = POINTS_OF[measuring.tool]  # type: ignore[index]
            return f"{tr(_PROMPTS[measuring.tool])} ({placed + 1} / {count})."
        return ""
