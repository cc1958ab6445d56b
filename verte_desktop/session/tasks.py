"""One worker thread for all that is slow; results come back on the thread of the window."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

T = TypeVar("T")


class Tasks(QObject):
    """Runs functions in order in one thread; work for idle times waits until nothing else is to do.

    It belongs to the thread that makes it, that of the window: only there can work be given to it, and only
    there ``done`` and ``failed`` are called, which may touch widgets. The work itself must touch none.
    """

    _settled = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="verte-worker")
        self._idle_work: deque[tuple[Callable[[], Any], Callable[[Any], None], Callable[..., None]]] = deque()
        self._unsettled = 0
        self._closed = False
        self._home = threading.get_ident()
        self._settled.connect(self._settle, Qt.ConnectionType.QueuedConnection)

    def run(
        self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[BaseException], None]
    ) -> Future[T]:
        """Call ``work`` in the worker, then ``done`` with its value or ``failed`` with its exception here.

        A future that is cancelled in time calls neither.
        """
        self._assert_at_home()
        self._unsettled += 1
        future = self._pool.submit(work)
        future.add_done_callback(lambda settled: self._pass_on(settled, done, failed))
        return future

    def run_when_idle(
        self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[BaseException], None]
    ) -> None:
        """As ``run``, but one at a time and only while nothing of ``run`` is to do."""
        self._assert_at_home()
        self._idle_work.append((work, done, failed))
        self._fill_idle_time()

    def close(self) -> None:
        """Drop what has not begun and deliver nothing more; what runs now ends on its own."""
        self._closed = True
        self._idle_work.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def join(self) -> None:
        """Wait, after ``close``, for the thread to end."""
        self._pool.shutdown(wait=True)

    def _pass_on(self, future: Future[Any], done: Callable[..., None], failed: Callable[..., None]) -> None:
        if not self._closed:
            self._settled.emit(future, done, failed)

    def _settle(self, future: Future[Any], done: Callable[..., None], failed: Callable[..., None]) -> None:
        self._assert_at_home()
        if self._closed:
            return
        try:
            if not future.cancelled():
                error = future.exception()
                if error is None:
                    done(future.result())
                else:
                    failed(error)
        finally:
            self._unsettled -= 1
            self._fill_idle_time()

    def _assert_at_home(self) -> None:
        assert threading.get_ident() == self._home, "Widgets belong to the thread of the window."

    def _fill_idle_time(self) -> None:
        if self._idle_work and not self._unsettled:
            self.run(*self._idle_work.popleft())


class Jobs:
    """Tasks of one kind that can be dropped together: nothing comes of a dropped one.

    Args:
        changed: called when there is one more, or one less.
    """

    def __init__(self, tasks: Tasks, changed: Callable[[], object] = lambda: None) -> None:
        self._tasks, self._changed = tasks, changed
        self._wanted: dict[object, Future[Any]] = {}

    def __bool__(self) -> bool:
        """Whether something is to come."""
        return bool(self._wanted)

    def run(
        self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[BaseException], None]
    ) -> None:
        """As ``Tasks.run``; the job is over when ``done`` or ``failed`` is called."""
        job = object()

        def if_wanted(handler: Callable[[Any], None], value: Any) -> None:
            if self._wanted.pop(job, None) is not None:
                self._changed()
                handler(value)

        self._wanted[job] = self._tasks.run(work, partial(if_wanted, done), partial(if_wanted, failed))
        self._changed()

    def drop(self) -> None:
        """Forget them; what has not begun never does, what runs can't be stopped."""
        for future in self._wanted.values():
            future.cancel()
        self._wanted.clear()
        self._changed()
