"""The process that ``isolated.Readers`` talks to: it reads one image after another, and ends with its parent.

A message is the number and the lengths of its parts, then the parts: a pickle, and the buffers of its arrays.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import signal
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, NamedTuple

from verte_core.errors import ImageError, VerteError, fault_of_program, scrubbed

SWITCH = "--read-images"
"""Makes a child of a frozen program, whose executable is no Python."""
MOST_BYTES = 4 * 1024**3
"""Of a message. A longer one comes from a child whose memory is overwritten."""
_LATER_SECONDS = 5.0
"""The parent ends a child in time; the child's own alarm is for one whose parent is gone."""


class Job(NamedTuple):
    """What a child is asked, and what that may take.

    Attributes:
        call: the pickle of a function, which goes by the names of its module and itself, and its arguments.
        memory: bytes beyond what a child has when it begins.
        seconds: by the clock.
    """

    call: bytes
    memory: int
    seconds: float


class Answer(NamedTuple):
    """What came of it.

    Attributes:
        value: of the function.
        error: that it raised, or the fault of the program that is told for any other.
        fault: where the program failed, for the log; empty when it did not.
    """

    value: Any
    error: VerteError | None = None
    fault: str = ""


def command() -> list[str]:
    """The command line that starts a child; the paths of modules are those of this process."""
    if getattr(sys, "frozen", False):
        return [sys.executable, SWITCH]
    code = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import serve; serve()"
    return [sys.executable, "-c", code]


def serve_if_asked() -> None:
    """In a frozen program: be a child, and never return, when the command line says so."""
    if sys.argv[1:] == [SWITCH]:
        serve()


def serve() -> None:
    """Answer the parent until it closes the pipe or is gone."""
    # Before anything else is imported: libraries print, and what they print must not reach the parent.
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    _leave_no_traces()
    jobs: SimpleQueue[Job] = SimpleQueue()
    # In a thread of its own, so that the end of the parent is seen while an image is read.
    threading.Thread(target=_receive, args=(requests, jobs), daemon=True).start()
    importlib.import_module("verte_core.reading.radiograph")
    # There are as many children as cores.
    importlib.import_module("cv2").setNumThreads(1)
    limits = _Limits()
    _send(answers, Answer(None))
    while True:
        job = jobs.get()
        with limits.of(job):
            answer = _answer(job)
            try:
                _send(answers, answer)
            except MemoryError:
                _send(answers, Answer(None, no_memory()))
        del job, answer


def write(file: IO[bytes], value: Any) -> None:
    """Send a message; arrays go as they lie in memory.

    Raises:
        OSError: when the other side is gone.
    """
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    parts = [memoryview(body), *(buffer.raw() for buffer in buffers)]
    file.write(struct.pack(f"<{len(parts) + 1}Q", len(parts), *(part.nbytes for part in parts)))
    for part in parts:
        file.write(part)
    file.flush()


def read(file: IO[bytes]) -> Any:
    """The next message; arrays that were read-only are so here, too.

    Raises:
        EOFError: when the other side is gone, or what it sent is no message.
    """
    (number,) = struct.unpack("<Q", _exactly(file, 8))
    if number > MOST_BYTES // 8:
        raise EOFError
    lengths = struct.unpack(f"<{number}Q", _exactly(file, 8 * number))
    if not lengths or sum(lengths) > MOST_BYTES:
        raise EOFError
    body, *buffers = [_exactly(file, length) for length in lengths]
    return pickle.loads(body, buffers=buffers)


def _exactly(file: IO[bytes], length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _receive(requests: IO[bytes], jobs: SimpleQueue[Job]) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            jobs.put(read(requests))
    os._exit(0)


def _send(answers: IO[bytes], answer: Answer) -> None:
    try:
        write(answers, answer)
    except OSError:
        os._exit(0)


def _answer(job: Job) -> Answer:
    try:
        function, arguments = pickle.loads(job.call)
        return Answer(function(*arguments))
    except VerteError as error:
        return Answer(None, error)
    except MemoryError:
        return Answer(None, no_memory())
    except Exception as error:
        return Answer(None, fault_of_program(error), scrubbed(error))


def no_memory() -> ImageError:
    """What is said of an image for which memory does not suffice."""
    return ImageError("There is not enough memory to open the image.", kind="not enough memory")


def _leave_no_traces() -> None:
    """No report of a crash, neither a file nor a message box; Ctrl-C is for the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.SetErrorMode(msvcrt.SEM_FAILCRITICALERRORS | msvcrt.SEM_NOGPFAULTERRORBOX)
    else:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class _Limits:
    """What the system itself enforces, whatever a decoder does; only Linux limits memory."""

    def __init__(self) -> None:
        self._before = 0
        if sys.platform == "linux":
            # When memory is short, the system ends a child and not the program.
            with contextlib.suppress(OSError):
                Path("/proc/self/oom_score_adj").write_text("1000")
            # What is written to, without the room that threads and libraries only reserve.
            pages = int(Path("/proc/self/statm").read_text().split()[5])
            self._before = pages * os.sysconf("SC_PAGE_SIZE")

    @contextlib.contextmanager
    def of(self, job: Job) -> Iterator[None]:
        """While the job is done."""
        if sys.platform == "linux":
            import resource

            _, most = resource.getrlimit(resource.RLIMIT_DATA)
            wanted = self._before + job.memory
            least = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
            resource.setrlimit(resource.RLIMIT_DATA, (least, most))
        if sys.platform == "win32":
            yield
        else:
            # Without a handler it ends the process, even one that never comes back to Python.
            signal.setitimer(signal.ITIMER_REAL, job.seconds + _LATER_SECONDS)
            yield
            signal.setitimer(signal.ITIMER_REAL, 0)
