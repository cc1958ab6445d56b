"""Which bits of a stored pixel are its value, where the header may be wrong about them (PS3.5 8.1.1).

A bit that is the same in every pixel tells nothing and can be left out, and so can the sign's extension and
overlays. Whatever else lies outside the bits of the header would be cut from the picture: a bone beyond
BitsStored would come out black.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from verte_core.errors import ImageError

Words = npt.NDArray[np.unsignedinteger[Any]]
"""Pixels (H, W) as they are stored: all bits, without a sign."""


class Layout(NamedTuple):
    """Where a value lies in its word: how many bits, the highest of them, and whether they have a sign."""

    bits: int
    high_bit: int
    signed: bool

    @property
    def lowest(self) -> int:
        """The lowest value that can be stored."""
        return -(1 << self.bits - 1) if self.signed else 0

    @property
    def highest(self) -> int:
        """The highest value that can be stored."""
        return self.lowest + (1 << self.bits) - 1


def layout(
    words: Words, stated: Layout, overlays: int, padding: tuple[int, int] | None, notes: list[str]
) -> Layout:
    """The layout by which nothing is cut from a picture: the stated one, if it is in order.

    Args:
        words: the pixels.
        stated: by the header.
        overlays: a mask of the bits that hold overlays.
        padding: lowest and highest value of pixels that are none, which need not fit into the stated bits.
        notes: gets a sentence when it is not the stated one.

    Raises:
        ImageError: when set bits would be cut by any.
    """
    if cut(words, stated, overlays) == 0:
        return stated
    justified = stated._replace(high_bit=stated.bits - 1)
    if cut(words, justified, overlays) == 0:
        notes.append(
            f"HighBit (0028,0102) is {stated.high_bit}, but the pixels lie in the lowest {stated.bits} bits,"
            " and were read so."
        )
        return justified
    width = words.itemsize * 8
    if padding and stated.high_bit == stated.bits - 1 and _fits_without(padding, words, stated):
        return Layout(width, width - 1, stated.signed)
    raise ImageError(
        f"The pixels have BitsStored {stated.bits} and HighBit {stated.high_bit} (0028,0101 and 0102), but"
        f" values of up to {int(words.max()).bit_length()} bits, and no overlay explains these: the picture"
        " would be cut.",
        kind="bits beyond those stored",
    )


def cut(words: Words, layout: Layout, overlays: int) -> int:
    """A mask of the bits that differ between pixels, are none of the layout, and are not explained."""
    width = words.itemsize * 8
    if layout.bits == width:
        return 0
    varying = int(np.bitwise_or.reduce(words, axis=None)) & ~int(np.bitwise_and.reduce(words, axis=None))
    shift = layout.high_bit + 1 - layout.bits
    lost: int = varying & ~((2**layout.bits - 1) << shift) & ~overlays
    beyond = (2**width - 1) & ~(2 ** (layout.high_bit + 1) - 1)
    if lost and layout.signed and not lost & ~beyond and _extends_sign(words, layout, beyond & ~overlays):
        return 0
    return lost


def padding_values(value: int, limit: int, layout: Layout) -> tuple[int, int]:
    """PixelPaddingValue and PixelPaddingRangeLimit as lowest and highest value of padding, in reach or not.

    Both are words of 16 bits whose VR may say US or SS, whatever the pixels are (PS3.5 8.1.1.2, PS3.3
    C.7.5.1.1.2). In signed pixels, numbers from 32768 are negative ones; in unsigned pixels, negative numbers
    alone are words from 32768.
    """
    if layout.signed:
        value, limit = (each - 65536 if each > 32767 else each for each in (value, limit))
    elif max(value, limit) < 0:
        value, limit = value + 65536, limit + 65536
    return min(value, limit), max(value, limit)


def _extends_sign(words: Words, layout: Layout, beyond: int) -> bool:
    """Whether the bits beyond are those of two's complement, or 0, in each pixel."""
    above, negative = words & beyond, words >> layout.high_bit & 1
    return bool(((above == 0) | ((above == beyond) & (negative == 1))).all())


def _fits_without(padding: tuple[int, int], words: Words, layout: Layout) -> bool:
    """Whether all pixels but padding are values that the layout can hold."""
    values = words.view(words.dtype.str.replace("u", "i")) if layout.signed else words
    inside = (values >= layout.lowest) & (values <= layout.highest)
    return bool((inside | ((values >= padding[0]) & (values <= padding[1]))).all())
