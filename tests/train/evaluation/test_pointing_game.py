from __future__ import annotations

import numpy as np
import pytest

from train.evaluation.figures.pointing_game import (
    chance_by_point,
    chance_by_vertebra,
    hit_rates,
    peak_of,
    points_at,
)
from train.examples.patches import Outline


def box(top: float, grade: int, left: float = 200, height: float = 40, width: float = 60) -> Outline:
    corners = np.array([[0, 0], [0, width], [height, width], [height, 0]]) + np.array([top, left])
    return Outline(corners.astype(float), grade, {})


@pytest.mark.parametrize(
    ("peak", "hit"),
    [
        ((520, 230), True),
        ((481, 230), True),  # the margin is half of 40 pixels above 500
        ((479, 230), False),
        ((559, 230), True),
        ((560, 230), False),
        ((520, 279), True),
        ((520, 280), False),
        ((486, 186), True),  # at a corner it is round
        ((482, 182), False),
        ((620, 230), False),  # on a body without a fracture
        (None, False),
    ],
)
def test_a_hit_is_a_peak_in_or_near_a_fractured_body(peak: tuple[int, int] | None, hit: bool) -> None:
    assert points_at([box(500, 2), box(600, 0)], peak) is hit


def test_where_nothing_is_fractured_there_is_nothing_to_hit() -> None:
    assert points_at([box(500, 0)], (520, 230)) is None
    assert points_at([], (520, 230)) is None


def test_the_margin_follows_a_wedges_mean_height() -> None:
    # 20 pixels anterior, 60 posterior: a mean of 40, so a margin of 20 behind it.
    wedge = Outline(np.array([[520.0, 200], [500, 260], [560, 260], [540, 200]]), 1, {})
    assert points_at([wedge], (530, 279)) is True
    assert points_at([wedge], (530, 280)) is False


def test_the_peak_is_the_first_highest_pixel() -> None:
    heatmap = np.zeros((1024, 512), np.float32)
    assert peak_of(heatmap) is None
    heatmap[700, 30] = heatmap[700, 31] = 1.0
    assert peak_of(heatmap) == (700, 30)


def test_chance() -> None:
    far_apart = [box(100, 0), box(300, 2), box(500, 0), box(700, 1)]
    assert chance_by_vertebra(far_apart) == 0.5
    assert chance_by_point(far_apart) == 0.5
    # The nearer half of a neighbour is within the margin.
    assert chance_by_point([box(100, 1), box(140, 0)]) == pytest.approx(0.75, abs=0.05)


def test_hit_rates_by_grade_among_the_chosen() -> None:
    outlines = [[box(100, 1), box(300, 0)], [box(100, 1), box(300, 3)], [box(100, 3)], [box(100, 0)]]
    hits = [True, False, True, None]
    people = np.array(["A", "A", "B", "C"])
    groups = hit_rates(outlines, hits, np.array([True, True, True, True]), people)
    assert list(groups) == ["all", "grade 1", "grade 3"]
    assert (groups["all"].images, groups["all"].people, groups["all"].hits) == (3, 2, 2)
    assert groups["all"].value.value == pytest.approx(2 / 3)
    assert groups["all"].by_vertebra == pytest.approx((0.5 + 1 + 1) / 3)
    assert groups["all"].above.value == pytest.approx(2 / 3 - groups["all"].by_point)
    assert (groups["grade 3"].images, groups["grade 3"].hits) == (2, 1)
    # A drawn alone has a half, B alone all.
    assert (groups["all"].value.low, groups["all"].value.high) == (0.5, 1.0)
    assert hit_rates(outlines, hits, np.array([False, False, False, True]), people) == {}
