"""From the bytes of a DICOM file to its elements, and from their pixel data to codes and grey levels.

All calls of pydicom and its decoders stand here. What they raise is the file's fault, anything else ours.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import numpy.typing as npt
from pydicom import Dataset, Sequence, dcmread
from pydicom.datadict import dictionary_description, dictionary_has_tag
from pydicom.encaps import get_frame
from pydicom.filereader import read_dataset
from pydicom.multival import MultiValue
from pydicom.pixels.decoders.base import Decoder, get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.tag import BaseTag, Tag
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
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

from verte_core.errors import ImageError
from verte_core.image_types import Pixels
from verte_core.reading import codestream, greylevels, header, monochrome, pictures, windows
from verte_core.reading.windows import Window

# pydicom logs the values of elements, and no log may hold a patient's name.
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)

MAX_FILE_BYTES = 512 * 1024**2
"""Of the file, and of a deflated file once inflated. ``pictures.MAX_PIXELS`` of 16 bits are 122 MiB."""

_FIRST_GROUPS = (b"\x02\0", b"\x08\0", b"\0\x08")
"""How DICOM without preamble begins: file meta information or identification, in either byte order."""
_INFLATE_STEP = 16 * 1024**2
_DAMAGED = "The file is damaged and can't be read."
_NOT_AN_IMAGE = "The file is not an image that can be opened here: DICOM, PNG, JPEG or TIFF."
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
_DECODING: Any = {"view_only": True, "correct_unused_bits": False}
_VALUE_LENGTH = 80


def is_part_10(data: bytes) -> bool:
    """Whether the bytes have the preamble of a DICOM file (PS3.10 7.1)."""
    return data[128:132] == b"DICM"


def parse(data: bytes, *, header_only: bool = False) -> Dataset:
    """The elements of a DICOM file, with preamble or without; ``header_only`` leaves the pixels out.

    Raises:
        ImageError: for other bytes, and for damaged ones.
    """
    marked = is_part_10(data)
    if not marked and data[:2] not in _FIRST_GROUPS:
        raise ImageError(_NOT_AN_IMAGE, kind="not an image")
    _check_deflated(data, start=132 if marked else 0)
    with _told_as_damage(_DAMAGED):
        dataset = dcmread(BytesIO(data), force=not marked, stop_before_pixels=header_only)
    if not marked and not any(keyword in dataset for keyword in ("SOPClassUID", "Modality", "Rows")):
        raise ImageError(_NOT_AN_IMAGE, kind="not an image")
    return dataset


def rows(data: bytes) -> list[tuple[str, str, str, str]]:
    """Tag, VR, keyword or name, and shortened value of each element before the pixels.

    Raises:
        ImageError: as ``parse``.
    """
    dataset = parse(data, header_only=True)
    return [_row(part, tag) for part in (_meta(dataset), dataset) for tag in sorted(part.keys())]


def grey_levels(dataset: Dataset, notes: list[str]) -> tuple[Pixels, Pixels, tuple[Window, ...]]:
    """Pixels, display and windows as ``Radiograph`` has them; appends what a reader should know to ``notes``.

    Raises:
        ImageError: when the file holds no single grey image, or the elements that it depends on are damaged.
    """
    decoded = _decode(dataset)
    if decoded.ndim == 2 and _photometric(dataset) != "PALETTE COLOR":
        return monochrome.shown(decoded, dataset, notes)
    pixels = _grey_of_colour(decoded, dataset, notes)
    return pixels, pixels, (windows.automatic(pixels),)


@contextmanager
def _told_as_damage(sentence: str) -> Iterator[None]:
    """Around calls into pydicom and the decoders, and nothing else: what they raise has no common type."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise ImageError(sentence) from error


# From bytes to codes


