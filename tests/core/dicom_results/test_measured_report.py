"""Points of an image that was turned and resampled are those of the file, which a report refers to."""

from pathlib import Path

import numpy as np
import pytest
from dicom_files import dataset, write

from verte_core.reading.orientation import Turn
from verte_core.reading.radiograph import load


def test_points_of_a_turned_and_resampled_image_are_those_of_the_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(100, 400, (70, 90)).astype(np.uint16)
    pixels[20:22, 50:52] = 4000
    for orientation in (["F", "P"], ["F", "A"], ["H", "A"], ["H", "P"], ["P", "H"], ["A", "H"], ["A", "F"]):
        for spacing in ([0.2, 0.2], [0.2, 0.4], [0.4, 0.2]):
            stored = dataset(pixels, PatientOrientation=orientation, PixelSpacing=spacing)
            image = load(write(tmp_path / "a.dcm", stored))
            row, column = np.unravel_index(int(image.pixels.argmax()), image.pixels.shape)
            (a, b, c), (d, e, f) = image.to_file
            there = (a * (row + 0.5) + b * (column + 0.5) + c, d * (row + 0.5) + e * (column + 0.5) + f)
            assert there == pytest.approx((21, 51), abs=1.6), (orientation, spacing)


def test_a_turn_and_back() -> None:
    shape = (7, 5)
    marked = np.zeros(shape, np.uint8)
    marked[2, 1] = 1
    for quarters in range(4):
        for mirrored in (False, True) if quarters == 0 else (False,):
            turn = Turn(quarters, mirrored, "A", "")
            row, column = (int(each[0]) for each in np.nonzero(turn.of(marked)))
            (a, b, c), (d, e, f) = turn.back(shape)
            assert (a * (row + 0.5) + b * (column + 0.5) + c, d * (row + 0.5) + e * (column + 0.5) + f) == (
                2.5,
                1.5,
            )
