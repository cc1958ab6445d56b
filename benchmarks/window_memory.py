"""Memory of the window after one image, and after many that were opened one after the other."""

from __future__ import annotations

import gc
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication

from train.simulator.dicom import Patient, Pixels, write_image
from verte_core.reading.radiograph import Radiograph
from verte_desktop import app
from verte_desktop.main_window import MainWindow

SHAPE = (2789, 1978)
IMAGES = 20


def main() -> None:
    """Print peaks and resident memory in MiB, and how many images are in memory at the end, as JSON."""
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        images = _images(Path(folder))
        window = app.launch(application, app.parse([str(images[0])]))
        _finish(application, window)
        one, one_resident = _peak(), _resident()
        for image in images[1:]:
            window.session.open([image])
            _finish(application, window)
        figures = {"images": IMAGES, "one_mib": one, "many_mib": _peak()}
        # The peak of one is that of converting the network, below which much could gather unseen.
        figures |= {"one_resident_mib": one_resident, "many_resident_mib": _resident()}
        gc.collect()
        held = sum(type(each) is Radiograph for each in gc.get_objects())
        print(json.dumps(figures | {"held": held}))
        window.session.close()
        window.session.join()


def _images(folder: Path) -> list[Path]:
    generator = np.random.default_rng(0)
    return [
        write_image(
            folder / f"{number}.dcm",
            Patient("1", "A^B", 70, "F", 1.6, 60),
            Pixels(generator.integers(0, 4096, SHAPE, dtype=np.uint16), spacing_mm=0.15),
        )
        for number in range(IMAGES)
    ]


def _finish(application: QApplication, window: MainWindow) -> None:
    """Wait for the scores and the heatmap of what is being opened."""
    session = window.session

    def wait(until: Callable[[], bool]) -> None:
        while not until():
            assert session.problem is None, session.problem
            application.processEvents()
            time.sleep(0.001)

    wait(lambda: session.shown.result is not None and not session.activity())
    session.show_heatmap(True)
    wait(lambda: session.shown.heatmap is not None)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()
