"""The image: grey levels, zoom, orientation, the model's view and the heatmap over either.

Imported only when the worker has imported pyqtgraph, which takes longer than the window may take to open.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsRectItem

from verte_core import heatmap_colors
from verte_core.image_types import Pixels
from verte_core.measuring.vertebra import Point
from verte_core.reading.radiograph import Edges, Window
from verte_core.results import TASKS
from verte_desktop import theme, wording
from verte_desktop.language import said, tr
from verte_desktop.session.session import Session
from verte_desktop.session.slow_steps import Heatmap
from verte_desktop.viewer.measuring_layer import MeasuringLayer
from verte_desktop.viewer.overlay import Overlay

pg.setConfigOptions(imageAxisOrder="row-major")

_GREY = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
_DRAG_FOR_WHOLE_WINDOW = 300.0
"""Pixels of the mouse that change the level, or double the width, by one automatic window."""
_MODEL_WINDOW = Window(127.5, 255.0, "model's view")


class ImageView(pg.GraphicsView):  # type: ignore[misc]
    """Shows what the session holds; all that is changed here is display only."""

    display_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(background=theme.IMAGE_GROUND)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Image"))
        self._session = session
        self._box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False, enableMouse=False)
        self._box.disableAutoRange()
        self.setCentralItem(self._box)
        self._group = pg.ItemGroup()
        self._image, self._heat = pg.ImageItem(), pg.ImageItem()
        self._crop = QGraphicsRectItem()
        for item in (self._image, self._heat, self._crop):
            item.setParentItem(self._group)
        self._box.addItem(self._group, ignoreBounds=True)
        self.measuring = MeasuringLayer(
            self, self._image, session.measuring, self._to_point, self._to_view, self._measured_pixels
        )
        self._heat.setLookupTable(heatmap_colors.table())
        self.overlay = Overlay(self)
        self.banner_shown = session.patient_shown
        self.model_view = self.inverted = False
        self._turned = QTransform()
        self._window = self._model_window = _MODEL_WINDOW
        self._fitted = True
        self._measures = False
        self._last = QPointF()
        self._press = QPointF()
        self.set_drags("window", "pan", "zoom")
        session.image_changed.connect(self._load)
        session.result_changed.connect(self._refresh_marks)
        session.heatmap_changed.connect(self._refresh_heatmap)
        session.patient_shown_changed.connect(lambda: self.set_banner(session.patient_shown))
        self._load()

    # Grey levels

    def apply_preset(self, number: int) -> None:
        """Set a window: 0 is the automatic one, 1 to 4 those of the file."""
        windows = self._windows()
        if number < len(windows):
            self._set_window(windows[number - 1])

    def drag_window(self, across: float, down: float) -> None:
        """Change width and level as a drag of the mouse by so many pixels does."""
        window, automatic = self._shown_window(), self._windows()[-1]
        step = automatic.width / _DRAG_FOR_WHOLE_WINDOW
        width = max(window.width * 2 ** (across / _DRAG_FOR_WHOLE_WINDOW * 2), 1.0)
        self._set_window(Window(window.center + down * step, width, "by hand"))

    def invert(self) -> None:
        """Swap black and white."""
        self.inverted = not self.inverted
        self._refresh_levels()

    def _windows(self) -> tuple[Window, ...]:
        radiograph = self._session.shown.radiograph
        return (_MODEL_WINDOW,) if self.model_view or radiograph is None else radiograph.windows

    def _shown_window(self) -> Window:
        return self._model_window if self.model_view else self._window

    def _set_window(self, window: Window) -> None:
        if self.model_view:
            self._model_window = window
        else:
            self._window = window
        self._refresh_levels()

    def _refresh_levels(self) -> None:
        window = self._shown_window()
        self._image.setLevels((window.center - window.width / 2, window.center + window.width / 2))
        self._image.setLookupTable(_GREY[::-1] if self.inverted else None)
        self._refresh_marks()

    # Zoom and orientation

    def fit(self) -> None:
        """Show the whole image."""
        self._fitted = True
        self._box.setRange(self._extent(), padding=0.01)

    def actual_size(self) -> None:
        """One pixel of the image on one pixel of the screen."""
        self._fitted = False
        ratio = self.devicePixelRatioF()
        area = QRectF(0, 0, self._box.width() * ratio, self._box.height() * ratio)
        area.moveCenter(self._box.viewRect().center())
        self._box.setRange(area, padding=0)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Enlarge by a factor, at a point of this widget that stays where it is, or at the centre."""
        self._fitted = False
        centre = self._box.viewRect().center() if at is None else self._to_box(at)
        self._box.scaleBy((1 / factor, 1 / factor), center=centre)
        self.display_changed.emit()

    def move_by(self, across: int, down: int) -> None:
        """Go so many tenths of what is seen to the right and down."""
        self._fitted = False
        seen = self._box.viewRect()
        self._box.translateBy((across * seen.width() / 10, down * seen.height() / 10))

    def rotate(self, degrees: int) -> None:
        """Turn the image clockwise."""
        self._turn(QTransform().rotate(degrees))

    def flip(self, across: int, down: int) -> None:
        """Mirror the image: -1 mirrors, 1 leaves."""
        self._turn(QTransform().scale(across, down))

    def reset(self) -> None:
        """Zoom, window and orientation as after opening; the heatmap stays."""
        self._turned, self.inverted = QTransform(), False
        self._group.setTransform(self._turned)
        self._set_window(self._windows()[0])
        self.fit()
        self.display_changed.emit()

    def _turn(self, change: QTransform) -> None:
        self._turned = self._turned * change
        self._group.setTransform(self._turned)
        self.fit()
        self._refresh_marks()
        self.display_changed.emit()

    def _extent(self) -> QRectF:
        extent: QRectF = self._image.boundingRect()
        return self._turned.mapRect(extent)

    # What is shown

    def picture(self, with_patient: bool) -> QImage:
        """What is seen, at the screen's own pixels, with or without the patient's data."""
        shown = self.banner_shown
        self.set_banner(with_patient)
        image: QImage = self.grab().toImage()
        self.set_banner(shown)
        return image

    def toggle_model_view(self) -> None:
        """Go between the original and what the model sees."""
        self.model_view = not self.model_view
        self._show_pixels()

    def set_banner(self, shown: bool) -> None:
        """Show or hide the patient's data."""
        self.banner_shown = shown
        self._refresh_marks()

    def set_heatmap(self, opacity: float, colours: str) -> None:
        """Opacity 0..1 and colours (``heatmap_colors.MAPS``) of the heatmap."""
        self._heat.setOpacity(opacity)
        self._heat.setLookupTable(heatmap_colors.table(colours))
        self.overlay.set_colours(colours)

    def set_drags(self, left: str, middle: str, right: str) -> None:
        """What a drag with each button does: ``window``, ``pan`` or ``zoom``."""
        buttons = (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton)
        self._drags = dict(zip(buttons, (left, middle, right), strict=True))

    def _load(self) -> None:
        self.model_view = self.inverted = False
        self._turned = QTransform()
        self._group.setTransform(self._turned)
        radiograph = self._session.shown.radiograph
        self._window = self._windows()[0]
        self._model_window = _MODEL_WINDOW
        self.overlay.show_text(self.overlay.readout, "")
        if radiograph is None:
            self._image.clear()
        self._show_pixels()

    def _show_pixels(self) -> None:
        pixels = self._pixels()
        if pixels is not None:
            self._image.setImage(pixels, autoLevels=False)
        self._refresh_levels()
        self._refresh_heatmap()
        # Measured is the original, in its own pixels.
        self.measuring.set_visible(not self.model_view)
        if pixels is not None:
            self.fit()
        self.display_changed.emit()

    def _pixels(self) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | None:
        shown = self._session.shown
        radiograph, encoded = shown.radiograph, shown.encoded
        if self.model_view and encoded is not None:
            return np.rint(encoded.image * 255).astype(np.uint8)
        return None if radiograph is None else radiograph.display

    def _refresh_heatmap(self) -> None:
        heatmap = self._session.shown.heatmap
        if heatmap is None:
            self._heat.clear()
        else:
            strength = heatmap.model if self.model_view else heatmap.source
            self._heat.setImage(strength, autoLevels=False, levels=(0, 255))
        self.overlay.set_legend(self._legend(heatmap))

    def _legend(self, heatmap: Heatmap | None) -> str:
        if not self._session.shown.heatmap_wanted:
            return ""
        if heatmap is None:
            return "Heatmap: waiting for a score."
        title = TASKS[heatmap.task].title
        if not heatmap.model.any():
            return f"Heatmap of the {title}\nNothing raised this score."
        inputs = heatmap.result.inputs
        bmi = "\nFor a BMI at the low end of the range." if inputs and inputs.bmi is None else ""
        lines = (f"Heatmap of the {title}, relative: weak to strong", f"{heatmap_colors.CAVEAT}{bmi}")
        return "\n".join(filter(None, (*lines, heatmap.result.trained_on.short_notice)))

    def _refresh_marks(self) -> None:
        shown = self._session.shown
        radiograph, encoded = shown.radiograph, shown.encoded
        cropped = encoded is not None and not self.model_view and encoded.placement.crop_top > 0
        self._crop.setVisible(cropped)
        # Its width is in pixels of the screen, of which some have two for one.
        pen = QPen(QColor(theme.ACCENT), self.devicePixelRatioF(), Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self._crop.setPen(pen)
        if encoded is not None:
            place = encoded.placement
            self._crop.setRect(place.crop_left, place.crop_top, place.crop_width, place.crop_height)
        banner = ""
        if radiograph is not None and self.banner_shown:
            banner = "\n".join(wording.patient(radiograph.header)) or "No patient's data in the file"
        self.overlay.show_text(self.overlay.banner, banner)
        self.overlay.set_letters(_letters(radiograph.edges, self._turned) if radiograph is not None else {})
        self.overlay.show_text(self.overlay.display, self._display_text() if radiograph is not None else "")

    def _display_text(self) -> str:
        window = self._shown_window()
        changes = [
            "model's view: equalised, cropped, fitted" if self.model_view else "",
            "inverted" if self.inverted else "",
            "" if self._turned.isIdentity() else _orientation(self._turned),
        ]
        text = f"W {window.width:.0f}  L {window.center:.0f}  ({said(window.name)})"
        changed = ", ".join(said(change) for change in changes if change)
        return f"{text}\nDisplay only: {changed}" if changed else text

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._last = self._press = event.position()
        is_left = event.button() == Qt.MouseButton.LeftButton
        self._measures = is_left and not self.model_view and self.measuring.press(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a drag; say what is under the pointer."""
        if self._session.shown.radiograph is None:
            return
        moved = event.position() - self._last
        self._last = event.position()
        if not self.model_view:
            self.measuring.move(event.position())
        if self._measures and event.buttons() & Qt.MouseButton.LeftButton:
            return
        drag = next((what for button, what in self._drags.items() if event.buttons() & button), "")
        if drag == "window":
            self.drag_window(moved.x(), moved.y())
        elif drag == "pan":
            self._fitted = False
            shift = self._to_box(event.position() - moved) - self._to_box(event.position())
            self._box.translateBy(shift)
        elif drag == "zoom":
            self.zoom(2 ** (-moved.y() / 100), self._press)
        self._refresh_readout(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Each move took effect at once; a point that was dragged is where it is."""
        self._measures = False
        self.measuring.release()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit; while something is measured, two quick clicks are two points."""
        if self._session.measuring.tool:
            self.mousePressEvent(event)
        else:
            self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is nowhere."""
        self.measuring.leave()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """While something is measured, arrows move a cross, Enter places a point, and Esc ends it."""
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key, measuring = Qt.Key(event.key()), self._session.measuring
        if not measuring.tool or self.model_view:
            super().keyPressEvent(event)
        elif key in steps:
            pace = 1 if event.isAutoRepeat() is False else 6
            self.measuring.step(*(each * pace for each in steps[key]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.measuring.enter()
        elif key == Qt.Key.Key_Escape:
            measuring.start("")
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        if self._session.shown.radiograph is not None:
            self.zoom(2 ** (event.angleDelta().y() / 480), event.position())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep a fitted image fitted."""
        super().resizeEvent(event)
        if event is not None:
            self.overlay.setGeometry(self.rect())
            if self._fitted and self._session.shown.radiograph is not None:
                self.fit()

    def _to_box(self, position: QPointF) -> QPointF:
        point: QPointF = self._box.mapSceneToView(self.mapToScene(position.toPoint()))
        return point

    def _to_point(self, position: QPointF) -> Point:
        at = self._image.mapFromScene(self.mapToScene(position.toPoint()))
        # Between pixels of the screen, too: the scene has no halves.
        rest = position - QPointF(position.toPoint())
        along = self._image.mapFromScene(self.mapToScene(position.toPoint() + QPoint(1, 0))) - at
        down = self._image.mapFromScene(self.mapToScene(position.toPoint() + QPoint(0, 1))) - at
        exact = at + along * rest.x() + down * rest.y()
        return exact.y(), exact.x()

    def _to_view(self, point: Point) -> QPointF:
        scene = self._image.mapToScene(QPointF(point[1], point[0]))
        return QPointF(self.viewportTransform().map(scene))

    def _measured_pixels(self) -> tuple[Pixels, Window, bool] | None:
        radiograph = self._session.shown.radiograph
        return None if radiograph is None else (radiograph.display, self._window, self.inverted)

    def _refresh_readout(self, position: QPointF) -> None:
        pixels = self._image.image
        point = self._image.mapFromScene(self.mapToScene(position.toPoint()))
        row, column = int(np.floor(point.y())), int(np.floor(point.x()))
        inside = pixels is not None and 0 <= row < pixels.shape[0] and 0 <= column < pixels.shape[1]
        self.overlay.show_text(
            self.overlay.readout, f"x {column}  y {row}  value {pixels[row, column]}" if inside else ""
        )


_POINTS = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}


def _letters(edges: Edges | None, turned: QTransform) -> dict[str, str]:
    """The letter of each side of the screen, as the image is turned there."""
    if edges is None:
        return {}
    shown = {}
    for side, (across, down) in _POINTS.items():
        point = turned.map(QPointF(across, down))
        there = (round(point.x()), round(point.y()))
        shown[next(name for name, at in _POINTS.items() if at == there)] = getattr(edges, side)
    return shown


def _orientation(turned: QTransform) -> str:
    flipped = turned.determinant() < 0
    upright = QTransform().scale(-1, 1) * turned if flipped else turned
    degrees = round(np.degrees(np.arctan2(upright.m12(), upright.m11()))) % 360
    parts = ["flipped left to right" if flipped else "", f"rotated {degrees}° right" if degrees else ""]
    return " and ".join(part for part in parts if part)
