"""The reader on PNG, JPEG and TIFF."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import refusal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from verte_core.errors import ImageError
from verte_core.reading.radiograph import Header, header_rows, load

SHAPE = (72, 80)
WIDE = np.linspace(0, 65535, SHAPE[0] * SHAPE[1]).astype(np.uint16).reshape(SHAPE)
GREY = (WIDE // 256).astype(np.uint8)


def save(path: Path, pixels: np.ndarray, mode: str | None = None, **options: Any) -> Path:
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


def test_a_picture_says_nothing_but_its_levels(tmp_path: Path) -> None:
    image = load(save(tmp_path / "image.png", GREY))
    np.testing.assert_array_equal(image.pixels, GREY)
    assert image.pixels.dtype == np.uint8
    assert image.display is image.pixels and not image.pixels.flags.writeable
    assert (image.header, image.spacing, image.protocol, image.notes) == (Header(), None, None, ())
    assert [window.name for window in image.windows] == ["Auto"]
    assert header_rows(image.path) == []


@pytest.mark.parametrize(
    ("suffix", "options"),
    [(".png", {}), (".tif", {})] + [(".tif", {"compression": f"tiff_{name}"}) for name in ("lzw", "deflate")],
)
@pytest.mark.parametrize("pixels", [GREY, WIDE], ids=["8 bits", "16 bits"])
def test_lossless_formats_keep_every_bit(
    tmp_path: Path, suffix: str, options: dict[str, str], pixels: np.ndarray
) -> None:
    image = load(save(tmp_path / f"image{suffix}", pixels, **options))
    np.testing.assert_array_equal(image.pixels, pixels)
    assert image.pixels.dtype == pixels.dtype


def test_big_endian_and_signed_tiff(tmp_path: Path) -> None:
    Image.fromarray(WIDE.astype(">u2")).save(tmp_path / "big.tif")
    np.testing.assert_array_equal(load(tmp_path / "big.tif").pixels, WIDE)
    signed = WIDE.astype(np.int32) - 40000
    save(tmp_path / "signed.tif", signed)
    np.testing.assert_array_equal(load(tmp_path / "signed.tif").pixels, WIDE)


@pytest.mark.parametrize("pixels", [GREY, WIDE], ids=["8 bits", "16 bits"])
def test_white_is_zero_tiff_is_inverted(tmp_path: Path, pixels: np.ndarray) -> None:
    plain = save(tmp_path / "plain.tif", pixels).read_bytes()
    entry = struct.pack("<HHI", 262, 3, 1)
    (tmp_path / "white.tif").write_bytes(plain.replace(entry + b"\1", entry + b"\0"))
    np.testing.assert_array_equal(load(tmp_path / "white.tif").pixels, ~pixels)


def test_jpeg_in_grey_and_in_colour(tmp_path: Path) -> None:
    for mode in ("L", "RGB"):
        image = load(save(tmp_path / "image.jpg", GREY, mode, quality=95))
        np.testing.assert_allclose(image.pixels.astype(int), GREY, atol=4)
        assert bool(image.notes) == (mode == "RGB")


def test_content_decides_not_the_suffix(tmp_path: Path) -> None:
    save(tmp_path / "image.png", GREY, format="JPEG")
    save(tmp_path / "image.dcm", WIDE, format="TIFF")
    assert load(tmp_path / "image.png").pixels.shape == SHAPE
    np.testing.assert_array_equal(load(tmp_path / "image.dcm").pixels, WIDE)


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA", "1"])
def test_palette_opaque_alpha_and_one_bit(tmp_path: Path, mode: str) -> None:
    image = load(save(tmp_path / "image.png", GREY, mode))
    expected = np.asarray(Image.fromarray(GREY).convert("1").convert("L")) if mode == "1" else GREY
    np.testing.assert_array_equal(image.pixels, expected)


def test_colour_tolerance(tmp_path: Path) -> None:
    colours = np.dstack([GREY, GREY, np.maximum(GREY, 2) - np.uint8(2)])
    np.testing.assert_array_equal(load(save(tmp_path / "image.png", colours)).pixels, GREY)


def test_transparency_is_refused(tmp_path: Path) -> None:
    pixels = np.dstack([GREY, np.full_like(GREY, 255)])
    pixels[10, 10, 1] = 0
    assert "transparent" in refusal(save(tmp_path / "image.png", pixels))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_exif_orientation_is_applied(tmp_path: Path, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its left side: rotated by 90 degrees clockwise to be seen upright
    image = load(save(tmp_path / f"image{suffix}", GREY, exif=exif))
    np.testing.assert_allclose(image.pixels.astype(int), np.rot90(GREY, -1), atol=4)


def test_sixteen_bit_colour_is_noted(tmp_path: Path) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + np.repeat(row, 3).astype(">u2").tobytes() for row in WIDE)
    head = struct.pack(">IIBBBBB", SHAPE[1], SHAPE[0], 16, 2, 0, 0, 0)
    (tmp_path / "image.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    image = load(tmp_path / "image.png")
    np.testing.assert_array_equal(image.pixels, GREY)
    assert any("16-bit colour" in note for note in image.notes)


# Refusals


def test_several_pages_or_frames(tmp_path: Path) -> None:
    page = Image.fromarray(GREY)
    page.save(tmp_path / "image.tif", save_all=True, append_images=[page, page])
    assert "3 frames or pages" in refusal(tmp_path / "image.tif")
    other = Image.fromarray(255 - GREY)
    page.save(tmp_path / "image.png", save_all=True, append_images=[other])
    assert "2 frames or pages" in refusal(tmp_path / "image.png")


def test_sizes(tmp_path: Path) -> None:
    assert "63 rows" in refusal(save(tmp_path / "image.png", GREY[:63]))
    assert load(save(tmp_path / "image.png", GREY[:64, :64])).pixels.shape == (64, 64)
    assert "constant" in refusal(save(tmp_path / "image.png", np.zeros(SHAPE, np.uint8)))


@pytest.mark.parametrize("side", [9000, 60000])
@pytest.mark.filterwarnings("error")
def test_memory_bomb_is_refused_by_its_header(tmp_path: Path, side: int) -> None:
    data = bytearray(save(tmp_path / "image.png", GREY).read_bytes())
    data[16:24] = struct.pack(">II", side, side)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    (tmp_path / "image.png").write_bytes(data)
    assert "64,000,000" in refusal(tmp_path / "image.png")


def test_floats_and_wide_integers(tmp_path: Path) -> None:
    assert "floating-point" in refusal(save(tmp_path / "image.tif", WIDE.astype(np.float32)))
    assert "32-bit" in refusal(save(tmp_path / "image.tif", WIDE.astype(np.int32) * 2))


def test_other_formats_are_not_images(tmp_path: Path) -> None:
    save(tmp_path / "image.gif", GREY)
    assert "DICOM, PNG, JPEG or TIFF" in refusal(tmp_path / "image.gif")


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
def test_truncation(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, SHAPE, np.uint8)
    data = save(tmp_path / f"whole.{suffix}", noise).read_bytes()
    for length in range(8, len(data) - 500, 97):
        (tmp_path / "cut").write_bytes(data[:length])
        refusal(tmp_path / "cut")


def _encoded(pixels: np.ndarray, **options: Any) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, **options)
    return buffer.getvalue()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(data=st.data())
@pytest.mark.parametrize(
    "source",
    [
        _encoded(WIDE, format="PNG"),
        _encoded(GREY, format="JPEG"),
        _encoded(WIDE, format="TIFF"),
        _encoded(GREY, format="TIFF", compression="tiff_lzw"),
    ],
    ids=["png", "jpeg", "tiff", "lzw"],
)  # fmt: skip
def test_damaged_bytes_raise_nothing_but_image_error(
    tmp_path: Path, source: bytes, data: st.DataObject
) -> None:
    mutated = bytearray(source)
    for _ in range(data.draw(st.integers(0, 6))):
        mutated[data.draw(st.integers(8, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(mutated))))
    path = tmp_path / "fuzzed"
    path.write_bytes(mutated[:cut])
    try:
        load(path)
    except ImageError as error:
        assert str(error).endswith(".")
