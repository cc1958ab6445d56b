"""What a file says is shown as it stands: no HTML, no formula, nothing that pushes the rest off the page."""

import stat
from pathlib import Path

import pytest
from desktop.support import WAIT, OpenWindow, close_log, press, settled, write_dicom
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from verte_desktop.export import report
from verte_desktop.main_window import MainWindow
from verte_desktop.panels.header_browser import HeaderBrowser
from verte_desktop.session import problems

HTML = "<h1><font color=green>NO FRACTURE</font></h1><img src='file:///etc/hostname'>"
ESCAPED = "&lt;h1&gt;&lt;font color=green&gt;NO FRACTURE"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """An image whose name and header are HTML, as far as a name can be."""
    return write_dicom(
        tmp_path / "<b>NO FRACTURE<img src=x>.dcm",
        1,
        PatientName=HTML,
        PatientID=HTML[:60],
        SeriesDescription=HTML[:64],
        Manufacturer=HTML[:64],
    )


def tooltips(window: MainWindow) -> list[str]:
    """Of all widgets, actions and items of lists and tables."""
    widgets = [each for top in QApplication.topLevelWidgets() for each in (top, *top.findChildren(QWidget))]
    found = [each.toolTip() for each in widgets]
    found += [action.toolTip() for action in window.actions_by_id.values()]
    for view in widgets:
        model = view.model() if isinstance(view, QAbstractItemView) else None
        if isinstance(model, QAbstractItemModel):
            found += [
                str(model.index(row, column).data(Qt.ItemDataRole.ToolTipRole) or "")
                for row in range(model.rowCount(QModelIndex()))
                for column in range(
                    1 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex())
                )
            ]
    return [each for each in found if each]


def test_no_text_of_a_file_is_rendered(
    qtbot: QtBot, tmp_path: Path, hostile: Path, open_window: OpenWindow
) -> None:
    refused = tmp_path / "<b>refused<b>.dcm"
    refused.write_bytes(b"nothing")
    window = open_window(hostile, refused)
    press(qtbot, window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(window.findChildren(HeaderBrowser)), timeout=WAIT)
    all_tips = tooltips(window)
    ours = [each for each in all_tips if "NO FRACTURE" in each or "refused" in each]
    assert len(ours) >= 4 and any(ESCAPED in each for each in ours)
    assert not [
        each for each in all_tips if "<b>" in each or "<h1>" in each or "<img" in each or "<font" in each
    ]
    labels = [each for top in QApplication.topLevelWidgets() for each in top.findChildren(QLabel)]
    named = [each for each in labels if "NO FRACTURE" in each.text()]
    assert named and all(each.textFormat() == Qt.TextFormat.PlainText for each in named)
    # The tip on the screen, as the pointer brings it.
    list_ = window.worklist
    at = list_.visualRect(list_.model().index(0, 0)).center()
    event = QHelpEvent(QHelpEvent.Type.ToolTip, at, list_.viewport().mapToGlobal(at))
    QApplication.sendEvent(list_.viewport(), event)
    tips = [each for each in QApplication.topLevelWidgets() if each.metaObject().className() == "QTipLabel"]
    assert any("&lt;b&gt;NO FRACTURE" in each.text() for each in tips if isinstance(each, QLabel))
    for each in tips:
        each.hide()
        each.deleteLater()


def test_a_refusal_that_names_html_is_plain(qtbot: QtBot, tmp_path: Path, open_window: OpenWindow) -> None:
    path = tmp_path / "<b>NO FRACTURE<img src=x>.dcm"
    path.write_bytes(b"nothing")
    window = open_window(path)
    settled(qtbot, window)
    for words in (window.problem_bar.sentence, window.results.message):
        assert words.textFormat() == Qt.TextFormat.PlainText
    assert "<b>NO FRACTURE" in window.problem_bar.sentence.text()
    assert "<b>" not in window.actions_by_id["save_report"].toolTip()


