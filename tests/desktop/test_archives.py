"""ZIP archives and discs open in the window, and leave no patient's file behind."""

from __future__ import annotations

import zipfile
from pathlib import Path

from desktop.support import WAIT, OpenWindow, settled, write_dicom
from pytestqt.qtbot import QtBot


def zipped(path: Path, *files: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"STUDY/{file.name}")
    return path


def test_an_archive_opens_and_goes_with_the_window(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    films = [write_dicom(tmp_path / f"{seed}.dcm", seed) for seed in (1, 2)]
    window = open_window(zipped(tmp_path / "study.zip", *films))
    session = window.session
    settled(qtbot, window)
    opened = [entry.path for entry in session.entries]
    assert sorted(path.name.split("_")[0].removesuffix(".dcm") for path in opened) == ["1", "2"]
    assert session.shown.result is not None and not any(path.is_relative_to(tmp_path) for path in opened)
    assert all(
        path.stat().st_mode & 0o077 == 0 or path.parents[2].stat().st_mode & 0o077 == 0 for path in opened
    )
    window.close()
    session.join()
    assert not any(path.exists() for path in opened)


def test_an_archive_that_is_none_is_told_and_what_is_read_stays(
    qtbot: QtBot, tmp_path: Path, open_window: OpenWindow
) -> None:
    film = write_dicom(tmp_path / "a.dcm", 1)
    window = open_window(film)
    whole = zipped(tmp_path / "whole.zip", film).read_bytes()
    broken = tmp_path / "broken.zip"
    broken.write_bytes(whole[:60] + bytes(200) + whole[260:])
    window.session.open([broken])
    qtbot.waitUntil(lambda: window.session.problem is not None, timeout=WAIT)
    assert window.session.problem is not None
    assert window.session.problem.sentence.startswith("broken.zip: The archive is damaged")
    assert window.session.shown.result is not None and len(window.session.entries) == 1
