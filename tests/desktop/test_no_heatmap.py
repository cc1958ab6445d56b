"""A heatmap that can't be made costs the heatmap only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desktop.support import WAIT, OpenWindow, press, save_as, write_dicom
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from verte_core.errors import VerteError
from verte_core.results import Result
from verte_core.scoring.scorer import Scorer
from verte_desktop.export import report
from verte_desktop.main_window import MainWindow
from verte_desktop.session.entry import Stage
from verte_desktop.session.session import NO_HEATMAP

CONTROL = Qt.KeyboardModifier.ControlModifier
ERRORS = [
    VerteError("The heatmap is not to be had."),
    MemoryError(),
    RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("the shapes do not match"),
    AttributeError("'NoneType' object has no attribute 'features'"),
]


@pytest.fixture(params=ERRORS, ids=lambda error: f"{type(error).__name__}: {error}")
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No heatmap can be made of the osteo-score."""
    explain = Scorer.explain

    def fail(scorer: Scorer, encoded: object, inputs: object, task: str) -> object:
        if task == "osteo":
            raise type(request.param)(*request.param.args)
        return explain(scorer, encoded, inputs, task)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Scorer, "explain", fail)
        yield


def scores(window: MainWindow) -> list[str]:
    return [card.value.text() for card in window.results.cards.values()]


def fail_to_explain(qtbot: QtBot, window: MainWindow) -> Result:
    """Ask for the heatmap that can't be made; the result as it was before."""
    result = window.session.shown.result
    assert result is not None
    window.session.set_heatmap_task("osteo")
    qtbot.keyClick(window, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: window.session.problem is not None, timeout=WAIT)
    return result


@pytest.mark.usefixtures("broken")
def test_the_scores_stand_and_the_next_image_works(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    session, before = window.session, scores(window)
    result = fail_to_explain(qtbot, window)
    assert session.problem is not None and session.problem.sentence.startswith(NO_HEATMAP)
    assert window.problem_bar.isVisible()
    assert session.shown.result is result and scores(window) == before and "-" not in before
    assert session.stage() is Stage.OPEN and session.entries[0].result is result
    assert window.actions_by_id["save_report"].isEnabled()
    assert session.shown.heatmap is None and not session.shown.heatmap_wanted
    assert not window.actions_by_id["heatmap"].isChecked() and not window.view.overlay.legend.isVisible()
    # The other score of the same image, and the next image.
    session.set_heatmap_task("pvf")
    qtbot.keyClick(window, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: session.shown.heatmap is not None, timeout=WAIT)
    session.open([write_dicom(tmp_path / "b.dcm", 2)])
    qtbot.waitUntil(lambda: session.current == 1 and session.shown.result is not None, timeout=WAIT)
    assert session.problem is None
    qtbot.waitUntil(lambda: session.shown.heatmap is not None, timeout=WAIT)


@pytest.mark.usefixtures("broken")
def test_the_picture_is_that_of_the_image(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    plain = window.view.picture(with_patient=False)
    size = window.view.size()
    fail_to_explain(qtbot, window)
    window.session.dismiss_problem()
    qtbot.waitUntil(lambda: window.view.size() == size, timeout=WAIT)
    assert window.view.picture(with_patient=False) == plain
    press(qtbot, window, Qt.Key.Key_S, CONTROL)
    with qtbot.waitSignal(window.session.written, timeout=WAIT):
        save_as(window, tmp_path / "a.png", False)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("broken")
def test_the_report_is_made_without_it_and_says_so(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    original = report._Page._text

    def recorded(page: report._Page, text: str, *arguments: float, **options: object) -> None:
        if page._drawing:
            drawn.append(text)
        original(page, text, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(report._Page, "_text", recorded)
    window = open_window(image)
    press(qtbot, window, Qt.Key.Key_P, CONTROL)
    with qtbot.waitSignal(window.session.written, timeout=WAIT):
        save_as(window, tmp_path / "a.pdf", True)
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert "Heatmap of the osteo-score: it could not be made." in drawn
    assert "Heatmap of the pVF-score" in drawn and "Heatmap of the osteo-score" not in drawn
    for card in window.results.cards.values():
        assert card.value.text() in drawn
    assert not any(str(tmp_path) in text for text in drawn)


@pytest.mark.usefixtures("broken")
def test_a_failure_that_comes_too_late_is_no_problem(
    qtbot: QtBot, image: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    session = window.session
    session.set_heatmap_task("osteo")
    session.show_heatmap(True)
    session.set_heatmap_task("pvf")
    qtbot.waitUntil(lambda: session.shown.heatmap is not None, timeout=WAIT)
    assert session.problem is None and session.shown.heatmap_wanted
