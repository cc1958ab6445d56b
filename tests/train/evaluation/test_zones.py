from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from invented import POINTS, cohort, units
from matplotlib.figure import Figure

from train.evaluation.figures.bootstrap import person_counts
from train.evaluation.figures.proportions import wilson
from train.evaluation.sections.zones import COVERAGES, accuracies, count_zones, section, zones_of
from verte_core.results import OperatingPoints

pytestmark = pytest.mark.filterwarnings("error")


def test_zones_by_hand() -> None:
    scores = np.array([0.1, 0.29, 0.3, 0.5, 0.69, 0.7, 0.9])
    labels = np.array([0.0, 1, 0, 1, 1, 0, 1])
    zones = zones_of(scores, POINTS)
    assert zones.tolist() == ["low"] * 2 + ["indeterminate"] * 3 + ["high"] * 2
    found = count_zones(labels, zones)
    assert [each.hits for each in found.people.values()] == [2, 3, 2]
    assert (found.npv_low, found.with_indeterminate, found.ppv_high) == (
        wilson(1, 2),
        wilson(2, 3),
        wilson(1, 2),
    )
    crossed = zones_of(scores, OperatingPoints(0.8, 0.5, 0.9, 0.9))
    assert crossed.tolist() == ["low"] * 3 + ["high"] * 4


def test_accuracy_of_the_most_confident_by_hand() -> None:
    # Farthest from 0.5 first: right, then two tied of whom one is right, then wrong.
    scores, labels = np.array([0.6, 0.1, 0.95, 0.9]), np.array([0.0, 1, 1, 1])
    counts = np.array([[1, 1, 1, 1], [0, 2, 0, 2], [0, 0, 0, 0]], np.uint16)
    found = accuracies(labels, scores, counts, np.array([0.25, 0.5, 0.75, 1.0]))
    assert found[0].tolist() == pytest.approx([1, 3 / 4, 2 / 3, 1 / 2])
    assert found[1].tolist() == pytest.approx([0.5] * 4)
    assert np.isnan(found[2]).all()


def test_every_resample_is_the_repeated_people() -> None:
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 70).astype(float), rng.random(70)
    counts = person_counts(np.arange(70).astype(str))
    found = accuracies(labels, scores, counts, COVERAGES)
    for row in (0, 1, 100, 2000):
        repeated = np.repeat(np.arange(70), counts[row])
        order = repeated[np.argsort(-np.abs(scores[repeated] - 0.5), kind="stable")]
        right = (scores[order] >= 0.5) == (labels[order] == 1)
        assert found[row, -1] == pytest.approx(right.mean())
        # 35 and 63 people: whole ones, but in a resample the last may come several times and be cut.
        for percent, taken in ((50, 35), (90, 63)):
            value = found[row, int(np.argmin(np.abs(COVERAGES - percent / 100)))]
            assert value == pytest.approx(right[:taken].mean(), abs=1e-12)


def test_the_section() -> None:
    found = units(150)
    found[0] = dataclasses.replace(found[0], labels={"pvf": math.nan, "osteo": 0.0})
    people = cohort(found)
    made = section(people)
    plain = json.loads(json.dumps(made.plain, allow_nan=False))
    labels, scores = people.labels("pvf")[1:], people.scores("pvf")[1:]
    low = scores < 0.3
    assert plain["pvf"]["people"]["low"] == wilson(int(low.sum()), 149).plain()
    assert plain["pvf"]["npv_low"] == wilson(int((labels[low] == 0).sum()), int(low.sum())).plain()
    at = plain["pvf"]["accuracy_at_coverage"]
    assert list(at) == ["50", "70", "90", "100"]
    assert at["100"]["value"] == pytest.approx(((scores >= 0.5) == (labels == 1)).mean())
    assert at["50"]["value"] > at["100"]["value"]
    assert [row[1] for row in made.tables[0].rows] == ["low", "indeterminate", "high"] * 2
    assert all(len(row) == len(table.header) for table in made.tables for row in table.rows)
    figure = Figure()
    made.pictures[0].draw(figure)
    drawn = figure.axes[0].lines[0].get_xydata()
    assert drawn[-1].tolist() == pytest.approx([1, at["100"]["value"]])
    assert drawn[8].tolist() == pytest.approx([0.5, at["50"]["value"]])


@pytest.mark.parametrize("number", [0, 1, 3])
def test_few_people_of_one_class(number: int) -> None:
    found = [dataclasses.replace(each, labels={"pvf": 1.0, "osteo": math.nan}) for each in units(number)]
    made = section(cohort(found))
    json.dumps(made.plain, allow_nan=False)
    assert "osteo-score: zones are left out. Nobody has both a score and a label." in made.words
    assert made.plain["osteo"] is None
    assert bool(made.tables) == bool(number)
    for picture in made.pictures:
        picture.draw(Figure())
