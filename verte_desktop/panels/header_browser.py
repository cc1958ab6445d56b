"""The elements of a DICOM header in a table that can be filtered and copied."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from verte_core.files import without_formula
from verte_desktop import theme
from verte_desktop.language import said, tr

_COLUMNS = ("Tag", "VR", "Keyword", "Value")
_Index = QModelIndex | QPersistentModelIndex


class _Rows(QAbstractTableModel):
    def __init__(self, rows: list[tuple[str, str, str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_COLUMNS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        text = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.ToolTipRole:
            return theme.tooltip(text)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return said(_COLUMNS[section])
        return None


class HeaderBrowser(QDialog):
    """Shows tag, VR, keyword and value of each element; nothing can be changed."""

    def __init__(self, parent: QWidget, rows: list[tuple[str, str, str, str]]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("DICOM header"))
        self.resize(820, 600)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter by tag, keyword or value"))
        self.filter.setAccessibleName(tr("Filter"))
        self.filter.setClearButtonEnabled(True)
        self._filtered = QSortFilterProxyModel(self)
        self._filtered.setSourceModel(_Rows(rows, self))
        self._filtered.setFilterKeyColumn(-1)
        self._filtered.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.filter.textChanged.connect(self._filtered.setFilterFixedString)
        self.table = QTableView()
        self.table.setAccessibleName(tr("Elements of the header"))
        self.table.setModel(self._filtered)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setWordWrap(False)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.resizeColumnsToContents()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy_button = buttons.addButton(tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.setToolTip(tr("Copy the selected rows, or all that are shown"))
        self.copy_button.clicked.connect(self._copy)
        buttons.rejected.connect(self.close)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._copy)
        column = QVBoxLayout(self)
        column.addWidget(self.filter)
        column.addWidget(self.table)
        column.addWidget(buttons)

    def _copy(self) -> None:
        shown = self._filtered
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        lines = [
            "\t".join(_cell(shown.index(row, column).data()) for column in range(len(_COLUMNS)))
            for row in rows or range(shown.rowCount())
        ]
        QGuiApplication.clipboard().setText("\n".join(lines))


def _cell(text: str) -> str:
    """A text that stays one cell, and no formula, in a spreadsheet that it is pasted into."""
    return without_formula(" ".join(text.split()))
