"""The gallery: finished results at once, sorted and filtered, and pictures that come as they are seen."""

import json
from pathlib import Path

from desktop.support import WAIT, OpenWindow, press, write_dicom
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from verte_core.cli import main
from verte_core.inspection import folder as inspection
from verte_desktop.inspection.gallery import ORDERS, PICTURE, GalleryWindow
from verte_desktop.main_window import MainWindow

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def opened(qtbot: QtBot, window: MainWindow) -> GalleryWindow:
    press(qtbot, window, Qt.Key.Key_G, CONTROL | SHIFT)
    gallery = window.others.gallery()
    qtbot.waitUntil(lambda: window.session.shown.weights is not None, timeout=WAIT)
    return gallery


def order(gallery: GalleryWindow, key: str) -> list[str]:
    gallery.order.setCurrentIndex(list(ORDERS).index(key))
    gallery._arrange()
    return [each.path.name for each in gallery.model.shown]


def test_a_folder_is_inspected_sorted_and_opened(
    qtbot: QtBot, tmp_path: Path, folder: Path, open_window: OpenWindow
) -> None:
    window = open_window()
    gallery = opened(qtbot, window)
    out = tmp_path / "out"
    gallery.inspect_folder(folder, out)
    qtbot.waitUntil(lambda: (out / inspection.PAGE).exists(), timeout=WAIT)
    qtbot.waitUntil(lambda: not window.session.gallery.doing, timeout=WAIT)
    assert gallery.count.text() == "4 / 4"
    scores = {each.path.name: each.cells["pvf_score"] for each in gallery.model.pictures}
    best = order(gallery, "pvf_score")
    known = [name for name in best if scores[name] is not None]
    assert known == sorted(known, key=lambda name: -scores[name]) and best[-1] == "broken.dcm"
    for key in ORDERS:
        assert len(order(gallery, key)) == 4
    gallery.text.setText("broken")
    assert [each.path.name for each in gallery.model.shown] == ["broken.dcm"]
    gallery.text.setText("")
    zone = next(each.cells["pvf_zone"] for each in gallery.model.pictures if each.cells["pvf_zone"])
    gallery.zone.setCurrentIndex(gallery.zone.findData(f"pvf-{zone}"))
    gallery._arrange()
    assert all(each.cells["pvf_zone"] == zone for each in gallery.model.shown)
    gallery.zone.setCurrentIndex(0)
    order(gallery, "number")
    # Pictures come when they are seen.
    gallery.show()
    qtbot.waitUntil(lambda: len(gallery.model._images) == 3, timeout=WAIT)
    # By the keyboard.
    gallery.view.setCurrentIndex(gallery.model.index(1))
    qtbot.keyClick(gallery.view, Qt.Key.Key_Return)
    shown = gallery.model.index(1).data(PICTURE).path
    qtbot.waitUntil(lambda: window.session.shown.result is not None, timeout=WAIT)
    entry = window.session.entry()
    assert entry is not None and entry.path == shown


def test_results_of_a_batch_with_heatmaps(
    qtbot: QtBot, tmp_path: Path, folder: Path, weights_file: Path, open_window: OpenWindow
) -> None:
    scores = tmp_path / "scores.csv"
    command = ["score", str(folder), "--model", str(weights_file), "--out", str(scores)]
    main([*command, "--heatmaps", str(tmp_path / "heatmaps")])
    window = open_window()
    gallery = opened(qtbot, window)
    gallery.look_at(scores)
    qtbot.waitUntil(lambda: len(gallery.model.pictures) == 4, timeout=WAIT)
    assert [len(each.files) for each in gallery.model.pictures] == [2, 2, 2, 0]
    main([*command[:-1], str(tmp_path / "without.csv")])
    gallery.look_at(tmp_path / "without.csv")
    qtbot.waitUntil(lambda: "have no heatmaps" in gallery.message.text(), timeout=WAIT)
    gallery.look_at(tmp_path)
    qtbot.waitUntil(lambda: "holds no inspection" in gallery.message.text(), timeout=WAIT)


def test_a_thousand_pictures_hold_no_more_than_some(
    qtbot: QtBot, tmp_path: Path, weights_file: Path, open_window: OpenWindow
) -> None:
    (tmp_path / "in").mkdir()
    write_dicom(tmp_path / "in" / "a.dcm", 1)
    out = tmp_path / "out"
    main(["inspect", str(tmp_path / "in"), "--model", str(weights_file), "--out", str(out)])
    row = json.loads((out / inspection.ROWS).read_text())
    picture = (out / row["cells"]["thumbnail"]).read_bytes()
    with (out / inspection.ROWS).open("w") as file:
        for number in range(1000):
            name = f"{inspection.THUMBNAILS}/{number}.jpg"
            (out / name).write_bytes(picture)
            cells = row["cells"] | {"path": f"/x/{number}.dcm", "thumbnail": name}
            file.write(json.dumps({"cells": cells, "known": {}}) + "\n")
    window = open_window()
    gallery = opened(qtbot, window)
    gallery.look_at(out)
    qtbot.waitUntil(lambda: gallery.model.rowCount() == 1000, timeout=WAIT)
    for index in range(0, 1000, 2):
        gallery.model.images(gallery.model.shown[index])
    qtbot.waitUntil(lambda: not gallery.model._asked, timeout=WAIT)
    assert len(gallery.model._images) <= 240


def test_cancelled(qtbot: QtBot, tmp_path: Path, folder: Path, open_window: OpenWindow) -> None:
    window = open_window()
    gallery = opened(qtbot, window)
    gallery.inspect_folder(folder, tmp_path / "out")
    gallery.cancel.click()
    assert not window.session.gallery.doing
    # What could not be begun is begun again.
    gallery.inspect_folder(folder, tmp_path / "out")
    qtbot.waitUntil(lambda: (tmp_path / "out" / inspection.PAGE).exists(), timeout=WAIT)
    qtbot.waitUntil(lambda: not window.session.gallery.doing, timeout=WAIT)
