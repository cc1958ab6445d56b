"""Reading apart, in child processes: a decoder that ends, hangs or takes all memory costs its image alone.

Decoders are written in C, and what is damaged or made for it can end the process that they run in.
"""

from __future__ import annotations

import logging
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty, LifoQueue
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from verte_core.errors import ImageError, VerteError
from verte_core.parallel import ahead
from verte_core.reading import child
from verte_core.reading.child import Answer, Job

if TYPE_CHECKING:
    from verte_core.reading.radiograph import Radiograph

Made = TypeVar("Made")
Cancelled = Callable[[], bool]
"""Asked now and then from the thread that waits."""

_log = logging.getLogger(__name__)

MOST = 16
"""Children; neither a disk nor a GPU gains by more."""
SECONDS = 60.0
"""For an image, by the clock. The largest that is read took 22 on two cores shared by nine programs."""
SLOWEST_DRIVE = 1_000_000
"""Bytes a second. A file that comes over a network has so much longer."""
MEMORY = 2 * 1024**3
"""Bytes for an image, beyond what a child has before. The largest that is read needs half of it."""
_START_SECONDS = 120.0
_STARTS = 3
_GLANCE = 0.05
"""Seconds between two looks whether a call is still wanted."""
_FEW = 24
"""Files for which a second child is not worth its start."""


class StartError(VerteError):
    """There is no child to be had: a fault of the machine or of ours, and of no file."""

    kind = "no process to read with"


