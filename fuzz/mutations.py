"""From sound files to damaged ones, always the same for the same number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

HEAD = 1500
"""Bytes at the beginning of a file, where most of what a parser believes stands."""
MOST_CHANGES = 4
_NUMBERS = (0, 1, 2, 7, 8, 16, 127, 128, 255, 256, 4095, 32767, 32768, 65535, 2**31 - 1, 2**31, 2**32 - 1)
_TEXTS = (b"\0", b"-1", b"1e999", b"nan", b"\xff\xfe", b"'", b'"', b"\\", b"\n", b";", b"=1+1", b"\x1b[2J")
_MOST_INSERTED = 64

Change = Callable[[Random, bytearray], None]


def mutated(rng: Random, seeds: Sequence[bytes]) -> bytes:
    """One of the files with some changes; now and then its end is another's."""
    data = bytearray(rng.choice(seeds))
    if rng.random() < 0.05:
        other = rng.choice(seeds)
        data[_place(rng, data) :] = other[_place(rng, other) :]
    for _ in range(rng.randint(1, MOST_CHANGES)):
        if data:
            rng.choice(_CHANGES)(rng, data)
    return bytes(data)


def _place(rng: Random, data: Sequence[int]) -> int:
    among = len(data) if rng.random() < 0.3 else min(len(data), HEAD)
    return rng.randrange(max(among, 1))


def _flip(rng: Random, data: bytearray) -> None:
    data[_place(rng, data)] ^= 1 << rng.randrange(8)


def _set(rng: Random, data: bytearray) -> None:
    data[_place(rng, data)] = rng.randrange(256)


def _number(rng: Random, data: bytearray) -> None:
    size, place = rng.choice((1, 2, 4)), _place(rng, data)
    value = rng.choice(_NUMBERS) % 256**size
    data[place : place + size] = value.to_bytes(size, "little" if rng.random() < 0.7 else "big")


def _text(rng: Random, data: bytearray) -> None:
    place = _place(rng, data)
    text = rng.choice(_TEXTS)
    data[place : place + len(text)] = text


def _cut(rng: Random, data: bytearray) -> None:
    del data[_place(rng, data) :]


def _remove(rng: Random, data: bytearray) -> None:
    place = _place(rng, data)
    del data[place : place + rng.randrange(1, _MOST_INSERTED)]


def _repeat(rng: Random, data: bytearray) -> None:
    place = _place(rng, data)
    data[place:place] = data[place : place + rng.randrange(1, _MOST_INSERTED)] * rng.randrange(1, 4)


def _insert(rng: Random, data: bytearray) -> None:
    place = _place(rng, data)
    data[place:place] = rng.randbytes(rng.randrange(1, _MOST_INSERTED))


_CHANGES: tuple[Change, ...] = (_flip, _set, _set, _number, _number, _text, _remove, _repeat, _insert, _cut)
