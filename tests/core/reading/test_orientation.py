"""Images that do not stand upright, and the letters of their edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dicom_files import RAMP, lookup_table

RIGHT, LEFT = ("P", "A", "H", "F"), ("A", "P", "H", "F")
"""Edges (left, right, top, bottom) of an upright image that faces right or left."""


@pytest.mark.parametrize(
    ("stored", "orientation", "upright", "edges", "said"),
    [
        (RAMP, ["A", "F"], RAMP, RIGHT, None),
        (RAMP, ["P", "F"], RAMP, LEFT, None),
        (RAMP, ["a", "f"], RAMP, RIGHT, None),
        (RAMP, ["AR", "FP"], RAMP, RIGHT, None),
        (RAMP[::-1], ["A", "H"], RAMP, RIGHT, "mirrored from top to bottom"),
        (np.rot90(RAMP, 2), ["P", "H"], RAMP, RIGHT, "turned by 180 degrees"),
        (np.rot90(RAMP), ["F", "P"], RAMP, RIGHT, "turned by 90 degrees clockwise"),
        (np.rot90(RAMP, -1), ["H", "A"], RAMP, RIGHT, "turned by 90 degrees against the clock"),
        (np.rot90(RAMP), ["F", "A"], RAMP, LEFT, "turned by 90 degrees clockwise"),
        (np.rot90(RAMP, -1), ["H", "P"], RAMP, LEFT, "turned by 90 degrees against the clock"),
    ],
)
def test_a_lateral_image_is_turned_upright(
    opened: Any,
    stored: np.ndarray,
    orientation: list[str],
    upright: np.ndarray,
    edges: tuple[str, str, str, str],
    said: str | None,
) -> None:
    image = opened(np.ascontiguousarray(stored), PatientOrientation=orientation)
    np.testing.assert_array_equal(image.pixels, upright)
    assert image.display is image.pixels and image.edges == edges and image.unfit is None
    assert len(image.notes) == (said is not None)
    assert said is None or (said in image.notes[0] and "(PatientOrientation)" in image.notes[0])


def test_what_the_screen_shows_is_turned_with_the_pixels(opened: Any) -> None:
    inverse = lookup_table(np.arange(4095, -1, -1))
    image = opened(np.ascontiguousarray(RAMP[::-1]), PatientOrientation=["A", "H"], VOILUTSequence=inverse)
    np.testing.assert_array_equal(image.display, 4095 - RAMP)


def test_spacing_turns_along(opened: Any) -> None:
    image = opened(
        np.ascontiguousarray(np.rot90(RAMP)), PatientOrientation=["F", "P"], PixelSpacing=[0.2, 0.201]
    )
    assert image.spacing == (0.201, 0.2) and image.pixels.shape == RAMP.shape


def test_squares_come_before_turns(opened: Any) -> None:
    upright = np.tile(RAMP, (2, 1))
    stored = np.ascontiguousarray(np.rot90(upright)[:, ::2])
    image = opened(stored, PatientOrientation=["F", "P"], PixelSpacing=[0.2, 0.4])
    assert image.pixels.shape == upright.shape and image.spacing == (0.2, 0.2)
    resampled, turned = image.notes
    assert "resampled" in resampled and "turned" in turned


@pytest.mark.parametrize(
    ("cosines", "stored", "edges"),
    [
        ([0, -1, 0, 0, 0, -1], RAMP, RIGHT),
        ([0, 1, 0, 0, 0, -1], RAMP, LEFT),
        ([0, -1, 0, 0, 0, 1], RAMP[::-1], RIGHT),
        ([0.1, -0.995, 0, 0, 0, -1], RAMP, RIGHT),
        # Of CT, or without sense.
        ([1, 0, 0, 0, 1, 0], RAMP, None),
        ([0, 0, 0, 0, 0, 0], RAMP, None),
        ([0, -1, 0, 0, -1, 0], RAMP, None),
        ([0, -1, 0], RAMP, None),
    ],
)
def test_cosines(
    opened: Any, cosines: list[float], stored: np.ndarray, edges: tuple[str, str, str, str] | None
) -> None:
    image = opened(np.ascontiguousarray(stored), ImageOrientationPatient=cosines)
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert image.edges == edges


@pytest.mark.parametrize(
    ("elements", "said"),
    [
        (
            {"PatientOrientation": ["A", "H"], "ImageOrientationPatient": [0, -1, 0, 0, 0, -1]},
            "contradicts itself",
        ),
        ({"PatientOrientation": ["A", "P"]}, "malformed"),
        ({"PatientOrientation": ["H", "H"]}, "malformed"),
        ({"PatientOrientation": ["A"]}, "malformed"),
        ({"PatientOrientation": ["X", "F"]}, "malformed"),
    ],
)  # fmt: skip
def test_contradictions_turn_nothing(opened: Any, elements: dict[str, Any], said: str) -> None:
    image = opened(**elements)
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert image.edges is None and said in image.notes[0]


def test_a_frontal_image_is_left_as_it_is(opened: Any) -> None:
    image = opened(PatientOrientation=["L", "H"])
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert image.edges == ("R", "L", "F", "H")


def test_nothing_is_known_without_a_header(opened: Any) -> None:
    assert opened().edges is None and opened(PatientOrientation=["", ""]).edges is None
