"""Take docs/window.png and the reading-*.png beside it, as the program shows the samples now.

python -m scripts.take_pictures
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from verte_core.measuring.vertebra import from_truth
from verte_desktop import app
from verte_desktop.export import report
from verte_desktop.main_window import DEFAULT_SIZE, MainWindow

DOCS = Path(__file__).parent.parent / "docs"
SAMPLES = DOCS.parent / "resources" / "samples"
SHOWN = SAMPLES / "simulated-fracture.dcm"
PAGE_WIDTH = 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; 0 when all of them are there."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.take_pictures", description=(__doc__ or "").splitlines()[0]
    )
    parser.parse_args(arguments)
    application = QApplication([])
    archive = Path(tempfile.gettempdir()) / "spines"
    with tempfile.TemporaryDirectory() as settings:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, settings)
        # Its path is in the picture of the batch, so it is none of the machine that took it.
        shutil.copytree(SAMPLES, archive / "images", ignore=shutil.ignore_patterns("*.md", "*.json", "*.csv"))
        try:
            shutil.copy(SAMPLES / "clinical.csv", archive)
            window = app.launch(application, app.parse([str(SHOWN), str(SAMPLES)]))
            _take_window(application, window)
            _take_report(window)
            _take_batch(application, window, archive)
            _take_measuring(application, window)
            _take_inspection(application, window)
            _take_prior(application, window, archive)
            _take_gallery(application, window, archive)
            window.close()
            window.session.join()
        finally:
            shutil.rmtree(archive)
    return 0


def _take_window(application: QApplication, window: MainWindow) -> None:
    session = window.session
    window.resize(*DEFAULT_SIZE)
    _wait(application, lambda: session.shown.result is not None)
    window.toggle_heatmap()
    _wait(application, lambda: session.shown.heatmap is not None)
    _wait(application, lambda: all(entry.thumbnail is not None for entry in session.entries))
    _save(window.grab().toImage(), "window.png")


def _take_report(window: MainWindow) -> None:
    page = QImage(round(8.27 * report.DPI), round(11.69 * report.DPI), QImage.Format.Format_RGB32)
    page.fill(Qt.GlobalColor.white)
    for set_dots in (page.setDotsPerMeterX, page.setDotsPerMeterY):
        set_dots(round(report.DPI / 0.0254))
    painter = QPainter(page)
    report.paint(painter, window.save.content(datetime(2026, 1, 1, 12)))
    painter.end()
    _save(page.scaledToWidth(PAGE_WIDTH, Qt.TransformationMode.SmoothTransformation), "reading-report.png")


def _take_batch(application: QApplication, window: MainWindow, archive: Path) -> None:
    batch = window.batch()
    batch.choose((archive / "images",), archive / "clinical.csv")
    _wait(application, lambda: batch.start_button.isEnabled())
    batch.start()
    _wait(application, lambda: not window.session.batch.running)
    names = [Path(each.path) for each in batch.model.records]
    batch.view.selectRow(names.index(archive / "images" / SHOWN.name))
    batch.review.comment.setText("compare with the film of 2013")
    batch.review.buttons["pvf", "confirmed"].click()
    _wait(application, lambda: True)
    _save(batch.grab().toImage(), "reading-batch.png")


def _take_measuring(application: QApplication, window: MainWindow) -> None:
    session = window.session
    session.open([SHOWN])
    _wait(application, lambda: session.shown.result is not None)
    session.show_heatmap(False)
    truth = json.loads(SHOWN.with_suffix(".json").read_text())
    for body in from_truth(truth["vertebrae"])[:4]:
        session.measuring.start("")
        session.measuring.start("vertebra")
        session.measuring.name(body.level)
        for point in body.points:
            session.measuring.place(point)
    session.measuring.start("")
    session.measuring.select(0)
    _wait(application, lambda: True)
    _save(window.grab().toImage(), "reading-measuring.png")
    while session.measuring.undo():
        pass


def _take_inspection(application: QApplication, window: MainWindow) -> None:
    inspection = window.others.inspect()
    inspection.resize(*DEFAULT_SIZE)
    _wait(application, lambda: bool(inspection.panes) and not window.session.inspection.doing)
    _save(inspection.grab().toImage(), "reading-inspection.png")
    inspection.close()


def _take_prior(application: QApplication, window: MainWindow, archive: Path) -> None:
    former = archive / "prior.dcm"
    shutil.copy(SAMPLES / "simulated-no-fracture.dcm", former)
    comparing = window.others.compare()
    comparing.resize(*DEFAULT_SIZE)
    _wait(application, lambda: comparing._own is not None)
    comparing.lay_beside(former)
    _wait(application, lambda: comparing._other is not None)
    _save(comparing.grab().toImage(), "reading-prior.png")
    comparing.close()


def _take_gallery(application: QApplication, window: MainWindow, archive: Path) -> None:
    gallery = window.others.gallery()
    gallery.resize(*DEFAULT_SIZE)
    gallery.inspect_folder(archive / "images", archive / "inspection")
    _wait(application, lambda: len(gallery.model.pictures) > 4 and not window.session.gallery.doing)
    _wait(application, lambda: not gallery.model._asked)
    _save(gallery.grab().toImage(), "reading-gallery.png")
    gallery.close()


def _wait(application: QApplication, until: Callable[[], bool]) -> None:
    settled = 0
    # Some turns of the event loop later, everything else has seen it, too.
    while settled < 20:
        application.processEvents()
        time.sleep(0.005)
        settled = settled + 1 if until() else 0


def _save(image: QImage, name: str) -> None:
    if not image.save(str(DOCS / name)):
        raise SystemExit(f"{name} can't be written.")


if __name__ == "__main__":
    sys.exit(main())
