"""Opens a DICOM file or a picture as one radiograph, known by its content and never by its suffix.

DICOM follows the grey-scale pipeline of PS3.4 N.2: stored values, Modality LUT or rescale (PS3.3 C.11.1),
then VOI (C.11.2) for the screen only, then inversion (C.7.6.3.1.2); ``greylevels`` says how that becomes 8 or
16 bits. Padding (PixelPaddingValue to PixelPaddingRangeLimit, C.7.5.1.1.2) becomes the darkest level that the
image itself has, so that it neither stretches the range nor turns white by inversion.
"""

from __future__ import annotations

import hashlib
import logging
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset, Sequence, dcmread
from pydicom.datadict import dictionary_description, dictionary_has_tag
from pydicom.encaps import get_frame
from pydicom.filereader import read_dataset
from pydicom.multival import MultiValue
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.tag import BaseTag, Tag
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from verte_core import lut
from verte_core.errors import ImageError
from verte_core.image_types import Pixels, Protocol
from verte_core.reading import codestream, greylevels, header, pictures
from verte_core.reading.header import Header

__all__ = ["MAX_FILE_BYTES", "Header", "Radiograph", "Window", "header_rows", "load"]

# pydicom logs the values of elements, and no log may hold a patient's name.
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)

MAX_FILE_BYTES = 512 * 1024**2
"""Of the file, and of a deflated file once inflated. ``pictures.MAX_PIXELS`` of 16 bits are 122 MiB."""

_FIRST_GROUPS = (b"\x02\0", b"\x08\0", b"\0\x08")
"""How DICOM without preamble begins: file meta information or identification, in either byte order."""
_INFLATE_STEP = 16 * 1024**2
_NOT_AN_IMAGE = "The file is not an image that can be opened here: DICOM, PNG, JPEG or TIFF."
_PLUGINS: dict[str, str] = {
    JPEGBaseline8Bit: "pillow",
    JPEGExtended12Bit: "pillow",
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    JPEG2000Lossless: "pylibjpeg",
    JPEG2000: "pylibjpeg",
    RLELossless: "pydicom",
}
"""The plugin that decodes, where there is a choice: damaged streams make GDCM abort the process, and
pylibjpeg-rle panic. JPEG Lossless is left to GDCM, the only one that reads it."""
_DECODING: Any = {"view_only": True, "correct_unused_bits": False}
_VALUE_LENGTH = 80


@dataclass(frozen=True)
class Window:
    """Black at ``center - width / 2``, white at ``center + width / 2``, in levels of ``Radiograph.display``.

    LINEAR, LINEAR_EXACT and SIGMOID windows of a file (PS3.3 C.11.2.1) are all taken so; the half level by
    which the first two differ can't be seen.
    """

    center: float
    width: float
    name: str


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One image, read-only.

    Attributes:
        id: SHA-256 of the file's bytes, in hex.
        pixels: uint8 or uint16 (H, W), bone bright, modality values before any VOI: the model's input.
        display: what the screen shows: ``pixels`` itself, or the result of the file's first VOI LUT.
        windows: those of the file, in its order, and an automatic one last.
        spacing: mm between the centres of rows and of columns, by ``header.spacing``; ``None`` for pictures.
        protocol: by ``header.protocol``; ``None`` when nothing tells.
        notes: whole sentences that a reader should know.
    """

    path: Path
    id: str
    pixels: Pixels
    display: Pixels
    windows: tuple[Window, ...]
    spacing: tuple[float, float] | None
    protocol: Protocol | None
    header: Header
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.pixels.min() == self.pixels.max():
            raise ImageError("The image is constant: every pixel has the same value.", kind="constant")
        for array in (self.pixels, self.display):
            array.setflags(write=False)


def load(path: Path) -> Radiograph:
    """Open a DICOM, PNG, JPEG or TIFF file.

    Raises:
        ImageError: one sentence that names the cause; nothing else is raised, whatever the file holds.
    """
    data = _read(path)
    image_id = hashlib.sha256(data).hexdigest()
    with _guarded():
        if not _is_plain_picture(data):
            return _from_dicom(path, image_id, _parse(data))
        pixels, notes = pictures.decode(data)
        return Radiograph(
            path, image_id, pixels, pixels, (_automatic(pixels),), None, None, Header(), tuple(notes)
        )


def header_rows(path: Path) -> list[tuple[str, str, str, str]]:
    """Tag, VR, keyword or name, and shortened value of each element before the pixels; none for a picture.

    Raises:
        ImageError: as ``load``.
    """
    data = _read(path)
    with _guarded():
        if _is_plain_picture(data):
            return []
        dataset = _parse(data, header_only=True)
        return [_row(part, tag) for part in (_meta(dataset), dataset) for tag in sorted(part.keys())]


@contextmanager
def _guarded() -> Iterator[None]:
    """Keep the libraries quiet, and turn whatever they raise for damaged bytes into an ImageError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except ImageError:
            raise
        except MemoryError as error:
            raise ImageError(
                "There is not enough memory to open the image.", kind="not enough memory"
            ) from error
        except Exception as error:
            raise ImageError("The file is damaged and can't be read.") from error


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ImageError("This is a folder, not an image file.", kind="can't be read")
        if not path.exists():
            raise ImageError("The file does not exist.", kind="can't be read")
        if not path.is_file():
            raise ImageError("This is a device or a pipe, not an image file.", kind="can't be read")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ImageError(
                f"The file is larger than {MAX_FILE_BYTES // 1024**2} MiB, the limit.", kind="not supported"
            )
        data = path.read_bytes()
    except PermissionError as error:
        raise ImageError("There is no permission to read the file.", kind="can't be read") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        raise ImageError(f"The file can't be read: {reason}.", kind="can't be read") from error
    if not data:
        raise ImageError("The file is empty.", kind="empty file")
    return data


