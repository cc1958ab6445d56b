"""Worker threads for all that is slow; results come back on the thread of the window."""

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
    """Runs functions in order in one thread. Work for idle times begins when nothing else is to do, in a
    thread of its own, so that nothing has to wait for it.

    It belongs to the thread that makes it, that of the window: only there can work be given to it, and only
    there ``done`` and ``failed`` are called, which may touch widgets. The work itself must touch none.
    """

    _settled = Signal(object, object, object, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="verte-worker")
        self._idle_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="verte-idle")
        self._idle_work: deque[tuple[Callable[[], Any], Callable[[Any], None], Callable[..., None]]] = deque()
        self._unsettled, self._idle_running = 0, False
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
        return self._submit(self._pool, work, done, failed)

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
        for pool in (self._pool, self._idle_pool):
            pool.shutdown(wait=False, cancel_futures=True)

    def join(self) -> None:
        """Wait, after ``close``, for the threads to end."""
        for pool in (self._pool, self._idle_pool):
            pool.shutdown(wait=True)

    def _submit(
        self,
        pool: ThreadPoolExecutor,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[BaseException], None],
    ) -> Future[T]:
        future = pool.submit(work)
        is_idle = pool is self._idle_pool
        future.add_done_callback(lambda settled: self._pass_on(settled, done, failed, is_idle))
        return future

    def _pass_on(
        self, future: Future[Any], done: Callable[..., None], failed: Callable[..., None], is_idle: bool
    ) -> None:
        if not self._closed:
            self._settled.emit(future, done, failed, is_idle)

    def _settle(
        self, future: Future[Any], done: Callable[..., None], failed: Callable[..., None], is_idle: bool
    ) -> None:
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
            if is_idle:
                self._idle_running = False
            else:
                self._unsettled -= 1
            self._fill_idle_time()

    def _assert_at_home(self) -> None:
        assert threading.get_ident() == self._home, "Widgets belong to the thread of the window."

    def _fill_idle_time(self) -> None:
        if self._idle_work and not self._unsettled and not self._idle_running:
            self._idle_running = True
            self._submit(self._idle_pool, *self._idle_work.popleft())


class Jobs:
    """Tasks of one kind that can be dropped together: nothing comes of a dropped one.

    Args:
        changed: called when there is one more, or one less.
    """

    def __init__(self, tasks: Tasks, changed: Callable[[], object] = lambda: None) -> None:
        self._tasks, self._changed = tasks, changed
        self._wanted: dict[object, Callable[[], object]] = {}

    def __bool__(self) -> bool:
        """Whether something is to come."""
        return bool(self._wanted)

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[BaseException], None],
        *,
        on: Tasks | None = None,
        stop: Callable[[], object] = lambda: None,
    ) -> None:
        """As ``Tasks.run``; the job is over when ``done`` or ``failed`` is called.

        Args:
            work: the job.
            done: takes its value.
            failed: takes its exception.
            on: other tasks than those of all jobs.
            stop: makes ``work`` end early, when the job is dropped.
        """
        job = object()

        def if_wanted(handler: Callable[[Any], None], value: Any) -> None:
            if self._wanted.pop(job, None) is not None:
                self._changed()
                handler(value)

        future = (on or self._tasks).run(work, partial(if_wanted, done), partial(if_wanted, failed))
        self._wanted[job] = lambda: (future.cancel(), stop())
        self._changed()

    def drop(self) -> None:
        """Forget them; what has not begun never does, what runs ends early if it can."""
        for stop in self._wanted.values():
            stop()
        self._wanted.clear()
        self._changed()
