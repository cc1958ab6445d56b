"""What the tests of the window share: radiographs and weights built in code, waiting, and a gate."""

import gc
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import numpy as np
import pytest
import shiboken6
import torch
from builders import metadata
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from tqdm import TMonitor

from verte_core.network import saving
from verte_core.network.architecture import Architecture
from verte_core.network.fusion_net import FusionNet
from verte_core.network.metadata import Calibration
from verte_core.scoring.scorer import Scorer
from verte_desktop.main_window import MainWindow
from verte_desktop.panels.dialogs import SaveDialog
from verte_desktop.session import problems

WAIT = 30_000
"""ms; only a hang takes so long."""

OpenWindow = Callable[..., MainWindow]


def save_weights(path: Path, clinical_hidden: tuple[int, ...] = (8, 8)) -> Path:
    """Small random weights, with a calibration so steep that they answer visibly to the inputs."""
    torch.manual_seed(1)
    architecture = Architecture(("pvf", "osteo"), "test_efficientnet", 10, clinical_hidden, 10)
    steep = {task: Calibration(20.0, 0.0) for task in architecture.tasks}
    described = metadata(architecture=architecture, calibration=steep)
    saving.save(path, FusionNet(architecture).state_dict(), described)
    return path


def spine(seed: int, shape: tuple[int, int] = (300, 200)) -> np.ndarray:
    """A bright, wavy column on a noisy ground, uint16 (H, W)."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    middle = shape[1] / 2 + 20 * np.sin(rows / 60 + seed)
    column = np.exp(-(((columns - middle) / 18) ** 2)) * (1 + 0.3 * np.sin(rows / 6))
    noise = np.random.default_rng(seed).normal(0, 60, shape)
    return np.clip(800 + 2000 * column + noise, 0, 4095).astype(np.uint16)


def write_dicom(path: Path, seed: int = 0, **elements: object) -> Path:
    """A lateral radiograph with all that a score needs, unless ``elements`` says otherwise."""
    pixels = spine(seed)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    dataset.SOPInstanceUID = generate_uid()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.Modality, dataset.StudyDate = "DX", "20260314"
    dataset.PatientName, dataset.PatientID = f"Test^Person{seed}", f"ID-{seed}"
    dataset.PatientAge, dataset.PatientSex = "071Y", "F"
    dataset.PatientSize, dataset.PatientWeight = 1.60, 64
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation, dataset.SamplesPerPixel = 0, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.WindowCenter, dataset.WindowWidth = 1500, 2000
    dataset.PixelData = pixels.tobytes()
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def settled(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until nothing is to come."""
    session = window.session
    qtbot.waitUntil(lambda: session.shown.scorer is not None or session.problem is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: not session.activity(), timeout=WAIT)
    if session.shown.encoded is not None and session.shown.draft.check().inputs is not None:
        qtbot.waitUntil(lambda: session.shown.result is not None or session.problem is not None, timeout=WAIT)


@contextmanager
def watched_workers() -> Iterator[list[str]]:
    """The calls of a widget's methods in threads that begin meanwhile; there must be none."""
    touched: list[str] = []

    def look(frame: FrameType, event: str, called: object) -> None:
        if event == "c_call" and issubclass(type(getattr(called, "__self__", None)), QWidget):
            touched.append(f"{called!r} in {frame.f_code.co_filename}:{frame.f_lineno}")

    before = threading.getprofile()
    threading.setprofile(look)
    yield touched
    threading.setprofile(before)


def left_over(threads: set[threading.Thread], windows: set[int]) -> list[str]:
    """What a test has begun and not ended, beside these threads and windows: threads, timers, windows.

    The monitor of tqdm is one for the whole process.
    """
    pool = QThreadPool.globalInstance().activeThreadCount()
    timers = [each for each in gc.get_objects() if type(each) is QTimer]
    return [
        *(each.name for each in set(threading.enumerate()) - threads if type(each) is not TMonitor),
        *([f"{pool} threads of QThreadPool"] if pool else []),
        *(f"{each!r} is active" for each in timers if shiboken6.isValid(each) and each.isActive()),
        *(repr(each) for each in QApplication.topLevelWidgets() if id(each) not in windows),
    ]


def close_all(windows: list[MainWindow]) -> None:
    """Close and delete windows; nothing of them is left but what the test itself holds."""
    while windows:
        window = windows.pop()
        # A run under way would hold the window.
        window.session.close()
        window.close()
        window.session.join()
        shiboken6.delete(window)
        del window
    # An event loop does this, and none runs between tests.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


class Gate:
    """Holds one method of the scorer in the worker, until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        self.entered, self._open = threading.Event(), threading.Event()
        original = getattr(Scorer, method)

        def held(*args: object, **named: object) -> object:
            self.entered.set()
            assert self._open.wait(WAIT / 1000)
            return original(*args, **named)

        monkeypatch.setattr(Scorer, method, held)

    def wait_entered(self, qtbot: QtBot) -> None:
        qtbot.waitUntil(self.entered.is_set, timeout=WAIT)

    def open(self) -> None:
        self._open.set()


def run_program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """``python ARGUMENTS`` from the root of the checkout."""
    root = Path(__file__).parents[2]
    variables = {**os.environ, "PYTHONPATH": str(root), **environment}
    return subprocess.run(
        [sys.executable, *arguments], cwd=root, env=variables, capture_output=True, text=True, timeout=120
    )


def close_log() -> None:
    """Take back what ``problems.install`` gave to the loggers."""
    for logger in (problems.log, logging.getLogger("verte_core")):
        logger.setLevel(logging.NOTSET)
        for handler in list(logger.handlers):
            handler.close()
            logger.removeHandler(handler)


def save_as(window: MainWindow, path: Path, with_patient: bool) -> None:
    """Answer the dialog that asks where to save."""
    dialog = window.findChildren(SaveDialog)[-1]
    dialog.setDirectory(str(path.parent))
    dialog.findChild(QLineEdit, "fileNameEdit").setText(path.name)
    dialog.patient.setChecked(with_patient)
    dialog.accept()


def press(
    qtbot: QtBot,
    window: MainWindow,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """A key on the window, once it has the keyboard again after a dialog."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT)
    qtbot.keyClick(window, key, modifier)
