"""Pixels that are not square, and the spacing that is told."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import RAMP, SHAPE
from PIL import Image, TiffImagePlugin
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from verte_core.errors import ImageError
from verte_core.reading import pictures
from verte_core.reading.radiograph import load

ROWS, COLUMNS = SHAPE


@pytest.mark.parametrize(
    ("elements", "spacing"),
    [
        ({"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.3, 0.3]}, (0.2, 0.2)),
        ({"ImagerPixelSpacing": [0.143, 0.143]}, (0.143, 0.143)),
        ({"NominalScannedPixelSpacing": [0.17, 0.17]}, (0.17, 0.17)),
        ({"PixelSpacing": [0.2, 0.2005]}, (0.2, 0.2005)),
        ({"PixelSpacing": [0, 0]}, None),
        ({"PixelAspectRatio": ["1", "1"]}, None),
        ({}, None),
    ],
)
def test_square_pixels_stay_bit_by_bit(
    opened: Any, elements: dict[str, Any], spacing: tuple[float, float] | None
) -> None:
    image = opened(**elements)
    assert image.spacing == spacing
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert not any("resampled" in note for note in image.notes)


@pytest.mark.parametrize(
    ("elements", "shape", "spacing", "said"),
    [
        ({"PixelSpacing": [0.6, 0.3]}, (2 * ROWS, COLUMNS), (0.3, 0.3), "2 times as high as wide (Pixel"),
        ({"PixelSpacing": [0.2, 0.3]}, (ROWS, 120), (0.2, 0.2), "1.5 times as wide as high (PixelSpacing)"),
        ({"ImagerPixelSpacing": [0.25, 0.2]}, (90, COLUMNS), (0.2, 0.2), "times as high as wide (Imager"),
        ({"NominalScannedPixelSpacing": [0.2, 0.4]}, (ROWS, 160), (0.2, 0.2), "2 times as wide as high (N"),
        ({"PixelAspectRatio": ["2", "1"]}, (2 * ROWS, COLUMNS), None, "as high as wide (PixelAspectRatio)"),
        ({"PixelAspectRatio": ["3", "4"]}, (ROWS, 107), None, "1.33 times as wide as high (PixelA"),
    ],
)  # fmt: skip
def test_others_are_resampled(
    opened: Any, elements: dict[str, Any], shape: tuple[int, int], spacing: Any, said: str
) -> None:
    image = opened(**elements)
    assert image.pixels.shape == image.display.shape == shape and image.pixels.dtype == np.uint16
    assert image.spacing == spacing
    assert image.pixels.min() >= RAMP.min() and image.pixels.max() <= RAMP.max()
    (note,) = [note for note in image.notes if "resampled" in note]
    assert said in note


def test_the_resampled_image_has_the_right_levels(opened: Any) -> None:
    rows = np.repeat(np.arange(0, 1440, 20, dtype=np.uint16)[:, None], COLUMNS, axis=1)
    levels = opened(rows, PixelSpacing=[0.4, 0.2]).pixels[:, 0].astype(int)
    # A ramp stays a ramp of half the step, but for the edge.
    np.testing.assert_array_equal(levels[1:-1], np.arange(5, 1425, 10))


def test_an_spacing_outranks_the_shape(opened: Any) -> None:
    image = opened(PixelSpacing=[0.2, 0.2], PixelAspectRatio=["2", "1"])
    assert image.pixels.shape == SHAPE
    (note,) = image.notes
    assert "contradicts itself" in note and note.endswith("PixelSpacing was used.")


@pytest.mark.parametrize("spacing", [[5, 0.2], [0.2, 5], [1e300, 1e-300]])
def test_a_shape_that_no_device_has_is_ignored(opened: Any, spacing: list[float]) -> None:
    image = opened(PixelSpacing=spacing)
    assert image.pixels.shape == SHAPE and image.spacing is None
    assert "which can't be" in image.notes[0]


def test_limits_hold_after_resampling(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", ROWS * COLUMNS + 1)
    with pytest.raises(ImageError, match="too large: 144 rows"):
        opened(PixelSpacing=[0.6, 0.3])


def test_spacing_in_functional_groups(opened: Any) -> None:
    measures, group = Dataset(), Dataset()
    measures.PixelSpacing = [0.4, 0.2]
    group.PixelMeasuresSequence = Sequence([measures])
    image = opened(SharedFunctionalGroupsSequence=Sequence([group]))
    assert (image.pixels.shape, image.spacing) == ((2 * ROWS, COLUMNS), (0.2, 0.2))


@pytest.mark.parametrize(
    ("suffix", "dpi", "orientation", "shape"),
    [
        ("TIFF", (204, 98), 1, (150, COLUMNS)),
        ("JPEG", (100, 200), 1, (ROWS, 160)),
        ("PNG", (300, 150), 1, (144, COLUMNS)),
        ("TIFF", (204, 200), 1, SHAPE),
        ("JPEG", (72, 72), 1, SHAPE),
        ("JPEG", (100, 1000), 1, SHAPE),
        ("PNG", None, 1, SHAPE),
        # Turned by EXIF, the few dots an inch lie along the rows.
        ("JPEG", (200, 100), 6, (COLUMNS, 144)),
    ],
)
def test_the_resolution_of_a_picture(
    tmp_path: Path, suffix: str, dpi: tuple[int, int] | None, orientation: int, shape: tuple[int, int]
) -> None:
    buffer, options = BytesIO(), {"dpi": dpi} if dpi else {}
    image = Image.fromarray((RAMP // 16).astype(np.uint8))
    exif = image.getexif()
    if orientation != 1:
        exif[274] = orientation
    image.save(buffer, suffix, exif=exif, **options)
    (tmp_path / "picture").write_bytes(buffer.getvalue())
    opened = load(tmp_path / "picture")
    assert opened.pixels.shape == shape
    assert any("its resolution" in note for note in opened.notes) == (
        dpi is not None and not 0.95 < dpi[0] / dpi[1] < 1.05
    )


@pytest.mark.parametrize("stated", [b",", b"\x0c", b"two hundred"])
def test_a_resolution_that_is_no_number_says_nothing(tmp_path: Path, stated: bytes) -> None:
    """As the fuzzer found it."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[282], tags.tagtype[282] = stated, 7
    path = tmp_path / "image"
    Image.fromarray(RAMP).save(path, "TIFF", tiffinfo=tags)
    image = load(path)
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert image.notes == ()
