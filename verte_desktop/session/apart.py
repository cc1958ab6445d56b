"""A process for libraries whose import holds up every thread of the process, as that of torch does."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock
from typing import Any, TypeVar

from verte_core.errors import ImageError, VerteError
from verte_core.reading.isolated import Readers
from verte_desktop.session.side_work import DroppedError

Made = TypeVar("Made")

_SECONDS, _MEMORY = 600.0, 64 * 1024**3
"""For one call: libraries map much memory that they do not use, and are no file of a stranger."""


class Apart:
    """One process, started with the first call; it keeps what it has imported until it is closed."""

    def __init__(self) -> None:
        self._readers: Readers | None = None
        self._lock = Lock()

    def call(self, function: Callable[..., Made], *arguments: Any, stop: Event) -> Made:
        """``function(*arguments)`` there; the function is one of a module, and all of it can be pickled.

        Raises:
            DroppedError: when ``stop`` is set before it answers.
            VerteError: that of the function, or when the process ends.
        """
        with self._lock:
            if self._readers is None:
                self._readers = Readers(1, _SECONDS, _MEMORY)
            readers = self._readers
        try:
            return readers.call(function, *arguments, cancelled=stop.is_set)
        except ImageError as error:
            if error.kind == "cancelled":
                raise DroppedError from error
            said = "The process of the heatmap library ended; it begins again with the next try."
            raise VerteError(said) from error

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._readers is not None:
                self._readers.close()
