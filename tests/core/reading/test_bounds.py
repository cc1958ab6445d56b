"""Small files that would take all time and memory are refused by a count, before anything is decoded."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from dicom_files import RAMP, compressed, dataset, jpeg, refusal, write
from PIL import Image
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit

from verte_core.reading import codestream, dicom, elements, pictures
from verte_core.reading.radiograph import load

GREY = (RAMP // 16).astype(np.uint8)
MANY = 1_000_000
ITEM = struct.pack("<HHI", 0xFFFE, 0xE000, 0)
SEQUENCE = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, len(ITEM) * MANY)
ELEMENT = struct.pack("<HH2sH", 0x0009, 0x1010, b"LO", 0)


def before_the_pixels(more: bytes, ds: Dataset | None = None) -> bytes:
    """A sound file with more elements at the beginning of its dataset."""
    buffer = BytesIO()
    dcmwrite(buffer, ds or dataset(), enforce_file_format=True)
    data = buffer.getvalue()
    start = data.index(b"\x08\x00\x16\x00")
    return data[:start] + more + data[start:]


def deflated(more: bytes) -> bytes:
    data = before_the_pixels(more)
    start = data.index(more[:12])
    head = dataset()
    head.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    buffer = BytesIO()
    dcmwrite(buffer, head, enforce_file_format=True)
    whole = buffer.getvalue()
    meta = whole[: 144 + int.from_bytes(whole[140:144], "little")]
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return meta + packer.compress(data[start:]) + packer.flush()


def implicit() -> bytes:
    ds = dataset()
    ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    return before_the_pixels(struct.pack("<HHI", 0x0009, 0x1010, 0) * MANY, ds)


def nested() -> bytes:
    """Sequences within items within sequences, each of undefined length."""
    deeper = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF)
    deeper += struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    return before_the_pixels(deeper * (MANY // 4))


DICOM = {
    "empty elements": lambda: before_the_pixels(ELEMENT * MANY),
    "empty items": lambda: before_the_pixels(SEQUENCE + ITEM * MANY),
    "without VRs": implicit,
    "nested": nested,
    "deflated items": lambda: deflated(SEQUENCE + ITEM * MANY),
}


@pytest.mark.parametrize("kind", DICOM)
def test_elements_are_counted_before_they_are_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = tmp_path / "many.dcm"
    path.write_bytes(DICOM[kind]())
    monkeypatch.setattr(dicom, "dcmread", None)
    assert any(
        words in refusal(path) for words in ("more than 100,000 elements", "times as large once inflated")
    )


def test_a_usual_header_is_far_below_the_bound(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(before_the_pixels(SEQUENCE[:8] + struct.pack("<I", len(ITEM) * 1000) + ITEM * 1000))
    np.testing.assert_array_equal(load(path).pixels, RAMP)
    assert not elements.more_than(1100, path.read_bytes(), 132, lambda *_: False)


def progressive(levels: np.ndarray) -> bytes:
    buffer = BytesIO()
    Image.fromarray(levels).save(buffer, "JPEG", progressive=True)
    return buffer.getvalue()


def with_scans(stream: bytes, number: int) -> bytes:
    """The last scan again and again, as a bomb has it."""
    last = stream.rindex(b"\xff\xda")
    return stream[:-2] + stream[last:-2] * number + stream[-2:]


def test_scans_of_a_jpeg(tmp_path: Path) -> None:
    stream = progressive(GREY)
    assert 1 < codestream.scans(stream) < 20
    path = tmp_path / "a.jpg"
    path.write_bytes(with_scans(stream, 2000))
    assert "more than 100 scans" in refusal(path)
    inside = write(tmp_path / "a.dcm", compressed(with_scans(jpeg(GREY), 2000), JPEGBaseline8Bit, GREY))
    assert "more than 100 scans" in refusal(inside)
    path.write_bytes(stream)
    assert np.abs(load(path).pixels.astype(int) - GREY).max() < 10


@pytest.mark.parametrize(
    "stuffing",
    [b"\xff\xe1\0\2" * 20_000, bytes(100_000), b"\xff" * 100_000],
    ids=["segments", "zeros", "fill"],
)
def test_a_jpeg_that_does_not_begin(tmp_path: Path, stuffing: bytes) -> None:
    path = tmp_path / "a.jpg"
    stream = jpeg(GREY)
    behind_jfif = 4 + int.from_bytes(stream[4:6], "big")
    path.write_bytes(stream[:behind_jfif] + stuffing + stream[behind_jfif:])
    assert "before its pixels" in refusal(path)


def test_pages_of_a_tiff(tmp_path: Path) -> None:
    """Each page points to the next one, and all of them to the same pixels."""
    rows, columns = GREY.shape
    tags = [
        (256, 4, columns), (257, 4, rows), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1),
        (278, 4, rows), (279, 4, GREY.size),
    ]  # fmt: skip
    body = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", t, k, 1, v) for t, k, v in tags)
    first, size = 8 + GREY.size, len(body) + 4
    pages = (body + struct.pack("<I", first + size * page) for page in range(1, 200_000))
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0" + struct.pack("<I", first) + GREY.tobytes() + b"".join(pages) + body + bytes(4))
    assert "more than 100 frames or pages" in refusal(path)


def test_chunks_of_a_png(tmp_path: Path) -> None:
    buffer = BytesIO()
    Image.fromarray(GREY).save(buffer, "PNG")
    data = buffer.getvalue()
    empty = struct.pack(">I4sI", 0, b"teSt", zlib.crc32(b"teSt"))
    path = tmp_path / "a.png"
    path.write_bytes(data[:33] + empty * (pictures.MAX_CHUNKS + 1) + data[33:])
    assert "more than 100,000 chunks" in refusal(path)
    path.write_bytes(data[:33] + empty * 1000 + data[33:])
    np.testing.assert_array_equal(load(path).pixels, GREY)
