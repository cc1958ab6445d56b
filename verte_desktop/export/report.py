"""A report of one result on one page of A4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPageSize, QPainter, QPdfWriter

from verte_core import __version__
from verte_core.heatmap_colors import CAVEAT, blend
from verte_core.results import TASKS, cautions
from verte_desktop import theme, wording
from verte_desktop.language import said
from verte_desktop.panels import score_bar
from verte_desktop.session import problems
from verte_desktop.viewer.colormap import bar_image

if TYPE_CHECKING:
    from verte_core.reading.radiograph import Radiograph
    from verte_core.results import Result
    from verte_core.scoring.scorer import Encoded, Scorer
    from verte_desktop.session.clinical_draft import Draft

DPI = 600
_MM = DPI / 25.4
_WIDTH, _HEIGHT = 180.0, 271.0
"""mm, within margins of 15 and 13 mm."""
_GAP = 3.0
_LEAST_IMAGE_HEIGHT = 60.0
_INK, _QUIET, _RULE, _WARNING = "#111417", "#5a6470", "#b9c0c8", "#8a5a00"
_LONGEST, _LONGEST_FACT = 420, 48
"""Characters of a text from a file, and of a word of its header; the whole of it is in the window."""
_MOST_MEASURED = 8
_MORE_MEASURED = "{} more measurements stand in the window."
_MORE = "{} more notes stand in the window; the page has no room for them."


@dataclass(frozen=True, eq=False)
class Report:
    """All that goes on the page, taken at one moment so that it belongs together.

    Attributes:
        patient: lines of the banner; ``None`` leaves the patient's data out.
        read_as: the sentence on how the image was read.
        notes: what else the reader was told of the image.
        opacity: of the heatmaps, 0..1.
        measured: what was measured on the image, a line each.
        person: the score of the person over several images; may be empty.
    """

    scorer: Scorer
    radiograph: Radiograph
    encoded: Encoded
    result: Result
    draft: Draft
    patient: tuple[str, ...] | None
    read_as: str
    notes: tuple[str, ...]
    opacity: float
    made: datetime
    measured: tuple[str, ...] = ()
    person: str = ""


def pdf(report: Report) -> bytes:
    """The page as a PDF file; slow, and safe in any thread."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(DPI)
    writer.setCreator(f"VERTE Desktop {__version__}")
    writer.setTitle("VERTE Desktop report")
    painter = QPainter(writer)
    paint(painter, report)
    painter.end()
    return bytes(data.data())


