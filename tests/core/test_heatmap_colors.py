"""A heatmap over its image: the same colours wherever it is shown."""

from __future__ import annotations

import numpy as np
import pytest

from verte_core import heatmap_colors

GREY = np.arange(256, dtype=np.uint8).reshape(16, 16)


def test_what_moved_nothing_shows_the_image_itself() -> None:
    blended = heatmap_colors.blend(GREY, np.zeros(GREY.shape, np.float32), 1.0)
    np.testing.assert_array_equal(blended, np.dstack([GREY] * 3))


def test_the_strongest_point_has_its_colour_at_full_opacity() -> None:
    blended = heatmap_colors.blend(GREY, np.ones(GREY.shape, np.float32), 1.0)
    np.testing.assert_array_equal(blended, np.broadcast_to(heatmap_colors.table()[255, :3], blended.shape))


@pytest.mark.parametrize("opacity", [0.2, 0.45, 1.0])
def test_the_table_of_the_screen_lets_through_what_the_blend_does(opacity: float) -> None:
    levels = np.arange(256, dtype=np.uint8)
    table = heatmap_colors.table().astype(float)
    alpha = table[:, 3:] * opacity / 255
    grey = np.full((1, 256), 90, np.uint8)
    blended = heatmap_colors.blend(grey, np.asarray(levels[None] / 255, np.float32), opacity)
    np.testing.assert_allclose(blended[0], 90 * (1 - alpha) + table[:, :3] * alpha, atol=2)
