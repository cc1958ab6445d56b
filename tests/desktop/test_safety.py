"""No score stands beside an image, inputs or weights that it was not made from."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from desktop.support import WAIT, Gate, OpenWindow, press, save_weights, settled, write_dicom
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from verte_core.scoring.member import Member
from verte_desktop.main_window import MainWindow
from verte_desktop.panels.header_browser import HeaderBrowser
from verte_desktop.session.entry import Stage
from verte_desktop.wording import status


def watch(window: MainWindow) -> list[str]:
    """The ids of all images whose scores are shown from now on; each checked against the screen."""
    session, seen = window.session, []

    def check() -> None:
        result = session.shown.result
        if result is not None:
            assert session.shown.radiograph is not None and session.shown.scorer is not None
            assert result.image_id == session.shown.radiograph.id
            assert result.inputs == session.shown.draft.check().inputs
            assert result.weights_id == session.shown.scorer.weights_id
            seen.append(result.image_id)

    session.result_changed.connect(check)
    return seen


def shown(window: MainWindow) -> list[str]:
    return [card.value.text() for card in window.results.cards.values()]


def type_bmi(qtbot: QtBot, window: MainWindow, text: str) -> None:
    edit = window.form.edits["bmi"]
    edit.clear()
    qtbot.keyClicks(edit, text)


def test_result_of_a_after_b_was_opened(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow, gate: Callable[[str], Gate]
) -> None:
    first, second = write_dicom(tmp_path / "a.dcm", 1), write_dicom(tmp_path / "b.dcm", 2)
    encode = gate("encode")
    window = open_window(first, wait=False)
    seen = watch(window)
    encode.wait_entered(qtbot)
    window.session.open([second])
    qtbot.waitUntil(lambda: len(window.session.entries) == 1, timeout=WAIT)
    encode.open()
    qtbot.waitUntil(lambda: len(window.session.entries) == 2, timeout=WAIT)
    settled(qtbot, window)
    assert window.session.shown.result is not None and window.session.shown.radiograph is not None
    assert window.session.shown.radiograph.path == second
    assert set(shown(window)) != {"-"}
    assert seen[-1] == window.session.shown.result.image_id


def test_encoding_of_a_ends_while_b_is_selected(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow, gate: Callable[[str], Gate]
) -> None:
    paths = [write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in (1, 2)]
    encode = gate("encode")
    window = open_window(*paths, wait=False)
    seen = watch(window)
    encode.wait_entered(qtbot)
    window.session.select(1)
    encode.open()
    settled(qtbot, window)
    radiograph = window.session.shown.radiograph
    assert radiograph is not None and radiograph.path == paths[1]
    assert set(seen) == {radiograph.id}
    assert window.session.entries[0].result is None


def test_inputs_changed_while_scoring(
    qtbot: QtBot, image: Path, open_window: OpenWindow, gate: Callable[[str], Gate]
) -> None:
    score = gate("score")
    window = open_window(image, wait=False)
    seen = watch(window)
    score.wait_entered(qtbot)
    type_bmi(qtbot, window, "31")
    assert window.session.shown.result is None
    score.open()
    qtbot.waitUntil(lambda: window.session.shown.result is not None, timeout=WAIT)
    made = window.session.shown
    assert made.scorer is not None and made.encoded is not None and made.result is not None
    assert made.result.inputs is not None and made.result.inputs.bmi == 31
    assert made.result == made.scorer.score(made.encoded, made.result.inputs)
    assert seen


def test_heatmap_of_former_inputs_is_dropped(
    qtbot: QtBot, image: Path, open_window: OpenWindow, gate: Callable[[str], Gate]
) -> None:
    window = open_window(image)
    explain = gate("explain")
    qtbot.keyClick(window, Qt.Key.Key_G)
    explain.wait_entered(qtbot)
    type_bmi(qtbot, window, "31")
    explain.open()
    qtbot.waitUntil(lambda: window.session.shown.heatmap is not None, timeout=WAIT)
    assert window.session.shown.heatmap is not None
    assert window.session.shown.heatmap.result is window.session.shown.result


def test_a_late_heatmap_takes_no_other_away(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    session, seen = window.session, []
    session.show_heatmap(True)
    session.set_heatmap_task("osteo")
    session.set_heatmap_task("pvf")
    session.heatmap_changed.connect(lambda: seen.append(session.shown.heatmap))
    qtbot.waitUntil(lambda: len(seen) == 2, timeout=WAIT)
    assert all(each is not None and each.task == "pvf" for each in seen)


def test_a_gpu_without_memory_leaves_the_image_to_the_cpu(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(image)
    session, encode, failures = window.session, Member.encode, [MemoryError("CUDA out of memory.")]
    assert session.shown.scorer is not None
    session.shown.scorer.device = "cuda"

    def once(*given: Any) -> Any:
        if failures:
            raise failures.pop()
        return encode(*given)

    monkeypatch.setattr(Member, "encode", once)
    session.open([write_dicom(tmp_path / "b.dcm", 2)])
    qtbot.waitUntil(lambda: session.shown.result is not None and session.current == 1, timeout=WAIT)
    assert session.shown.scorer.device == "cpu" and not failures
    assert "the CPU goes on" in window.problem_bar.sentence.text() and window.problem_bar.isVisible()
    assert "on cpu" in window.results.weights.text()
    failures += [MemoryError("out of memory")]
    session.reopen()
    settled(qtbot, window)
    assert "not enough memory for this image" in window.problem_bar.sentence.text()
    assert session.shown.result is None


def test_broken_file_after_a_good_one(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    former = shown(window)
    assert set(former) != {"-"}
    broken = tmp_path / "broken.dcm"
    broken.write_bytes(b"not an image at all")
    session = window.session
    session.open([broken])
    qtbot.waitUntil(lambda: len(session.entries) == 2 and session.problem is not None, timeout=WAIT)
    # The image that was read before is shown again, with its own scores.
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)
    assert session.shown.radiograph is not None and session.shown.radiograph.path == image
    assert shown(window) == former
    assert "broken.dcm" in (session.problem.sentence if session.problem else "")
    session.select(1)
    qtbot.waitUntil(lambda: session.stage() is Stage.FAILED, timeout=WAIT)
    assert (
        session.shown.radiograph
        is session.shown.encoded
        is session.shown.result
        is session.shown.heatmap
        is None
    )
    assert shown(window) == ["-", "-"]
    assert window.form.edits["age"].text() == ""
    assert window.centre.currentIndex() == 0
    assert "broken.dcm" in (session.problem.sentence if session.problem else "")


def test_opening_and_editing_clear_at_once(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    window = open_window(*(write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in (1, 2)))
    window.session.edit("age", "60")
    assert window.session.shown.result is None and shown(window) == ["-", "-"]
    qtbot.waitUntil(lambda: window.session.shown.result is not None, timeout=WAIT)
    window.session.select(1)
    assert window.session.shown.result is None and shown(window) == ["-", "-"]
    assert window.session.shown.radiograph is None
    settled(qtbot, window)


def test_unexpected_failure_clears_and_goes_on(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(image)
    with monkeypatch.context() as patched:
        patched.setattr("verte_core.scoring.Scorer.score", lambda *_: 1 / 0)
        type_bmi(qtbot, window, "30")
        qtbot.waitUntil(lambda: window.session.problem is not None, timeout=WAIT)
        problem = window.session.problem
        assert problem is not None and "ZeroDivisionError" in problem.details
        assert "ZeroDivision" not in problem.sentence
        assert shown(window) == ["-", "-"]
    window.session.open([write_dicom(tmp_path / "other.dcm", 5)])
    qtbot.waitUntil(lambda: window.session.shown.result is not None, timeout=WAIT)
    assert window.session.problem is None


def test_image_that_does_not_suit_the_weights(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    vfa = write_dicom(tmp_path / "vfa.dcm", 3, SeriesDescription="Vertebral Fracture Assessment")
    plain = write_dicom(tmp_path / "plain.dcm", 4)
    window = open_window(vfa, plain)
    session = window.session
    session.select(0)
    settled(qtbot, window)
    assert session.shown.radiograph is not None and session.shown.result is None
    assert "DXA VFA" in window.results.message.text()
    button = window.problem_bar.override_button
    assert button.isVisible() and button.text() == "Score it all the same, as a spine radiograph"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    settled(qtbot, window)
    assert session.shown.result is not None and session.problem is None
    assert "overruling the header" in window.results.read_as.text()
    assert "overruled" in status(session.entries[0])
    press(qtbot, window, Qt.Key.Key_PageDown)
    settled(qtbot, window)
    assert window.results.read_as.text() == "Read as a spine radiograph, as its header says."
    assert window.actions_by_id[f"read_as_{window.session.shown.read_as}"].isChecked()
    press(qtbot, window, Qt.Key.Key_PageUp)
    settled(qtbot, window)
    assert session.shown.result is None and button.isVisible()


def test_image_only_weights_need_no_form(tmp_path: Path, open_window: OpenWindow) -> None:
    path = write_dicom(tmp_path / "a.dcm", 1, PatientAge=None, PatientSize=None)
    model = save_weights(tmp_path / "image-only.safetensors", clinical_hidden=())
    window = open_window(path, model=model)
    assert window.session.shown.draft.check().inputs is None
    assert "image only" in window.results.weights.text()


@pytest.mark.parametrize("held", ["encode", "score"])
def test_weights_switched_while_scoring(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow, gate: Callable[[str], Gate], held: str
) -> None:
    other = save_weights(tmp_path / "other.safetensors", clinical_hidden=(8, 4))
    step = gate(held)
    window = open_window(image, wait=False)
    session, seen = window.session, watch(window)
    step.wait_entered(qtbot)
    former = session.shown.scorer
    session.choose_weights(other)
    assert session.shown.scorer is former and session.activity() == "Loading the model"
    step.open()
    qtbot.waitUntil(lambda: session.shown.scorer is not former, timeout=WAIT)
    settled(qtbot, window)
    assert session.shown.scorer is not None and session.shown.result is not None
    assert session.shown.result.weights_id == session.shown.scorer.weights_id
    assert session.shown.scorer.weights_id in window.results.weights.text()
    assert set(shown(window)) != {"-"} and len(window.results.cards) == 2
    assert seen


def test_scores_of_former_weights_leave_the_worklist(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    window = open_window(*(write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in (1, 2)))
    press(qtbot, window, Qt.Key.Key_PageDown)
    settled(qtbot, window)
    session = window.session
    assert status(session.entries[0]).startswith("pVF")
    session.choose_weights(save_weights(tmp_path / "other.safetensors", clinical_hidden=(8, 4)))
    settled(qtbot, window)
    assert status(session.entries[0]) == "not scored yet" and status(session.entries[1]).startswith("pVF")


def test_broken_weights_leave_those_in_use(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    before = window.session.shown.result
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"nothing")
    window.session.choose_weights(broken)
    qtbot.waitUntil(lambda: window.session.problem is not None, timeout=WAIT)
    assert window.session.problem is not None and "broken" in window.session.problem.sentence
    assert window.session.shown.result is before and set(shown(window)) != {"-"}


def test_cancelled_scoring(
    qtbot: QtBot, image: Path, open_window: OpenWindow, gate: Callable[[str], Gate]
) -> None:
    encode = gate("encode")
    window = open_window(image, wait=False)
    session = window.session
    encode.wait_entered(qtbot)
    assert window.actions_by_id["cancel"].isEnabled()
    press(qtbot, window, Qt.Key.Key_Escape)
    assert session.stage() is Stage.CANCELLED and not session.activity()
    assert "Cancelled" in window.results.message.text()
    encode.open()
    session.edit("age", "60")
    qtbot.wait(200)
    assert session.shown.encoded is session.shown.result is None and shown(window) == ["-", "-"]
    assert not window.actions_by_id["cancel"].isEnabled()
    press(qtbot, window, Qt.Key.Key_F5)
    settled(qtbot, window)
    assert session.shown.result is not None and session.shown.result.inputs is not None
    assert session.shown.result.inputs.age == 60


def test_cancelled_opening_and_search(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow, gate: Callable[[str], Gate]
) -> None:
    window = open_window(image)
    session = window.session
    encode = gate("encode")
    press(qtbot, window, Qt.Key.Key_F5)
    encode.wait_entered(qtbot)
    session.open([write_dicom(tmp_path / "b.dcm", 2)])
    press(qtbot, window, Qt.Key.Key_F5)  # waits behind the encoder
    assert session.stage() is Stage.OPENING
    press(qtbot, window, Qt.Key.Key_Escape)
    encode.open()
    qtbot.wait(200)
    assert session.stage() is Stage.CANCELLED and len(session.entries) == 1
    assert session.shown.radiograph is session.shown.result is None and window.centre.currentIndex() == 0


def test_cancelled_weights(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow, gate: Callable[[str], Gate]
) -> None:
    window = open_window(image)
    session = window.session
    before, score = session.shown.scorer, gate("score")
    session.edit("age", "61")
    score.wait_entered(qtbot)
    session.choose_weights(save_weights(tmp_path / "other.safetensors", clinical_hidden=(8, 4)))
    press(qtbot, window, Qt.Key.Key_Escape)
    score.open()
    settled(qtbot, window)
    qtbot.wait(200)
    assert session.shown.scorer is before and session.shown.result is not None


def test_folder_removed_while_open(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    window = open_window(*(write_dicom(folder / f"{seed}.dcm", seed) for seed in (1, 2)))
    session = window.session
    shutil.rmtree(folder)
    press(qtbot, window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: session.problem is not None, timeout=WAIT)
    assert session.problem is not None and "does not exist" in session.problem.sentence
    assert session.shown.result is not None and set(shown(window)) != {"-"}
    press(qtbot, window, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: session.stage() is Stage.FAILED, timeout=WAIT)
    assert "does not exist" in window.results.message.text() and shown(window) == ["-", "-"]
    assert session.shown.radiograph is None


def test_weights_file_replaced_while_in_use(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    model = save_weights(tmp_path / "mine.safetensors")
    window = open_window(*(write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in (1, 2)), model=model)
    loaded = window.session.shown.scorer
    assert loaded is not None
    model.touch()
    press(qtbot, window, Qt.Key.Key_F5)
    settled(qtbot, window)
    assert "changed" not in window.results.weights.text()
    save_weights(model, clinical_hidden=(8, 4))
    press(qtbot, window, Qt.Key.Key_PageDown)
    settled(qtbot, window)
    assert "changed or removed" in window.results.weights.text()
    result = window.session.shown.result
    assert result is not None and result.weights_id == loaded.weights_id
    window.session.choose_weights(model)
    qtbot.waitUntil(lambda: window.session.shown.scorer is not loaded, timeout=WAIT)
    settled(qtbot, window)
    assert "changed" not in window.results.weights.text() and window.session.shown.result is not None


def test_header_closes_with_its_image(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    window = open_window(*(write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in (1, 2)))
    press(qtbot, window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(window.findChildren(HeaderBrowser)), timeout=WAIT)
    (browser,) = window.findChildren(HeaderBrowser)
    rows = browser.table.model()
    assert rows.rowCount() > 15
    qtbot.keyClicks(browser.filter, "patientname")
    assert rows.rowCount() == 1 and rows.index(0, 3).data() == "Test^Person1"
    qtbot.mouseClick(browser.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "(0010,0010)\tPN\tPatientName\tTest^Person1"
    window.session.select(1)
    assert not window.findChildren(HeaderBrowser) or not browser.isVisible()
    settled(qtbot, window)


def test_protocol_is_a_word_for_how_an_image_was_taken(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    """To a radiologist; so nothing that a reader sees calls the kind of an image so."""
    vfa = write_dicom(tmp_path / "vfa.dcm", 3, SeriesDescription="Vertebral Fracture Assessment")
    window = open_window(vfa)
    session, texts = window.session, []

    def look() -> None:
        for widget in (window, window.batch()):
            for kind, read in (
                (QLabel, "text"),
                (QAction, "text"),
                (QAction, "toolTip"),
                (QWidget, "toolTip"),
            ):
                texts.extend(getattr(each, read)() for each in widget.findChildren(kind))
            for box in widget.findChildren(QComboBox):
                texts.extend(box.itemText(index) for index in range(box.count()))
            texts.extend(each.accessibleName() for each in widget.findChildren(QWidget))
        texts.append(status(session.entries[0]))

    look()
    session.override_protocol()
    settled(qtbot, window)
    look()
    window.save.copy_scores()
    texts.append(QGuiApplication.clipboard().text())
    assert any("overruling the header" in text for text in texts)
    assert [text for text in texts if "protocol" in text.lower()] == []
