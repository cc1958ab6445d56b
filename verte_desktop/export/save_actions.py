"""What the reader takes away: the picture, a report, the scores as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QStandardPaths, Qt
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QWidget

from verte_desktop import theme, wording
from verte_desktop.export.report import Report, pdf
from verte_desktop.language import tr
from verte_desktop.panels.dialogs import SaveDialog
from verte_desktop.session import settings
from verte_desktop.session.session import Session
from verte_desktop.session.settings import Settings

_MARGIN, _TALLEST = 8, 4000
"""Pixels around the words below a picture, and of their height at most."""


class SaveActions:
    """Asks where to, and has what is shown at that moment written there.

    Args:
        parent: the window that the dialogs belong to.
        picture: takes the picture of the image view, with or without the patient's data.
        tell: says for a while what was done.
    """

    def __init__(
        self,
        parent: QWidget,
        session: Session,
        store: Settings,
        picture: Callable[[bool], QImage],
        tell: Callable[[str], None],
    ) -> None:
        self._parent, self._session, self._store = parent, session, store
        self._picture, self._tell = picture, tell
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        self._folder = Path(store.get(settings.SAVE_FOLDER) or QStandardPaths.writableLocation(documents))

    def picture(self) -> None:
        """Save what the image view shows."""
        session, radiograph = self._session, self._session.shown.radiograph
        assert radiograph is not None
        # Taken now: while the dialog is open, the image may change.
        said = [wording.read_as(session.shown), *wording.notes(session.shown)]
        pictures = {
            with_patient: _with_words(self._picture(with_patient), "\n".join(filter(None, said)))
            for with_patient in (False, True)
        }

        def save(path: Path, with_patient: bool) -> None:
            session.write_file(path, partial(_png, pictures[with_patient]))

        name = f"verte-{radiograph.id[:12]}.png"
        self._ask_where(tr("Save the picture"), name, tr("PNG picture (*.png)"), save)

    def report(self) -> None:
        """Save a page with image, heatmaps, scores and inputs."""
        content, session = self.content(datetime.now()), self._session

        def save(path: Path, with_patient: bool) -> None:
            chosen = content if with_patient else replace(content, patient=None)
            session.write_file(path, partial(pdf, chosen))

        name = f"verte-{content.radiograph.id[:12]}.pdf"
        self._ask_where(tr("Save the report"), name, tr("PDF document (*.pdf)"), save)

    def content(self, made: datetime) -> Report:
        """What a report of the present result holds; there must be one."""
        shown = self._session.shown
        radiograph, scorer, encoded, result = shown.radiograph, shown.scorer, shown.encoded, shown.result
        assert radiograph and scorer and encoded and result
        return Report(
            scorer,
            radiograph,
            encoded,
            result,
            shown.draft,
            tuple(wording.patient(radiograph.header)),
            wording.read_as(shown),
            wording.notes(shown),
            self._store.get(settings.HEATMAP_OPACITY),
            made,
            self._session.measuring.lines(),
            wording.person(self._session),
        )

    def copy_scores(self) -> None:
        """Put the scores on the clipboard, with what has to be said beside them."""
        QGuiApplication.clipboard().setText(wording.as_text(self._session.shown))
        self._tell("The scores are on the clipboard.")

    def _ask_where(self, title: str, name: str, kind: str, save: Callable[[Path, bool], object]) -> None:
        with_patient = self._session.patient_shown
        dialog = SaveDialog(self._parent, title, self._folder / name, kind, with_patient)

        def chosen(path: str) -> None:
            self._folder = Path(path).parent
            save(Path(path), dialog.with_patient())

        dialog.fileSelected.connect(chosen)
        dialog.open()


def _with_words(image: QImage, words: str) -> QImage:
    """The picture with what has to be said of it below, as large as the screen shows text."""
    if not words:
        return image
    ratio = image.devicePixelRatio()
    width = round(image.width() / ratio)
    flags = Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere
    room = QRect(_MARGIN, _MARGIN, width - 2 * _MARGIN, _TALLEST)
    needed = QFontMetrics(QGuiApplication.font()).boundingRect(room, flags, words)
    height = round(image.height() / ratio)
    whole = QImage(
        image.width(),
        image.height() + round((needed.height() + 2 * _MARGIN) * ratio),
        QImage.Format.Format_RGB32,
    )
    whole.setDevicePixelRatio(ratio)
    whole.fill(QColor(theme.BACKGROUND))
    painter = QPainter(whole)
    painter.drawImage(0, 0, image)
    painter.setPen(QColor(theme.TEXT))
    painter.drawText(needed.translated(0, height), flags, words)
    painter.end()
    return whole


def _png(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())
