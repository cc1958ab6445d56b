"""The window of a batch: what to score, the rows as they come, and the reader's verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QSessionManager, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
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
from verte_core.measuring import kept
from verte_core.measuring.items import grade_line
from verte_core.results import NOT_TO_RULE_OUT, Provenance
from verte_desktop import theme, wheel, wording
from verte_desktop.batch import drops
from verte_desktop.batch.choice import BatchChoice
from verte_desktop.batch.leaving import Leaving
from verte_desktop.batch.path_label import PathLabel
from verte_desktop.batch.reading_bar import ReadingBar
from verte_desktop.batch.review_bar import ReviewBar
from verte_desktop.batch.reviewing import Reviewing
from verte_desktop.batch.table import (
    COMMENT,
    FILE,
    NOTES,
    PATIENT,
    READ_AS,
    REASON,
    SCORES,
    SPREADS,
    STATUS,
    VERDICTS,
    WEIGHTS,
    Filter,
    Model,
)
from verte_desktop.language import said as translated
from verte_desktop.language import tr
from verte_desktop.session import settings
from verte_desktop.session.session import Session
from verte_desktop.session.settings import Settings
from verte_desktop.theme import label

if TYPE_CHECKING:
    from verte_core.batch.record import ImageRecord

_Index = QModelIndex | QPersistentModelIndex
_WIDTHS = {
    FILE: 240,
    STATUS: 80,
    **dict.fromkeys(SCORES.values(), 150),
    **dict.fromkeys(SPREADS.values(), 100),
    **dict.fromkeys(VERDICTS.values(), 100),
    COMMENT: 160,
    REASON: 240,
    NOTES: 240,
    READ_AS: 160,
    PATIENT: 220,
    WEIGHTS: 160,
}
_ZONES = (("Any zone", ""), ("Low", "low"), ("Indeterminate", "indeterminate"), ("High", "high"))
_REFRESH_MS = 500
_SIZE = (1180, 680)
_BUSY = "A batch is under way; wait for its end, or cancel it."
_LAST = "There is no further row that is shown."


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
        store: remembers place and size.

    Attributes:
        reading: the bar for the reader's window.
    """

    def __init__(self, session: Session, reader: QWidget, store: Settings) -> None:
        super().__init__()
        self.setWindowTitle(tr("Batch - VERTE Desktop"))
        self.setAcceptDrops(True)
        self._store = store
        self._session, self._run, self._reader = session, session.batch, reader
        self.model = Model(self)
        self.rows = Filter(self.model)
        self.reviewing = Reviewing(self.model)
        self.choice, self.review = BatchChoice(), ReviewBar(self.model, self.reviewing)
        self.reading = ReadingBar(session, self.model, self.rows, self.reviewing)
        self._leaving = Leaving(self._run, self)
        self._refused = ""
        self._scored: tuple[tuple[Path, ...], Path | None, Path] | None = None
        column = QVBoxLayout()
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addWidget(self.choice)
        column.addLayout(self._work())
        self.problem = label(role="error", wrap=True)
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.problem)
        self.heading = PathLabel("heading")
        self.heading.setAccessibleName(tr("Whose rows these are"))
        column.addWidget(self.heading)
        column.addLayout(self._filters())
        self.view = self._view()
        column.addWidget(self.view, 1)
        self.detail = label(role="quiet", wrap=True)
        self.detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.detail)
        column.addWidget(self.review)
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
        self._run.records_added.connect(self._added)
        self._run.changed.connect(self._changed)
        self.choice.changed.connect(self._choice_changed)
        self.reviewing.changed.connect(self._refresh)
        self.reading.wanted.connect(self.open_beside)
        undo = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self)
        undo.activated.connect(self.reviewing.undo)
        session.weights_changed.connect(self._refresh)
        session.activity_changed.connect(self._refresh)
        self._count()
        self._refresh()
        theme.place(self, _SIZE, store.get(settings.BATCH_GEOMETRY))

    # Commands

    def ask_folder(self) -> None:
        """Ask for a folder to score."""
        name = QFileDialog.getExistingDirectory(self._reader, tr("Score a folder of images"))
        if name:
            self.choose((Path(name),), None)

    def ask_table(self) -> None:
        """Ask for a clinical table whose images to score."""
        name, _ = QFileDialog.getOpenFileName(
            self._reader, tr("Score the images of a table"), filter=drops.TABLE_FILTER
        )
        if name:
            self.choose((), Path(name))

    def ask_results(self) -> None:
        """Ask for a scores.csv to look at."""
        from verte_core.batch import journal

        name, _ = QFileDialog.getOpenFileName(
            self._reader, tr("Open results"), filter=tr("Results (*.csv {PATTERN})", PATTERN=journal.PATTERN)
        )
        if name:
            self.look_at(journal.scores_of(Path(name).absolute()))

    def look_at(self, results: Path) -> None:
        """Show the rows of a scores.csv."""
        self._present()
        if not self._run.running:
            # Nothing of another batch stands above these rows.
            self._scored = None
            self.choice.choose((), None)
            self._run.read(results)

    def choose(self, folders: tuple[Path, ...], table: Path | None) -> None:
        """Take folders and a table, with the results beside them; nothing runs yet."""
        self._present()
        if not self._run.running:
            self.choice.choose(folders, table)

    def take(self, paths: list[Path]) -> None:
        """Take what was dropped: beside what is chosen while that is not scored yet, else in its place."""
        self._refused = _BUSY if self._run.running else ""
        try:
            dropped = drops.sort([path.absolute() for path in paths])
        except VerteError as error:
            self._refused = str(error)
        if self._refused:
            self._refresh()
        elif dropped.results is not None:
            self.look_at(dropped.results)
        elif self._run.results is None:
            self.choice.add(dropped.folders, dropped.table)
        else:
            self.choice.choose(dropped.folders, dropped.table)

    def open_beside(self, by: int) -> None:
        """Open the next row that is shown (``by`` 1) or the one before (-1) in the reader's window."""
        row = self.reading.row
        index = self.rows.beside(row, by) if row is not None else QModelIndex()
        self._refused = "" if index.isValid() else _LAST
        if index.isValid():
            self.view.setCurrentIndex(index)
            self._open(index)
        else:
            self.reading.tell(_LAST)

    def measurements_of(self, path: Path) -> Path | None:
        """Where the measurements of a row's file are kept; None of a file that is no row."""
        results = self._run.results
        return results.parent / kept.FOLDER if results and self.model.of_file(path) else None

    def start(self) -> None:
        """Score what is chosen."""
        choice, weights = self.choice.chosen(), self._session.shown.weights
        if choice is not None and weights is not None and not self._run.running:
            self._scored = (choice.folders, choice.table, choice.results)
            self._run.score(choice, weights.scorers)

    def may_quit(self) -> bool:
        """Whether nothing stands against the end of the program; else the reader's window closes later."""
        return self._leaving.may_close(self._reader, self._stay_alone)

    def end_session(self, manager: QSessionManager) -> None:
        """The computer is to be shut down: hold that up for the reader's answer, where the system lets us."""
        if manager.allowsInteraction():
            if not self.may_quit():
                manager.cancel()
        else:
            self._run.cancel()

    # Qt's events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take what was dropped."""
        event.acceptProposedAction()
        self.take([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep what is being typed; ask what becomes of a run under way."""
        self.review.save_comment()
        if not self._leaving.may_close(self, self._go):
            event.ignore()
            return
        self._store.set(settings.BATCH_GEOMETRY, self.saveGeometry())
        super().closeEvent(event)

    def _go(self) -> None:
        """The program ends with its last window, so one of them stays."""
        if self._reader.isVisible():
            self.hide()
        else:
            self.showMinimized()

    def _stay_alone(self) -> None:
        self.showMinimized()
        self._reader.hide()

    # The parts

    def _work(self) -> QHBoxLayout:
        self.start_button, self.cancel_button = QPushButton(tr("Start")), QPushButton(tr("Cancel"))
        self.start_button.clicked.connect(self.start)
        self.cancel_button.clicked.connect(self._run.cancel)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(180)
        self.state = label(wrap=True)
        self.state.setAccessibleName(tr("State of the batch"))
        self._weights = label(role="quiet")
        row = QHBoxLayout()
        for part in (self.start_button, self.cancel_button, self.bar):
            row.addWidget(part)
        row.addWidget(self.state, 1)
        row.addWidget(self._weights)
        return row

    def _filters(self) -> QHBoxLayout:
        self.zones, self.statuses = QComboBox(), QComboBox()
        self.zones.setAccessibleName(tr("Zone of either score"))
        self.statuses.setAccessibleName(tr("Status"))
        self.zones.setToolTip(tr("Of either score"))
        for title, zone in _ZONES:
            self.zones.addItem(translated(title), zone)
        self.statuses.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for box in (self.zones, self.statuses):
            wheel.scrolls_past(box)
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
        view.setAccessibleName(tr("Rows of the batch"))
        view.setModel(self.rows)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setItemDelegateForColumn(FILE, _NameDelegate(view))
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
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for column, width in _WIDTHS.items():
            view.setColumnWidth(column, width)
        view.setSortingEnabled(True)
        view.doubleClicked.connect(self._open)
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            enter = QShortcut(QKeySequence(key), view)
            enter.setContext(Qt.ShortcutContext.WidgetShortcut)
            enter.activated.connect(lambda: self._open(view.currentIndex()))
        view.selectionModel().currentChanged.connect(self._current_changed)
        return view

    # What comes

    def _begun(self) -> None:
        self.review.select(None)
        self.reviewing.begin()
        self.model.begin()
        self.detail.clear()
        self._count()

    def _choice_changed(self) -> None:
        """Rows of one choice do not stand under another one."""
        chosen = self.choice.chosen()
        of_rows = (chosen.folders, chosen.table, chosen.results) if chosen else None
        if self._run.results is not None and not self._run.running and of_rows != self._scored:
            self._scored = None
            self._run.clear()
        self._refused = ""
        self._refresh()

    def _added(self, records: list[ImageRecord]) -> None:
        if not self.model.records:
            assert self._run.results is not None
            self.reviewing.read(self._run.results)
        self.model.add(records)
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
                self.statuses.addItem(translated(title), data)
            kept = [data for _, data in items]
            place = kept.index(chosen) if chosen in kept else 0
            self.statuses.setCurrentIndex(place)
            # The rows are those of what the box says, also when nothing was refused for the chosen reason.
            self.rows.choose(self.zones.currentData(), *kept[place])
        reasons = ", ".join(f"{number} {kind}" for kind, number in kinds)
        said = f"{counts['']} scored, {refused} refused" + (f": {reasons}" if reasons else "")
        shown = self.rows.rowCount()
        filtered = f"   {shown} shown" if shown != counts.total() else ""
        self.summary.setText(f"{said}.{filtered}" if counts.total() else "")
        for column in SPREADS.values():
            self.view.setColumnHidden(column, not self.model.has_spread)
        theme.show(self.cautions, self._caution())
        self.reading.follow()

    def _caution(self) -> str:
        if not self.model.counts[""]:
            return ""
        learned_from = {each.trained_on for each in self.model.records if each.trained_on}
        notice = Provenance.together(learned_from).notice if learned_from else ""
        return f"{NOT_TO_RULE_OUT} {notice}".strip()

    def _filter(self) -> None:
        self.rows.choose(self.zones.currentData(), *self.statuses.currentData())
        self._count()

    def _refresh(self) -> None:
        run, weights = self._run, self._session.shown.weights
        self.choice.setEnabled(not run.running)
        self.start_button.setEnabled(
            not run.running and weights is not None and self.choice.chosen() is not None
        )
        self.cancel_button.setEnabled(run.running)
        self.bar.setVisible(run.running)
        self.bar.setRange(0, run.total)
        self.bar.setValue(run.done)
        waiting = self._session.activity() if weights is None else ""
        self.state.setText(run.state or (f"{waiting} …" if waiting else ""))
        self._weights.setText(wording.at_hand(weights) if weights else "")
        self.heading.setText(f"Rows of {run.results}" if run.results else "No rows yet")
        sentences = (run.problem.sentence if run.problem else "", self.reviewing.problem, self._refused)
        theme.show(self.problem, "\n".join(filter(None, sentences)))

    # What the reader does

    def _open(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        record = self.rows.record(index)
        self._session.open([Path(record.path)], record.given, record.protocol)
        self._reader.show()
        self._reader.raise_()
        self._reader.activateWindow()

    def _current_changed(self, current: QModelIndex) -> None:
        record = self.rows.record(current) if current.isValid() else None
        self.review.select(record)
        said = (
            (record.reason, *record.notes, record.without_heatmap, self._measured(record)) if record else ()
        )
        self.detail.setText(f"{self.model.name(record)}: {' '.join(filter(None, said))}" if record else "")

    def _measured(self, record: ImageRecord) -> str:
        """How much is measured on the image of a row."""
        folder = self.measurements_of(Path(record.path))
        if folder is None or not record.image_id:
            return ""
        try:
            measured = kept.read(folder, record.image_id)
        except VerteError as error:
            return str(error)
        # In pixels: the header is not read for a row.
        return " ".join(f"{grade_line(each, measured)}." for each in measured.vertebrae)

    def _present(self) -> None:
        self._session.need_weights()
        self.show()
        self.raise_()
        self.activateWindow()