def _is_part_10(data: bytes) -> bool:
    return data[128:132] == b"DICM"


def _is_plain_picture(data: bytes) -> bool:
    """DICOM comes first, because its preamble may make it a TIFF as well (PS3.10 7.1)."""
    return pictures.is_picture(data) and not _is_part_10(data)


def _from_dicom(path: Path, image_id: str, dataset: Dataset) -> Radiograph:
    notes: list[str] = []
    decoded = _decode(dataset)
    if decoded.ndim == 3 or _photometric(dataset) == "PALETTE COLOR":
        pixels = display = _grey_of_colour(decoded, dataset, notes)
        windows: tuple[Window, ...] = (_automatic(pixels),)
    else:
        pixels, display, windows = _grey(decoded, dataset, notes)
    spacing = header.spacing(dataset, notes)
    facts = header.read(dataset, notes)
    header.note_origin(dataset, notes)
    protocol = header.protocol(dataset)
    return Radiograph(path, image_id, pixels, display, windows, spacing, protocol, facts, tuple(notes))


# From bytes to codes


def _parse(data: bytes, *, header_only: bool = False) -> Dataset:
    marked = _is_part_10(data)
    if not marked and data[:2] not in _FIRST_GROUPS:
        raise ImageError(_NOT_AN_IMAGE, kind="not an image")
    _check_deflated(data, start=132 if marked else 0)
    dataset = dcmread(BytesIO(data), force=not marked, stop_before_pixels=header_only)
    if not marked and not any(keyword in dataset for keyword in ("SOPClassUID", "Modality", "Rows")):
        raise ImageError(_NOT_AN_IMAGE, kind="not an image")
    return dataset


