"""What the reader measures on the image that is shown: tools, undo and redo, and where it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from verte_core.errors import VerteError
from verte_core.measuring import kept
from verte_core.measuring.items import (
    POINTS_OF,
    UNKNOWN_SCALE,
    Item,
    Line,
    Measurements,
    Scale,
    said,
)
from verte_core.measuring.vertebra import LEVELS, POINTS, Point, Vertebra
from verte_desktop.session import problems, settings
from verte_desktop.session.problems import Problem
from verte_desktop.session.state import State
from verte_desktop.session.tasks import Tasks

if TYPE_CHECKING:
    from verte_core.measuring.items import Kind

VERTEBRA = "vertebra"
TOOLS = (VERTEBRA, *POINTS_OF)
_FIRST_LEVEL = "L4"


class Measuring(QObject):
    """The measurements of the current image.

    Args:
        state: tells which image that is.

    Attributes:
        items: what is measured, which ``changed`` tells of.
        tool: ``vertebra`` or a ``Kind`` of line, whose points are being placed; empty for none.
        draft: those that are placed already.
        level: of the next vertebra.
        known_mm: the true length of the next calibration line.
        selected: the item that is chosen; None for none.
        folder_of: where the measurements of a file are kept; None for the user's own folder.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._state = state
        self._tasks = Tasks(self)
        self.items = Measurements("")
        self.tool = ""
        self.draft: tuple[Point, ...] = ()
        self.level = _FIRST_LEVEL
        self.known_mm = 100.0
        self.selected: int | None = None
        self.folder_of: Callable[[Path], Path | None] = lambda _: None
        self._folder = _own_folder()
        self._past: list[Measurements] = []
        self._future: list[Measurements] = []
        self._before_drag: Measurements | None = None
        self._unwritten = False
        self._unread: BaseException | None = None
        state.image_changed.connect(self._load)

    # What is measured

    def start(self, tool: str) -> None:
        """Take up a tool; the same one again, or an empty one, puts it down.

        Where former measurements can't be read, none are made that would take their place.
        """
        if tool and self._unread is not None:
            self._fail(self._unread)
            return
        self.tool = "" if tool == self.tool or self._state.shown.radiograph is None else tool
        self.draft, self.selected = (), None
        self.changed.emit()

    def place(self, point: Point) -> None:
        """Place the next point of the tool; the last one makes an item."""
        if not self.tool:
            return
        self.draft = (*self.draft, point)
        wanted = len(POINTS) if self.tool == VERTEBRA else POINTS_OF[self._kind()]
        if len(self.draft) == wanted:
            made, self.draft = self._made(self.draft), ()
            self._change(self.items.with_item(made))
            if self.tool == VERTEBRA:
                self.selected = None
                self._next_level()
            else:
                self.tool, self.selected = "", len(self.items.items) - 1
        self.changed.emit()

    def grab(self, item: int) -> None:
        """Begin to drag a point of an item."""
        self.selected, self._before_drag = item, self.items
        self.changed.emit()

    def drag(self, item: int, place: int, point: Point) -> None:
        """Move a point of an item, as long as the drag lasts."""
        former = self.items.items[item]
        points = (*former.points[:place], point, *former.points[place + 1 :])
        self.items = self.items.changed(item, replace(former, points=points))
        self.changed.emit()

    def drop(self) -> None:
        """End a drag: what it moved can be undone in one step."""
        before, self._before_drag = self._before_drag, None
        if before is not None and before != self.items:
            self._past.append(before)
            self._future.clear()
            self._write()
        self.changed.emit()

    def select(self, item: int | None) -> None:
        """Choose an item of the list."""
        self.selected = item
        self.changed.emit()

    def name(self, level: str) -> None:
        """Name the chosen vertebra, or the next one."""
        item = self._chosen()
        if isinstance(item, Vertebra) and self.selected is not None and not self.draft:
            others = self.items.without(self.selected)
            taken = any(each.level == level for each in others.vertebrae)
            if taken:
                self.failed.emit(Problem(f"{level} is measured already.", ""))
            else:
                self._change(self.items.changed(self.selected, replace(item, level=level)))
        self.level = level
        self.changed.emit()

    def calibrate(self, millimetres: float) -> None:
        """The true length of the chosen calibration line, or of the next one."""
        self.known_mm = millimetres
        item = self._chosen()
        if isinstance(item, Line) and item.kind == "calibration" and self.selected is not None:
            self._change(self.items.changed(self.selected, replace(item, known_mm=millimetres)))
        self.changed.emit()

    def delete(self) -> None:
        """Take away the last placed point, or the chosen item."""
        if self.draft:
            self.draft = self.draft[:-1]
        elif self.selected is not None:
            self._change(self.items.without(self.selected))
            self.selected = None
        self.changed.emit()

    def undo(self) -> bool:
        """Take back what was done last; whether there was something."""
        if self.draft:
            self.draft = self.draft[:-1]
        elif self._past:
            self._future.append(self.items)
            self._become(self._past.pop())
        else:
            return False
        self.changed.emit()
        return True

    def redo(self) -> bool:
        """Do again what was taken back; whether there was something."""
        if not self._future:
            return False
        self._past.append(self.items)
        self._become(self._future.pop())
        self.changed.emit()
        return True

    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self.draft or self._past)

    def scale(self) -> Scale:
        """How long a pixel of the image is."""
        radiograph = self._state.shown.radiograph
        if radiograph is None:
            return Scale()
        spacing = radiograph.spacing
        of_header = Scale(spacing[0], radiograph.length_caution) if spacing else Scale()
        return self.items.scale(of_header)

    def lines(self) -> tuple[str, ...]:
        """What each item measures, and what has to be known of lengths."""
        scale = self.scale()
        said_of = [said(each, self.items, scale) for each in self.items.items]
        remark = scale.remark if scale.mm is not None else UNKNOWN_SCALE
        return tuple(filter(None, (*said_of, remark))) if said_of else ()

    def close(self) -> None:
        """Write what is not written yet."""
        self._tasks.close()
        if self._unwritten:
            try:
                kept.write(self._folder, self.items)
            except VerteError as error:
                problems.log.error("Measurements were not written: %s", type(error).__name__)

    def join(self) -> None:
        """Wait, after ``close``, for the thread to end."""
        self._tasks.join()

    # Inside

    def _kind(self) -> Kind:
        return self.tool  # type: ignore[return-value]

    def _made(self, points: tuple[Point, ...]) -> Item:
        if self.tool == VERTEBRA:
            return Vertebra(self.level, points)
        kind = self._kind()
        return Line(kind, points, self.known_mm if kind == "calibration" else None)

    def _next_level(self) -> None:
        """The next one below or above that is not measured, in the direction of the last two."""
        own = [each.level for each in self.items.items if isinstance(each, Vertebra)]
        place = LEVELS.index(self.level)
        up = len(own) < 2 or LEVELS.index(own[-1]) < LEVELS.index(own[-2])
        usual = [each for each in LEVELS if each not in ("T13", "L6")]
        step = usual.index(self.level) + (-1 if up else 1) if self.level in usual else place
        if 0 <= step < len(usual):
            self.level = usual[step]

    def _chosen(self) -> Item | None:
        if self.selected is None or self.selected >= len(self.items.items):
            return None
        return self.items.items[self.selected]

    def _change(self, items: Measurements) -> None:
        self._past.append(self.items)
        self._future.clear()
        self._become(items)

    def _become(self, items: Measurements) -> None:
        self.items = items
        if self.selected is not None and self.selected >= len(items.items):
            self.selected = None
        self._write()

    def _write(self) -> None:
        self._unwritten = True
        items = self.items

        def written(_: object) -> None:
            self._unwritten = self._unwritten and items is not self.items

        self._tasks.run(partial(kept.write, self._folder, items), written, lambda error: self._fail(error))

    def _load(self) -> None:
        radiograph = self._state.shown.radiograph
        image_id = radiograph.id if radiograph else ""
        if image_id == self.items.image_id:
            return
        self.tool, self.draft, self.selected = "", (), None
        self._past, self._future, self._unread = [], [], None
        self.items = Measurements(image_id)
        if radiograph is not None:
            folder = self._folder = self.folder_of(radiograph.path) or _own_folder()
            self._tasks.run(partial(kept.read, folder, image_id), self._loaded, self._not_loaded)
        self.changed.emit()

    def _loaded(self, items: Measurements) -> None:
        if items.image_id == self.items.image_id and not self._past:
            self.items = items
            self.changed.emit()

    def _not_loaded(self, error: BaseException) -> None:
        self._unread = error
        self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self.failed.emit(problems.describe(error))


def _own_folder() -> Path:
    return settings.folder() / kept.FOLDER
