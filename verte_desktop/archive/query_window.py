"""The archive's studies: looked for, listed, and opened from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from verte_core.errors import VerteError
from verte_desktop import wheel
from verte_desktop.archive.nodes_dialog import NodesDialog
from verte_desktop.language import said as translated
from verte_desktop.language import tr
from verte_desktop.session.archive_work import MOST_STUDIES, ArchiveWork
from verte_desktop.theme import label, show

if TYPE_CHECKING:
    from verte_core.pacs.archive import Query, Study

_COLUMNS = ("Date", "Patient id", "Name", "Modality", "Description", "Objects")
_NO_NODES = "There is no node yet: Nodes… adds the archive of your hospital."


class QueryWindow(QDialog):
    """Asks an archive; it stays when it is closed, and never holds up the program.

    Args:
        work: asks and fetches.
        opened: takes the files of a study that came.
    """

    def __init__(
        self, parent: QWidget, work: ArchiveWork, opened: Callable[[Sequence[Path]], object]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Query the archive"))
        self.resize(900, 560)
        self._work, self._opened = work, opened
        self._studies: list[Study] = []
        self.node = QComboBox()
        self.node.setAccessibleName(tr("Node"))
        wheel.scrolls_past(self.node)
        self.patient_id, self.patient_name, self.date = QLineEdit(), QLineEdit(), QLineEdit()
        self.patient_id.setPlaceholderText(tr("* and ? stand for any characters"))
        self.patient_name.setPlaceholderText(tr("Family^Given, or Family*"))
        self.date.setPlaceholderText(tr("2026-11-27, or 2026-11-01..2026-11-27"))
        self.modality = QComboBox()
        for code in ("CR", "DX", "OT"):
            self.modality.addItem(code, code)
        self.modality.addItem(tr("any"), "")
        self.modality.setCurrentIndex(self.modality.count() - 1)
        nodes, self.search_button = QPushButton(tr("Nodes…")), QPushButton(tr("Search"))
        self.search_button.setDefault(True)
        grid = QGridLayout()
        fields = (
            ("Node", self.node),
            ("Patient id", self.patient_id),
            ("Name", self.patient_name),
            ("Date", self.date),
            ("Modality", self.modality),
        )
        for row, (title, field) in enumerate(fields):
            field.setAccessibleName(translated(title))
            grid.addWidget(label(title), row, 0)
            grid.addWidget(field, row, 1)
        grid.addWidget(nodes, 0, 2)
        grid.addWidget(self.search_button, len(fields) - 1, 2)
        grid.setColumnStretch(1, 1)
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setAccessibleName(tr("Studies"))
        self.table.setHorizontalHeaderLabels([translated(each) for each in _COLUMNS])
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(4, QHeaderView.ResizeMode.Stretch)
        self.said = label(wrap=True)
        self.open_button = QPushButton(tr("Open"))
        self.priors_button = QPushButton(tr("All of this patient"))
        self.cancel_button = QPushButton(tr("Cancel"))
        buttons = QHBoxLayout()
        buttons.addWidget(self.said, 1)
        for button in (self.cancel_button, self.priors_button, self.open_button):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.addLayout(grid)
        column.addWidget(self.table, 1)
        column.addLayout(buttons)
        nodes.setAutoDefault(False)
        nodes.clicked.connect(self.edit_nodes)
        self.search_button.clicked.connect(self.search)
        self.cancel_button.clicked.connect(work.cancel)
        self.priors_button.clicked.connect(self.search_patient)
        self.open_button.clicked.connect(self.open_study)
        self.table.itemDoubleClicked.connect(lambda _: self.open_study())
        self.table.itemSelectionChanged.connect(self._refresh)
        work.changed.connect(self._refresh)
        self.list_nodes()

    def list_nodes(self) -> None:
        """Those of the file."""
        chosen = self.node.currentText()
        self.node.clear()
        try:
            self.node.addItems(list(self._work.nodes()))
        except VerteError as error:
            show(self.said, str(error))
            return
        self.node.setCurrentText(chosen)
        self._refresh()
        if not self.node.count():
            show(self.said, _NO_NODES)

    def edit_nodes(self) -> None:
        """Show the dialog that changes them."""
        try:
            NodesDialog(self, self._work, self.list_nodes).open()
        except VerteError as error:
            show(self.said, str(error))

    def search(self) -> None:
        """List the studies that fit what was entered."""
        from verte_core.pacs.archive import Query, dated

        modality = self.modality.currentData()
        try:
            dates = dated(self.date.text())
        except VerteError as error:
            show(self.said, str(error))
            return
        self._search(
            Query(
                self.patient_id.text().strip(),
                self.patient_name.text().strip(),
                dates,
                modality,
            )
        )

    def search_patient(self) -> None:
        """List all studies of the patient of the chosen one, for comparison with earlier ones."""
        from verte_core.pacs.archive import Query

        study = self._study()
        if study is not None and study.patient_id:
            self._search(Query(patient_id=_literal(study.patient_id)))

    def open_study(self) -> None:
        """Fetch the images of the chosen study, and show the first."""
        study = self._study()
        if study is not None:
            self._work.fetch(self.node.currentText(), study.uid, self._came)

    def _came(self, paths: list[Path]) -> None:
        if paths:
            self._opened(paths)
            show(self.said, "Opened: 1 image." if len(paths) == 1 else f"Opened: {len(paths)} images.")

    def _search(self, query: Query) -> None:
        if not any((query.patient_id, query.patient_name, query.dates, query.modality)):
            show(self.said, "Enter a patient, a date or a modality: all studies of an archive are too many.")
            return
        if self.node.currentText():
            self._work.search(self.node.currentText(), query, self._found)

    def _found(self, studies: list[Study]) -> None:
        self._studies = studies
        self.table.setRowCount(len(studies))
        for row, study in enumerate(studies):
            cells = (
                _day(study.date),
                study.patient_id,
                study.patient_name,
                ", ".join(study.modalities),
                study.description,
                "" if study.images is None else str(study.images),
            )
            for column, text in enumerate(cells):
                self.table.setItem(row, column, QTableWidgetItem(text))
        if studies:
            self.table.selectRow(0)
        number = f"{len(studies)} studies." if len(studies) != 1 else "1 study."
        most = f" There may be more than these {MOST_STUDIES}." if len(studies) >= MOST_STUDIES else ""
        show(self.said, f"{number if studies else 'No study fits.'}{most}")

    def _study(self) -> Study | None:
        rows = self.table.selectionModel().selectedRows()
        return self._studies[rows[0].row()] if rows else None

    def _refresh(self) -> None:
        busy = bool(self._work.doing)
        study = self._study()
        self.cancel_button.setEnabled(busy)
        self.search_button.setEnabled(self.node.count() > 0)
        self.open_button.setEnabled(study is not None and not busy)
        self.priors_button.setEnabled(study is not None and bool(study.patient_id) and not busy)
        if busy:
            show(self.said, f"{self._work.doing} …")
        elif self._work.problem is not None:
            show(self.said, self._work.problem.sentence)
        elif self.said.text().endswith("…"):
            show(self.said, "")


def _day(date: str) -> str:
    """ISO 8601 of a date that DICOM has."""
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 and date.isdigit() else date


def _literal(patient_id: str) -> str:
    """An id as a query takes it: a * of its own must not stand for any characters."""
    return patient_id.replace("*", "?")