def _check_deflated(data: bytes, start: int) -> None:
    """Refuse a deflated dataset (PS3.5 A.5) beyond ``MAX_FILE_BYTES``, holding one piece of it at a time."""
    buffer = BytesIO(data)
    buffer.seek(start)
    meta = read_dataset(buffer, False, True, stop_when=lambda tag, vr, length: tag >> 16 != 2)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return
    inflater, size, rest = zlib.decompressobj(-zlib.MAX_WBITS), 0, buffer.read()
    while rest:
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
    syntax = _transfer_syntax(dataset)
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        raise ImageError(
            f"The pixel data is stored as {_syntax_name(syntax)}, which can't be read.",
            kind="not supported",
        ) from error
    if syntax.is_encapsulated:
        _check_compressed(dataset, syntax, rows, columns, samples)
    else:
        _check_native(dataset, rows * columns * samples * allocated // 8)
    try:
        array, _ = decoder.as_array(dataset, index=0, decoding_plugin=_PLUGINS.get(syntax, ""), **_DECODING)
    except Exception as error:  # the decoders share no error type
        raise ImageError(
            f"The pixel data ({_syntax_name(syntax)}) is damaged: it can't be decoded."
        ) from error
    if samples == 3:
        return array
    # The samples of a JPEG stream are aligned already (PS3.5 8.2); RLE packs whole words, like native data.
    aligned = syntax.is_encapsulated and syntax != RLELossless
    return greylevels.codes(array, stored, stored - 1 if aligned else high_bit)


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
    if dataset["PixelData"].is_undefined_length:
        raise ImageError(
            "The file does not state how its pixels are compressed (TransferSyntaxUID, 0002,0010)."
        )
    implicit, little_endian = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little_endian else ExplicitVRBigEndian


def _check_native(dataset: Dataset, expected: int) -> None:
    if dataset["PixelData"].is_undefined_length:
        raise ImageError("The pixel data is compressed, but the transfer syntax says that it is not.")
    if _photometric(dataset) == "YBR_FULL_422":
        expected = expected * 2 // 3
    there = len(dataset.PixelData)
    if there < expected:
        raise ImageError(f"The pixel data is cut short: {there} of {expected} bytes are there.")


def _check_compressed(dataset: Dataset, syntax: UID, rows: int, columns: int, samples: int) -> None:
    """Refuse a code stream that ends early, contradicts the header, or that no decoder reads."""
    if syntax == RLELossless:
        return
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    if not codestream.is_complete(stream):
        raise ImageError(f"The pixel data ({_syntax_name(syntax)}) is cut short: its end is missing.")
    try:
        frame = codestream.frame(stream)
    except ValueError as error:
        raise ImageError(f"The pixel data ({_syntax_name(syntax)}) is damaged: {error}.") from error
    if frame[:3] != (rows, columns, samples) or not 1 < frame.bits <= dataset.BitsAllocated:
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


# From codes to grey levels


def _grey(codes: Pixels, dataset: Dataset, notes: list[str]) -> tuple[Pixels, Pixels, tuple[Window, ...]]:
    """Pixels, display and windows of a MONOCHROME image."""
    signed = _integer(dataset, "PixelRepresentation", default=0) == 1
    stored = greylevels.stored_values(_integer(dataset, "BitsStored"), signed)
    counts = lut.histogram(codes, len(stored))
    padded = _padded(dataset, stored)
    counts[padded] = 0
    if not counts.any():
        raise ImageError("The image is empty: every pixel is padding.", kind="constant")
    inverted = _inverted(dataset, notes)
    values, low, high = _modality_values(dataset, stored)
    levels = _fit(values, low, high, inverted)
    levels.table[padded] = levels.table[counts > 0].min()
    pixels = lut.remap(codes, levels.table)
    voi = _lookup_table(dataset, "VOILUTSequence")
    if voi is None:
        return pixels, pixels, (*_file_windows(dataset, levels, notes), _window(levels.table, counts))

    first, entries, brightest = voi
    shown = _fit(greylevels.look_up(values, first, entries), 0, brightest, inverted)
    shown.table[padded] = shown.table[counts > 0].min()
    if len(dataset.VOILUTSequence) > 1 or "WindowCenter" in dataset:
        notes.append(
            "The screen shows the first VOI LUT of the file; its other LUTs and windows are left out."
        )
    name = header.text(dataset.VOILUTSequence[0], "LUTExplanation") or "VOI LUT"
    whole = Window(brightest / 2, float(brightest), name)
    return pixels, lut.remap(codes, shown.table), (whole, _window(shown.table, counts))


def _padded(dataset: Dataset, stored: greylevels.Table) -> npt.NDArray[np.bool_]:
    """Which codes are padding. The value may come signed or unsigned, so it is compared as a code."""
    if header.value(dataset, "PixelPaddingValue") is None:
        return np.zeros(len(stored), np.bool_)
    value = _integer(dataset, "PixelPaddingValue")
    limit = _integer(dataset, "PixelPaddingRangeLimit", default=value)
    low, high = sorted(stored[[value % len(stored), limit % len(stored)]])
    padded: npt.NDArray[np.bool_] = (stored >= low) & (stored <= high)
    return padded


def _inverted(dataset: Dataset, notes: list[str]) -> bool:
    """Whether bright must become dark.

    MONOCHROME1 shows its lowest value white (PS3.3 C.7.6.3.1.2). In DX, PresentationLUTShape INVERSE goes
    with it and says the same (C.8.11.3.1.2), so the two together are one inversion. Either alone contradicts
    the other element and is obeyed: a file that asks for inversion anywhere means it.
    """
    photometric, shape = _photometric(dataset), header.text(dataset, "PresentationLUTShape")
    inverted = photometric == "MONOCHROME1" or shape == "INVERSE"
    if inverted and (photometric, shape) in (("MONOCHROME1", "IDENTITY"), ("MONOCHROME2", "INVERSE")):
        notes.append(
            f"The header contradicts itself: PhotometricInterpretation {photometric} and PresentationLUTShape"
            f" {shape}; the image was inverted."
        )
    return inverted


def _modality_values(dataset: Dataset, stored: greylevels.Table) -> tuple[greylevels.Table, float, float]:
    """The modality value of each code, and the lowest and highest that the header allows."""
    lookup_table = _lookup_table(dataset, "ModalityLUTSequence")
    if lookup_table is not None:
        first, entries, highest = lookup_table
        return greylevels.look_up(stored, first, entries), 0, highest
    slope, intercept = header.number(dataset, "RescaleSlope"), header.number(dataset, "RescaleIntercept")
    values = stored * (1 if slope is None else slope) + (intercept or 0)
    return values, float(values.min()), float(values.max())


def _lookup_table(dataset: Dataset, keyword: str) -> tuple[int, greylevels.Table, int] | None:
    """First mapped value, entries and highest output of the first table (PS3.3 C.11.1.1, C.11.2.1.1).

    The descriptor's third number, the bits of an entry, is wrong in many files, so the entries tell.
    """
    items = header.value(dataset, keyword)
    if not items:
        return None
    try:
        count, first, _ = (int(number) for number in items[0].LUTDescriptor)
        count = count % 65536 or 65536
        data = items[0].LUTData
        if isinstance(data, bytes):
            words = f"{'<' if dataset.original_encoding[1] else '>'}u2"
            data = np.frombuffer(data, words if len(data) >= 2 * count else "u1")
        entries = np.atleast_1d(np.asarray(data, np.float64))[:count] % 65536
    except Exception as error:  # a malformed element raises anything
        raise ImageError(f"The file's {keyword} is malformed.") from error
    if len(entries) < count:
        raise ImageError(f"The file's {keyword} is malformed: {len(entries)} of {count} entries are there.")
    return first, entries, int(entries.max())


def _fit(values: greylevels.Table, low: float, high: float, inverted: bool) -> greylevels.Levels:
    try:
        return greylevels.fit(values, low, high, inverted)
    except ValueError as error:
        raise ImageError(f"RescaleSlope or RescaleIntercept (0028,1052 and 1053) gives {error}.") from error


def _file_windows(dataset: Dataset, levels: greylevels.Levels, notes: list[str]) -> list[Window]:
    centers, widths = header.numbers(dataset, "WindowCenter"), header.numbers(dataset, "WindowWidth")
    names = header.texts(dataset, "WindowCenterWidthExplanation")
    windows = [
        Window(
            center * levels.factor + levels.offset,
            width * abs(levels.factor),
            names[index] if index < len(names) and names[index] else f"Window {index + 1}",
        )
        for index, (center, width) in enumerate(zip(centers, widths, strict=False))
        if width > 0
    ]
    if len(windows) < max(len(centers), len(widths)):
        notes.append("A window of the header is malformed and was ignored.")
    return windows


def _automatic(pixels: Pixels) -> Window:
    levels = np.arange(np.iinfo(pixels.dtype).max + 1, dtype=np.uint16)
    return _window(levels, lut.histogram(pixels, len(levels)))


def _window(levels: Pixels, counts: npt.NDArray[np.int64]) -> Window:
    low, high = greylevels.percentile_range(levels, counts)
    return Window((low + high) / 2, max(high - low, 1.0), "Auto")


def _grey_of_colour(decoded: npt.NDArray[Any], dataset: Dataset, notes: list[str]) -> Pixels:
    pixels = pictures.grey(apply_color_lut(decoded, dataset) if decoded.ndim == 2 else decoded)
    notes.append("The image is stored in colour; its channels are equal, and it was read as grey.")
    return pixels


# Elements


def _integer(dataset: Dataset, keyword: str, default: int | None = None) -> int:
    """A number that the pixels depend on, so that a missing one without default is an error."""
    number = header.number(dataset, keyword)
    if number is not None:
        return int(number)
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
        value = element.value
    except Exception:  # one malformed value must not hide the others
        name = dictionary_description(tag) if dictionary_has_tag(tag) else ""
        return str(tag), "", name, "(malformed)"
    if isinstance(value, bytes):
        shown = f"{len(value)} bytes"
    elif isinstance(value, Sequence):
        shown = f"{len(value)} items"
    else:
        parts = value if isinstance(value, MultiValue) else [] if value is None else [value]
        shown = " ".join("\\".join(map(str, parts)).split())
    if len(shown) > _VALUE_LENGTH:
        shown = shown[: _VALUE_LENGTH - 1] + "…"
    return str(tag), element.VR, element.keyword or element.name, shown
