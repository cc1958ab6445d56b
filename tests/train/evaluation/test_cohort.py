from __future__ import annotations

import dataclasses
import math

import numpy as np
from invented import cohort, units

from train.evaluation.people.cohort import CLINICAL, Labelled


def test_who_has_a_label_and_a_score() -> None:
    found = units(4)
    found[1] = dataclasses.replace(found[1], labels={"pvf": math.nan, "osteo": 1.0})
    found[2] = dataclasses.replace(found[2], labels={"osteo": 0.0})
    people = cohort(found)
    known = people.labelled("pvf")
    assert known.index.tolist() == [0, 3]
    assert known.labels.tolist() == [found[0].labels["pvf"], found[3].labels["pvf"]]
    assert known.scores.tolist() == [found[0].scores["pvf"], found[3].scores["pvf"]]
    assert people.labelled("osteo").index.tolist() == [0, 1, 2, 3]


def test_classes() -> None:
    both = Labelled.of(np.array([0.0, 1, 1, np.nan]), np.array([0.1, 0.2, np.nan, 0.4]))
    assert (both.index.tolist(), both.positives, both.both_classes) == ([0, 1], 1, True)
    for labels in ([], [1.0, 1.0], [0.0, np.nan]):
        assert not Labelled.of(np.array(labels), np.full(len(labels), 0.5)).both_classes


def test_the_clinical_comparator() -> None:
    people = cohort(units(3))
    assert people.clinical("pvf").tolist() == people.comparators["pvf"][CLINICAL].tolist()
    without = dataclasses.replace(people, comparators={"pvf": {}})
    assert np.isnan([without.clinical("pvf"), without.clinical("osteo")]).all()
