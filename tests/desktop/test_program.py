"""The program from outside: start, snapshot, problems, a real window."""

import errno
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from desktop.support import OpenWindow, close_log, run_program, write_dicom
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from verte_core.errors import ImageError
from verte_desktop import app
from verte_desktop.session import problems

FIRST_PAINT = """
import sys, time
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from verte_desktop import app
from verte_desktop.session import session
slow = ("torch", "timm", "cv2", "pyqtgraph", "pydicom", "verte_core.scoring")
def stop(self, paths):
    print([name for name in slow if name in sys.modules])
    QApplication.quit()
session.Session.start = stop
# No window of another start answers here.
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[1])
sys.exit(app.main([]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows torch must come before Qt")
def test_first_paint_comes_before_all_that_is_slow(tmp_path: Path) -> None:
    done = run_program("-c", FIRST_PAINT, str(tmp_path))
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


@pytest.fixture
def no_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave exceptions and Qt's messages to pytest-qt, so that they fail the test."""
    monkeypatch.setattr(problems, "install", lambda report: None)


@pytest.mark.usefixtures("no_hooks", "qapp")
def test_snapshot(tmp_path: Path, image: Path, weights_file: Path) -> None:
    out = tmp_path / "window.png"
    assert app.main([str(image), "--model", str(weights_file), "--snapshot", str(out)]) == 0
    picture = QImage(str(out))
    assert picture.width() >= 1000
    centre = {picture.pixel(x, y) for x in range(400, 900, 5) for y in range(200, 600, 5)}
    assert len(centre) > 500  # an image, and colours over it


@pytest.mark.usefixtures("no_hooks", "qapp")
@pytest.mark.parametrize(
    ("elements", "said"),
    [({"PatientAge": None}, "age is missing"), ({"PhotometricInterpretation": "XYZ"}, "can't be read")],
)
def test_snapshot_without_scores(
    tmp_path: Path, weights_file: Path, capsys: pytest.CaptureFixture[str], elements: dict, said: str
) -> None:
    path, out = write_dicom(tmp_path / "a.dcm", 1, **elements), tmp_path / "window.png"
    assert app.main([str(path), "--model", str(weights_file), "--snapshot", str(out)]) == 1
    assert said in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.usefixtures("no_hooks", "qapp")
def test_snapshot_that_can_not_be_written(
    tmp_path: Path, image: Path, weights_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "no-folder" / "window.png"
    assert app.main([str(image), "--model", str(weights_file), "--snapshot", str(out)]) == 1
    assert "can't be written" in capsys.readouterr().err


def test_missing_weights_are_a_sentence(tmp_path: Path, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image, model=tmp_path / "none.safetensors")
    assert window.session.shown.radiograph is not None
    assert "can't be read" in window.results.message.text()


@pytest.fixture
def display() -> Iterator[str]:
    server = shutil.which("Xvfb")
    if server is None:
        if os.environ.get("CI"):
            pytest.fail("Xvfb is missing; CI must test a real window.")
        pytest.skip("Xvfb is not installed.")
    read, write = os.pipe()
    process = subprocess.Popen(
        [server, "-displayfd", str(write), "-screen", "0", "1280x800x24"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as numbers:
        number = numbers.readline().strip()
    yield f":{number}"
    process.terminate()
    process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="Xvfb is for Linux")
def test_real_window(tmp_path: Path, image: Path, weights_file: Path, display: str) -> None:
    out = tmp_path / "window.png"
    done = run_program(
        "-m",
        "verte_desktop",
        str(image),
        "--model",
        str(weights_file),
        "--snapshot",
        str(out),
        DISPLAY=display,
        QT_QPA_PLATFORM="xcb",
        XDG_CONFIG_HOME=str(tmp_path),
        XDG_DATA_HOME=str(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    assert QImage(str(out)).width() >= 1000


def test_a_full_disk_costs_the_log_and_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(problems, "log_path", lambda: tmp_path / "log.txt")
    problems.install(lambda problem: None)
    try:
        (handler,) = problems.log.handlers

        def full() -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(handler, "flush", full)
        for _ in range(3):
            problems.log.info("Opened.")
    finally:
        monkeypatch.undo()
        close_log()
    said = capsys.readouterr().err
    assert said.count("can't be written: No space left on device.") == 1 and "Traceback" not in said


def test_log_holds_neither_names_nor_paths(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "verte_desktop"):
        try:
            Path("/archive/Kim_Minji/1.dcm").read_bytes()
        except OSError as error:
            problem = problems.describe(error)
    assert "Kim_Minji" in problem.details
    assert "FileNotFoundError" in caplog.text and "test_program.py" in caplog.text
    assert "Kim" not in caplog.text and "archive" not in caplog.text


def test_known_errors_are_their_own_sentence(caplog: pytest.LogCaptureFixture) -> None:
    problem = problems.describe(ImageError("The file is empty."))
    assert problem.sentence == "The file is empty."
    assert not caplog.records


def test_exception_that_nobody_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[problems.Problem] = []
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(problems.threading, "excepthook", problems.threading.excepthook)
    monkeypatch.setattr(problems, "qInstallMessageHandler", lambda handler: None)
    monkeypatch.setattr(problems, "log_path", lambda: tmp_path / "logs" / "log.txt")
    monkeypatch.setattr(problems.log, "propagate", True)
    problems.install(seen.append)
    try:
        raise ValueError("Kim^Minji has no height")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    logging.getLogger("verte_core.network.onnx_encoder").warning("No ONNX Runtime in %s", tmp_path)
    close_log()
    assert "Kim^Minji" in seen[0].details
    text = (tmp_path / "logs" / "log.txt").read_text()
    assert "ValueError" in text and "Kim" not in text
    # What the core says of its engine, and no folder, which may be named after a patient.
    assert "WARNING No ONNX Runtime in <path>" in text


@pytest.mark.usefixtures("qapp")
def test_calls_of_qt_do_not_use_up_none() -> None:
    """PySide6 6.12.0 on Python 3.11 loses a reference with each, until the interpreter ends the program."""
    label = QLabel()
    before = sys.getrefcount(None)
    for _ in range(1000):
        label.setText("")
    assert sys.getrefcount(None) > before - 500
