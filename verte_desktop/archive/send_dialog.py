"""What will be sent to the archive, shown before it is; and the same as files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from verte_core.errors import VerteError
from verte_core.results import TASKS
from verte_desktop import wording
from verte_desktop.archive import result_objects
from verte_desktop.language import said, tr
from verte_desktop.session.archive_work import ArchiveWork
from verte_desktop.session.session import Session
from verte_desktop.session.shown import Shown
from verte_desktop.theme import label, show

if TYPE_CHECKING:
    from verte_core.dicom_results.export import What

_BY_DEFAULT = ("sr", "sc")


class SendDialog(QDialog):
    """Holds one result, whatever is opened meanwhile.

    Args:
        session: whose result is shown.
        work: writes and sends.
        tell: says for a while what was done.
        folder: for files on their way.
    """

    def __init__(
        self, parent: QWidget, session: Session, work: ArchiveWork, tell: Callable[[str], None], folder: Path
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Results for the archive"))
        self.resize(620, 480)
        self._work, self._tell, self._folder = work, tell, folder
        shown = session.shown
        self._record, self._scored = result_objects.scored(shown)
        self._measured = session.measuring.items, session.measuring.scale()
        self._others = result_objects.others_of(session)
        self.what = label(_in_words(shown), wrap=True)
        self.kinds: dict[What, QCheckBox] = {}
        column = QVBoxLayout(self)
        column.addWidget(label("This result", "heading"))
        column.addWidget(self.what)
        for kind, text in result_objects.KINDS.items():
            box = self.kinds[kind] = QCheckBox(said(text))
            box.setChecked(kind in _BY_DEFAULT)
            if kind == "measured":
                box.setEnabled(bool(self._measured[0].items))
                box.setChecked(box.isEnabled())
            column.addWidget(box)
        self.without = QCheckBox(tr("In files: without the person (no name, id or date, new UIDs)"))
        column.addWidget(self.without)
        self.node = QComboBox()
        self.node.setAccessibleName(tr("Node"))
        column.addWidget(label("Send to"))
        column.addWidget(self.node)
        self.said = label(wrap=True)
        column.addWidget(self.said)
        self.send_button, self.save_button = QPushButton(tr("Send")), QPushButton(tr("Save as files…"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.send_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        column.addStretch(1)
        column.addWidget(buttons)
        self.send_button.clicked.connect(self.send)
        self.save_button.clicked.connect(self._ask_folder)
        work.changed.connect(self._refresh)
        for box in self.kinds.values():
            box.toggled.connect(self._refresh)
        try:
            self.node.addItems(list(work.nodes()))
        except VerteError as error:
            show(self.said, str(error))
        self._refresh()

    def send(self) -> None:
        """Write the objects, and store them on the node that is chosen."""
        name = self.node.currentText()
        record, scored, kinds, parent = self._record, self._scored, self._chosen(), self._folder
        measured, others = self._measured, self._others

        def work(_: Event) -> int:
            folder = Path(mkdtemp(dir=parent))
            try:
                paths = result_objects.write(record, scored, folder, kinds, False, measured, others)
                self._work.send(name, paths)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return len(paths)

        self._work.ask(f"Sending to {name}", work, lambda number: self._done(f"Sent to {name}: {number}."))

    def save(self, folder: Path) -> None:
        """Write the objects into a folder."""
        record, scored, kinds = self._record, self._scored, self._chosen()
        without = self.without.isChecked()
        measured, others = self._measured, self._others

        def work(_: Event) -> int:
            return len(result_objects.write(record, scored, folder, kinds, without, measured, others))

        burnt = " Text burnt into the pixels, if any, is still in the capture." if without else ""
        self._work.ask(
            "Writing the results", work, lambda number: self._done(f"Saved in {folder}: {number}.{burnt}")
        )

    def _ask_folder(self) -> None:
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = QFileDialog.getExistingDirectory(self, tr("Save the results for the archive"), documents)
        if name:
            self.save(Path(name))

    def _chosen(self) -> list[What]:
        return [kind for kind, box in self.kinds.items() if box.isChecked()]

    def _done(self, sentence: str) -> None:
        show(self.said, sentence)
        self._tell(sentence)

    def _refresh(self) -> None:
        busy, chosen = bool(self._work.doing), bool(self._chosen())
        self.send_button.setEnabled(chosen and not busy and self.node.count() > 0)
        self.save_button.setEnabled(chosen and not busy)
        if busy:
            show(self.said, f"{self._work.doing} …")
        elif self._work.problem is not None:
            show(self.said, self._work.problem.sentence)


def _in_words(shown: Shown) -> str:
    radiograph, result = shown.radiograph, shown.result
    assert radiograph and result
    lines = [", ".join(wording.patient(radiograph.header)) or "The header does not say whose image it is."]
    lines += [
        f"{TASKS[task].title} {score.value:.3f}, {said(wording.zone(score))}"
        for task, score in result.scores.items()
    ]
    notice = result.trained_on.notice
    return "\n".join([*lines, *wording.notes(shown), *((notice,) if notice else ())])
