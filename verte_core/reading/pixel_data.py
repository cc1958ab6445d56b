"""From the pixel data of a DICOM file to the codes of one frame, or to its colours.

Its header is believed as far as the pixels bear it out: a code stream knows its own bits, ``bits`` tells
where those of native pixels are, and what contradicts itself beyond that is refused.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy.typing as npt
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import Decoder, get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.tag import Tag
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from pylibjpeg.utils import get_pixel_data_decoders

from verte_core.errors import ImageError
from verte_core.image_types import Pixels
from verte_core.reading import bits, codestream, colour, greylevels, header, pictures
from verte_core.reading.bits import Layout
from verte_core.reading.told import as_damage, raise_if_out_of_memory

_PLUGINS: dict[str, str] = {
    JPEGBaseline8Bit: "pillow",
    JPEGExtended12Bit: "pillow",
    JPEGLossless: "gdcm",
    JPEGLosslessSV1: "gdcm",
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    JPEG2000Lossless: "pylibjpeg",
    JPEG2000: "pylibjpeg",
    HTJ2KLossless: "pylibjpeg",
    HTJ2KLosslessRPCL: "pylibjpeg",
    HTJ2K: "pylibjpeg",
    RLELossless: "pydicom",
}
"""Damaged streams make GDCM abort the process, and pylibjpeg-rle panic. JPEG Lossless is left to GDCM, the
only one that reads it."""
_GREY = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
_FRAGMENT_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51")
"""Of JPEG and JPEG 2000."""


Decoded = Callable[..., npt.NDArray[Any]]
"""The array of a frame, given options of pydicom's decoder."""


class Frame(NamedTuple):
    """Codes (H, W) of grey pixels and what they mean, or levels (H, W) that colours were brought to."""

    array: Pixels
    layout: Layout | None


