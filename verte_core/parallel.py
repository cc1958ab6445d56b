"""One job for many files, on all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

FEW = 24
"""Up to so many are done in this process: others take a second to start, and some of that memory each."""


def spread(job: Callable[[Given], Made], items: Sequence[Given]) -> Iterator[Made]:
    """``map(job, items)``, in order, by a process a core.

    The processes are spawned, since the caller may already run threads that a fork would break; a script that
    calls this needs the ``if __name__ == "__main__"`` guard.
    """
    if len(items) <= FEW:
        yield from map(job, items)
        return
    with multiprocessing.get_context("spawn").Pool(min(os.cpu_count() or 1, len(items))) as pool:
        yield from pool.imap(job, items, chunksize=4)