def paint(painter: QPainter, report: Report) -> None:
    """Draw the page on a device of A4 at ``DPI``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(15 * _MM, 13 * _MM)
    _Page(painter, report).paint()


class _Page:
    """The page from top to bottom, in mm; the images take the room that the words leave.

    Whatever a file says is of bounded length, and the notes come last: scores and notices are on every page.
    """

    def __init__(self, painter: QPainter, report: Report) -> None:
        self._painter, self._report = painter, report
        self._drawing = True
        self._y = 0.0
        self._pictures: list[tuple[QImage, str]] = []
        self._missing: list[str] = []
        self._notes: tuple[str, ...] = ()

    def paint(self) -> None:
        """Draw everything."""
        self._make_pictures()
        self._drawing = False
        self._paint_head()
        self._paint_findings()
        self._fit_notes(_HEIGHT - _LEAST_IMAGE_HEIGHT - _GAP)
        used, self._y, self._drawing = self._y, 0.0, True
        self._paint_head()
        self._paint_images(_HEIGHT - used - _GAP)
        self._paint_findings()
        self._paint_notes()

    def _fit_notes(self, room: float) -> None:
        """Take as many notes as there is room for above ``room``, and say how many are left out."""
        words = self._y
        notes = [wording.shortened(note, _LONGEST) for note in self._report.notes]
        for taken in range(len(notes), -1, -1):
            left_out = len(notes) - taken
            self._notes = (*notes[:taken], *([_MORE.format(left_out)] if left_out else []))
            self._y = words
            self._paint_notes()
            if self._y <= room:
                break

    def _paint_notes(self) -> None:
        for note in self._notes:
            self._text(note, 8.5, colour=_QUIET)

    def _paint_head(self) -> None:
        report = self._report
        self._text(f"{report.made:%Y-%m-%d %H:%M}", 9, align=Qt.AlignmentFlag.AlignRight, advance=False)
        self._text("VERTE Desktop report", 15, bold=True)
        rule_out, research, *notices = cautions(report.scorer.metadata.trained_on)
        self._text(f"{rule_out} {research}", 9)
        for notice in notices:
            self._text(notice, 10, bold=True, colour=_WARNING)
        self._rule()
        header = report.radiograph.header
        if report.patient is None:
            self._text(f"{wording.WITHOUT_PATIENT}.", 10, colour=_QUIET)
        else:
            first, *rest = report.patient or ("No patient's data in the file",)
            self._text(first, 12, bold=True, raw=True)
            if rest:
                self._text("   ".join(rest), 10, raw=True)
        kind = ", ".join(
            wording.shortened(fact, _LONGEST_FACT)
            for fact in (header.modality, header.body_part, header.view_position, header.manufacturer)
            if fact
        )
        rows, columns = report.radiograph.pixels.shape
        self._text(
            f"Image {report.radiograph.id[:12]}, {columns} x {rows} pixels{f', {kind}' if kind else ''}",
            8.5,
            colour=_QUIET,
        )
        self._rule()

    def _make_pictures(self) -> None:
        """The image and its heatmaps; one that can't be made is missed in words, and costs nothing else."""
        from verte_desktop.session import slow_steps

        report = self._report
        grey = slow_steps.grey(report.radiograph)
        self._pictures.append((_grey_image(grey), f"Image, window {report.radiograph.windows[0].name}"))
        for task in report.scorer.tasks:
            name = f"Heatmap of the {TASKS[task].title}"
            try:
                heatmap = slow_steps.explain(report.scorer, report.encoded, report.result, task)
            except Exception as error:
                # To the log alone: a page that is given away names no file of this machine.
                problems.describe(error)
                self._missing.append(f"{name}: it could not be made.")
                continue
            if not heatmap.source.any():
                name += ": nothing raised this score"
            strength = np.asarray(heatmap.source / 255, np.float32)
            blended = blend(grey, strength, report.opacity)
            self._pictures.append((_colour_image(blended), name))

    def _paint_images(self, room: float) -> None:
        report, pictures = self._report, self._pictures
        words = 10.0
        width = (_WIDTH - _GAP * (len(pictures) - 1)) / len(pictures)
        top = self._y
        fitted = [_fitted(image, width, room - words) for image, _ in pictures]
        tallest = max(size.height() for size in fitted)
        for place, ((image, name), size) in enumerate(zip(pictures, fitted, strict=True)):
            left = place * (width + _GAP)
            target = QRectF(left + (width - size.width()) / 2, top, size.width(), size.height())
            self._painter.drawImage(_scaled(target), image)
            self._y = top + tallest + 1
            self._text(name, 8, left=left, width=width, align=Qt.AlignmentFlag.AlignHCenter)
        self._y = top + tallest + 5
        inputs = report.result.inputs
        bmi = " For a BMI at the low end of the range." if inputs and inputs.bmi is None else ""
        if len(pictures) > 1:
            self._painter.drawImage(_scaled(QRectF(0, self._y + 0.8, 30, 2.2)), bar_image())
            self._text(f"Heatmaps: relative, weak to strong. {CAVEAT}{bmi}", 8, left=33, width=_WIDTH - 33)
        self._y = top + tallest + words

    def _paint_findings(self) -> None:
        report = self._report
        scorer = report.scorer
        self._y += _GAP
        for missing in self._missing:
            self._text(missing, 9, bold=True, colour=_WARNING)
        for task, score in report.result.scores.items():
            top = self._y
            self._text(TASKS[task].title, 11, bold=True, width=50)
            self._text(TASKS[task].meaning, 8.5, colour=_QUIET, width=50)
            end, self._y = self._y, top
            self._text(wording.text_of(score), 14, bold=True, left=52, width=34)
            self._text(wording.zone(score), 9, left=52, width=40, bold=True)
            end, self._y = max(end, self._y), top
            points = scorer.metadata.operating_points[task]
            if self._drawing:
                self._painter.setFont(_font(8))
                area = QRectF(95, top - 1, 84, 12)
                score_bar.paint(self._painter, _scaled(area), points, score, 0.26 * _MM, _INK, _QUIET)
            self._y = max(end, top + 11)
            advice = wording.advice(task, score, report.result.trained_on)
            if advice:
                self._text(advice, 9)
            self._y += 1.5
        self._rule()
        for name, value, origin in wording.inputs(report.draft, scorer):
            self._text(name, 9, width=30, advance=False)
            self._text(value, 9, left=30, width=88, advance=False)
            self._text(origin, 9, left=120, width=60, colour=_QUIET)
        self._rule()
        if report.person:
            self._text(report.person, 9, bold=True)
        for line in report.measured[:_MOST_MEASURED]:
            self._text(line, 8.5)
        if len(report.measured) > _MOST_MEASURED:
            self._text(_MORE_MEASURED.format(len(report.measured) - _MOST_MEASURED), 8.5)
        if report.person or report.measured:
            self._rule()
        self._text(report.read_as, 9)
        summary = wording.shortened(scorer.metadata.card.get("Summary", ""), _LONGEST)
        self._text(f"{wording.weights(scorer)}. {summary}", 9)
        self._text(f"Made with VERTE Desktop {__version__}.", 8, colour=_QUIET)

    def _text(
        self,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: str = _INK,
        left: float = 0.0,
        width: float = 0.0,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        advance: bool = True,
        raw: bool = False,
    ) -> None:
        """A paragraph at the current height; ``width`` 0 is up to the margin."""
        text = theme.breakable(text if raw else said(text))
        self._painter.setFont(_font(size, bold))
        self._painter.setPen(QColor(colour))
        area = _scaled(QRectF(left, self._y, width or _WIDTH - left, _HEIGHT))
        flags = int(align | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
        taken = self._painter.boundingRect(area, flags, text)
        if self._drawing:
            self._painter.drawText(area, flags, text)
        if advance:
            self._y += taken.height() / _MM + 0.9

    def _rule(self) -> None:
        self._y += 1
        if self._drawing:
            self._painter.fillRect(_scaled(QRectF(0, self._y, _WIDTH, 0.2)), QColor(_RULE))
        self._y += 1.5


def _font(points: float, bold: bool = False) -> QFont:
    font = QFont()
    font.setPointSizeF(points)
    font.setBold(bold)
    return font


def _scaled(area: QRectF) -> QRectF:
    return QRectF(area.left() * _MM, area.top() * _MM, area.width() * _MM, area.height() * _MM)


def _fitted(image: QImage, width: float, height: float) -> QSizeF:
    return QSizeF(image.size()).scaled(QSizeF(width, height), Qt.AspectRatioMode.KeepAspectRatio)


def _grey_image(grey: npt.NDArray[np.uint8]) -> QImage:
    height, width = grey.shape
    return QImage(grey.tobytes(), width, height, width, QImage.Format.Format_Grayscale8).copy()


def _colour_image(colours: npt.NDArray[np.uint8]) -> QImage:
    height, width, _ = colours.shape
    return QImage(colours.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
