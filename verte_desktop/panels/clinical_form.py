"""Age, sex and BMI of the patient: from the file, or as typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QValidator
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

from verte_desktop.language import said as translated
from verte_desktop.language import tr
from verte_desktop.session.session import Session
from verte_desktop.theme import label, show, tooltip
from verte_desktop.wheel import scrolls_past

_FIELDS = (
    ("age", "Age", "years"),
    ("bmi", "BMI", "kg/m²"),
    ("height", "Height", "cm"),
    ("weight", "Weight", "kg"),
)
_SEXES = (("", "not given"), ("F", "female"), ("M", "male"))
_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
_ORDER = ("age", "sex", "bmi", "height", "weight")


class _Number(QValidator):
    """Takes digits with a point or a comma, and nothing else from a keyboard."""

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        takes = all(each.isdecimal() or each in "., " for each in text)
        return (QValidator.State.Acceptable if takes else QValidator.State.Invalid), text, position


class ClinicalForm(QWidget):
    """Shows the session's draft and changes it; ``left`` gives the keys back to the image."""

    left = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        heading = label("Patient", "heading")
        self._restore = QPushButton(tr("Restore"))
        # The form must not jump when it comes and goes.
        room = self._restore.sizePolicy()
        room.setRetainSizeWhenHidden(True)
        self._restore.setSizePolicy(room)
        self._restore.setToolTip(tr("Take back what was edited"))
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
            edit.setValidator(_Number(edit))
            edit.inputRejected.connect(lambda name=name: self._reject(name))
            edit.installEventFilter(self)
            edit.textEdited.connect(lambda text, name=name: session.edit(name, text.strip()))
            self.edits[name] = edit
            self._add_row(grid, name, title, edit, unit)
        self.edits["bmi"].editingFinished.connect(session.leave_bmi)
        self.sex = QComboBox()
        self.sex.installEventFilter(self)
        scrolls_past(self.sex)
        for value, title in _SEXES:
            self.sex.addItem(translated(title), value)
        self.sex.activated.connect(lambda index: session.edit("sex", _SEXES[index][0]))
        self._add_row(grid, "sex", "Sex", self.sex, "")
        self.bmi_unknown = QCheckBox(tr("BMI unknown: score over its usual range"))
        self.bmi_unknown.toggled.connect(session.set_bmi_unknown)
        grid.addWidget(self.bmi_unknown, 2 * len(_ORDER), 0, 1, 4)
        self.doubt = label(role="error", wrap=True)
        self.take_pounds = QPushButton()
        self.take_pounds.clicked.connect(session.take_weight_for_pounds)
        for row, part in enumerate((self.doubt, self.take_pounds), 2 * len(_ORDER) + 1):
            grid.addWidget(part, row, 0, 1, 4)
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
        field.setAccessibleName(
            tr("{title} in {unit}", title=translated(title), unit=unit) if unit else translated(title)
        )
        self.origins[name] = label(role="quiet")
        self.errors[name] = label(role="error", wrap=True)
        grid.addWidget(heading, row, 0)
        grid.addWidget(field, row, 1)
        grid.addWidget(label(unit, "quiet"), row, 2)
        grid.addWidget(self.origins[name], row, 3)
        grid.addWidget(self.errors[name], row + 1, 0, 1, 4)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return and Esc end the typing, though Esc is a shortcut elsewhere."""
        if not isinstance(event, QKeyEvent) or event.key() not in _ENDS:
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            self.left.emit()
            return True
        return super().eventFilter(watched, event)

    def _reject(self, name: str) -> None:
        """Say why a key did nothing, until the next one."""
        self.errors[name].setText("Only digits, with a point or a comma.")
        self.errors[name].show()

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
        question = draft.doubt() if opened else None
        show(self.doubt, question or "")
        self.take_pounds.setVisible(question is not None)
        self.take_pounds.setText(tr("It is in pounds: take {weight} kg", weight=draft.weight_in_kg().weight))
        self.origins["age"].setToolTip(tooltip((radiograph and radiograph.header.age_source) or ""))
        self._restore.setVisible(opened and draft.is_edited())
