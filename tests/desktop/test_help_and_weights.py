"""The menus Help and Weights, and the kinds of image."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import metadata, tiny_model
from desktop.support import WAIT, OpenWindow, press, settled, write_dicom
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QTextBrowser
from pytestqt.qtbot import QtBot

from verte_core import __version__
from verte_core.image_types import Protocol
from verte_core.network import saving, shipped, weights
from verte_desktop import about
from verte_desktop.main_window import MainWindow


def dialog(window: MainWindow, command: str) -> QDialog:
    before = window.findChildren(QDialog)
    window.actions_by_id[command].trigger()
    (opened,) = [each for each in window.findChildren(QDialog) if each not in before]
    return opened


def test_help(open_window: OpenWindow) -> None:
    window = open_window()
    said = dialog(window, "about").findChild(QPlainTextEdit).toPlainText()
    assert f"VERTE Desktop {__version__}" in said and "not to be used to rule out" in said
    manual = dialog(window, "manual").findChild(QTextBrowser)
    assert "Check the form" in manual.toPlainText()
    assert (about.MANUAL.parent / "window.png").is_file()
    licences = dialog(window, "licences").findChild(QTextBrowser).toPlainText()
    assert "Apache-2.0" in licences and "onnxruntime" in licences and "PySide6_Essentials" in licences


def test_no_licence_is_gpl_alone() -> None:
    rows = about.licences()
    assert len(rows) > 15
    for _, name, licence in rows:
        assert "GPL" not in licence or "LGPL" in licence, (name, licence)


@pytest.fixture
def shipped_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[Protocol, str]:
    kinds: tuple[Protocol, ...] = ("radiograph", "vfa")
    paths = {kind: tmp_path / f"{kind}.safetensors" for kind in kinds}
    for seed, (kind, path) in enumerate(paths.items()):
        saving.save(path, tiny_model(seed).state_dict(), metadata(name=f"own for {kind}", protocol=kind))
    monkeypatch.setattr(shipped, "path", lambda kind="radiograph": paths[kind])
    return {kind: weights.load(path).id for kind, path in paths.items()}


def test_each_image_gets_the_weights_of_its_kind(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow, shipped_pair: dict[Protocol, str]
) -> None:
    film = write_dicom(tmp_path / "film.dcm", 1)
    vfa = write_dicom(tmp_path / "vfa.dcm", 1, SeriesDescription="Vertebral Fracture Assessment")
    window = open_window(film, vfa)
    session = window.session
    session.choose_weights()
    qtbot.waitUntil(lambda: "own for radiograph" in window.results.weights.text(), timeout=WAIT)
    settled(qtbot, window)
    card = dialog(window, "card")
    assert session.shown.result is not None
    for index, kind in ((1, "vfa"), (0, "radiograph")):
        session.select(index)
        settled(qtbot, window)
        assert session.shown.result is not None
        assert session.shown.result.weights_id == shipped_pair[kind]  # type: ignore[index]
        assert f"own for {kind}" in window.results.weights.text()
        assert "as its header says" in window.results.read_as.text()
    # A card stands beside no scores of other weights.
    assert card not in window.findChildren(QDialog) or not card.isVisible()
    window.actions_by_id["read_as_vfa"].trigger()
    settled(qtbot, window)
    assert session.shown.result is not None and session.shown.result.weights_id == shipped_pair["vfa"]
    assert session.shown.is_overruled() and "overruling the header" in window.results.read_as.text()
    assert "Scored as a DXA VFA image on the reader's word." in window._notes.text()
    window.actions_by_id["read_as_auto"].trigger()
    settled(qtbot, window)
    assert session.shown.result.weights_id == shipped_pair["radiograph"] and not session.shown.is_overruled()


def test_an_unfit_image_is_scored_only_all_the_same(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    window = open_window(write_dicom(tmp_path / "knee.dcm", 1, BodyPartExamined="KNEE"), wait=False)
    session, button = window.session, window.problem_bar.override_button
    qtbot.waitUntil(button.isVisible, timeout=WAIT)
    assert "KNEE" in window.problem_bar.sentence.text() and session.shown.result is None
    assert button.text() == "Score it all the same, as a spine radiograph"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    settled(qtbot, window)
    assert session.shown.result is not None and session.problem is None
    assert "KNEE" in window._notes.text() and "on the reader's word" in window._notes.text()
    assert window.results.read_as.text() == "Read as a spine radiograph, overruling the header."


def test_letters_at_the_edges_turn_with_the_image(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    window = open_window(write_dicom(tmp_path / "a.dcm", 1, PatientOrientation=["P", "F"]))

    def letters() -> str:
        shown = window.view.overlay.letters
        return "".join(shown[side].text() for side in ("left", "top", "right", "bottom"))

    assert letters() == "AHPF"
    press(qtbot, window, Qt.Key.Key_R)
    assert letters() == "FAHP"
    press(qtbot, window, Qt.Key.Key_L)
    press(qtbot, window, Qt.Key.Key_H)
    assert letters() == "PHAF"
