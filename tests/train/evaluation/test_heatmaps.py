from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from builders import box

from train.evaluation.people.heatmap_facts import HeatmapFacts
from train.evaluation.people.truth import CohortTruth, Facts
from train.evaluation.sections import heatmaps
from train.evaluation.sections.heatmaps import section
from verte_core.results import OperatingPoints

POINTS = OperatingPoints(0.3, 0.6, 0.9, 0.9)


def cohort(
    people: int,
) -> tuple[list[HeatmapFacts | None], np.ndarray, np.ndarray, np.ndarray, CohortTruth]:
    """Two films a person, the second fractured; every other map peaks on the fracture, the rest beside."""
    facts: list[HeatmapFacts | None] = []
    outlines, labels, scores, names, known = [], [], [], [], []
    for person in range(people):
        for fractured in (0, 1):
            bodies = [box(200, 250, 0), box(300, 250, fractured * (1 + person % 3)), box(700, 250, 0)]
            outlines.append(bodies)
            known.append(Facts(("T12", ("T8", "L1", "L4")[person % 3], "S1")))
            hit = person % 2 == 0
            facts.append(
                HeatmapFacts(
                    (300, 250) if hit else (700, 400),
                    energy_fractured=0.2 * fractured if hit else 0.05 * fractured,
                    energy_bodies=0.4,
                    area_fractured=0.01 * fractured,
                    area_bodies=0.04,
                    shuffled=(0.1 * (person % 4), 0.4),
                )
            )
            labels.append(float(fractured))
            scores.append(0.7 if person < people // 2 else 0.4)
            names.append(f"P{person:03d}")
    truth = CohortTruth(outlines, "", facts=tuple(known), sha256="abc")
    return facts, np.array(labels), np.array(scores), np.array(names), truth


def test_the_section() -> None:
    facts, labels, scores, names, truth = cohort(24)
    facts[1] = None  # refused
    made = section(facts, labels, scores, names, truth, POINTS)
    plain = json.loads(json.dumps(made.plain, allow_nan=False))
    assert plain["fractured_images"] == 23
    low, high = plain["pointing"]["low"], plain["pointing"]["high"]
    assert (low["all"]["images"], low["all"]["hits"]) == (23, 11)
    assert (high["all"]["images"], high["all"]["hits"]) == (11, 5)
    groups = ["grade 1", "grade 2", "grade 3", "T4-T10", "T11-L1", "L2-L5"]
    assert list(low) == ["threshold", "all", *groups]
    # The first person's, grade 1 at T8, was refused.
    assert [low[name]["images"] for name in groups] == [7, 8, 8, 7, 8, 8]
    assert low["all"]["chance_random_vertebra"] == pytest.approx(1 / 3)
    assert low["all"]["share"]["low"] < 11 / 23 < low["all"]["share"]["high"]

    energy = plain["energy"]["low"]["fractured bodies"]
    mean = (11 * 0.2 + 12 * 0.05) / 23
    assert energy["energy_share"]["value"] == pytest.approx(mean)
    assert energy["area_share"] == {"value": pytest.approx(0.01), "low": None, "high": None, "samples": 2000}
    assert energy["ratio"]["value"] == pytest.approx(mean / 0.01)
    assert energy["ratio"]["low"] == pytest.approx(energy["energy_share"]["low"] / 0.01)
    among = plain["energy"]["low"]["fractured among all bodies"]
    assert among["ratio"]["value"] == pytest.approx((mean / 0.4) / 0.25)

    check = plain["shuffled_weights"]
    assert (check["images"], check["people"]) == (47, 24)
    assert check["correlation"]["value"] == pytest.approx((0.15 + 0.4) / 2, abs=0.01)
    assert (check["lowest_draw"], check["highest_draw"]) == pytest.approx((0.15, 0.4), abs=0.01)
    assert "shuffling them makes other maps" in check["verdict"]
    assert check["verdict"] in made.words
    assert [len(table.rows) for table in made.tables] == [14, 6, 1]
    assert all(len(row) == len(table.header) for table in made.tables for row in table.rows)
    assert section(facts, labels, scores, names, truth, POINTS).tables == made.tables


@pytest.mark.parametrize(
    ("correlations", "says"),
    [
        ([0.9, 0.95, 0.99, 0.97], "change little"),
        ([0.9, 0.1, 0.8, 0.2], "stays open"),
        ([0.0, -0.2, 0.1, 0.2], "depend on the weights after the encoder: shuffling"),
    ],
)
def test_the_verdict_on_shuffled_weights(correlations: list[float], says: str) -> None:
    facts = [HeatmapFacts(None, shuffled=(each,)) for each in correlations]
    names = np.array(["a", "b", "c", "d"])
    truth = CohortTruth(None, "There is no truth.jsonl beside the manifest.")
    made = section(facts, np.ones(4), np.ones(4), names, truth, POINTS)
    assert says in made.words[-1]
    assert made.words[0] == ("Pointing and energy are left out: there is no truth.jsonl beside the manifest.")
    assert made.plain["pointing"] == made.words[0]


@pytest.mark.filterwarnings("error")
def test_what_can_not_be_told_is_a_sentence() -> None:
    facts, labels, scores, names, truth = cohort(2)
    nothing = section([None] * 4, labels, scores, names, truth, POINTS)
    assert nothing.words == (heatmaps.NO_MAPS,)
    assert section([], np.array([]), np.array([]), np.array([], str), truth, POINTS).words == nothing.words
    unlabelled = section(facts, np.full(4, math.nan), scores, names, truth, POINTS)
    assert "labelled fractured" in unlabelled.words[0]
    far = section(facts, labels, scores, names, truth, OperatingPoints(0.5, 0.9, 0.9, 0.9))
    assert "No fractured image scores at or above the high operating point (0.900)." in far.words
    assert far.plain["pointing"]["high"] == {"threshold": 0.9}  # type: ignore[index]

    # One person, whose map is zero throughout.
    empty = HeatmapFacts(None, area_fractured=0.01, area_bodies=0.04)
    alone = dataclasses.replace(truth, outlines=truth.outlines[1:2], facts=truth.facts[1:2])  # type: ignore[index]
    made = section([empty], labels[1:2], scores[1:2], names[1:2], alone, POINTS)
    json.dumps(made.plain, allow_nan=False)
    assert made.plain["energy"]["low"]["all bodies"]["images"] == 0  # type: ignore[index]
    assert "there are two maps to compare" in made.words[-1]
    assert made.tables[0].rows[0][4] == "0.000 [-]"
