"""The window of a batch: what to score, the rows as they come, and the reader's verdicts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMainWindow,
    QProgressBar,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from verte_core.errors import VerteError
from verte_desktop import batch_table, problems, theme
from verte_desktop.batch_run import Choice
from verte_desktop.batch_table import Filter, Model
from verte_desktop.session import Session
from verte_desktop.theme import label

if TYPE_CHECKING:
    from verte_core.reviews import Reviews
    from verte_core.scores_file import Line

_Index = QModelIndex | QPersistentModelIndex
_WIDTHS = {
    batch_table.FILE: 240,
    batch_table.STATUS: 80,
    batch_table.PVF: 125,
    batch_table.PVF_SPREAD: 90,
    batch_table.OSTEO: 125,
    batch_table.OSTEO_SPREAD: 100,
    batch_table.VERDICT: 100,
    batch_table.COMMENT: 160,
}
_ZONES = (("Any zone", ""), ("Low", "low"), ("Indeterminate", "indeterminate"), ("High", "high"))
_VERDICTS = (("Confirm", "confirmed"), ("Refute", "refuted"), ("No verdict", ""))
_REFRESH_MS = 500
_TABLES = "Clinical table (*.csv)"
_JOURNAL = ".rows-"


class _NameDelegate(QStyledItemDelegate):
    """Of a long path, the end tells one file from another."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideLeft


