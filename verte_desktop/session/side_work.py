"""Slow work beside the reading of images: on a thread of its own, one at a time, and dropped at once."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from verte_desktop.session import problems
from verte_desktop.session.problems import Problem
from verte_desktop.session.tasks import Jobs, Tasks

T = TypeVar("T")


class DroppedError(Exception):
    """Raised in work that was dropped, to end it."""


class SideWork(QObject):
    """One question at a time; answers arrive on the thread of the window.

    Attributes:
        doing: what the reader waits for, in words; empty when nothing.
        done_of: how many of how many steps are done; (0, 0) where that is not known.
        problem: why the last question has no answer.
    """

    changed = Signal()
    _stepped = Signal(object, int, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.doing = ""
        self.done_of = (0, 0)
        self.problem: Problem | None = None
        self._tasks = Tasks(self)
        self._jobs = Jobs(self._tasks)
        self._now: Event | None = None
        self._stepped.connect(self._step)

    def ask(
        self,
        doing: str,
        work: Callable[[Event], T],
        done: Callable[[T], None],
        failed: Callable[[Problem], None] = lambda _: None,
    ) -> None:
        """Do something slow; what was asked before is dropped. ``work`` sees when it is dropped itself."""
        self._jobs.drop()
        stop = self._now = Event()
        self._say(doing, None)

        def came(answer: T) -> None:
            self._say("", None)
            done(answer)

        def went_wrong(error: BaseException) -> None:
            problem = problems.describe(error)
            self._say("", problem)
            failed(problem)

        self._jobs.run(lambda: work(stop), came, went_wrong, stop=stop.set)

    def step_of(self, stop: Event) -> Callable[[int, int], None]:
        """What work in the thread calls to tell how far it is; raises ``DroppedError`` when dropped."""

        def step(done: int, total: int) -> None:
            if stop.is_set():
                raise DroppedError
            self._stepped.emit(stop, done, total)

        return step

    def cancel(self) -> None:
        """Drop the question: of its answer nothing will come."""
        self._jobs.drop()
        self._say("", None)

    def close(self) -> None:
        """Drop all; what runs now ends on its own."""
        self._jobs.drop()
        self._tasks.close()

    def join(self) -> None:
        """Wait, after ``close``, for the thread to end."""
        self._tasks.join()

    def _step(self, stop: Event, done: int, total: int) -> None:
        if stop is self._now and self.doing:
            self.done_of = (done, total)
            self.changed.emit()

    def _say(self, doing: str, problem: Problem | None) -> None:
        self.doing, self.done_of, self.problem = doing, (0, 0), problem
        self.changed.emit()