class Readers:
    """A pool of processes that read. Each call takes a free one, or starts one where there is none.

    Any thread may call, and waits meanwhile. As a context it ends its children.

    Args:
        number: of children at most; by default one for each core that is this process's share.
        seconds: for one image.
        memory: bytes for one image; only Linux keeps to them.
    """

    def __init__(self, number: int | None = None, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        cores = (os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
        self.number = number or min(max(cores, 1), MOST)
        self._seconds, self._memory = seconds, memory
        self._alone = threading.Lock()
        self._closed = threading.Event()
        # A thread waits for a child's answer while the caller looks whether it is still wanted: a pipe can't
        # be waited for with a time limit on all systems.
        self._waiting = ThreadPoolExecutor(self.number, thread_name_prefix="verte-reader")
        # The last that came back is the first to go, so that no more are started than are needed.
        self._free: LifoQueue[_Child | None] = LifoQueue()
        for _ in range(self.number):
            self._free.put(None)

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self) -> None:
        """Start a child ahead of the first call; it gets ready by itself."""
        self._free.put(self._take(None) or self._ahead())

    def close(self) -> None:
        """End all children; who still waits for one is told that reading was cancelled."""
        self._closed.set()
        for _ in range(self.number):
            one = self._free.get()
            if one is not None:
                one.end()
        # For calls that come too late.
        for _ in range(self.number):
            self._free.put(None)
        self._waiting.shutdown()

    def load(self, path: Path, cancelled: Cancelled | None = None) -> Radiograph:
        """``radiograph.load`` in a child.

        Raises:
            ImageError: as there, and for a decoder that ends, hangs or takes too much memory.
            StartError: when there is no child to be had.
        """
        from verte_core.reading import radiograph

        return self.call(radiograph.load, path, cancelled=cancelled)

    def map(
        self, function: Callable[..., Made], paths: Sequence[Path], *more: object
    ) -> Iterator[Made | VerteError]:
        """What ``function(path, *more)`` makes of each file, in order, or the error that it costs.

        Raises:
            StartError: as ``load``.
        """
        number = 1 if len(paths) <= _FEW else self.number

        def made(path: Path) -> Made | VerteError:
            try:
                return self.call(function, path, *more)
            except StartError:
                raise
            except VerteError as error:
                return error

        with ThreadPoolExecutor(number) as threads:
            yield from ahead(threads, made, paths, 2 * number)

    def call(
        self, function: Callable[..., Made], path: Any, *more: object, cancelled: Cancelled | None = None
    ) -> Made:
        """``function(path, *more)`` in a child; the function is one of a module.

        It has the more time the larger the file is; ``path`` may also be anything else that can be pickled.

        What ran out of memory or ended the child is tried once more, one such call at a time: large images
        may together be more than the machine has, and then the system ends a child, or a decoder aborts.

        Raises:
            VerteError: that of the function, and as ``load``.
        """
        call = pickle.dumps((function, (path, *more)))
        job = Job(call, self._memory, self._seconds + _size(path) / SLOWEST_DRIVE)
        answer = self._ask(job, cancelled)
        if answer.error is not None and answer.error.kind in (_ended().kind, child.no_memory().kind):
            with self._alone:
                answer = self._ask(job, cancelled)
        if answer.fault:
            _log.error("The program failed on an image: %s", answer.fault)
        if answer.error is not None:
            raise answer.error
        return cast(Made, answer.value)

    def _take(self, cancelled: Cancelled | None) -> _Child | None:
        """The next that is free, or the place for one; it has to be put back."""
        while not self._is_stopped(cancelled):
            with suppress(Empty):
                return self._free.get(timeout=_GLANCE)
        raise _cancelled()

    def _is_stopped(self, cancelled: Cancelled | None) -> bool:
        return self._closed.is_set() or (cancelled is not None and cancelled())

    def _ask(self, job: Job, cancelled: Cancelled | None) -> Answer:
        one = self._take(cancelled)
        try:
            one = one or _started()
            return self._watched(one, job, cancelled)
        finally:
            if one is not None and one.has_ended:
                one = self._ahead()
            self._free.put(one)

    def _watched(self, one: _Child, job: Job, cancelled: Cancelled | None) -> Answer:
        one.late = time.monotonic() + _START_SECONDS
        answer = self._waiting.submit(one.ask, job)
        try:
            while not self._is_stopped(cancelled) and time.monotonic() < one.late:
                with suppress(TimeoutError):
                    return answer.result(_GLANCE)
        except (EOFError, OSError):
            return Answer(None, one.last_words(job))
        except BaseException:
            one.end()
            raise
        one.end()
        answer.exception()
        if self._is_stopped(cancelled):
            raise _cancelled()
        if not one.is_ready:
            raise StartError(_NO_START.format(f"it was not ready after {_START_SECONDS:.0f} seconds"))
        return Answer(None, _too_slow(job))

    def _ahead(self) -> _Child | None:
        """A child that may be needed; who needs it is told when there is none to be had."""
        with suppress(OSError):
            return None if self._closed.is_set() else _Child()
        return None


class _Child:
    """One process, begun; it can be asked at once.

    Attributes:
        is_ready: whether it has imported what it needs.
        late: when it has to have answered, by ``time.monotonic``.
    """

    def __init__(self) -> None:
        # One thread each: there are as many children as cores, and each thread reserves memory.
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            child.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | threads,
            # Ctrl-C, which goes to all processes of a terminal, is for the parent; and no window comes up.
            start_new_session=True,
            creationflags=_UNSEEN,
        )
        self.is_ready, self.late = False, math.inf

    @property
    def has_ended(self) -> bool:
        """Whether it was ended, or seen to have ended."""
        return self._process.returncode is not None

    def ask(self, job: Job) -> Answer:
        """What becomes of the job.

        Raises:
            EOFError, OSError: when the process ends before it answers.
        """
        requests, answers = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        if not self.is_ready:
            child.read(answers)
            self.is_ready = True
        self.late = time.monotonic() + job.seconds
        child.write(requests, job)
        answer: Answer = child.read(answers)
        return answer

    def end(self) -> None:
        """End it at once, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            # What was not sent is of no use.
            with suppress(OSError):
                cast(IO[bytes], pipe).close()

    def last_words(self, job: Job) -> VerteError:
        """Why it ended by itself.

        Raises:
            StartError: when it had not begun with the job.
        """
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_SECONDS)
        self.end()
        status = self._process.returncode
        if not self.is_ready:
            raise StartError(_NO_START.format(f"it ended with status {status}"))
        if sys.platform != "win32":
            if status == -signal.SIGKILL:
                return child.no_memory()
            if status == -signal.SIGALRM:
                return _too_slow(job)
        return _ended()


_LAST_SECONDS = 5.0
_UNSEEN = 0
if sys.platform == "win32":
    _UNSEEN = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
_NO_START = "The program can't start a process to read images with: {}."


def _started() -> _Child:
    """A new one; where the system has none to give at the moment, after a while.

    Raises:
        StartError: when it still has none.
    """
    for attempt in range(1, _STARTS + 1):
        try:
            return _Child()
        except OSError as error:
            if attempt == _STARTS:
                raise StartError(_NO_START.format(error.strerror)) from error
            time.sleep(attempt)
    raise AssertionError


def _size(path: object) -> int:
    if not isinstance(path, Path):
        return 0
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0


def _ended() -> ImageError:
    return ImageError(
        "The decoder broke off while it read the file: it is damaged, or of a kind that can't be read.",
        kind="decoder ended",
    )


def _too_slow(job: Job) -> ImageError:
    return ImageError(
        f"The file takes too long to read: there was no image after {job.seconds:.0f} seconds.",
        kind="takes too long",
    )


def _cancelled() -> ImageError:
    return ImageError("Reading was cancelled.", kind="cancelled")
