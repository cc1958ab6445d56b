"""Prior and current of a patient beside each other, and the score of a person over several films."""

from pathlib import Path

import pytest
from desktop.support import WAIT, OpenWindow, press, settled, write_dicom
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from verte_core.results import mean_score
from verte_desktop.comparing.window import ComparingWindow
from verte_desktop.main_window import MainWindow

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def films(tmp_path: Path) -> list[Path]:
    """Two films of 2026 in one study, one of 2020, one of another patient."""
    return [
        write_dicom(tmp_path / "now.dcm", 1, PatientID="P", StudyInstanceUID="1.1", StudyDate="20260314"),
        write_dicom(tmp_path / "other.dcm", 2, PatientID="P", StudyInstanceUID="1.1", StudyDate="20260314"),
        write_dicom(tmp_path / "prior.dcm", 3, PatientID="P", StudyInstanceUID="1.2", StudyDate="20200314"),
        write_dicom(tmp_path / "else.dcm", 4, PatientID="Q", StudyInstanceUID="1.3", StudyDate="20190101"),
    ]


def known(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: all(each.header for each in window.session.entries), timeout=WAIT)


def opened(qtbot: QtBot, window: MainWindow) -> ComparingWindow:
    press(qtbot, window, Qt.Key.Key_D, CONTROL)
    comparing = window.others.compare()
    qtbot.waitUntil(lambda: comparing._own is not None, timeout=WAIT)
    return comparing


def test_the_newest_prior_is_laid_beside(qtbot: QtBot, films: list[Path], open_window: OpenWindow) -> None:
    window = open_window(*films)
    known(qtbot, window)
    comparing = opened(qtbot, window)
    qtbot.waitUntil(lambda: comparing._other is not None, timeout=WAIT)
    assert comparing._other_path == films[2]
    assert comparing.panes[0].title.text().startswith("2020-03-14")
    assert comparing.panes[1].title.text().startswith("2026-03-14")
    assert "in 6.0 years" in comparing.change.text() and "→" in comparing.change.text()
    assert "simulated images" in comparing.notice.text()
    # A hanging that is kept, and no names once they are hidden.
    comparing.swapped.click()
    assert comparing.panes[0].title.text().startswith("2026-03-14")
    assert "Test Person1" in comparing.panes[0].title.text()
    window.session.show_patient(False)
    assert "Test" not in comparing.panes[0].title.text()
    comparing.heatmap.click()
    comparing.panes[0].zoom(2)
    assert comparing.panes[1].sight().scale == pytest.approx(comparing.panes[0].sight().scale)
    again = ComparingWindow(window.session, window._store, window.session.comparing, lambda: None)
    assert again.swapped.isChecked() and again.heatmap.isChecked()
    again.deleteLater()


def test_another_patient_is_said(qtbot: QtBot, films: list[Path], open_window: OpenWindow) -> None:
    window = open_window(films[0])
    comparing = opened(qtbot, window)
    assert "No prior" in comparing.message.text()
    comparing.lay_beside(films[3])
    qtbot.waitUntil(lambda: comparing._other is not None, timeout=WAIT)
    assert "not of one patient" in comparing.message.text()


def test_a_file_that_can_not_be_laid_beside_is_a_sentence(
    qtbot: QtBot, films: list[Path], tmp_path: Path, open_window: OpenWindow
) -> None:
    (tmp_path / "broken.dcm").write_bytes(b"broken")
    window = open_window(films[0])
    comparing = opened(qtbot, window)
    comparing.lay_beside(tmp_path / "broken.dcm")
    qtbot.waitUntil(lambda: "not an image" in comparing.message.text(), timeout=WAIT)


def test_without_a_bmi_the_prior_has_no_scores(
    qtbot: QtBot, films: list[Path], tmp_path: Path, open_window: OpenWindow
) -> None:
    lacking = write_dicom(tmp_path / "lacking.dcm", 5, PatientID="P", PatientSize=None, StudyDate="20180101")
    window = open_window(films[0])
    comparing = opened(qtbot, window)
    comparing.lay_beside(lacking)
    qtbot.waitUntil(lambda: comparing._other is not None, timeout=WAIT)
    assert "age, sex or BMI is missing" in comparing.panes[0].caption.text()
    assert not comparing.change.text()


def test_the_person_s_score_is_the_mean(qtbot: QtBot, films: list[Path], open_window: OpenWindow) -> None:
    window = open_window(*films)
    known(qtbot, window)
    session, panel = window.session, window.results
    assert panel.person.text() == "2 images of this person in this study; 1 of them scored."
    press(qtbot, window, Qt.Key.Key_P, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: "the mean of 2 images" in panel.person.text(), timeout=WAIT)
    assert panel.rest.isHidden()
    results = [each.result for each in session.of_person()]
    assert len(results) == 2 and session.shown.scorer is not None
    points = session.shown.scorer.metadata.operating_points
    for task, title in (("pvf", "pVF-score"), ("osteo", "osteo-score")):
        mean = mean_score([each.scores[task] for each in results if each], points[task])
        assert f"{title} {mean.value:.2f}" in panel.person.text()
    # The prior is another study.
    index = session.index_of(films[2])
    assert index is not None
    session.select(index)
    settled(qtbot, window)
    assert not panel.person.text()
