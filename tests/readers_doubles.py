"""What stands in for ``radiograph.load`` in a child: the real one, after what a file's name says."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from verte_core.reading.radiograph import Radiograph, load


def abort() -> None:
    os.abort()


def crash() -> None:
    ctypes.string_at(0)


def be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_the_run() -> None:
    """As the system does that has no memory left for anybody."""
    os.kill(os.getppid(), signal.SIGKILL)
    be_killed()


def hang() -> None:
    time.sleep(1000)


def hold_the_lock() -> None:
    """Never come back to the interpreter, as a decoder in C may."""
    re.match("(a+)+$", "a" * 60 + "b")


def eat() -> None:
    held = []
    while True:
        held.append(np.ones(5_000_000))


def fail() -> None:
    raise IndexError("Doe^Jane of /patients/doe.dcm")


def talk() -> None:
    """As a library does that prints, in Python and in C."""
    print("damaged Doe^Jane")
    os.write(1, b"damaged Doe^Jane")
    os.write(2, b"damaged Doe^Jane")


DEEDS: dict[str, Callable[[], None]] = {
    each.__name__.replace("_", "-"): each
    for each in (abort, crash, be_killed, kill_the_run, hang, hold_the_lock, eat, fail, talk)
}


def load_or_do(path: Path) -> Radiograph:
    """``load``, after what the beginning of the file's name says, such as ``abort.dcm`` or ``hang.3.dcm``."""
    deed = DEEDS.get(path.name.split(".")[0])
    if deed:
        deed()
    return load(path)


def end_at_first(path: Path) -> int:
    """As what the system ends for want of memory, and lets be later; the number of tries."""
    tries = path.with_suffix(".tries")
    with tries.open("a") as file:
        file.write("x")
    if tries.stat().st_size == 1:
        be_killed()
    return tries.stat().st_size


def note(path: Path) -> int:
    """Write the process's number into a file beside, and hang in C."""
    path.with_suffix(".pid").write_text(str(os.getpid()))
    hold_the_lock()
    return 0


def sleep_after_note(path: Path) -> int:
    """The same, asleep."""
    path.with_suffix(".pid").write_text(str(os.getpid()))
    hang()
    return 0


def open_or_do(path: Path) -> object:
    """``slow_steps.open_here``, after what the file's name says."""
    image = load_or_do(path)
    return image, image.display[:96, :96]


def preview_or_do(path: Path) -> object:
    """``slow_steps.preview_here``, after what the file's name says."""
    image = load_or_do(path)
    return image.header, image.display[:96, :96]
