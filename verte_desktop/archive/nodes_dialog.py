"""The nodes of the hospital's network: a list, a form for one of them, and a button that tests it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from verte_core.errors import VerteError
from verte_desktop.language import said, tr
from verte_desktop.session.archive_work import ArchiveWork
from verte_desktop.theme import label, show

if TYPE_CHECKING:
    from verte_core.pacs.nodes import DicomwebNode, DimseNode

WEB, DIMSE = "dicomweb", "dimse"
_FIELDS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("url", "URL", (WEB,), "https://pacs.example/dicom-web"),
    ("token_from", "Token from the variable", (WEB,), "an environment variable"),
    ("user", "User", (WEB,), ""),
    ("password_from", "Password from the variable", (WEB,), "an environment variable"),
    ("ae_title", "AE title", (DIMSE,), "of the archive"),
    ("host", "Host", (DIMSE,), ""),
    ("port", "Port", (DIMSE,), "104"),
    ("calling_ae_title", "Our AE title", (DIMSE,), "VERTE"),
    ("move_to", "C-MOVE to", (DIMSE,), "VERTE"),
    ("move_port", "Port for C-MOVE", (DIMSE,), "11112"),
    ("tls.ca", "Certificate authority", (WEB, DIMSE), "PEM file"),
    ("tls.certificate", "Our certificate", (WEB, DIMSE), "PEM file"),
    ("tls.key", "Its key", (WEB, DIMSE), "PEM file"),
    ("timeout", "Seconds for an answer", (WEB, DIMSE), "30"),
)
"""Key, title, kinds of node and what stands in the empty field."""
_NUMBERS = {"port": int, "move_port": int, "timeout": float}


class NodesDialog(QDialog):
    """Changes the file of nodes; what the form has is written when it can be used.

    Args:
        work: reads, writes and asks.
        changed: called when the file is another one.
    """

    def __init__(self, parent: QWidget, work: ArchiveWork, changed: Callable[[], object]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Nodes of the archive"))
        self.resize(720, 560)
        self._work, self._told = work, changed
        self._nodes = work.nodes()
        self._kept: dict[str, Any] = {}
        self.names = QListWidget()
        self.names.setAccessibleName(tr("Nodes"))
        self.names.setMaximumWidth(200)
        self.name = QLineEdit()
        self.kind = QComboBox()
        self.kind.addItem("DICOMweb", WEB)
        self.kind.addItem("DIMSE", DIMSE)
        self.by_move = QCheckBox(tr("Fetch by C-MOVE, where C-GET is not offered"))
        self.tls = QCheckBox(tr("By TLS"))
        self.allow = QCheckBox(tr("May have scores of weights trained on simulated images"))
        self.fields: dict[str, QLineEdit] = {}
        self._form = QFormLayout()
        self._form.addRow(tr("Name"), self.name)
        self._form.addRow(tr("Speaks"), self.kind)
        for key, title, _, example in _FIELDS:
            field = self.fields[key] = QLineEdit()
            field.setPlaceholderText(said(example))
            field.setAccessibleName(said(title))
            self._form.addRow(said(title), field)
        for box in (self.tls, self.by_move, self.allow):
            self._form.addRow("", box)
        self.said = label(wrap=True)
        add, remove = QPushButton(tr("Add")), QPushButton(tr("Remove"))
        self.test, self.keep = QPushButton(tr("Test")), QPushButton(tr("Save"))
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.close)
        left, right, buttons = QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        for widget in (self.names, add, remove):
            left.addWidget(widget)
        for button in (self.test, self.keep):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(close)
        right.addLayout(self._form)
        right.addWidget(self.said)
        right.addStretch(1)
        right.addLayout(buttons)
        columns = QHBoxLayout(self)
        columns.addLayout(left)
        columns.addLayout(right, 1)
        self.kind.currentIndexChanged.connect(self._show_kind)
        self.tls.toggled.connect(self._show_kind)
        self.names.currentTextChanged.connect(self._choose)
        add.clicked.connect(lambda: self._choose(""))
        remove.clicked.connect(self._remove)
        self.test.clicked.connect(self._ask)
        self.keep.clicked.connect(self._save)
        work.changed.connect(self._tell)
        self._list()

    def node(self) -> DicomwebNode | DimseNode:
        """What the form has.

        Raises:
            VerteError: when it can't be used.
        """
        from verte_core.pacs import nodes

        kind = self.kind.currentData()
        values: dict[str, Any] = self._kept | {"kind": kind, "allow_simulated": self.allow.isChecked()}
        tls: dict[str, str] = {}
        for key, title, kinds, _ in _FIELDS:
            if kind not in kinds:
                continue
            text = self.fields[key].text().strip()
            values.pop(key, None)
            if not text:
                continue
            if key.startswith("tls."):
                tls[key.partition(".")[2]] = text
            elif key in _NUMBERS:
                try:
                    values[key] = _NUMBERS[key](text)
                except ValueError:
                    raise VerteError(f"{title} must be a number, not {text!r:.40}.") from None
            else:
                values[key] = text
        values.pop("tls", None)
        if tls or (kind == DIMSE and self.tls.isChecked()):
            values["tls"] = tls
        if kind == DIMSE:
            values["retrieve"] = "move" if self.by_move.isChecked() else "get"
        return nodes.made(values)

    def _list(self, chosen: str = "") -> None:
        self.names.blockSignals(True)
        self.names.clear()
        self.names.addItems(list(self._nodes))
        self.names.blockSignals(False)
        names = list(self._nodes)
        if names:
            self.names.setCurrentRow(names.index(chosen) if chosen in names else 0)
            self._choose(self.names.currentItem().text())
        else:
            self._choose("")

    def _choose(self, name: str) -> None:
        from verte_core.pacs import nodes

        node = self._nodes.get(name)
        values: dict[str, Any] = nodes.plain(node) if node else {"kind": WEB}
        self.name.setText(name)
        self.kind.setCurrentIndex(self.kind.findData(values["kind"]))
        tls = values.get("tls")
        for key, field in self.fields.items():
            first, _, second = key.partition(".")
            value = (tls or {}).get(second) if second else values.get(first)
            field.setText("" if value is None else str(value))
        self.tls.setChecked(tls is not None)
        self.by_move.setChecked(values.get("retrieve") == "move")
        self.allow.setChecked(bool(values.get("allow_simulated")))
        # What the form has no field for stays.
        shown = {key.partition(".")[0] for key in self.fields}
        self._kept = {key: value for key, value in values.items() if key not in shown}
        show(self.said, "")
        self._show_kind()

    def _show_kind(self) -> None:
        kind = self.kind.currentData()
        for key, _, kinds, _ in _FIELDS:
            needs_tls = key.startswith("tls.") and kind == DIMSE
            self._form.setRowVisible(
                self.fields[key], kind in kinds and (not needs_tls or self.tls.isChecked())
            )
        for box in (self.tls, self.by_move):
            self._form.setRowVisible(box, kind == DIMSE)
        if not self.name.text():
            self._kept = {}

    def _ask(self) -> None:
        try:
            node = self.node()
        except VerteError as error:
            show(self.said, str(error))
            return
        self._work.echo(self.name.text() or "it", node, lambda said: show(self.said, said))

    def _save(self) -> None:
        from verte_core.pacs import nodes

        name = self.name.text().strip()
        try:
            known = {each: node for each, node in self._nodes.items() if each != name}
            known[nodes.named(name)] = self.node()
            self._work.save_nodes(known)
        except VerteError as error:
            show(self.said, str(error))
            return
        self._nodes = known
        self._list(name)
        show(self.said, f"Saved {name}.")
        self._told()

    def _remove(self) -> None:
        known = {each: node for each, node in self._nodes.items() if each != self.name.text()}
        try:
            self._work.save_nodes(known)
        except VerteError as error:
            show(self.said, str(error))
            return
        self._nodes = known
        self._list()
        self._told()

    def _tell(self) -> None:
        if self._work.problem is not None:
            show(self.said, self._work.problem.sentence)
        elif self._work.doing:
            show(self.said, f"{self._work.doing} …")