class BatchWindow(QMainWindow):
    """Shows and steers the session's batch.

    Args:
        session: opens an image at a double click.
        reader: the window that shows it then.
    """

    def __init__(self, session: Session, reader: QWidget) -> None:
        super().__init__()
        self.setWindowTitle("Batch - VERTE Desktop")
        self.resize(1180, 720)
        self._session, self._run, self._reader = session, session.batch, reader
        self._folders: tuple[Path, ...] = ()
        self._table: Path | None = None
        self._results: Path | None = None
        self._reviews: Reviews | None = None
        self._review_problem = ""
        self._reviewed: Line | None = None
        self.model = Model(self)
        self.rows = Filter(self.model)
        column = QVBoxLayout()
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addLayout(self._choice())
        column.addLayout(self._work())
        self.problem = label(role="error", wrap=True)
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.problem)
        column.addLayout(self._filters())
        self.view = self._view()
        column.addWidget(self.view, 1)
        column.addLayout(self._review())
        self.cautions = label(role="notice", wrap=True)
        column.addWidget(self.cautions)
        body = QWidget()
        body.setLayout(column)
        self.setCentralWidget(body)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_REFRESH_MS)
        self._soon.timeout.connect(self._count)
        self._run.begun.connect(self._begun)
        self._run.lines_added.connect(self._added)
        self._run.changed.connect(self._changed)
        session.weights_changed.connect(self._refresh)
        session.activity_changed.connect(self._refresh)
        self._count()
        self._refresh()

    # Commands

    def ask_folder(self) -> None:
        """Ask for a folder to score."""
        name = QFileDialog.getExistingDirectory(self._reader, "Score a folder of images")
        if name:
            self.choose((Path(name),), None)

    def ask_table(self) -> None:
        """Ask for a clinical table whose images to score."""
        name, _ = QFileDialog.getOpenFileName(self._reader, "Score the images of a table", filter=_TABLES)
        if name:
            self.choose((), Path(name))

    def ask_results(self) -> None:
        """Ask for a scores.csv to look at."""
        name, _ = QFileDialog.getOpenFileName(
            self._reader, "Open results", filter=f"Results (*.csv *{_JOURNAL}*.jsonl)"
        )
        if name:
            self._present()
            if not self._run.running:
                path = Path(name).absolute()
                self._run.read(path.with_name(path.name.partition(_JOURNAL)[0]))

    def choose(self, folders: tuple[Path, ...], table: Path | None) -> None:
        """Take folders and a table, with the results beside them; nothing runs yet."""
        self._present()
        if not self._run.running:
            self._folders = tuple(folder.absolute() for folder in folders)
            self._table = table.absolute() if table else None
            self._results = None
            if folders or table:
                self._results = Choice.of(self._folders, self._table).results
            self._refresh()

    def start(self) -> None:
        """Score what is chosen."""
        choice, scorer = self._chosen(), self._session.scorer
        if choice is not None and scorer is not None and not self._run.running:
            self._run.score(choice, scorer)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The image under way is finished, and nothing is asked."""
        self._save_comment()
        self._run.cancel()
        super().closeEvent(event)

    # The parts

    def _choice(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._shown: list[QLabel] = []
        self._choosers: list[QPushButton] = []
        rows: tuple[tuple[str, tuple[tuple[str, Callable[[], None]], ...]], ...] = (
            ("Images", (("Add a folder…", self._add_folder), ("Remove", self._remove_folders))),
            ("Clinical table", (("Choose a table…", self._choose_table), ("Remove", self._remove_table))),
            ("Results", (("Save elsewhere…", self._choose_results),)),
        )
        for row, (title, buttons) in enumerate(rows):
            shown = label(role="quiet")
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            shown.setMinimumWidth(200)
            shown.setAccessibleName(title)
            grid.addWidget(label(title), row, 0)
            grid.addWidget(shown, row, 1)
            self._shown.append(shown)
            for place, (text, slot) in enumerate(buttons):
                button = QPushButton(text)
                button.setAccessibleName(f"{title}: {text}")
                button.clicked.connect(slot)
                grid.addWidget(button, row, 2 + place)
                self._choosers.append(button)
        return grid

    def _work(self) -> QHBoxLayout:
        self.start_button, self.cancel_button = QPushButton("Start"), QPushButton("Cancel")
        self.start_button.clicked.connect(self.start)
        self.cancel_button.clicked.connect(self._run.cancel)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(180)
        self.state = label()
        self.state.setAccessibleName("State of the batch")
        self._weights = label(role="quiet")
        row = QHBoxLayout()
        for part in (self.start_button, self.cancel_button, self.bar):
            row.addWidget(part)
        row.addWidget(self.state, 1)
        row.addWidget(self._weights)
        return row

    def _filters(self) -> QHBoxLayout:
        self.zones, self.statuses = QComboBox(), QComboBox()
        self.zones.setAccessibleName("Zone of either score")
        self.statuses.setAccessibleName("Status")
        self.zones.setToolTip("Of either score")
        for title, zone in _ZONES:
            self.zones.addItem(title, zone)
        self.statuses.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.zones.activated.connect(self._filter)
        self.statuses.activated.connect(self._filter)
        self.summary = label(wrap=True)
        row = QHBoxLayout()
        row.addWidget(label("Show"))
        row.addWidget(self.zones)
        row.addWidget(self.statuses)
        row.addWidget(self.summary, 1)
        return row

    def _view(self) -> QTableView:
        view = QTableView()
        view.setAccessibleName("Rows of the batch")
        view.setModel(self.rows)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setItemDelegateForColumn(batch_table.FILE, _NameDelegate(view))
        view.setWordWrap(False)
        view.setShowGrid(False)
        view.setAlternatingRowColors(True)
        view.setTabKeyNavigation(False)
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = view.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for column, width in _WIDTHS.items():
            view.setColumnWidth(column, width)
        view.setSortingEnabled(True)
        view.doubleClicked.connect(self._open)
        view.selectionModel().currentChanged.connect(self._current_changed)
        return view

    def _review(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.verdict_buttons: dict[str, QPushButton] = {}
        for title, verdict in _VERDICTS:
            button = QPushButton(title)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, verdict=verdict: self._set_verdict(verdict))
            self.verdict_buttons[verdict] = button
            row.addWidget(button)
        self.comment = QLineEdit()
        self.comment.setPlaceholderText("Comment on the selected row")
        self.comment.setAccessibleName("Comment")
        self.comment.editingFinished.connect(self._save_comment)
        row.addWidget(self.comment, 1)
        return row

    # What to score

    def _chosen(self) -> Choice | None:
        if self._results is None or not (self._folders or self._table):
            return None
        return Choice(self._folders, self._table, self._results)

    def _add_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Add a folder of images")
        if name:
            self._change(tuple(dict.fromkeys((*self._folders, Path(name).absolute()))), self._table)

    def _remove_folders(self) -> None:
        self._change((), self._table)

    def _choose_table(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose a clinical table", filter=_TABLES)
        if name:
            self._change(self._folders, Path(name).absolute())

    def _remove_table(self) -> None:
        self._change(self._folders, None)

    def _change(self, folders: tuple[Path, ...], table: Path | None) -> None:
        """Another choice; results that were chosen by hand stay."""
        former = self._chosen()
        by_hand = former is not None and former != Choice.of(former.folders, former.table)
        results = self._results
        self.choose(folders, table)
        if by_hand and self._results is not None:
            self._results = results
            self._refresh()

    def _choose_results(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self,
            "Where to save the results",
            str(self._results or "scores.csv"),
            "Table (*.csv)",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            path = Path(name).absolute()
            self._results = path if path.suffix else path.with_suffix(".csv")
            self._refresh()

    # What comes

    def _begun(self) -> None:
        self._save_comment()
        self._reviews = self._reviewed = None
        self._review_problem = ""
        self.model.begin()
        self._count()

    def _added(self, lines: list[Line]) -> None:
        if not self.model.lines:
            self._read_reviews()
        self.model.add(lines)
        if self.cautions.isHidden():
            # No score stands there without them, not even for a moment.
            self._count()
        elif not self._soon.isActive():
            self._soon.start()

    def _changed(self) -> None:
        if not self._run.running:
            self._soon.stop()
            self._count()
        self._refresh()

    def _read_reviews(self) -> None:
        # Not before the first lines, when the worker has imported what this needs.
        from verte_core.reviews import Reviews

        assert self._run.results is not None
        reviews = Reviews(self._run.results)
        try:
            self.model.set_reviews(reviews.read())
            self._reviews = reviews
        except VerteError as error:
            # Nothing is written over a file that can't be read.
            self._review_problem = str(error)

    def _count(self) -> None:
        """The summary, the filter by reason and what depends on the rows."""
        self.model.sort_again()
        counts = self.model.counts
        refused = counts.total() - counts[""]
        kinds = [(kind, number) for kind, number in counts.most_common() if kind]
        chosen = self.statuses.currentData() or ("", "")
        items = [("Any status", ("", "")), (f"Scored ({counts['']})", ("scored", ""))]
        items += [(f"Refused ({refused})", ("refused", ""))]
        items += [(f"Refused: {kind} ({number})", ("refused", kind)) for kind, number in kinds]
        if not self.statuses.view().isVisible():
            self.statuses.clear()
            for title, data in items:
                self.statuses.addItem(title, data)
            kept = [data for _, data in items]
            self.statuses.setCurrentIndex(kept.index(chosen) if chosen in kept else 0)
        reasons = ", ".join(f"{number} {kind}" for kind, number in kinds)
        said = f"{counts['']} scored, {refused} refused" + (f": {reasons}" if reasons else "")
        shown = self.rows.rowCount()
        filtered = f"   {shown} shown" if shown != counts.total() else ""
        self.summary.setText(f"{said}.{filtered}" if counts.total() else "")
        for column in (batch_table.PVF_SPREAD, batch_table.OSTEO_SPREAD):
            self.view.setColumnHidden(column, not self.model.has_spread)
        theme.show(self.cautions, self._caution())

    def _caution(self) -> str:
        if not self.model.counts[""]:
            return ""
        from verte_core.scoring import NOT_TO_RULE_OUT, SIMULATED_NOTICE

        simulated = any(line.row.trained_on == "simulated" for line in self.model.lines)
        return f"{NOT_TO_RULE_OUT} {SIMULATED_NOTICE}" if simulated else NOT_TO_RULE_OUT

    def _filter(self) -> None:
        self.rows.choose(self.zones.currentData(), *self.statuses.currentData())
        self._count()

    def _refresh(self) -> None:
        run, scorer = self._run, self._session.scorer
        images = "\n".join(map(str, self._folders)) or ("those that the table names" if self._table else "-")
        for shown, text in zip(
            self._shown, (images, str(self._table or "none"), str(self._results or "-")), strict=True
        ):
            shown.setText(text)
        for button in self._choosers:
            button.setEnabled(not run.running)
        self.start_button.setEnabled(not run.running and scorer is not None and self._chosen() is not None)
        self.cancel_button.setEnabled(run.running)
        self.bar.setVisible(run.running)
        self.bar.setRange(0, run.total)
        self.bar.setValue(run.done)
        waiting = self._session.activity() if scorer is None else ""
        self.state.setText(run.state or (f"{waiting} …" if waiting else ""))
        self._weights.setText(f"{scorer.metadata.name}, {scorer.device}" if scorer else "")
        self._weights.setToolTip(f"Weights, id {scorer.weights_id}" if scorer else "")
        sentences = (run.problem.sentence if run.problem else "", self._review_problem)
        theme.show(self.problem, "\n".join(filter(None, sentences)))
        self._show_review()

    # What the reader says

    def _open(self, index: QModelIndex) -> None:
        line = self.rows.line(index)
        self._session.open([Path(line.row.path)], line.given)
        self._reader.show()
        self._reader.raise_()
        self._reader.activateWindow()

    def _current_changed(self, current: QModelIndex) -> None:
        self._save_comment()
        self._reviewed = self.rows.line(current) if current.isValid() else None
        self._show_review()

    def _show_review(self) -> None:
        line = self._reviewed
        review = self.model.review(line) if line else None
        for verdict, button in self.verdict_buttons.items():
            button.setEnabled(line is not None and self._reviews is not None)
            button.setChecked(line is not None and verdict == self._verdict(line))
        self.comment.setEnabled(line is not None and self._reviews is not None)
        if not self.comment.isModified():
            self.comment.setText(review.comment if review else "")

    def _verdict(self, line: Line) -> str:
        """That on the scores of the row; one on former scores is none on these."""
        review = self.model.review(line)
        return review.verdict if review and review.is_of(line.row) else ""

    def _set_verdict(self, verdict: str) -> None:
        self.comment.setModified(False)
        self._save(verdict, self.comment.text().strip())

    def _save_comment(self) -> None:
        if self.comment.isModified() and self._reviewed is not None:
            self.comment.setModified(False)
            self._save(self._verdict(self._reviewed), self.comment.text().strip())

    def _save(self, verdict: str, comment: str) -> None:
        line = self._reviewed
        if line is None or self._reviews is None:
            return
        try:
            self.model.set_reviews(self._reviews.set(line.row, verdict, comment), line)
            self._review_problem = ""
        except VerteError as error:
            self._review_problem = problems.describe(error).sentence
        self._refresh()

    def _present(self) -> None:
        self._session.need_scorer()
        self.show()
        self.raise_()
        self.activateWindow()
