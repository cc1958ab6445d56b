"""A folder is scored in a window of its own: rows, filters, verdicts, cancelling, and reading meanwhile."""

import csv
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from desktop.batch_steps import choose_row, click, column, ended, open_batch, show_only, start
from desktop.support import WAIT, Gate, OpenWindow, press, save_weights, settled, write_dicom
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from verte_core.batch import journal
from verte_core.batch.record import ImageRecord, Source
from verte_core.cli import main
from verte_core.results import Provenance, Score
from verte_desktop.batch.table import COMMENT, FILE, FORMER, REASON, SCORES, STATUS, VERDICTS, Filter, Model
from verte_desktop.batch.window import BatchWindow
from verte_desktop.main_window import MainWindow

PVF = SCORES["pvf"]
PVF_VERDICT, OSTEO_VERDICT = VERDICTS["pvf"], VERDICTS["osteo"]


@pytest.fixture
def under_way(
    qtbot: QtBot,
    folder: Path,
    open_window: OpenWindow,
    answer: Callable[[Path], None],
    gate: Callable[[str], Gate],
) -> tuple[MainWindow, BatchWindow, Gate]:
    """A batch whose first image is held before the network."""
    window = open_window()
    settled(qtbot, window)
    held = gate("encode_all")
    batch = start(qtbot, window, answer, folder)
    held.wait_entered(qtbot)
    return window, batch, held


