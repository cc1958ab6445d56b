"""The window and a real archive: look, open, send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orthanc as peers
import pydicom
import pytest
from desktop.support import WAIT, OpenWindow, press, settled, write_dicom
from pydicom.uid import generate_uid
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from verte_core.pacs import nodes
from verte_core.pacs.nodes import DimseNode
from verte_desktop.archive.nodes_dialog import DIMSE, NodesDialog
from verte_desktop.archive.query_window import QueryWindow
from verte_desktop.archive.send_dialog import SendDialog
from verte_desktop.main_window import MainWindow
from verte_desktop.session import settings

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[peers.Orthanc]:
    with peers.started(tmp_path_factory.mktemp("orthanc")) as made:
        yield made


@pytest.fixture
def archive(running: peers.Orthanc, tmp_path: Path) -> peers.Orthanc:
    running.clear()
    known = {"pacs": running.dimse(), "web": running.web}
    nodes.write(settings.folder() / "nodes.toml", known)
    return running


def dicom(path: Path, seed: int = 0, **elements: object) -> Path:
    """An image of a study."""
    uids = {"StudyInstanceUID": generate_uid(), "SeriesInstanceUID": generate_uid()}
    return write_dicom(path, seed, **(uids | elements))


def query(qtbot: QtBot, window: MainWindow) -> QueryWindow:
    press(qtbot, window, Qt.Key.Key_Q, CONTROL_SHIFT)
    return window.findChild(QueryWindow)


def idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.session.archive.doing, timeout=WAIT)


@pytest.mark.parametrize("node", ["pacs", "web"])
def test_a_study_is_found_opened_and_its_priors_are_listed(
    qtbot: QtBot, archive: peers.Orthanc, open_window: OpenWindow, tmp_path: Path, node: str
) -> None:
    for number, day in enumerate(("20240301", "20260301")):
        path = dicom(tmp_path / f"{number}.dcm", number, PatientID="P-7", PatientName="Kim^A", StudyDate=day)
        archive.upload(path)
    archive.upload(dicom(tmp_path / "other.dcm", 9, PatientID="Q-1", PatientName="Lee^B"))
    window = open_window()
    asked = query(qtbot, window)
    asked.node.setCurrentText(node)
    asked.patient_name.setText("Kim*")
    asked.date.setText("2026-01-01..")
    asked.search_button.click()
    idle(qtbot, window)
    assert asked.table.rowCount() == 1
    assert [asked.table.item(0, column).text() for column in range(3)] == ["2026-03-01", "P-7", "Kim^A"]
    asked.open_button.click()
    qtbot.waitUntil(lambda: window.session.shown.radiograph is not None, timeout=WAIT)
    settled(qtbot, window)
    radiograph = window.session.shown.radiograph
    assert radiograph is not None and radiograph.header.patient_id == "P-7"
    assert radiograph.header.study_date == "2026-03-01"
    asked.priors_button.click()
    idle(qtbot, window)
    days = [asked.table.item(row, 0).text() for row in range(asked.table.rowCount())]
    assert days == ["2026-03-01", "2024-03-01"]


def test_what_is_sent_is_shown_first_and_stands_beside_the_image(
    qtbot: QtBot, archive: peers.Orthanc, open_window: OpenWindow, tmp_path: Path
) -> None:
    path = dicom(tmp_path / "a.dcm", PatientID="P-7")
    archive.upload(path)
    window = open_window(path)
    press(qtbot, window, Qt.Key.Key_S, CONTROL_SHIFT)
    dialog = window.findChild(SendDialog)
    said = dialog.what.text()
    result = window.session.shown.result
    assert result is not None and f"{result.scores['pvf'].value:.3f}" in said and "P-7" in said
    assert "simulated" in said
    dialog.send_button.click()
    idle(qtbot, window)
    assert dialog.said.text() == "Sent to pacs: 2."
    study = pydicom.dcmread(path).StudyInstanceUID
    assert sorted(tags["Modality"] for tags in archive.find(StudyInstanceUID=study)) == ["DX", "OT", "SR"]
    assert not list(window.session.own_folder.rglob("*.dcm"))


def test_edited_inputs_are_those_of_the_report(
    qtbot: QtBot, archive: peers.Orthanc, open_window: OpenWindow, tmp_path: Path
) -> None:
    window = open_window(dicom(tmp_path / "a.dcm"))
    window.session.edit("age", "55")
    settled(qtbot, window)
    press(qtbot, window, Qt.Key.Key_S, CONTROL_SHIFT)
    dialog = window.findChild(SendDialog)
    dialog.save(tmp_path / "out")
    idle(qtbot, window)
    assert "Saved in" in dialog.said.text()
    texts = [
        str(each.value)
        for path in (tmp_path / "out").glob("*_sr.dcm")
        for each in pydicom.dcmread(path).iterall()
        if each.keyword == "TextValue"
    ]
    assert any("age 55 years" in text for text in texts)


def test_a_node_that_may_not_have_them_is_sent_nothing(
    qtbot: QtBot, archive: peers.Orthanc, open_window: OpenWindow, tmp_path: Path
) -> None:
    from dataclasses import replace

    nodes.write(settings.folder() / "nodes.toml", {"pacs": replace(archive.dimse(), allow_simulated=False)})
    window = open_window(dicom(tmp_path / "a.dcm"))
    press(qtbot, window, Qt.Key.Key_S, CONTROL_SHIFT)
    dialog = window.findChild(SendDialog)
    dialog.send_button.click()
    idle(qtbot, window)
    assert "allow_simulated = true" in dialog.said.text()
    assert not archive.find()


def test_a_picture_names_no_study(
    qtbot: QtBot, archive: peers.Orthanc, open_window: OpenWindow, tmp_path: Path
) -> None:
    import cv2
    from desktop.support import spine

    path = tmp_path / "a.png"
    cv2.imwrite(str(path), (spine(1) // 16).astype("uint8"))
    window = open_window(path)
    for name, value in (("age", "60"), ("sex", "F"), ("bmi", "24")):
        window.session.edit(name, value)
    settled(qtbot, window)
    press(qtbot, window, Qt.Key.Key_S, CONTROL_SHIFT)
    dialog = window.findChild(SendDialog)
    dialog.save(tmp_path / "out")
    idle(qtbot, window)
    assert "names no study" in dialog.said.text()


def test_a_search_that_hangs_is_cancelled_and_the_window_works_meanwhile(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path
) -> None:
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        port = silent.getsockname()[1]
        node = DimseNode(ae_title="X", host="127.0.0.1", port=port, timeout=3.0)
        nodes.write(settings.folder() / "nodes.toml", {"slow": node})
        window = open_window()
        asked = query(qtbot, window)
        asked.patient_id.setText("1")
        asked.search_button.click()
        assert window.session.archive.doing and asked.cancel_button.isEnabled()
        window.session.open([dicom(tmp_path / "a.dcm")])
        qtbot.waitUntil(lambda: window.session.shown.result is not None, timeout=WAIT)
        asked.cancel_button.click()
        assert not window.session.archive.doing and not asked.cancel_button.isEnabled()


def test_nodes_are_added_tested_and_kept(
    qtbot: QtBot, archive: peers.Orthanc, open_window: OpenWindow
) -> None:
    window = open_window()
    window.others.edit_nodes()
    dialog = window.findChild(NodesDialog)
    assert dialog.fields["ae_title"].text() == "ORTHANC"
    dialog.test.click()
    idle(qtbot, window)
    assert "answers by DIMSE" in dialog.said.text()
    dialog.name.setText("second")
    dialog.fields["port"].setText("many")
    dialog.keep.click()
    assert dialog.said.text() == "Port must be a number, not 'many'."
    dialog.fields["port"].setText("105")
    dialog.keep.click()
    known = nodes.read(settings.folder() / "nodes.toml")
    assert list(known) == ["pacs", "web", "second"]
    second = known["second"]
    assert isinstance(second, DimseNode) and second.port == 105
    dialog.kind.setCurrentIndex(dialog.kind.findData(DIMSE))
    dialog.test.click()
    idle(qtbot, window)
    assert "can't be reached" in dialog.said.text()
    # What the form has no field for stays.
    assert known["web"] == archive.web


def test_without_nodes_the_window_says_how_to_get_one(qtbot: QtBot, open_window: OpenWindow) -> None:
    asked = query(qtbot, open_window())
    assert "Nodes… adds" in asked.said.text() and not asked.search_button.isEnabled()