def _check_deflated(data: bytes, start: int) -> None:
    """Refuse a deflated dataset (PS3.5 A.5) beyond ``MAX_FILE_BYTES``, holding one piece of it at a time."""
    buffer = BytesIO(data)
    buffer.seek(start)
    with _told_as_damage(_DAMAGED):
        meta = read_dataset(buffer, False, True, stop_when=lambda tag, vr, length: tag >> 16 != 2)
    if header.text(meta, "TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return
    inflater, size, rest = zlib.decompressobj(-zlib.MAX_WBITS), 0, buffer.read()
    while rest:
        with _told_as_damage(_DAMAGED):
            size += len(inflater.decompress(rest, _INFLATE_STEP))
        rest = inflater.unconsumed_tail
        if size > MAX_FILE_BYTES:
            raise ImageError(
                f"The deflated file is larger than {MAX_FILE_BYTES // 1024**2} MiB, the limit.",
                kind="not supported",
            )
    if not inflater.eof:
        raise ImageError("The file is cut short: its deflated data has no end.")


def _decode(dataset: Dataset) -> npt.NDArray[Any]:
    """Codes (H, W) of a grey or palette image, or samples (H, W, 3) in RGB."""
    if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
        raise ImageError(
            "The file holds floating-point pixel data; only integers of 8 to 16 bits are read.",
            kind="not supported",
        )
    if "PixelData" not in dataset:
        raise _no_pixels(dataset)
    frames = _integer(dataset, "NumberOfFrames", default=1)
    if frames > 1:
        raise ImageError(
            f"The file holds {frames} frames; only a single image is read.", kind="not supported"
        )
    rows, columns = _integer(dataset, "Rows"), _integer(dataset, "Columns")
    samples = _integer(dataset, "SamplesPerPixel", default=1)
    pictures.check_size(rows, columns, samples)
    allocated, stored = _integer(dataset, "BitsAllocated"), _integer(dataset, "BitsStored")
    high_bit = _integer(dataset, "HighBit", default=stored - 1)
    if allocated not in (8, 16) or not 1 <= stored <= high_bit + 1 <= allocated:
        raise ImageError(
            f"The pixels have BitsAllocated {allocated}, BitsStored {stored} and HighBit {high_bit}"
            " (0028,0100 to 0102); only integers of 8 to 16 bits are read.",
            kind="not supported",
        )
    grey = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
    if samples not in (1, 3) or (samples == 1 and _photometric(dataset) not in grey):
        raise ImageError(
            f"The pixels have SamplesPerPixel {samples} (0028,0002) and PhotometricInterpretation"
            f" {_photometric(dataset)} (0028,0004), which can't be read as grey.",
            kind="not supported",
        )
    if samples == 3 and _integer(dataset, "PixelRepresentation", default=0):
        raise ImageError("The file is damaged: it says that its colours are signed numbers.")
    syntax = _transfer_syntax(dataset)
    decoder, plugin = _decoder(syntax)
    if syntax.is_encapsulated:
        _check_compressed(dataset, syntax, (rows, columns, samples), allocated)
    else:
        _check_native(dataset, rows * columns * samples * allocated // 8)
    with _told_as_damage(f"The pixel data ({_syntax_name(syntax)}) is damaged: it can't be decoded."):
        array, _ = decoder.as_array(dataset, index=0, decoding_plugin=plugin, **_DECODING)
    if samples == 3:
        return array
    # The samples of a JPEG stream are aligned already (PS3.5 8.2); RLE packs whole words, like native data.
    aligned = syntax.is_encapsulated and syntax != RLELossless
    return greylevels.codes(array, stored, stored - 1 if aligned else high_bit)


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
    if plugin and plugin not in decoder.available_plugins:
        raise ImageError(
            f"The pixel data is stored as {_syntax_name(syntax)}, and its decoder ({plugin}) is missing from"
            " this installation.",
            kind="decoder is missing",
        )
    return decoder, plugin


def _no_pixels(dataset: Dataset) -> ImageError:
    if not dataset:  # pydicom drops everything when the file ends within compressed pixel data
        return ImageError("The file is cut short: it ends within an element.")
    stated = header.text(dataset, "SOPClassUID") or header.text(_meta(dataset), "MediaStorageSOPClassUID")
    kind = UID(stated).name if stated else "an object without SOP class"
    if "Rows" in dataset or "Image Storage" in kind:
        return ImageError(f"The file ends before its pixel data ({kind}); it was probably cut short.")
    modality = header.text(dataset, "Modality") or "not given"
    return ImageError(f"The file holds no image: it is {kind}, modality {modality}.", kind="no pixel data")


def _transfer_syntax(dataset: Dataset) -> UID:
    """As the file states, or as found by reading when it has no file meta information."""
    stated = header.text(_meta(dataset), "TransferSyntaxUID")
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
    if _photometric(dataset) == "YBR_FULL_422":
        expected = expected * 2 // 3
    there = len(_pixel_data(dataset))
    if there < expected:
        raise ImageError(f"The pixel data is cut short: {there} of {expected} bytes are there.")


def _is_encapsulated(dataset: Dataset) -> bool:
    with _told_as_damage(_DAMAGED):
        return dataset["PixelData"].is_undefined_length


def _pixel_data(dataset: Dataset) -> bytes:
    found = header.value(dataset, "PixelData")
    if not isinstance(found, bytes):
        raise ImageError("The pixel data (7FE0,0010) is damaged: it is no sequence of bytes.")
    return found


def _check_compressed(dataset: Dataset, syntax: UID, stated: tuple[int, int, int], allocated: int) -> None:
    """Refuse a code stream that ends early, contradicts the header, or that no decoder reads."""
    pixel_data = _pixel_data(dataset)
    if syntax == RLELossless:
        return
    with _told_as_damage(f"The pixel data ({_syntax_name(syntax)}) is damaged: it holds no frame."):
        stream = get_frame(pixel_data, 0, number_of_frames=1)
    if not codestream.is_complete(stream):
        raise ImageError(f"The pixel data ({_syntax_name(syntax)}) is cut short: its end is missing.")
    try:
        frame = codestream.frame(stream)
    except ValueError as error:
        raise ImageError(f"The pixel data ({_syntax_name(syntax)}) is damaged: {error}.") from error
    rows, columns, samples = stated
    if frame[:3] != stated or not 1 < frame.bits <= allocated:
        raise ImageError(
            f"The file is damaged: its header says {rows} rows x {columns} columns x {samples} samples, and"
            f" its compressed pixels {frame.rows} x {frame.columns} x {frame.samples} of {frame.bits} bits."
        )
    if syntax in (JPEGBaseline8Bit, JPEGExtended12Bit) and frame.bits > 8:
        raise ImageError(
            f"The pixel data is stored as {_syntax_name(syntax)} with {frame.bits} bits, which can't be read;"
            " ask for the image uncompressed or in JPEG Lossless.",
            kind="not supported",
        )


def _grey_of_colour(decoded: npt.NDArray[Any], dataset: Dataset, notes: list[str]) -> Pixels:
    if decoded.ndim == 2:
        with _told_as_damage("The file's palette is malformed."):
            decoded = apply_color_lut(decoded, dataset)
    pixels = pictures.grey(decoded)
    notes.append("The image is stored in colour; its channels are equal, and it was read as grey.")
    return pixels


# Elements


def _integer(dataset: Dataset, keyword: str, default: int | None = None) -> int:
    """A number that the pixels depend on, so that a missing one without default is an error."""
    found = header.integer(dataset, keyword)
    if found is not None:
        return found
    if default is None:
        raise ImageError(f"{keyword} {Tag(keyword)} is missing or malformed, so the pixels can't be read.")
    return default


def _meta(dataset: Dataset) -> Dataset:
    return getattr(dataset, "file_meta", Dataset())


def _photometric(dataset: Dataset) -> str | None:
    return header.text(dataset, "PhotometricInterpretation")


def _syntax_name(syntax: UID) -> str:
    return f"{syntax.name} ({syntax})" if syntax.name != syntax else f"the unknown transfer syntax {syntax}"


def _row(dataset: Dataset, tag: BaseTag) -> tuple[str, str, str, str]:
    try:
        element = dataset[tag]
        value, vr, name = element.value, element.VR, element.keyword or element.name
        parts = value if isinstance(value, MultiValue) else [] if value is None else [value]
        words = "" if isinstance(value, bytes | Sequence) else "\\".join(map(str, parts))
    except Exception:  # one malformed value must not hide the others
        known = dictionary_description(tag) if dictionary_has_tag(tag) else ""
        return str(tag), "", known, "(malformed)"
    if isinstance(value, bytes):
        words = f"{len(value)} bytes"
    elif isinstance(value, Sequence):
        words = f"{len(value)} items"
    shown = " ".join(words.split())
    if len(shown) > _VALUE_LENGTH:
        shown = shown[: _VALUE_LENGTH - 1] + "…"
    return str(tag), vr, name, shown
