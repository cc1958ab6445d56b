"""Telling what a library raised as the file's fault, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from verte_core.errors import ImageError


@contextmanager
def as_damage(sentence: str) -> Iterator[None]:
    """Around calls into pydicom and the decoders, and nothing else: what they raise has no common type.

    Raises:
        ImageError: with ``sentence``, for whatever was raised.
        MemoryError: where that was behind it, since then it is not the file that is at fault.
    """
    try:
        yield
    except Exception as error:
        raise_if_out_of_memory(error)
        raise ImageError(sentence) from error


def raise_if_out_of_memory(error: BaseException) -> None:
    """Raise the MemoryError that is this error or behind it, if there is one."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError):
            raise seen
        seen = seen.__cause__ or seen.__context__