class _SwallowedMemoryError(logging.Filter):
    """pydicom logs what a decoder raises, drops it, and raises something else instead."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1]:
            raise_if_out_of_memory(record.exc_info[1])
        return False


_decoders_log = logging.getLogger("pydicom.pixels.decoders.base")
_decoders_log.setLevel(logging.ERROR)  # nothing of it is written: the filter drops every record
_decoders_log.addFilter(_SwallowedMemoryError())


def frame(dataset: Dataset, notes: list[str]) -> Frame:
    """The one frame of a file; appends what a reader should know to ``notes``.

    Raises:
        ImageError: when the file holds no single grey image, or the elements that it depends on are damaged.
    """
    rows, columns, samples = _shape(dataset)
    allocated, layout = _depth(dataset, rows * columns * samples, notes)
    if samples == 3 and layout.signed:
        raise ImageError("The file is damaged: it says that its colours are signed numbers.")
    syntax = transfer_syntax(dataset)
    decoder, plugin = _decoder(syntax)
    own: codestream.Frame | None = None
    if syntax.is_encapsulated:
        stream = _as_one_fragment(dataset, syntax)
        if syntax != RLELossless:
            own = _check_stream(stream, syntax, (rows, columns, samples), allocated)
            if own.bits <= 8 and syntax in (JPEGBaseline8Bit, JPEGExtended12Bit):
                allocated, layout = 8, Layout(8, 7, layout.signed)
    else:
        _check_native(dataset, rows * columns * samples * allocated // 8)

    def decoded(**more: Any) -> npt.NDArray[Any]:
        options: dict[str, Any] = {
            "view_only": True,
            "correct_unused_bits": False,
            "bits_allocated": allocated,
            "bits_stored": layout.bits,
            **more,
        }
        with as_damage(f"The pixel data ({_syntax_name(syntax)}) is damaged: it can't be decoded."):
            array, _ = decoder.as_array(dataset, index=0, decoding_plugin=plugin, **options)
        return array

    if samples == 3:
        return Frame(_grey_of_colours(decoded, dataset, notes), None)
    words = decoded()
    words = words.view(words.dtype.str.replace("i", "u"))
    if own is None:
        overlays, padding = _overlays(dataset), _padding(dataset, layout)
        layout = bits.layout(words, layout, overlays, padding, notes)
    else:
        layout = _of_stream(words, layout._replace(high_bit=layout.bits - 1), own, notes)
    codes = greylevels.codes(words, layout.bits, layout.high_bit)
    if photometric(dataset) != "PALETTE COLOR":
        return Frame(codes, layout)
    with as_damage("The file's palette is malformed."):
        colours = apply_color_lut(codes, dataset)
    levels, note = colour.grey(colours)
    notes.append(note)
    return Frame(levels, None)


def _shape(dataset: Dataset) -> tuple[int, int, int]:
    """Rows, columns and samples, when they are those of a single grey image."""
    frames = _integer(dataset, "NumberOfFrames", default=1)
    if frames > 1:
        raise ImageError(
            f"The file holds {frames} frames; only a single image is read.", kind="not supported"
        )
    rows, columns = _integer(dataset, "Rows"), _integer(dataset, "Columns")
    samples = _integer(dataset, "SamplesPerPixel", default=1)
    pictures.check_size(rows, columns, samples)
    if samples not in (1, 3) or (samples == 1 and photometric(dataset) not in _GREY):
        raise ImageError(
            f"The pixels have SamplesPerPixel {samples} (0028,0002) and PhotometricInterpretation"
            f" {photometric(dataset)} (0028,0004), which can't be read as grey.",
            kind="not supported",
        )
    return rows, columns, samples


def _depth(dataset: Dataset, values: int, notes: list[str]) -> tuple[int, Layout]:
    """The bits that a sample takes, and where its value lies in them."""
    allocated, stored = _integer(dataset, "BitsAllocated"), _integer(dataset, "BitsStored")
    high_bit = _integer(dataset, "HighBit", default=stored - 1)
    words = not _is_encapsulated(dataset) and len(_pixel_data(dataset)) == 2 * values
    if 8 < allocated < 16 and words:
        notes.append(
            f"BitsAllocated (0028,0100) is {allocated}, but the pixels take 16 bits, and were read so."
        )
        allocated = 16
    if allocated not in (8, 16) or not 1 <= stored <= high_bit + 1 <= allocated:
        raise ImageError(
            f"The pixels have BitsAllocated {allocated}, BitsStored {stored} and HighBit {high_bit}"
            " (0028,0100 to 0102); only integers of 8 to 16 bits are read.",
            kind="not supported",
        )
    signed = _integer(dataset, "PixelRepresentation", default=0) == 1
    return allocated, Layout(stored, high_bit, signed)


def _of_stream(words: bits.Words, layout: Layout, own: codestream.Frame, notes: list[str]) -> Layout:
    """The layout of a decoded code stream, whose samples are aligned already (PS3.5 8.2)."""
    if own.signed and not layout.signed:
        notes.append(
            "PixelRepresentation (0028,0103) is 0, but the compressed pixels are signed, and were read so."
        )
        layout = layout._replace(signed=True)
    if layout.bits < own.bits and bits.cut(words, layout, overlays=0):
        notes.append(
            f"BitsStored (0028,0101) is {layout.bits}, but the compressed pixels use {own.bits} bits, and all"
            " of these were read."
        )
        return layout._replace(bits=own.bits, high_bit=own.bits - 1)
    return layout


def _padding(dataset: Dataset, layout: Layout) -> tuple[int, int] | None:
    value = header.integer(dataset, "PixelPaddingValue")
    limit = header.integer(dataset, "PixelPaddingRangeLimit")
    return None if value is None else bits.padding_values(value, value if limit is None else limit, layout)


def _overlays(dataset: Dataset) -> int:
    """A mask of the bits that hold overlays, as old files have them (PS3.3 2004, C.9.2)."""
    mask = 0
    for group in range(0x6000, 0x6020, 2):
        position = _overlay_bit_position(dataset, group)
        if 0 < position < 16 and Tag(group, 0x3000) not in dataset:
            mask |= 1 << position
    return mask


def _overlay_bit_position(dataset: Dataset, group: int) -> int:
    """0, where overlays with data of their own have it, when it is absent or malformed."""
    try:
        return int(dataset[Tag(group, 0x0102)].value)
    except MemoryError:
        raise
    except Exception:  # pydicom converts on access, and raises whatever the malformed value causes
        return 0


def _grey_of_colours(decoded: Decoded, dataset: Dataset, notes: list[str]) -> Pixels:
    """Levels (H, W) of samples in colour, read as the header says or, if they are grey only so, otherwise.

    Uncompressed RGB may be called YBR, and pixel by pixel may be called plane by plane; the wrong reading of
    a smooth image in planes can even look grey, as three images in stripes.
    """
    colours = decoded()
    spread = colour.mean_spread(colours)
    if spread and not transfer_syntax(dataset).is_encapsulated:
        planar = _integer(dataset, "PlanarConfiguration", default=0)
        for options in ({"raw": True}, {"planar_configuration": 1 - planar}):
            other = decoded(**options)
            if colour.mean_spread(other) < spread / 4:
                colours, spread = other, colour.mean_spread(other)
                notes.append(
                    "PhotometricInterpretation or PlanarConfiguration (0028,0004 and 0028,0006) is wrong: the"
                    " image is grey only when it is read otherwise."
                )
    levels, note = colour.grey(colours)
    notes.append(note)
    return levels


def _decoder(syntax: UID) -> tuple[Decoder, str]:
    """The decoder of a transfer syntax, and the plugin for it; uncompressed pixels need none."""
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        raise ImageError(
            f"The pixel data is stored as {_syntax_name(syntax)}, which can't be read.",
            kind="not supported",
        ) from error
    plugin = _PLUGINS.get(syntax, "")
    if plugin and (plugin not in decoder.available_plugins or not _is_registered(plugin, syntax)):
        raise ImageError(
            f"The pixel data is stored as {_syntax_name(syntax)}, and its decoder ({plugin}) is missing from"
            " this installation.",
            kind="decoder is missing",
        )
    return decoder, plugin


def _is_registered(plugin: str, syntax: UID) -> bool:
    """Whether pylibjpeg finds its decoder: an entry point, which can be lost where the module stays."""
    return plugin != "pylibjpeg" or syntax in get_pixel_data_decoders()


def transfer_syntax(dataset: Dataset) -> UID:
    """As the file states, or as found by reading when it has no file meta information."""
    stated = header.text(meta(dataset), "TransferSyntaxUID")
    if stated:
        return UID(stated)
    if _is_encapsulated(dataset):
        raise ImageError(
            "The file does not state how its pixels are compressed (TransferSyntaxUID, 0002,0010)."
        )
    implicit, little_endian = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little_endian else ExplicitVRBigEndian


def _check_native(dataset: Dataset, expected: int) -> None:
    if _is_encapsulated(dataset):
        raise ImageError("The pixel data is compressed, but the transfer syntax says that it is not.")
    if photometric(dataset) == "YBR_FULL_422":
        expected = expected * 2 // 3
    there = len(_pixel_data(dataset))
    if there < expected:
        raise ImageError(f"The pixel data is cut short: {there} of {expected} bytes are there.")


def _is_encapsulated(dataset: Dataset) -> bool:
    with as_damage("The file is damaged and can't be read."):
        return dataset["PixelData"].is_undefined_length


def _pixel_data(dataset: Dataset) -> bytes:
    found = header.value(dataset, "PixelData")
    if not isinstance(found, bytes):
        raise ImageError("The pixel data (7FE0,0010) is damaged: it is no sequence of bytes.")
    return found


def _as_one_fragment(dataset: Dataset, syntax: UID) -> bytes:
    """The code stream of the one frame, whose fragments are joined in place.

    With one frame, all fragments are its own, whatever offset tables say (PS3.5 A.4).
    """
    data, position, parts = _pixel_data(dataset), 0, []
    with as_damage(f"The pixel data ({_syntax_name(syntax)}) is damaged: it holds no frame."):
        while position + 8 <= len(data):
            tag, size = struct.unpack_from("<4sI", data, position)
            if tag != b"\xfe\xff\x00\xe0":
                break
            parts.append(data[position + 8 : position + 8 + size])
            position += 8 + size
        first = 0 if parts[0].startswith(_FRAGMENT_STARTS) else 1
        stream = b"".join(parts[first:])
        if not stream:
            raise ValueError
        dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].is_undefined_length = True
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in dataset:
            del dataset[keyword]
    return stream


def _check_stream(
    stream: bytes, syntax: UID, stated: tuple[int, int, int], allocated: int
) -> codestream.Frame:
    """What a code stream says of itself; one that ends early or contradicts the header is refused."""
    if not codestream.is_complete(stream):
        raise ImageError(f"The pixel data ({_syntax_name(syntax)}) is cut short: its end is missing.")
    pictures.check_jpeg(stream)
    try:
        own = codestream.frame(stream)
    except ValueError as error:
        raise ImageError(f"The pixel data ({_syntax_name(syntax)}) is damaged: {error}.") from error
    rows, columns, samples = stated
    if own[:3] != stated or not 1 < own.bits <= allocated:
        raise ImageError(
            f"The file is damaged: its header says {rows} rows x {columns} columns x {samples} samples of"
            f" {allocated} bits, and its compressed pixels {own.rows} x {own.columns} x {own.samples} of"
            f" {own.bits} bits."
        )
    if syntax in (JPEGBaseline8Bit, JPEGExtended12Bit) and own.bits > 8:
        raise ImageError(
            f"The pixel data is stored as {_syntax_name(syntax)} with {own.bits} bits, which can't be read;"
            " ask for the image uncompressed or in JPEG Lossless.",
            kind="not supported",
        )
    return own


def _integer(dataset: Dataset, keyword: str, default: int | None = None) -> int:
    """A number that the pixels depend on, so that a missing one without default is an error."""
    found = header.integer(dataset, keyword)
    if found is not None:
        return found
    if default is None:
        raise ImageError(f"{keyword} {Tag(keyword)} is missing or malformed, so the pixels can't be read.")
    return default


def meta(dataset: Dataset) -> Dataset:
    """The file meta information; empty for a file that has none."""
    return getattr(dataset, "file_meta", Dataset())


def photometric(dataset: Dataset) -> str | None:
    """PhotometricInterpretation (0028,0004)."""
    return header.text(dataset, "PhotometricInterpretation")


def _syntax_name(syntax: UID) -> str:
    return f"{syntax.name} ({syntax})" if syntax.name != syntax else f"the unknown transfer syntax {syntax}"
