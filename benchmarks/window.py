"""When the window is first painted, and how long it stands still while an image is scored."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from verte_desktop import app

INTERVAL_MS = 2
AFTERWARDS_MS = 300


def main() -> None:
    """Arguments: the monotonic time of the start in seconds, and an image. Prints figures as JSON."""
    started, image = float(sys.argv[1]), Path(sys.argv[2])
    application = QApplication([])
    figures: dict[str, float] = {}
    gaps: list[float] = []
    scoring = False
    last = 0.0

    def painted() -> None:
        figures["first_paint_s"] = time.monotonic() - started
        figures["torch_at_first_paint"] = float("torch" in sys.modules)

    def tick() -> None:
        nonlocal last, scoring
        now = time.perf_counter()
        scoring = scoring or window.session.activity() == "Scoring"
        if scoring:
            gaps.append(now - last)
        last = now
        if window.session.shown.result is not None and not ending.isActive():
            ending.start(AFTERWARDS_MS)

    window = app.launch(application, app.parse([str(image)]))
    window.painted.connect(painted)
    timer = QTimer(interval=INTERVAL_MS)
    timer.timeout.connect(tick)
    timer.start()
    # The result has to be drawn, too, and that counts.
    ending = QTimer(singleShot=True)
    ending.timeout.connect(application.quit)
    application.exec()
    window.session.close()
    window.session.join()
    figures["gap_ms"] = max(gaps) * 1000
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
