"""The window: puts the parts in their places and the actions to work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QPaintEvent,
    QSessionManager,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QFrame,
    QLabel,
    QLineEdit,
    QMainWindow,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from verte_desktop import actions, theme, wording
from verte_desktop.actions import Command, Submenus
from verte_desktop.batch.window import BatchWindow
from verte_desktop.export.save_actions import SaveActions
from verte_desktop.language import said, tr
from verte_desktop.other_windows import OtherWindows
from verte_desktop.panels.clinical_form import ClinicalForm
from verte_desktop.panels.measurement_panel import MeasurementPanel
from verte_desktop.panels.preferences import keys_of
from verte_desktop.panels.problem_bar import ProblemBar
from verte_desktop.panels.result_panel import ResultPanel
from verte_desktop.panels.welcome import Welcome
from verte_desktop.panels.worklist import Worklist
from verte_desktop.recent import Recent
from verte_desktop.session import settings
from verte_desktop.session.measuring import TOOLS as MEASURING_TOOLS
from verte_desktop.session.problems import Problem
from verte_desktop.session.session import Session
from verte_desktop.session.settings import Settings
from verte_desktop.theme import label, show

if TYPE_CHECKING:
    from verte_desktop.viewer.image_view import ImageView

_IMAGE_FILTER = (
    "All files (*);;DICOM with a suffix (*.dcm *.dicom *.dic DICOMDIR);;"
    "Pictures (*.png *.jpg *.jpeg *.tif *.tiff);;ZIP archives (*.zip)"
)
"""All come first: DICOM from an archive seldom has a suffix."""
_MESSAGE_MS = 6000
DEFAULT_SIZE = (1280, 760)
"""Fits a screen of 1280 x 800 with the bar of its desktop."""


class MainWindow(QMainWindow):
    """Worklist, image, form and scores; ``painted`` comes once, when it is on the screen."""

    painted = Signal()
    session: Session
    recent: Recent
    save: SaveActions

    def __init__(
        self,
        session: Session,
        store: Settings,
        commands: Sequence[Command[MainWindow]],
        submenus: Submenus[MainWindow],
    ) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.session = session
        # A connection to a function lasts as long as its sender, so the session must go with its window.
        session.setParent(self)
        self._store = store
        self._named = tuple(commands)
        self._commands = actions.with_keys(commands, keys_of(store))
        self._first_paint = True
        self._batch: BatchWindow | None = None
        self._view: ImageView | None = None
        self.recent = Recent(session, store)
        self.others = OtherWindows(self, session, store, self._named, self.tell, self._apply_store)
        self.save = SaveActions(self, session, store, lambda patient: self.view.picture(patient), self.tell)
        self.worklist = Worklist(session)
        self.form = ClinicalForm(session)
        self.results = ResultPanel(session)
        self.measured = MeasurementPanel(session.measuring)
        self.centre = QStackedWidget()
        self.centre.addWidget(Welcome(session.open))
        self._notes = label(role="quiet", wrap=True)
        self._panes = QSplitter()
        self._panes.setHandleWidth(1)
        self._panes.setChildrenCollapsible(False)
        self._panes.addWidget(self.worklist)
        self._panes.addWidget(self.centre)
        self._panes.addWidget(self._right_column())
        self._panes.setStretchFactor(1, 1)
        self._panes.setSizes([230, 710, 340])
        body = QWidget()
        column = self._body = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.problem_bar = ProblemBar(session)
        column.addWidget(self.problem_bar)
        column.addWidget(self._panes, 1)
        self.setCentralWidget(body)
        self.actions_by_id = actions.build(self, self._commands, submenus)
        self._activity, self._position = label(), label()
        self._activity.setContentsMargins(8, 0, 8, 0)
        self._cancel = QToolButton()
        self._cancel.setDefaultAction(self.actions_by_id["cancel"])
        self.statusBar().addWidget(self._activity)
        self.statusBar().addWidget(self._cancel)
        # The image must not jump when the button comes and goes.
        self.statusBar().setFixedHeight(self._cancel.sizeHint().height() + 8)
        self.statusBar().addPermanentWidget(self._position)
        for text in (*self.form.edits.values(), self.results.weights):
            text.installEventFilter(self)
        self.form.left.connect(lambda: (self._view or self.centre).setFocus())
        session.viewer_ready.connect(self._build_view)
        # What was said of one image must not stand beside another.
        session.image_changed.connect(self.statusBar().clearMessage)
        session.written.connect(lambda path: self.tell(f"Saved {path}"))
        for signal in (
            session.activity_changed,
            session.image_changed,
            session.result_changed,
            session.heatmap_changed,
            session.entries_moved,
            session.patient_shown_changed,
            session.measuring.changed,
        ):
            signal.connect(self._refresh)
        self.setMinimumSize(800, 520)
        theme.place(self, DEFAULT_SIZE, store.get(settings.GEOMETRY))
        self._panes.restoreState(store.get(settings.PANES))
        self._refresh()

    @property
    def view(self) -> ImageView:
        """The image view; there once the session's ``viewer_ready`` came."""
        assert self._view is not None
        return self._view

    # Commands

    def open_files(self) -> None:
        """Ask for files."""
        names, _ = QFileDialog.getOpenFileNames(
            self, tr("Open images"), self._store.get(settings.OPEN_FOLDER), said(_IMAGE_FILTER)
        )
        self._open(names)

    def open_folder(self) -> None:
        """Ask for a folder."""
        name = QFileDialog.getExistingDirectory(
            self, tr("Open a folder of images"), self._store.get(settings.OPEN_FOLDER)
        )
        self._open([name] if name else [])

    def batch(self) -> BatchWindow:
        """The window of batches; it stays when it is closed."""
        if self._batch is None:
            self._batch = BatchWindow(self.session, self, self._store)
            self._body.addWidget(self._batch.reading)
            self.session.measuring.folder_of = self._batch.measurements_of
            self._batch.reading.changed.connect(self._refresh)
            self.destroyed.connect(self._batch.deleteLater)
        return self._batch

    def end_session(self, manager: QSessionManager) -> None:
        """The computer is to be shut down."""
        if self._batch is not None:
            self._batch.end_session(manager)

    def undo(self) -> None:
        """Take back what was measured or said last, whichever is there; measuring goes before."""
        if not self.session.measuring.undo() and self._batch is not None and self._batch.reading.row:
            self._batch.reviewing.undo()

    def toggle_banner(self) -> None:
        """Show or hide the patient's data on the screen."""
        self.session.show_patient(not self.session.patient_shown)

    def toggle_heatmap(self) -> None:
        """Turn the heatmap on or off."""
        self.session.show_heatmap(not self.session.shown.heatmap_wanted)

    def next_heatmap_task(self) -> None:
        """Explain the next score."""
        shown = self.session.shown
        assert shown.scorer is not None
        tasks = shown.scorer.tasks
        self.session.set_heatmap_task(tasks[(tasks.index(shown.heatmap_task) + 1) % len(tasks)])

    def change_opacity(self, by: float) -> None:
        """Make the heatmap stronger or fainter."""
        opacity = min(max(self._store.get(settings.HEATMAP_OPACITY) + by, 0.1), 1.0)
        self._store.set(settings.HEATMAP_OPACITY, round(opacity, 1))
        self._apply_store()

    def choose_weights(self) -> None:
        """Ask for a weights file, or for several that score together."""
        names, _ = QFileDialog.getOpenFileNames(
            self, tr("Choose weights"), filter=tr("Weights (*.safetensors)")
        )
        if names:
            self.session.choose_weights(*map(Path, names))

    def toggle_remember(self) -> None:
        """Remember recent files from now on, or forget them all."""
        self.recent.toggle()
        self._refresh()

    def take_over(self, paths: Sequence[Path]) -> None:
        """Open what another start of the program was given, and come to the front."""
        if paths:
            self.session.open(paths)
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def tell(self, sentence: str) -> None:
        """Say for a while what was done."""
        self.statusBar().showMessage(said(sentence), _MESSAGE_MS)

    # Qt's events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        event.acceptProposedAction()
        self._open([url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])

    def event(self, event: QEvent) -> bool:
        """Leave a focused control the keys that work it, which are shortcuts everywhere else."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            control = QApplication.focusWidget()
            plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
            chooses = isinstance(control, QComboBox) and bool(event.text())
            presses = isinstance(control, QAbstractButton) and event.key() == Qt.Key.Key_Space
            if plain and (chooses or presses):
                event.accept()
                return True
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the key that copies to a text only while some of it is selected."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and isinstance(watched, QLineEdit | QLabel)
            and event.matches(QKeySequence.StandardKey.Copy)
            and not watched.hasSelectedText()
        ):
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell once that the window is there."""
        super().paintEvent(event)
        if self._first_paint:
            self._first_paint = False
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the window; stop the work, but not before a file that was asked for is written."""
        if self.session.is_writing():
            event.ignore()
            self.session.report(Problem("A file is still being written. Esc drops it.", ""))
            return
        if self._batch is not None and not self._batch.may_quit():
            event.ignore()
            return
        self._store.set(settings.GEOMETRY, self.saveGeometry())
        self._store.set(settings.PANES, self._panes.saveState())
        if self._batch is not None:
            self._batch.close()
        self.others.close()
        self.session.close()
        super().closeEvent(event)

    # Inside

    def _open(self, names: list[str]) -> None:
        if names:
            self.session.open([Path(name) for name in names])

    def _build_view(self) -> None:
        from verte_desktop.viewer.image_view import ImageView

        self._view = ImageView(self.session)
        self.view.display_changed.connect(self._refresh)
        self.centre.addWidget(self.view)
        self._apply_store()
        self._refresh()

    def _apply_store(self) -> None:
        store = self._store
        self._commands = actions.with_keys(self._named, keys_of(store))
        actions.set_keys(self.actions_by_id, self._commands)
        if self._view is not None:
            self.view.set_heatmap(store.get(settings.HEATMAP_OPACITY), store.get(settings.HEATMAP_COLOURS))
            drags = (settings.LEFT_DRAG, settings.MIDDLE_DRAG, settings.RIGHT_DRAG)
            self.view.set_drags(*map(store.get, drags))
        self._refresh()

    def _right_column(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(10)
        line = QFrame()
        line.setObjectName("line")
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        for part in (self.form, line, self.results, self.measured, self._notes):
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumWidth(330)
        scroll.setAccessibleName(tr("Patient and scores"))
        scroll.setWidget(inside)
        self.session.measuring.changed.connect(lambda: self._bring_panel(scroll))
        return scroll

    def _bring_panel(self, scroll: QScrollArea) -> None:
        """Bring the measurements into sight while a tool is in hand."""
        if self.session.measuring.tool:
            QTimer.singleShot(0, lambda: scroll.ensureWidgetVisible(self.measured, 0, 0))

    def _barred(self) -> set[str]:
        """The commands that an administrator has taken away."""
        barred = set()
        if self._store.is_fixed(settings.WEIGHTS):
            barred.add("choose_weights")
        if self._store.is_fixed(settings.REMEMBER_RECENT):
            barred.add("remember")
        if not self.session.may_overrule:
            barred |= {f"read_as_{choice}" for choice in wording.READ_AS}
        return barred

    def _refresh(self) -> None:
        session, shown = self.session, self.session.shown
        self.setWindowTitle(wording.window_title(shown, session.patient_shown))
        opened = shown.radiograph is not None
        there = {
            actions.IMAGE_OPEN: opened and self._view is not None,
            actions.PREPARED: shown.encoded is not None,
            actions.RESULT: shown.result is not None,
            actions.WEIGHTS: shown.scorer is not None,
            actions.LISTED: session.current is not None,
            actions.BUSY: session.can_cancel(),
            actions.MEASURED: session.measuring.selected is not None or bool(session.measuring.draft),
            actions.ROW: self._batch is not None and self._batch.reading.row is not None,
        }
        missing = {need: sentence for need, sentence in actions.NEEDS.items() if not there[need]}
        if actions.RESULT in missing:
            missing[actions.RESULT] = self.results.reason() or "The scores are about to come."
        actions.enable(self.actions_by_id, self._commands, missing, self._barred())
        activity = session.activity()
        self._activity.setText(f"{activity} …" if activity else "")
        self._cancel.setVisible(session.can_cancel())
        count = len(session.entries)
        self._position.setText(f"{(session.current or 0) + 1} of {count}" if count else "")
        show(self._notes, "\n".join(wording.of_image(shown)))
        checked = {
            "heatmap": shown.heatmap_wanted,
            "banner": session.patient_shown,
            "remember": self.recent.is_remembering(),
            **{f"read_as_{choice}": shown.read_as == choice for choice in wording.READ_AS},
        }
        checked |= {f"measure_{tool}": session.measuring.tool == tool for tool in MEASURING_TOOLS}
        if self._view is not None:
            checked |= {"model_view": self._view.model_view, "invert": self._view.inverted}
            self.centre.setCurrentIndex(1 if opened else 0)
        for name, on in checked.items():
            self.actions_by_id[name].setChecked(on)
