"""From the elements of a file to grey levels, windows and the screen."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import RAMP, SHAPE, dataset, lookup_table, write

from verte_core.reading.radiograph import Window, load


def test_the_plain_case(tmp_path: Path) -> None:
    path = write(tmp_path / "image.dcm", dataset())
    image = load(path)
    assert image.path == path
    assert image.id == hashlib.sha256(path.read_bytes()).hexdigest()
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert image.pixels.dtype == np.uint16
    assert image.display is image.pixels
    assert image.pixels.flags.c_contiguous and not image.pixels.flags.writeable
    assert (image.protocol, image.spacing, image.notes) == ("radiograph", None, ())


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted", "contradiction"),
    [
        ("MONOCHROME2", None, False, False),
        ("MONOCHROME2", "IDENTITY", False, False),
        ("MONOCHROME2", "INVERSE", True, True),
        ("MONOCHROME1", None, True, False),
        ("MONOCHROME1", "INVERSE", True, False),
        ("MONOCHROME1", "IDENTITY", True, True),
    ],
)
def test_inversion_happens_once(
    opened: Any, photometric: str, shape: str | None, inverted: bool, contradiction: bool
) -> None:
    elements = {} if shape is None else {"PresentationLUTShape": shape}
    image = opened(PhotometricInterpretation=photometric, **elements)
    np.testing.assert_array_equal(image.pixels, 4095 - RAMP if inverted else RAMP)
    assert any("contradicts" in note for note in image.notes) == contradiction


@pytest.mark.parametrize("bits", range(8, 17))
@pytest.mark.parametrize("signed", [False, True])
def test_every_bit_depth(opened: Any, bits: int, signed: bool) -> None:
    levels = np.linspace(0, 2**bits - 1, RAMP.size).astype(np.int64).reshape(SHAPE)
    container = np.dtype("u1" if bits == 8 else "u2")
    if signed:
        container = np.dtype(container.str.replace("u", "i"))
    stored = (levels - 2 ** (bits - 1) if signed else levels).astype(container)
    image = opened(stored, bits)
    np.testing.assert_array_equal(image.pixels, levels)
    assert image.pixels.dtype == (np.uint8 if bits == 8 else np.uint16)


@pytest.mark.parametrize(("signed", "high_bit"), [(False, 11), (False, 15), (True, 11), (True, 13)])
def test_bits_outside_those_stored_are_masked(opened: Any, signed: bool, high_bit: int) -> None:
    shift = high_bit - 11
    overlay = 0xFFFF & ~(0x0FFF << shift)
    stored = (RAMP << shift) | np.uint16(overlay)
    expected = (RAMP + 2048) % 4096 if signed else RAMP
    image = opened(stored.view(np.int16) if signed else stored, HighBit=high_bit)
    np.testing.assert_array_equal(image.pixels, expected)


@pytest.mark.parametrize(
    ("slope", "intercept", "expected"),
    [
        (1, 0, RAMP),
        (1, -1024, RAMP),
        (2, 100, RAMP * 2 + 100),
        (-1, 0, 4095 - RAMP),
        (1, 70000, RAMP),
        (0.5, 10, np.rint(RAMP * (65535 / 4095))),
        (100, 0, np.rint(RAMP * (65535 / 4095))),
    ],
)
def test_rescale(opened: Any, slope: float, intercept: float, expected: np.ndarray) -> None:
    image = opened(RescaleSlope=slope, RescaleIntercept=intercept, RescaleType="US")
    np.testing.assert_array_equal(image.pixels, expected)
    assert image.pixels.dtype == np.uint16


def test_rescale_beyond_uint16_keeps_all_16_bit_values_apart(opened: Any) -> None:
    stored = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    image = opened(stored, 16, RescaleSlope="0.0123", RescaleIntercept="-7")
    np.testing.assert_array_equal(image.pixels, stored)


def test_modality_lut_with_signed_first_value(opened: Any) -> None:
    entries = np.arange(1000)[::-1] * 3
    stored = np.arange(-600, -600 + RAMP.size, dtype=np.int16).reshape(SHAPE) // 2
    image = opened(stored, 16, ModalityLUTSequence=lookup_table(entries, first=-250), RescaleSlope=9)
    np.testing.assert_array_equal(image.pixels, entries[np.clip(stored.astype(int) + 250, 0, 999)])


def test_modality_lut_is_inverted_after_it(opened: Any) -> None:
    entries = np.arange(4096) * 2
    image = opened(PhotometricInterpretation="MONOCHROME1", ModalityLUTSequence=lookup_table(entries))
    np.testing.assert_array_equal(image.pixels, 8190 - RAMP * 2)


@pytest.mark.parametrize("vr", ["OW", "US", "packed bytes"])
def test_lut_data_in_each_form(opened: Any, vr: str) -> None:
    entries = np.arange(256)[::-1]
    table = lookup_table(entries, bits=8)
    if vr == "US":
        table[0].add_new("LUTData", "US", entries.tolist())
    elif vr == "packed bytes":
        table[0].add_new("LUTData", "OW", entries.astype(np.uint8).tobytes())
    stored = (RAMP // 16).astype(np.uint8)
    image = opened(stored, 8, ModalityLUTSequence=table)
    np.testing.assert_array_equal(image.pixels, 255 - stored)
    assert image.pixels.dtype == np.uint8


def test_voi_lut_is_for_the_screen_only(opened: Any) -> None:
    entries = np.minimum(np.arange(4096) // 4, 900)
    image = opened(
        PhotometricInterpretation="MONOCHROME1",
        VOILUTSequence=lookup_table(entries, bits=10, explanation="SPINE"),
        WindowCenter=2000,
        WindowWidth=100,
    )
    np.testing.assert_array_equal(image.pixels, 4095 - RAMP)
    np.testing.assert_array_equal(image.display, 900 - entries[RAMP])
    assert image.windows[0] == Window(450.0, 900.0, "SPINE")
    assert not image.display.flags.writeable
    assert any("VOI LUT" in note for note in image.notes)


def test_windows_follow_shift_and_inversion(opened: Any) -> None:
    image = opened(
        PhotometricInterpretation="MONOCHROME1",
        RescaleSlope=2,
        RescaleIntercept=-1000,
        WindowCenter=[1000, 200, 5],
        WindowWidth=[400, 300, 0],
        WindowCenterWidthExplanation=["BONE", "", "EMPTY"],
    )
    # Values run from -1000 to 7190, so levels are 7190 - value: the range upside down, starting at 0.
    assert image.windows[:2] == (Window(6190.0, 400.0, "BONE"), Window(6990.0, 300.0, "Window 2"))
    assert [window.name for window in image.windows] == ["BONE", "Window 2", "Auto"]
    assert any("window" in note for note in image.notes)


def test_windows_are_scaled_with_fractions(opened: Any) -> None:
    image = opened(RescaleSlope=0.1, RescaleIntercept=0, WindowCenter=204.75, WindowWidth=40.95)
    assert image.windows[0].center == pytest.approx(65535 / 2)
    assert image.windows[0].width == pytest.approx(6553.5)


def test_automatic_window_spans_the_percentiles(opened: Any) -> None:
    pixels = RAMP.copy()
    pixels[0, :3] = 0
    auto = opened(pixels).windows[-1]
    low, high = auto.center - auto.width / 2, auto.center + auto.width / 2
    assert low == pytest.approx(np.percentile(pixels, 0.5), abs=2)
    assert high == pytest.approx(np.percentile(pixels, 99.5), abs=2)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(("value", "limit"), [(4095, None), (4000, 4095), (0, 3)])
def test_padding_becomes_the_darkest_level(
    opened: Any, photometric: str, value: int, limit: int | None
) -> None:
    stored = np.clip(RAMP, 500, 3500)
    stored[:20] = value
    elements = {} if limit is None else {"PixelPaddingRangeLimit": limit}
    image = opened(stored, PhotometricInterpretation=photometric, PixelPaddingValue=value, **elements)
    shown = image.pixels[20:]
    assert (image.pixels[:20] == shown.min()).all()
    assert image.windows[-1].width <= 3000


def test_padding_given_unsigned_for_signed_pixels(tmp_path: Path) -> None:
    stored = RAMP.astype(np.int16)
    stored[:20] = 4095
    stored[20:30] = -2000
    ds = dataset(stored, 16)
    ds.add_new("PixelPaddingValue", "US", 65536 - 2000)
    image = load(write(tmp_path / "image.dcm", ds))
    assert (image.pixels[20:30] == image.pixels[30:].min()).all()
    assert (image.pixels[:20] == 32768 + 4095).all()
