"""What was on the screen before takes no memory."""

import gc
import weakref
from pathlib import Path

from desktop.support import WAIT, OpenWindow, close_all, settled, write_dicom
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from verte_desktop.main_window import MainWindow
from verte_desktop.session.slow_steps import THUMBNAIL_SIZE


def test_nothing_is_kept_of_former_images_and_closed_dialogs(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    window = open_window(*(write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in range(3)))
    session = window.session
    seen: list[weakref.ref[object]] = []
    for index in range(3):
        session.select(index)
        settled(qtbot, window)
        if not index:
            window.toggle_heatmap()
        qtbot.waitUntil(lambda: session.shown.heatmap is not None, timeout=WAIT)
        shown = session.shown
        seen += [weakref.ref(each) for each in (shown.radiograph, shown.encoded, shown.heatmap)]
        del shown
        for command in ("header", "card", "log", "shortcuts", "save_picture", "save_report"):
            window.actions_by_id[command].trigger()
        qtbot.waitUntil(lambda: len(window.findChildren(QDialog)) >= 6, timeout=WAIT)
        for dialog in window.findChildren(QDialog):
            dialog.close()
        qtbot.waitUntil(lambda: not window.findChildren(QDialog), timeout=WAIT)
    gc.collect()
    assert [each() is not None for each in seen] == [False] * 6 + [True] * 3
    thumbnails = [entry.thumbnail for entry in session.entries]
    assert all(each is not None and max(each.shape) <= THUMBNAIL_SIZE for each in thumbnails)


def test_nothing_is_kept_of_a_window_that_is_gone(
    qtbot: QtBot, image: Path, open_window: OpenWindow, windows: list[MainWindow]
) -> None:
    window = open_window(image)
    window.toggle_heatmap()
    qtbot.waitUntil(lambda: windows[0].session.shown.heatmap is not None, timeout=WAIT)
    for command in ("header", "card", "log", "shortcuts", "save_report"):
        window.actions_by_id[command].trigger()
    session = window.session
    held = (window, window.view, window.batch(), session, session.batch)
    inside = (session.shown.scorer, session.shown.radiograph, session.shown.encoded, session.shown.heatmap)
    seen = [weakref.ref(each) for each in (*held, *inside)]
    del window, session, held, inside
    close_all(windows)
    assert [each() is not None for each in seen] == [False] * len(seen)


def test_a_closed_window_lets_go_of_image_and_weights(
    qtbot: QtBot, image: Path, open_window: OpenWindow
) -> None:
    window = open_window(image)
    window.toggle_heatmap()
    qtbot.waitUntil(lambda: window.session.shown.heatmap is not None, timeout=WAIT)
    shown = window.session.shown
    held = (shown.scorer, shown.radiograph, shown.radiograph.display, shown.encoded, shown.heatmap)
    seen = [weakref.ref(each) for each in held]
    del shown, held
    assert window.close()
    window.session.join()
    gc.collect()
    assert [each() is not None for each in seen] == [False] * len(seen)
