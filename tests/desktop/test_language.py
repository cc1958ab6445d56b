"""The window in Korean: nothing visible is left in English, and what the core says is translated, too."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from desktop.support import WAIT, OpenWindow, settled, write_dicom
from pyqtgraph import PlotWidget
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from verte_core.errors import ImageError
from verte_core.reading import radiograph
from verte_desktop import language
from verte_desktop.session import settings
from verte_desktop.session.settings import Settings

ROOT = Path(__file__).parents[2]
NAMES = re.compile(
    r"VERTE( Desktop)?|DICOM(web)?|(pVF|osteo)-score|pVF|osteo|[A-Za-z]*-?CAM|ROAD|BMI|AE title|AE|URL|https?://\S+|/\S+|"
    r"[Vv]erte\S*|tiny|Test|Person\d*|ID-\d|CR|DX|OT|DIMSE|C-\w+|English|Turbo|Inferno|Magma|Viridis|Cividis|"
    r"\.\w{3,4}|W \d+|L \d+|Auto|SOP Instance UID|\(\S+\)|CPU|cpu|ONNX Runtime|PyTorch|torch|"
    r"Patient(Age|Sex|Size|Weight|BirthDate)|StudyDate|Ctrl|Shift|Esc|PgUp|PgDown|Del|Genant|F, \d+ y"
)
"""Names, units and codes, which are the same in every language."""


@pytest.fixture
def korean() -> Iterator[None]:
    Settings().set(settings.LANGUAGE, language.KOREAN)
    yield
    application = QApplication.instance()
    assert application is not None
    language.install(application, language.ENGLISH)
    assert not application.findChildren(QTranslator) or language.current() == language.ENGLISH


def texts(widget: QWidget) -> Iterator[str]:
    """All that a widget shows or tells a screen reader."""
    yield widget.accessibleName()
    yield widget.windowTitle()
    yield re.sub("<[^>]*>", "", widget.toolTip())
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    if isinstance(widget, QGroupBox):
        yield widget.title()
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(index) for index in range(widget.count()))
    if isinstance(widget, QTabWidget):
        yield from (widget.tabText(index) for index in range(widget.count()))
    if isinstance(widget, QTableWidget):
        for column in range(widget.columnCount()):
            header = widget.horizontalHeaderItem(column)
            yield header.text() if header else ""
    for action in widget.actions():
        yield action.text().replace("&", "")
        yield re.sub("<[^>]*>", "", action.toolTip())


def is_english(text: str) -> bool:
    """Whether a line has words and no Korean letter."""
    rest = NAMES.sub(" ", text)
    return bool(re.search(r"[A-Za-z]{3,}", rest)) and not re.search("[가-힣]", text)


def left(windows: list[QWidget]) -> set[str]:
    found = set()
    for window in windows:
        # The hidden menu of a plot is the library's.
        plots = window.findChildren(PlotWidget)
        of_plots = {child for plot in plots for child in (plot, *plot.findChildren(QWidget))}
        for widget in {window, *window.findChildren(QWidget)} - of_plots:
            found |= {line for text in texts(widget) for line in text.split("\n") if is_english(line)}
    return found


@pytest.mark.usefixtures("korean")
def test_no_visible_text_is_left_in_english(qtbot: QtBot, folder: Path, open_window: OpenWindow) -> None:
    window = open_window(folder)
    session, others = window.session, window.others
    window.toggle_heatmap()
    qtbot.waitUntil(lambda: session.shown.heatmap is not None, timeout=WAIT)
    session.measuring.start("vertebra")
    assert language.current() == language.KOREAN
    opened: list[QWidget] = [window, others.edit_preferences(), others.compare(), others.gallery()]
    inspection = others.inspect()
    qtbot.waitUntil(lambda: bool(inspection._inspected), timeout=WAIT)
    batch = window.batch()
    batch.choose((folder,), None)
    opened += [inspection.centralWidget(), batch]
    for make in (others.query_archive, others.edit_nodes, others.send_results):
        make()
    opened += [each for each in window.findChildren(QWidget) if each.isWindow()]
    settled(qtbot, window)
    assert not left(opened)


@pytest.mark.usefixtures("korean")
def test_errors_are_translated_where_they_show(
    qtbot: QtBot, tmp_path: Path, image: Path, open_window: OpenWindow
) -> None:
    broken = tmp_path / "broken.dcm"
    broken.write_bytes(b"not an image")
    with pytest.raises(ImageError, match="is not an image that can be opened here"):
        radiograph.load(broken)
    window = open_window(broken)
    assert "열 수 있는 영상" in window.problem_bar.sentence.text()
    # A patient's name stays, even where it is a word of the window.
    named = write_dicom(tmp_path / "named.dcm", 1, PatientName="Open^Cancel", PatientID="Age")
    window.session.open([named])
    qtbot.waitUntil(lambda: window.session.shown.result is not None, timeout=WAIT)
    assert "Cancel Open" in window.view.overlay.banner.text() or "Open" in window.view.overlay.banner.text()
    assert "Age" in window.view.overlay.banner.text()


@pytest.mark.usefixtures("korean")
@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("The file can't be read: it is busy.", "파일을 읽을 수 없습니다: it is busy."),
        (
            "An aid, not a diagnosis, and not to be used to rule out. For research. Not a medical device.",
            "진단이 아닌 보조 도구이며, 배제에 쓰면 안 됩니다. 연구용입니다. 의료기기가 아닙니다.",
        ),
        ("Not scored: age and BMI are missing.", "점수 없음: 나이 및 BMI 없음."),
        ("low zone, spread 0.02", "낮음 구간, 폭 0.02"),
        ("Hong Gildong", "Hong Gildong"),
        ("", ""),
        ("prevalent vertebral fracture", "현존 척추 골절"),
        ("osteoporosis", "골다공증"),
    ],
)
def test_sentences(qapp: QApplication, english: str, korean: str) -> None:
    language.install(qapp, language.KOREAN)
    assert language.said(english) == korean


def test_every_text_has_its_translation() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.update_translations", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_english_is_as_it_is_written(qapp: QApplication) -> None:
    language.install(qapp, "xx")
    assert language.current() in language.LANGUAGES
    language.install(qapp, language.ENGLISH)
    assert language.said("Anything at all.") == "Anything at all."
    assert language.tr("{n} of them", n=3) == "3 of them"
