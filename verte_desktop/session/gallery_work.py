"""Rows and pictures of a gallery: read, or made, beside the reading of images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from verte_core.errors import VerteError
from verte_desktop.session.side_work import SideWork
from verte_desktop.session.tasks import Tasks

if TYPE_CHECKING:
    from verte_core.batch.record import ImageRecord
    from verte_core.scoring.scorers import Scorers


@dataclass(frozen=True, eq=False)
class Picture:
    """One image of a gallery.

    Attributes:
        path: of the image.
        cells: as ``verte_core.inspection.folder.COLUMNS`` names them, as far as they are known.
        files: of its pictures: one with all heatmaps side by side, or one a score.
    """

    path: Path
    cells: Mapping[str, Any]
    files: tuple[Path, ...]


class GalleryWork(SideWork):
    """Reads finished results, and makes new ones.

    Attributes:
        loaded: a picture's bytes came, or None where it can't be read.
    """

    loaded = Signal(object, object)
    added = Signal(object)
    _made = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = Tasks(self)
        self._made.connect(self._arrived)

    def read(self, path: Path, done: Callable[[list[Picture]], None]) -> None:
        """The pictures of a folder that was inspected, or of a scores.csv whose run wrote heatmaps."""
        self.ask("Reading the results", lambda _: read(path), done)

    def make(self, scorers: Scorers, folder: Path, out: Path, done: Callable[[list[Picture]], None]) -> None:
        """Inspect a folder of images into another; each picture is told of when it is there."""

        def work(stop: Event) -> list[Picture]:
            from verte_core.batch.run import find
            from verte_core.inspection.folder import FolderInspection

            images, values_of = find([folder], None)
            inspection = FolderInspection(scorers, images, values_of, out, with_deletion=False)
            step = self.step_of(stop)
            step(0, inspection.total)
            for number, row in enumerate(inspection.rows(), 1):
                self._made.emit(stop, _of_row(out, row.cells))
                step(number, inspection.total)
            inspection.finish()
            return read(out)

        self.ask("Inspecting the folder", work, done)

    def load(self, path: Path) -> None:
        """Bring the bytes of a picture; ``loaded`` tells."""

        def came(data: bytes) -> None:
            self.loaded.emit(path, data)

        self._pictures.run(path.read_bytes, came, lambda _: self.loaded.emit(path, None))

    def close(self) -> None:
        """Drop all; what runs now ends on its own."""
        self._pictures.close()
        super().close()

    def join(self) -> None:
        """Wait, after ``close``, for the threads to end."""
        self._pictures.join()
        super().join()

    def _arrived(self, stop: Event, picture: Picture) -> None:
        if not stop.is_set():
            self.added.emit(picture)


def read(path: Path) -> list[Picture]:
    """As ``GalleryWork.read``.

    Raises:
        VerteError: when there is nothing to show.
    """
    if path.is_dir():
        from verte_core.inspection.folder import read as rows_of

        rows = rows_of(path)
        if not rows:
            raise VerteError(f"The folder {path} holds no inspection.")
        return [_of_row(path, row.cells) for row in rows]
    return _of_scores(path)


def _of_row(folder: Path, cells: Mapping[str, Any]) -> Picture:
    thumbnail = cells["thumbnail"]
    return Picture(Path(cells["path"]), cells, (folder / thumbnail,) if thumbnail else ())


def _of_scores(scores: Path) -> list[Picture]:
    from verte_core.batch import columns, journal

    found = []
    for record in journal.read(scores):
        cells = {**columns.cells(record), "notes": " ".join(record.notes)}
        heatmaps = (_heatmap(record, task) for task in record.scores)
        found.append(Picture(Path(record.path), cells, tuple(each for each in heatmaps if each)))
    if not any(each.files for each in found):
        raise VerteError(
            f"The results {scores.name} have no heatmaps; score the folder with heatmaps, or inspect it."
        )
    return found


def _heatmap(record: ImageRecord, task: str) -> Path | None:
    """The picture that a run left of a score, by either name that it may have."""
    from verte_core.batch import heatmap_picture

    if not record.heatmaps or not record.image_id:
        return None
    names = (
        heatmap_picture.name(Path(record.path), record.image_id, task, twins=twins) for twins in (False, True)
    )
    paths = (Path(record.heatmaps) / each for each in names)
    return next((each for each in paths if each.exists()), None)
