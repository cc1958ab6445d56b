"""Unlike pictures in the report: by group, and the scores on the people most like the training."""

import dataclasses
import json
import math

import numpy as np
import pytest
from invented import cohort, units
from sklearn.metrics import roc_auc_score

from train.evaluation.sections.likeness import COVERAGES, section

pytestmark = pytest.mark.filterwarnings("error")


def test_shares_and_coverage() -> None:
    rng = np.random.default_rng(0)
    found = [
        dataclasses.replace(unit, likeness=float(rng.random()), unlike=int(index % 5 == 0))
        for index, unit in enumerate(units(400))
    ]
    people = cohort(found)
    made = section(people)
    plain = json.loads(json.dumps(made.plain, allow_nan=False))
    unlike = people.values("unlike") > 0
    assert plain["unlike"]["all"]["value"] == pytest.approx(unlike.mean())
    women = people.words("sex") == "F"
    assert plain["unlike"]["women"]["value"] == pytest.approx(unlike[women].mean())
    rows = plain["coverage"]["pvf"]
    assert [row["kept"] for row in rows] == list(COVERAGES)
    half = np.argsort(-people.values("likeness"), kind="stable")[: round(0.5 * 400)]
    labels, scores = people.labels("pvf")[half], people.scores("pvf")[half]
    assert rows[-1]["people"] == 200
    assert rows[-1]["auroc"]["value"] == pytest.approx(roc_auc_score(labels, scores))


def test_weights_without_a_gate_tell_nothing() -> None:
    made = section(cohort(units(40)))
    assert made.words == ("The weights have no gate, so nothing is known of it.",)
    assert not made.tables and not made.plain


def test_small_groups_are_left_out() -> None:
    found = [dataclasses.replace(unit, likeness=0.5) for unit in units(40)]
    found += [
        dataclasses.replace(unit, person_id=f"x{unit.person_id}", likeness=math.nan) for unit in units(5)
    ]
    made = section(cohort(found))
    assert made.tables[0].rows[0][:2] == ("all", 40)
    assert all(int(row[1]) >= 10 for row in made.tables[0].rows)
