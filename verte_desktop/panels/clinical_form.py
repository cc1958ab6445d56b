"""Age, sex and BMI of the patient: from the file, or as typed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from verte_desktop.session.session import Session
from verte_desktop.theme import label, tooltip
from verte_desktop.wheel import scrolls_past

_FIELDS = (
    ("age", "Age", "years"),
    ("bmi", "BMI", "kg/m²"),
    ("height", "Height", "cm"),
    ("weight", "Weight", "kg"),
)
_SEXES = (("", "not given"), ("F", "female"), ("M", "male"))
_ORDER = ("age", "sex", "bmi", "height", "weight")


class ClinicalForm(QWidget):
    """Shows the session's draft and changes it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        heading = label("Patient", "heading")
        self._restore = QPushButton("Restore")
        # The form must not jump when it comes and goes.
        room = self._restore.sizePolicy()
        room.setRetainSizeWhenHidden(True)
        self._restore.setSizePolicy(room)
        self._restore.setToolTip("Take back what was edited")
        self._restore.clicked.connect(session.restore_draft)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.edits: dict[str, QLineEdit] = {}
        self.origins: dict[str, QLabel] = {}
        self.errors: dict[str, QLabel] = {}
        for name, title, unit in _FIELDS:
            edit = QLineEdit()
            edit.setMaxLength(8)
            edit.setAcceptDrops(False)
            edit.textEdited.connect(lambda text, name=name: session.edit(name, text.strip()))
            self.edits[name] = edit
            self._add_row(grid, name, title, edit, unit)
        self.sex = QComboBox()
        scrolls_past(self.sex)
        for value, title in _SEXES:
            self.sex.addItem(title, value)
        self.sex.activated.connect(lambda index: session.edit("sex", _SEXES[index][0]))
        self._add_row(grid, "sex", "Sex", self.sex, "")
        self.bmi_unknown = QCheckBox("BMI unknown: score over its usual range")
        self.bmi_unknown.toggled.connect(session.set_bmi_unknown)
        grid.addWidget(self.bmi_unknown, 2 * len(_ORDER), 0, 1, 4)
        self._grid = grid
        top = QGridLayout()
        top.addWidget(heading, 0, 0)
        top.addWidget(self._restore, 0, 1, Qt.AlignmentFlag.AlignRight)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top)
        column.addLayout(grid)
        QWidget.setTabOrder(self.edits["age"], self.sex)
        QWidget.setTabOrder(self.sex, self.edits["bmi"])
        session.draft_changed.connect(self._refresh)
        self._refresh()

    def _add_row(self, grid: QGridLayout, name: str, title: str, field: QWidget, unit: str) -> None:
        row = 2 * _ORDER.index(name)
        heading = label(title)
        heading.setBuddy(field)
        field.setAccessibleName(f"{title} in {unit}" if unit else title)
        self.origins[name] = label(role="quiet")
        self.errors[name] = label(role="error", wrap=True)
        grid.addWidget(heading, row, 0)
        grid.addWidget(field, row, 1)
        grid.addWidget(label(unit, "quiet"), row, 2)
        grid.addWidget(self.origins[name], row, 3)
        grid.addWidget(self.errors[name], row + 1, 0, 1, 4)

    def _refresh(self) -> None:
        draft, radiograph = self._session.shown.draft, self._session.shown.radiograph
        opened = radiograph is not None
        errors = draft.check().errors
        self.setEnabled(opened)
        for name, edit in self.edits.items():
            text = draft.bmi_text() if name == "bmi" else getattr(draft, name)
            if edit.text().strip() != text:
                edit.setText(text)
            edit.setEnabled(opened and (name == "age" or not draft.bmi_unknown))
        self.sex.setCurrentIndex(self.sex.findData(draft.sex))
        self.bmi_unknown.setChecked(draft.bmi_unknown)
        for name in _ORDER:
            origin = draft.origin(name)
            if name == "bmi" and not draft.bmi and draft.bmi_text():
                origin = "computed"
            self.origins[name].setText(origin)
            self.errors[name].setText(errors.get(name, ""))
            self.errors[name].setVisible(name in errors)
        self.origins["age"].setToolTip(tooltip((radiograph and radiograph.header.age_source) or ""))
        self._restore.setVisible(opened and draft.is_edited())