def test_a_folder_is_scored_filtered_reviewed_and_opened_again(
    qtbot: QtBot, tmp_path: Path, folder: Path, open_window: OpenWindow, answer: Callable[[Path], None]
) -> None:
    window = open_window()
    batch = open_batch(window, answer, folder)
    results = tmp_path / "spines-scores.csv"
    assert batch.choice.shown["Results"].text() == str(results)
    qtbot.waitUntil(batch.start_button.isEnabled, timeout=WAIT)
    click(qtbot, batch.start_button)
    assert not batch.start_button.isEnabled() and batch.cancel_button.isEnabled()
    ended(qtbot, window)
    assert column(batch, FILE) == ["0.dcm", "1.dcm", "2.dcm", "broken.dcm"]
    assert column(batch, STATUS) == ["scored"] * 3 + ["refused"]
    assert "3 scored, 1 refused: 1 not an image" in batch.summary.text()
    assert "not to be used to rule out" in batch.cautions.text() and "simulated" in batch.cautions.text()
    with results.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    shown = column(batch, PVF)
    assert shown[:3] == [f"{float(row['pvf_score']):.2f}  {row['pvf_zone']}" for row in rows[:3]]
    assert shown[3] == "" and "not an image" in column(batch, REASON)[3]

    batch.view.horizontalHeader().sectionClicked.emit(PVF)
    batch.view.sortByColumn(PVF, Qt.SortOrder.DescendingOrder)
    scores = [text.split()[0] for text in column(batch, PVF) if text]
    assert scores == sorted(scores, reverse=True) and column(batch, STATUS)[-1] == "refused"
    show_only(qtbot, batch, "Refused: not an image (1)")
    assert column(batch, FILE) == ["broken.dcm"] and "1 shown" in batch.summary.text()
    show_only(qtbot, batch, "Any status")
    show_only(qtbot, batch, "High")
    high = {Path(row["path"]).name for row in rows if "high" in (row["pvf_zone"], row["osteo_zone"])}
    assert set(column(batch, FILE)) == high
    show_only(qtbot, batch, "Any zone")

    choose_row(qtbot, batch, "1.dcm")
    click(qtbot, batch.review.buttons["pvf", "refuted"])
    qtbot.keyClicks(batch.review.comment, "=artefact; 'quoted'")
    choose_row(qtbot, batch, "2.dcm")
    assert batch.review.comment.text() == ""
    click(qtbot, batch.review.buttons["osteo", "confirmed"])
    files = column(batch, FILE)
    on_pvf, on_osteo = (
        dict(zip(files, column(batch, place), strict=True)) for place in (PVF_VERDICT, OSTEO_VERDICT)
    )
    assert on_pvf == {"0.dcm": "", "1.dcm": "refuted", "2.dcm": "", "broken.dcm": ""}
    assert on_osteo == {"0.dcm": "", "1.dcm": "", "2.dcm": "confirmed", "broken.dcm": ""}
    with results.with_name("spines-scores.csv.review.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    said = [(row["pvf_verdict"], row["osteo_verdict"], row["comment"]) for row in written]
    assert said == [("refuted", "", "'=artefact; 'quoted'"), ("", "confirmed", "")]

    again = open_window()
    other = open_batch(again, answer, results, "open_results")
    ended(qtbot, again)
    assert sorted(column(other, PVF_VERDICT)) == ["", "", "", "refuted"]
    assert sorted(column(other, OSTEO_VERDICT)) == ["", "", "", "confirmed"]
    choose_row(qtbot, other, "1.dcm")
    assert other.review.comment.text() == "=artefact; 'quoted'"
    assert other.review.buttons["pvf", "refuted"].isChecked()
    assert column(other, PVF) == shown
    click(qtbot, other.review.buttons["pvf", "refuted"])
    assert "refuted" not in column(other, PVF_VERDICT)


def test_a_cancelled_run_goes_on_and_scores_nothing_twice(
    qtbot: QtBot,
    tmp_path: Path,
    folder: Path,
    weights_file: Path,
    under_way: tuple[MainWindow, BatchWindow, Gate],
) -> None:
    window, batch, held = under_way
    click(qtbot, batch.cancel_button)
    assert "under way" in batch.state.text()
    held.open()
    ended(qtbot, window)
    assert column(batch, FILE) == ["0.dcm"]
    assert "1 of 4 are done and kept" in batch.state.text()
    with (tmp_path / "spines-scores.csv").open(newline="", encoding="utf-8-sig") as file:
        assert [Path(row["path"]).name for row in csv.DictReader(file)] == ["0.dcm"]
    choose_row(qtbot, batch, "0.dcm")
    click(qtbot, batch.review.buttons["pvf", "confirmed"])
    kept = tmp_path / "spines-scores.csv.rows-0.jsonl"
    ((first, _),) = journal.lines(kept)
    click(qtbot, batch.start_button)
    ended(qtbot, window)
    assert kept.read_bytes().startswith(first) and len(list(journal.lines(kept))) == 4
    assert column(batch, PVF_VERDICT) == ["confirmed", "", "", ""]
    assert "Finished: 4 images" in batch.state.text()
    # The terminal takes over what the window has scored.
    out, forwards = tmp_path / "spines-scores.csv", kept.read_bytes()
    assert main(["score", str(folder), "--model", str(weights_file), "--out", str(out)]) == 1
    assert kept.read_bytes() == forwards


def test_a_verdict_on_former_scores_is_none_on_new_ones(
    qtbot: QtBot, tmp_path: Path, folder: Path, open_window: OpenWindow, answer: Callable[[Path], None]
) -> None:
    window = open_window()
    batch = start(qtbot, window, answer, folder)
    ended(qtbot, window)
    choose_row(qtbot, batch, "0.dcm")
    click(qtbot, batch.review.buttons["pvf", "confirmed"])
    former = window.session.shown.scorer
    window.session.choose_weights(save_weights(tmp_path / "b.safetensors", clinical_hidden=()))
    qtbot.waitUntil(lambda: window.session.shown.scorer is not former, timeout=WAIT)
    click(qtbot, batch.start_button)
    ended(qtbot, window)
    assert column(batch, PVF_VERDICT)[0] == f"confirmed ({FORMER})"
    choose_row(qtbot, batch, "0.dcm")
    assert not batch.review.buttons["pvf", "confirmed"].isChecked()


def test_protocol_and_heatmaps_are_those_of_the_command(
    qtbot: QtBot,
    tmp_path: Path,
    weights_file: Path,
    open_window: OpenWindow,
    answer: Callable[[Path], None],
) -> None:
    images, maps, out = tmp_path / "vfa", tmp_path / "maps", tmp_path / "vfa-scores.csv"
    images.mkdir()
    write_dicom(images / "a.dcm", 1, SeriesDescription="Vertebral Fracture Assessment")
    window = open_window()
    batch = start(qtbot, window, answer, images)
    ended(qtbot, window)
    assert column(batch, STATUS) == ["refused"]
    batch.choice.protocol.setCurrentText("A spine radiograph, whatever its header says")
    answer(maps)
    choose = batch.choice.findChildren(QPushButton)
    click(qtbot, next(each for each in choose if each.accessibleName() == "Heatmaps: Choose a folder…"))
    assert batch.choice.shown["Heatmaps"].text() == str(maps)
    click(qtbot, batch.start_button)
    ended(qtbot, window)
    assert column(batch, STATUS) == ["scored"]
    pictures = {each.name: each.read_bytes() for each in maps.iterdir()}
    assert {Path(name).stem.rpartition("_")[2] for name in pictures} == {"pvf", "osteo"}
    # The command takes the rows over, so its choices were the same; and its heatmaps are.
    journal = out.with_name(f"{out.name}.rows-0.jsonl").read_bytes()
    command = ["score", str(images), "--model", str(weights_file), "--protocol", "radiograph", "--heatmaps"]
    assert main([*command, str(maps), "--out", str(out)]) == 0
    assert out.with_name(f"{out.name}.rows-0.jsonl").read_bytes() == journal
    other = tmp_path / "other"
    assert main([*command, str(other)]) == 0
    assert {each.name: each.read_bytes() for each in other.iterdir()} == pictures


def test_a_filter_does_not_outlive_its_reason(
    qtbot: QtBot, tmp_path: Path, folder: Path, open_window: OpenWindow, answer: Callable[[Path], None]
) -> None:
    window = open_window()
    batch = start(qtbot, window, answer, folder)
    ended(qtbot, window)
    show_only(qtbot, batch, "Refused: not an image (1)")
    (folder / "broken.dcm").unlink()
    click(qtbot, batch.start_button)
    ended(qtbot, window)
    assert batch.statuses.currentText() == "Any status"
    assert column(batch, FILE) == ["0.dcm", "1.dcm", "2.dcm"]


def test_a_comment_that_cannot_be_kept_stays_for_another_try(
    qtbot: QtBot,
    tmp_path: Path,
    folder: Path,
    open_window: OpenWindow,
    answer: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    window = open_window()
    batch = start(qtbot, window, answer, folder)
    ended(qtbot, window)
    choose_row(qtbot, batch, "0.dcm")
    qtbot.keyClicks(batch.review.comment, "old fracture")
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        click(qtbot, batch.review.buttons["pvf", "confirmed"])
        assert "No space left on device" in batch.problem.text()
        assert not batch.review.buttons["pvf", "confirmed"].isChecked()
        assert batch.review.comment.text() == "old fracture"
    qtbot.keyClick(batch.review.comment, Qt.Key.Key_Return)
    assert batch.problem.text() == ""
    assert column(batch, COMMENT)[0] == "old fracture"
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        qtbot.keyClicks(batch.review.comment, "!")
        choose_row(qtbot, batch, "1.dcm")
    assert batch.review.comment.text() == ""
    choose_row(qtbot, batch, "2.dcm")
    assert column(batch, COMMENT) == ["old fracture", "", "", ""]


def test_an_image_is_read_while_a_batch_runs(
    qtbot: QtBot,
    tmp_path: Path,
    image: Path,
    open_window: OpenWindow,
    answer: Callable[[Path], None],
    gate: Callable[[str], Gate],
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for seed in range(8):
        write_dicom(folder / f"{seed}.dcm", seed)
    window = open_window()
    batch = start(qtbot, window, answer, folder)
    qtbot.waitUntil(lambda: bool(batch.model.records), timeout=WAIT)
    held = gate("encode")
    window.session.open([image])
    held.wait_entered(qtbot)
    qtbot.wait(300)
    before = len(batch.model.records)
    qtbot.wait(500)
    assert len(batch.model.records) == before < 8  # the reader goes first
    held.open()
    qtbot.waitUntil(lambda: window.session.shown.result is not None, timeout=WAIT)
    ended(qtbot, window)
    assert column(batch, STATUS) == ["scored"] * 8


def test_what_cannot_be_written_or_read_is_said(
    qtbot: QtBot, tmp_path: Path, folder: Path, open_window: OpenWindow, answer: Callable[[Path], None]
) -> None:
    window = open_window()
    mine = tmp_path / "spines-scores.csv"
    mine.write_text("a table of mine\n")
    batch = start(qtbot, window, answer, folder)
    ended(qtbot, window)
    assert "was not written by this program" in batch.problem.text() and batch.start_button.isEnabled()
    assert mine.read_text() == "a table of mine\n"
    open_batch(window, answer, mine, "open_results")
    ended(qtbot, window)
    assert "no rows of spines-scores.csv" in batch.problem.text()
    mine.unlink()
    review = tmp_path / "spines-scores.csv.review.csv"
    review.write_text("path;verdict\n")
    start(qtbot, window, answer, folder)
    ended(qtbot, window)
    assert "no table of reviews" in batch.problem.text()
    choose_row(qtbot, batch, "0.dcm")
    assert not batch.review.buttons["pvf", "confirmed"].isEnabled()
    assert review.read_text() == "path;verdict\n"


@pytest.mark.usefixtures("qapp")
def test_ten_thousand_rows_sort_and_filter_fluently(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a call from C++ to Python for each comparison, which takes seconds."""
    asked = []
    osteo = Score(0.5, 0.5, 0.5, "low")
    records = []
    for index in range(10_000):
        value = (index * 37 % 1000) / 1000
        scores = {"pvf": Score(value, value, value, ("low", "high")[index % 2]), "osteo": osteo}  # type: ignore[arg-type]
        blank = ImageRecord(
            f"/archive/{index:05}.dcm", "id", Provenance.SIMULATED, "auto", source=Source(None, None)
        )
        records.append(blank.scored(scores))
    parent = QObject()
    model = Model(parent)
    rows = Filter(model)
    data = Model.data
    monkeypatch.setattr(Model, "data", lambda *given: asked.append(1) or data(*given))
    model.add(records)
    rows.sort(PVF, Qt.SortOrder.DescendingOrder)
    assert rows.index(0, PVF).data().startswith("1.00")
    rows.choose("high", "", "")
    assert rows.rowCount() == 5000
    assert len(asked) < 10


def test_keys(qtbot: QtBot, folder: Path, open_window: OpenWindow, answer: Callable[[Path], None]) -> None:
    window = open_window()
    answer(folder)
    press(qtbot, window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    batch = window.batch()
    assert batch.isVisible()
    settled(qtbot, window)
    click(qtbot, batch.start_button)
    ended(qtbot, window)
    batch.view.setFocus()
    qtbot.keyClick(batch.view, Qt.Key.Key_Down)
    qtbot.keyClick(batch.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.shown.result is not None, timeout=WAIT)
    current = batch.model.records[batch.view.currentIndex().row()]
    assert window.session.entries[0].path == Path(current.path)
