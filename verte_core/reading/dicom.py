"""From the bytes of a DICOM file to its elements, and to grey levels, windows and a picture.

All calls of pydicom stand here and in ``pixel_data``. What it raises is the file's fault, anything else ours.
"""

from __future__ import annotations

import logging
import zlib
from io import BytesIO

from pydicom import Dataset, Sequence, dcmread
from pydicom.datadict import dictionary_description, dictionary_has_tag, dictionary_VR
from pydicom.filereader import read_dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from verte_core.errors import ImageError
from verte_core.image_types import Pixels
from verte_core.reading import elements, header, monochrome, pixel_data, windows
from verte_core.reading.told import as_damage
from verte_core.reading.windows import Window

# pydicom logs the values of elements, and no log may hold a patient's name.
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)

MAX_FILE_BYTES = 512 * 1024**2
"""Of the file, and of a deflated file once inflated. ``pictures.MAX_PIXELS`` of 16 bits are 122 MiB."""
MAX_ELEMENTS = 100_000
"""Elements, items and fragments of a file. A single image has a few hundred; a parser takes 2 s for these."""
MAX_INFLATION = 200
"""Times the size of a deflated file. A radiograph inflates to 2 to 5 times its size."""

_FIRST_GROUPS = (b"\x02\0", b"\x08\0", b"\0\x08")
"""How DICOM without preamble begins: file meta information or identification, in either byte order."""
_INFLATE_STEP = 16 * 1024**2
_DAMAGED = "The file is damaged and can't be read."
_NOT_AN_IMAGE = "The file is not an image that can be opened here: DICOM, PNG, JPEG or TIFF."
_VALUE_LENGTH = 80


def is_part_10(data: bytes) -> bool:
    """Whether the bytes have the preamble of a DICOM file (PS3.10 7.1)."""
    return data[128:132] == b"DICM"


def parse(data: bytes, *, header_only: bool = False) -> Dataset:
    """The elements of a DICOM file, with preamble or without; ``header_only`` leaves the pixels out.

    Raises:
        ImageError: for other bytes, for damaged ones, and for more elements than ``MAX_ELEMENTS``.
    """
    marked = is_part_10(data)
    if not marked and data[:2] not in _FIRST_GROUPS:
        raise ImageError(_NOT_AN_IMAGE, kind="not an image")
    _check_bounds(data, start=132 if marked else 0)
    with as_damage(_DAMAGED):
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
    return [_row(part, tag) for part in (pixel_data.meta(dataset), dataset) for tag in sorted(part.keys())]


def bring_up_frame_groups(dataset: Dataset) -> None:
    """Put what the functional groups of an Enhanced object say of its only frame where others have it.

    Spacing, rescale, windows and the like of Enhanced objects stand in the items of Shared and Per-frame
    Functional Groups (PS3.3 C.7.6.16), those of a frame over shared ones, and both over the dataset itself.

    Raises:
        ImageError: when the groups are damaged, since grey levels depend on them.
    """
    with as_damage("The file is damaged: its functional groups (5200,9229 and 9230) can't be read."):
        for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
            for group in (dataset.get(keyword) or [])[:1]:
                for macro in group:
                    if macro.VR == "SQ" and len(macro.value) == 1:
                        dataset.update(macro.value[0])


def grey_levels(dataset: Dataset, notes: list[str]) -> tuple[Pixels, Pixels, tuple[Window, ...]]:
    """Pixels, display and windows as ``Radiograph`` has them; appends what a reader should know to ``notes``.

    Raises:
        ImageError: when the file holds no single grey image, or the elements that it depends on are damaged.
    """
    if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
        raise ImageError(
            "The file holds floating-point pixel data; only integers of 8 to 16 bits are read.",
            kind="not supported",
        )
    if "PixelData" not in dataset:
        raise _no_pixels(dataset)
    pixels, layout = pixel_data.frame(dataset, notes)
    if layout is not None:
        return monochrome.shown(pixels, layout, dataset, notes)
    return pixels, pixels, (windows.automatic(pixels),)


def _check_bounds(data: bytes, start: int) -> None:
    """Refuse a dataset with too many elements, or a deflated one that is too large (PS3.5 A.5)."""
    buffer = BytesIO(data)
    buffer.seek(start)
    with as_damage(_DAMAGED):
        meta = read_dataset(buffer, False, True, stop_when=lambda tag, vr, length: tag >> 16 != 2)
    start = buffer.tell()
    if header.text(meta, "TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        data, start = _inflated(data[start:]), 0
    if elements.more_than(MAX_ELEMENTS, data, start, _is_sequence):
        raise ImageError(
            f"The file holds more than {MAX_ELEMENTS:,} elements, the limit.", kind="not supported"
        )


def _is_sequence(group: int, element: int) -> bool:
    tag = Tag(group, element)
    return dictionary_has_tag(tag) and dictionary_VR(tag) == "SQ"


def _inflated(deflated: bytes) -> bytes:
    inflater, pieces, rest, size = zlib.decompressobj(-zlib.MAX_WBITS), [], deflated, 0
    while rest:
        with as_damage(_DAMAGED):
            pieces.append(inflater.decompress(rest, _INFLATE_STEP))
        rest = inflater.unconsumed_tail
        size += len(pieces[-1])
        if size > MAX_FILE_BYTES:
            raise ImageError(
                f"The deflated file is larger than {MAX_FILE_BYTES // 1024**2} MiB, the limit.",
                kind="not supported",
            )
        if size > max(_INFLATE_STEP, MAX_INFLATION * len(deflated)):
            raise ImageError(
                f"The deflated file is more than {MAX_INFLATION} times as large once inflated, the limit.",
                kind="not supported",
            )
    if not inflater.eof:
        raise ImageError("The file is cut short: its deflated data has no end.")
    return b"".join(pieces)


def _no_pixels(dataset: Dataset) -> ImageError:
    if not dataset:  # pydicom drops everything when the file ends within compressed pixel data
        return ImageError("The file is cut short: it ends within an element.")
    stated = header.text(dataset, "SOPClassUID") or header.text(pixel_data.meta(dataset), "MediaStorageSOPClassUID")
    kind = UID(stated).name if stated else "an object without SOP class"
    if "Rows" in dataset or "Image Storage" in kind:
        return ImageError(f"The file ends before its pixel data ({kind}); it was probably cut short.")
    modality = header.text(dataset, "Modality") or "not given"
    return ImageError(f"The file holds no image: it is {kind}, modality {modality}.", kind="no pixel data")


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
