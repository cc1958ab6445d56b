"""What a batch scores, as what, and where to: the top of its window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QGridLayout, QPushButton, QWidget

from verte_core.image_types import KINDS
from verte_desktop import wheel
from verte_desktop.batch.drops import TABLE_FILTER
from verte_desktop.batch.path_label import PathLabel
from verte_desktop.language import said as translated
from verte_desktop.language import tr
from verte_desktop.session.batch_run import Choice, beside
from verte_desktop.theme import label

_PROTOCOLS = (
    ("What its header says", "auto"),
    *((f"{kind.capitalize()}, whatever its header says", name) for name, kind in KINDS.items()),
)


class BatchChoice(QWidget):
    """Holds the choice until it is scored; ``changed`` tells of another one."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._folders: tuple[Path, ...] = ()
        self._table: Path | None = None
        self._elsewhere: Path | None = None
        self._heatmaps: Path | None = None
        self.shown: dict[str, PathLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, tuple[tuple[str, Callable[[], None]], ...]], ...] = (
            ("Images", (("Add a folder…", self._add_folder), ("Remove", self._remove_folders))),
            ("Clinical table", (("Choose a table…", self._choose_table), ("Remove", self._remove_table))),
            ("Results", (("Save elsewhere…", self._choose_results),)),
            ("Heatmaps", (("Choose a folder…", self._choose_heatmaps), ("Remove", self._remove_heatmaps))),
        )
        for row, (title, buttons) in enumerate(rows):
            shown = PathLabel("quiet")
            shown.setAccessibleName(translated(title))
            grid.addWidget(label(title), row, 0)
            grid.addWidget(shown, row, 1)
            self.shown[title] = shown
            for place, (text, slot) in enumerate(buttons):
                button = QPushButton(translated(text))
                button.setAccessibleName(f"{translated(title)}: {translated(text)}")
                button.clicked.connect(slot)
                grid.addWidget(button, row, 2 + place)
        self.protocol = QComboBox()
        self.protocol.setAccessibleName(tr("Read each image as"))
        for text, name in _PROTOCOLS:
            self.protocol.addItem(translated(text), name)
        wheel.scrolls_past(self.protocol)
        self.protocol.activated.connect(self._tell)
        self.identify = QCheckBox(
            tr("Rows say whose images they are (patient id, date of study, accession number)")
        )
        self.identify.toggled.connect(self._tell)
        grid.addWidget(label("Read each as"), len(rows), 0)
        grid.addWidget(self.protocol, len(rows), 1, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self.identify, len(rows) + 1, 1, 1, 3)
        self._tell()

    def chosen(self) -> Choice | None:
        """What to score; None while there is nothing."""
        results = self._results()
        if results is None:
            return None
        return Choice(
            self._folders,
            self._table,
            results,
            self.protocol.currentData(),
            self._heatmaps,
            self.identify.isChecked(),
        )

    def choose(self, folders: tuple[Path, ...], table: Path | None) -> None:
        """Begin anew with folders and a table, with the results beside them and without heatmaps."""
        self._elsewhere = self._heatmaps = None
        self.protocol.setCurrentIndex(0)
        self.identify.setChecked(False)
        self._take(folders, table)

    def add(self, folders: tuple[Path, ...], table: Path | None) -> None:
        """Take folders in the place of the former ones, and a table in that of the former one, if given."""
        self._take(folders or self._folders, table or self._table)

    def _results(self) -> Path | None:
        if not (self._folders or self._table):
            return None
        return self._elsewhere or beside(self._folders, self._table)

    def _take(self, folders: tuple[Path, ...], table: Path | None) -> None:
        self._folders = tuple(dict.fromkeys(folder.absolute() for folder in folders))
        self._table = table.absolute() if table else None
        self._tell()

    def _tell(self) -> None:
        texts = {
            "Images": "\n".join(map(str, self._folders))
            or ("those that the table names" if self._table else "-"),
            "Clinical table": str(self._table or "none"),
            "Results": str(self._results() or "-"),
            "Heatmaps": str(self._heatmaps or "none"),
        }
        for title, text in texts.items():
            self.shown[title].setText(text)
        self.changed.emit()

    def _add_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Add a folder of images"))
        if name:
            self._take((*self._folders, Path(name)), self._table)

    def _remove_folders(self) -> None:
        self._take((), self._table)

    def _choose_table(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Choose a clinical table"), filter=TABLE_FILTER)
        if name:
            self._take(self._folders, Path(name))

    def _remove_table(self) -> None:
        self._take(self._folders, None)

    def _choose_results(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self,
            tr("Where to save the results"),
            str(self._results() or "scores.csv"),
            tr("Table (*.csv)"),
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            path = Path(name).absolute()
            self._elsewhere = path if path.suffix else path.with_suffix(".csv")
            self._tell()

    def _choose_heatmaps(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("A folder for the heatmaps"))
        if name:
            self._heatmaps = Path(name).absolute()
            self._tell()

    def _remove_heatmaps(self) -> None:
        self._heatmaps = None
        self._tell()
