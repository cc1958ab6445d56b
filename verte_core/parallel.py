"""Many calls at once, and their results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def ahead(
    pool: Executor, job: Callable[[Given], Made], items: Iterable[Given], number: int
) -> Iterator[Made]:
    """``map`` in order, with at most ``number`` jobs begun or waiting beyond the one that is asked for."""
    begun: deque[Future[Made]] = deque()
    for item in items:
        begun.append(pool.submit(job, item))
        if len(begun) > number:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()
