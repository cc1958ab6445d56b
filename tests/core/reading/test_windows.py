from __future__ import annotations

import numpy as np
import pytest

from verte_core.reading.windows import Window, automatic


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    ("center", "width"), [(128.0, 256.0), (100.3, 7.7), (-5.0, 3.0), (4e5, 9e5), (7.0, 1e-300)]
)
def test_levels_are_shaded_linearly_from_black_to_white(dtype: type, center: float, width: float) -> None:
    levels = np.arange(np.iinfo(dtype).max + 1, dtype=dtype).reshape(16, -1)
    shades = Window(center, width, "").shade(levels)
    expected = ((levels - (center - width / 2)) * (255 / max(width, 1e-6))).clip(0, 255)
    assert shades.dtype == np.uint8 and shades.shape == levels.shape
    np.testing.assert_allclose(shades, np.floor(expected), atol=1)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_automatic_window_shows_nearly_all_levels(dtype: type) -> None:
    pixels = np.arange(256, dtype=dtype).reshape(16, 16)
    window = automatic(pixels)
    assert (window.center - window.width / 2, window.center + window.width / 2) == (1, 254)
    assert (np.diff(window.shade(pixels).ravel().astype(int)) >= 0).all()