def test_a_long_name_leaves_scores_and_notice_on_the_page(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace
    from datetime import datetime

    drawn: dict[str, float] = {}
    original = report._Page._text

    def recorded(page: report._Page, text: str, *arguments: object, **options: object) -> None:
        original(page, text, *arguments, **options)
        if page._drawing:
            drawn[text] = page._y

    monkeypatch.setattr(report._Page, "_text", recorded)
    path = write_dicom(
        tmp_path / "a.dcm",
        1,
        PatientName="A" * 3000,
        PatientID="B\nC" * 1000,
        Manufacturer="D" * 5000,
        BodyPartExamined="L" * 500,
    )
    window = open_window(path)
    assert window.view.overlay.banner.width() < window.view.width()
    assert window.view.overlay.banner.text().count("\n") == 3
    notes = tuple(f"{number} {'long note ' * 60}" for number in range(40))
    content = replace(window.save.content(datetime(2026, 1, 1)), notes=notes)
    assert report.pdf(content).count(b"/Type /Page\n") == 1
    assert max(drawn.values()) <= report._HEIGHT + 1
    for said in ("simulated images", "not to be used to rule out", "pVF-score", "osteo-score", "more notes"):
        assert any(said in text for text in drawn), said
    kept = [text for text in drawn if "long note" in text]
    assert len(kept) >= 3 and any(f"{40 - len(kept)} more notes" in text for text in drawn)
    assert all(len(text) <= 420 for text in kept)
    # With few notes all of them are there.
    drawn.clear()
    report.pdf(replace(content, notes=notes[:3]))
    assert [text[:2] for text in drawn if "long note" in text] == ["0 ", "1 ", "2 "]


def test_a_name_without_a_blank_does_not_widen_the_window(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    window = open_window()
    before = window.minimumSizeHint().width()
    path = tmp_path / f"{'가' * 80}.dcm"
    path.write_bytes(b"nothing")
    window.session.open([path])
    qtbot.waitUntil(lambda: window.session.problem is not None, timeout=WAIT)
    QApplication.processEvents()
    assert window.minimumSizeHint().width() <= max(before, window.minimumWidth())


@pytest.mark.parametrize("starts", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx=1", "'=1"])
def test_what_the_header_browser_copies_is_no_formula(
    qtbot: QtBot, open_window: OpenWindow, starts: str
) -> None:
    window = open_window()
    rows = [("(0008,103E)", "LO", "SeriesDescription", f"{starts}\tsecond\r\n=third")]
    browser = HeaderBrowser(window, rows)
    browser.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert text.count("\t") == 3 and "\n" not in text and "\r" not in text
    value = text.split("\t")[3]
    assert value[0] not in "=+-@" and value.endswith("second =third")
    browser.close()


PATHS = (
    "/home/Kim Minji/spines/1.dcm",
    r"C:\Users\Kim Minji\My Pictures\홍길동 1955.dcm",
    "d:/archive/Kim Minji.dcm",
    r"\\server\share\Kim Minji\1.dcm",
    "//server/share/Kim Minji/1.dcm",
    "file:///home/Kim%20Minji/1.dcm",
    "file:C:/Kim Minji",
    "~/Kim Minji/1.dcm",
    "'/data/홍 길동/Kim' Minji.dcm' after it Kim Minji",
)


@pytest.mark.parametrize("path", PATHS)
def test_log_hides_any_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str) -> None:
    monkeypatch.setattr(problems, "log_path", lambda: tmp_path / "logs" / "log.txt")
    for hook in ("sys.excepthook", "threading.excepthook"):
        module = getattr(problems, hook.split(".")[0])
        monkeypatch.setattr(module, "excepthook", module.excepthook)
    monkeypatch.setattr(problems, "qInstallMessageHandler", lambda handler: None)
    problems.install(lambda problem: None)
    problems.log.warning("Qt: can't open %s", path)
    close_log()
    text = (tmp_path / "logs" / "log.txt").read_text("utf-8")
    assert "Qt: can't open" in text and "<path>" in text
    assert not any(said in text for said in ("Kim", "Minji", "길동", "server", "home", "archive"))
    assert "started, Qt" in text


@pytest.mark.usefixtures("qapp")
def test_log_and_reports_are_for_their_owner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(problems, "log_path", lambda: tmp_path / "log.txt")
    (tmp_path / "log.txt").touch(0o644)
    log = problems._OwnLog(tmp_path / "log.txt", delay=True)
    log.emit(problems.logging.LogRecord("x", 20, "x", 1, "said", None, None))
    log.close()
    problems.describe(ValueError("x"))
    (written,) = tmp_path.glob("error-*.txt")
    assert "ValueError" in written.read_text()
    for path in (written, tmp_path / "log.txt"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
