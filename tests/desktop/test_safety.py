"""No score stands beside an image, inputs or weights that it was not made from."""

from collections.abc import Callable
from pathlib import Path

import pytest
from desktop.support import WAIT, Gate, OpenWindow, save_weights, settled, write_dicom
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from verte_desktop.entries import Stage
from verte_desktop.main_window import MainWindow


def watch(window: MainWindow) -> list[str]:
    """The ids of all images whose scores are shown from now on; each checked against the screen."""
    session, seen = window.session, []

    def check() -> None:
        result = session.result
        if result is not None:
            assert session.radiograph is not None and session.scorer is not None
            assert result.image_id == session.radiograph.id
            assert result.inputs == session.draft.check().inputs
            assert result.weights_id == session.scorer.weights_id
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
    assert window.session.result is not None and window.session.radiograph is not None
    assert window.session.radiograph.path == second
    assert set(shown(window)) != {"-"}
    assert seen[-1] == window.session.result.image_id


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
    radiograph = window.session.radiograph
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
    assert window.session.result is None
    score.open()
    qtbot.waitUntil(lambda: window.session.result is not None, timeout=WAIT)
    session = window.session
    assert session.scorer is not None and session.encoded is not None and session.result is not None
    assert session.result.inputs is not None and session.result.inputs.bmi == 31
    assert session.result == session.scorer.score(session.encoded, session.result.inputs)
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
    qtbot.waitUntil(lambda: window.session.heatmap is not None, timeout=WAIT)
    assert window.session.heatmap is not None
    assert window.session.heatmap.result is window.session.result


def test_broken_file_after_a_good_one(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    assert set(shown(window)) != {"-"}
    broken = tmp_path / "broken.dcm"
    broken.write_bytes(b"not an image at all")
    window.session.open([broken])
    qtbot.waitUntil(lambda: window.session.stage() is Stage.FAILED, timeout=WAIT)
    session = window.session
    assert session.radiograph is session.encoded is session.result is session.heatmap is None
    assert shown(window) == ["-", "-"]
    assert window.form.edits["age"].text() == ""
    assert window.centre.currentIndex() == 0
    assert "broken.dcm" in (session.problem.sentence if session.problem else "")


def test_opening_and_editing_clear_at_once(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    window = open_window(*(write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in (1, 2)))
    window.session.edit("age", "60")
    assert window.session.result is None and shown(window) == ["-", "-"]
    qtbot.waitUntil(lambda: window.session.result is not None, timeout=WAIT)
    window.session.select(1)
    assert window.session.result is None and shown(window) == ["-", "-"]
    assert window.session.radiograph is None
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
    qtbot.waitUntil(lambda: window.session.result is not None, timeout=WAIT)
    assert window.session.problem is None


def test_image_that_does_not_suit_the_weights(tmp_path: Path, open_window: OpenWindow) -> None:
    vfa = write_dicom(tmp_path / "vfa.dcm", 3, SeriesDescription="Vertebral Fracture Assessment")
    window = open_window(vfa)
    assert window.session.radiograph is not None and window.session.result is None
    assert "DXA VFA" in window.results.message.text()


def test_image_only_weights_need_no_form(tmp_path: Path, open_window: OpenWindow) -> None:
    path = write_dicom(tmp_path / "a.dcm", 1, PatientAge=None, PatientSize=None)
    model = save_weights(tmp_path / "image-only.safetensors", clinical_hidden=())
    window = open_window(path, model=model)
    assert window.session.draft.check().inputs is None
    assert "image only" in window.results.weights.text()
