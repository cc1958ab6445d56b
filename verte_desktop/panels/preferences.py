"""The preferences: a dialog made from the table of settings, and the keys of the commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from verte_desktop.actions import Command
from verte_desktop.language import said, tr
from verte_desktop.session import settings
from verte_desktop.session.settings import Setting, Settings
from verte_desktop.theme import label, show, tooltip
from verte_desktop.wheel import scrolls_past


def keys_of(store: Settings) -> dict[str, tuple[str, ...]]:
    """The keys that the reader gave to commands, by id."""
    found = {}
    for line in store.get(settings.SHORTCUTS):
        command, _, keys = line.partition(" ")
        found[command] = tuple(filter(None, [keys]))
    return found


class Preferences(QDialog):
    """Changes settings at once where they can take effect at once.

    Args:
        changed: called after each change.
    """

    def __init__(
        self,
        parent: QWidget,
        store: Settings,
        commands: Sequence[Command[Any]],
        changed: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Preferences"))
        self.resize(620, 520)
        self._store, self._changed = store, changed
        self.edits: dict[str, QWidget] = {}
        self._tabs = QTabWidget()
        for group in dict.fromkeys(each.group for each in settings.SHOWN):
            self._tabs.addTab(
                self._page([each for each in settings.SHOWN if each.group == group]), said(group)
            )
        self.keys = _Keys(store, commands, changed)
        self._tabs.addTab(self.keys, tr("Keys"))
        self._later = label(role="quiet", wrap=True)
        self._later.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(self._tabs)
        column.addWidget(self._later)
        column.addWidget(buttons)

    def _page(self, shown: Iterable[Setting[Any]]) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for setting in shown:
            edit = self._edit(setting)
            edit.setAccessibleName(said(setting.title))
            if self._store.is_fixed(setting):
                edit.setEnabled(False)
                edit.setToolTip(tooltip(tr("Fixed by the administrator of this computer.")))
            self.edits[setting.key] = edit
            if isinstance(edit, QCheckBox):
                form.addRow(edit)
            else:
                form.addRow(label(said(setting.title), wrap=True), edit)
        return page

    def _edit(self, setting: Setting[Any]) -> QWidget:
        value = self._store.get(setting)
        if setting.choices:
            box = QComboBox()
            for each, title in setting.choices.items():
                box.addItem(said(title), each)
            box.setCurrentIndex(box.findData(value))
            box.activated.connect(lambda _: self._set(setting, box.currentData()))
            scrolls_past(box)
            return box
        if isinstance(setting.default, bool):
            check = QCheckBox(said(setting.title))
            check.setChecked(value)
            check.clicked.connect(lambda on: self._set(setting, on))
            return check
        if setting.limits:
            low, high, step = setting.limits
            number = QDoubleSpinBox()
            number.setRange(low, high)
            number.setSingleStep(step)
            number.setDecimals(1)
            number.setValue(value)
            number.valueChanged.connect(lambda new: self._set(setting, round(new, 1)))
            scrolls_past(number)
            return number
        return _Paths(setting, value, partial(self._set, setting))

    def _set(self, setting: Setting[Any], value: Any) -> None:
        self._store.set(setting, value)
        if setting.next_start:
            show(self._later, tr("This takes effect when the program is started again."))
        self._changed()


class _Paths(QWidget):
    """A folder, or several files, with a button that asks for them."""

    def __init__(self, setting: Setting[Any], value: Any, changed: Callable[[Any], None]) -> None:
        super().__init__()
        self._is_folder, self._changed = setting.kind == "folder", changed
        self.edit = QLineEdit(value if self._is_folder else "; ".join(value))
        self.edit.setReadOnly(not self._is_folder)
        self.edit.setAccessibleName(said(setting.title))
        self.edit.editingFinished.connect(lambda: self._changed(self._value()))
        ask, clear = QPushButton(tr("Choose…")), QPushButton(tr("Clear"))
        ask.clicked.connect(self._ask)
        clear.clicked.connect(lambda: self._take([]))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for part in (self.edit, ask, clear):
            row.addWidget(part)

    def _ask(self) -> None:
        if self._is_folder:
            name = QFileDialog.getExistingDirectory(self, tr("Choose a folder"), self.edit.text())
            names = [name] if name else []
        else:
            names, _ = QFileDialog.getOpenFileNames(
                self, tr("Choose weights"), filter=tr("Weights (*.safetensors)")
            )
        if names:
            self._take(names)

    def _take(self, names: list[str]) -> None:
        self.edit.setText("; ".join(names))
        self._changed(self._value() if self._is_folder else names)

    def _value(self) -> Any:
        text = self.edit.text()
        return text if self._is_folder else [each for each in text.split("; ") if each]


class _Keys(QWidget):
    """The keys of the commands; a key that another one has is refused with its name."""

    def __init__(
        self, store: Settings, commands: Sequence[Command[Any]], changed: Callable[[], None]
    ) -> None:
        super().__init__()
        self._store, self._changed = store, changed
        self._commands = {each.id: each for each in commands}
        own = keys_of(store)
        self._keys = {each.id: own.get(each.id, each.keys) for each in commands}
        self.table = QTableWidget(len(commands), 2)
        self.table.setHorizontalHeaderLabels([tr("Command"), tr("Key")])
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setAccessibleName(tr("Keys of the commands"))
        self.table.setTabKeyNavigation(False)
        self.table.itemSelectionChanged.connect(self._selected)
        for row, command in enumerate(commands):
            self.table.setItem(row, 0, QTableWidgetItem(f"{said(command.menu)}: {said(command.text)}"))
            self.table.setItem(row, 1, QTableWidgetItem(" / ".join(self._keys[command.id])))
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        self.edit.setAccessibleName(tr("New key"))
        self.edit.editingFinished.connect(self._edited)
        self.none, self.former = QPushButton(tr("No key")), QPushButton(tr("As it was"))
        self.none.clicked.connect(lambda: self._give(()))
        self.former.clicked.connect(self._give_back)
        self.problem = label(role="error", wrap=True)
        self.problem.hide()
        row_of_edits = QHBoxLayout()
        for part in (self.edit, self.none, self.former):
            row_of_edits.addWidget(part)
        column = QVBoxLayout(self)
        column.addWidget(self.table)
        column.addWidget(label(tr("Choose a command above, then press its new key here:"), "quiet"))
        column.addLayout(row_of_edits)
        column.addWidget(self.problem)

    def _chosen(self) -> str | None:
        rows = {index.row() for index in self.table.selectedIndexes()}
        return list(self._commands)[rows.pop()] if rows else None

    def _selected(self) -> None:
        self.problem.hide()
        self.edit.clear()

    def _edited(self) -> None:
        keys = self.edit.keySequence()
        chosen = self._chosen()
        if keys.isEmpty() or chosen is None:
            return
        other = next((name for name, own in self._keys.items() if name != chosen and _has(own, keys)), None)
        if other is not None:
            taken = tr("{key} is the key of “{command}”.")
            show(
                self.problem,
                taken.format(key=keys.toString(), command=said(self._commands[other].text)),
            )
            self.edit.clear()
            return
        self._give((keys.toString(QKeySequence.SequenceFormat.PortableText),))

    def _give_back(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._give(self._commands[chosen].keys)

    def _give(self, keys: tuple[str, ...]) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        self._keys[chosen] = keys
        self.table.setItem(self.table.currentRow(), 1, QTableWidgetItem(" / ".join(keys)))
        self.problem.hide()
        changed = [
            f"{name} {own[0] if own else ''}".rstrip()
            for name, own in self._keys.items()
            if own != self._commands[name].keys
        ]
        self._store.set(settings.SHORTCUTS, changed)
        self._changed()


def _has(own: tuple[str, ...], keys: QKeySequence) -> bool:
    return any(QKeySequence(each) == keys for each in own)
