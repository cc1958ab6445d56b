from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest
from invented import cohort, units
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score

from train.evaluation.figures.proportions import wilson
from train.evaluation.people.cohort import Unit
from train.evaluation.sections.subgroups import AGES, BMIS, bands, section

pytestmark = pytest.mark.filterwarnings("error")


def by_name(plain: dict[str, object], task: str) -> dict[str, dict[str, Any]]:
    groups = json.loads(json.dumps(plain[task], allow_nan=False))
    return {group["group"]: group for group in groups}


def test_bands() -> None:
    ages = bands(np.array([64.9, 65, 74.99, 75, math.nan]), *AGES)
    assert ages.tolist() == ["age < 65", "age 65 to 74", "age 65 to 74", "age >= 75", ""]
    bmis = bands(np.array([18.4, 18.5, 24.99, 25, 30]), *BMIS)
    expected = ["BMI < 18.5", "BMI 18.5 to 24.9", "BMI 18.5 to 24.9", "BMI 25 to 29.9", "BMI >= 30"]
    assert bmis.tolist() == expected


def test_the_section() -> None:
    people = cohort(units(400))
    made = section(people)
    labels, scores = people.labels("pvf"), people.scores("pvf")
    found = by_name(made.plain, "pvf")
    assert list(found)[:3] == ["all", "women", "men"]
    women = people.words("sex") == "F"
    assert (found["women"]["people"], found["women"]["positives"]) == (women.sum(), labels[women].sum())
    assert found["women"]["auroc"]["value"] == pytest.approx(roc_auc_score(labels[women], scores[women]))
    assert found["women"]["auroc"]["low"] < found["women"]["auroc"]["value"]
    sick = scores[women & (labels == 1)]
    assert found["women"]["sensitivity"]["low"] == wilson(int((sick >= 0.3).sum()), len(sick)).plain()
    well = scores[women & (labels == 0)]
    assert found["women"]["specificity"]["high"] == wilson(int((well < 0.7).sum()), len(well)).plain()
    assert sum(found[f"manufacturer: {name}"]["people"] for name in ("North", "South")) == 400
    assert sum(found[name]["people"] for name in AGES[1]) == 400

    # A grade is set against everyone without a fracture.
    severe = people.words("grade") == "3"
    chosen = severe | (labels == 0)
    grade = found["grade 3, severe"]
    assert (grade["people"], grade["positives"]) == (chosen.sum(), severe.sum())
    assert grade["auroc"]["value"] == pytest.approx(roc_auc_score(labels[chosen], scores[chosen]))
    assert not any(name.startswith("grade") for name in by_name(made.plain, "osteo"))
    assert "The hardware is not known of any people." in made.words

    assert [picture.name for picture in made.pictures] == ["subgroups-pvf", "subgroups-osteo"]
    figure = Figure()
    made.pictures[0].draw(figure)
    shown = [group for group in found.values() if group["auroc"]]
    ticks = [each.get_text() for each in figure.axes[0].get_yticklabels()]
    assert ticks == [f"{group['group']} (n = {group['people']})" for group in shown]
    squares = figure.axes[0].lines[1].get_xdata()
    assert list(squares) == pytest.approx([group["auroc"]["value"] for group in shown])


def of_manufacturer(name: str, number: int, positives: int) -> list[Unit]:
    found = []
    for index, unit in enumerate(units(number)):
        has = float(index < positives)
        groups = {"manufacturer": name, "grade": "2" if has else "0"}
        labels = {"pvf": has, "osteo": math.nan}
        found.append(dataclasses.replace(unit, person_id=f"{name}{index}", labels=labels, groups=groups))
    return found


def test_small_groups_are_suppressed() -> None:
    people = cohort(
        [
            *of_manufacturer("nine", 9, 4),
            *of_manufacturer("ten", 10, 5),
            *of_manufacturer("well", 12, 4),
            *of_manufacturer("sick", 12, 8),
            *of_manufacturer("none", 12, 0),
        ]
    )
    grades = [1, *[2] * 20]
    fractured = [index for index, unit in enumerate(people.units) if unit.labels["pvf"] == 1]
    changed = list(people.units)
    for index, grade in zip(fractured, grades, strict=True):
        changed[index] = dataclasses.replace(
            changed[index], groups={**changed[index].groups, "grade": str(grade)}
        )
    made = section(cohort(changed))
    found = by_name(made.plain, "pvf")
    shown = {
        name: (group["people"], group["positives"], group["auroc"] is not None)
        for name, group in found.items()
        if name.startswith(("manufacturer", "grade"))
    }
    assert shown == {
        "manufacturer: nine": ("<10", None, False),
        "manufacturer: none": (12, "<5", False),
        "manufacturer: sick": (12, ">7", False),
        "manufacturer: ten": (10, 5, True),
        "manufacturer: well": (12, "<5", False),
        # The people of grade 1 and all without a fracture would tell how many have grade 1.
        "grade 1, mild": ("-", "<5", False),
        "grade 2, moderate": (54, 20, True),
    }
    rows = {row[0]: row for row in made.tables[0].rows}
    assert rows["manufacturer: nine"] == ("manufacturer: nine", "<10", *["-"] * 6)
    assert rows["manufacturer: sick"] == ("manufacturer: sick", 12, ">7", *["-"] * 5)
    assert found["manufacturer: sick"]["sensitivity"] is None
    assert by_name(made.plain, "osteo")["all"]["people"] == "<10"
    assert [picture.name for picture in made.pictures] == ["subgroups-pvf"]


def test_few_people_and_unknown_values() -> None:
    assert section(cohort([])).pictures == ()
    few = [
        dataclasses.replace(each, age=math.nan, groups={}, scores={"pvf": math.nan, "osteo": 0.5})
        for each in units(30)
    ]
    few[0] = dataclasses.replace(few[0], age=60.0)
    few[1:5] = [dataclasses.replace(each, groups={"manufacturer": "North"}) for each in few[1:5]]
    made = section(cohort(few))
    json.dumps(made.plain, allow_nan=False)
    assert by_name(made.plain, "pvf").keys() == {"all"}
    assert by_name(made.plain, "osteo")["all"]["auroc"]["value"] == 0.5
    assert "The age is not known of 29 people, who are in none of its groups." in made.words
    nine = [*few[:1] * 21, *few[21:]]
    known = [dataclasses.replace(each, person_id=f"{index}") for index, each in enumerate(nine)]
    expected = "The age is not known of fewer than 10 people, who are in none of its groups."
    assert expected in section(cohort(known)).words
    for picture in made.pictures:
        picture.draw(Figure())


def test_perfect_separation_draws_points_without_intervals() -> None:
    made = section(cohort([dataclasses.replace(each, scores=each.labels) for each in units(60)]))
    assert made.tables[0].rows[0][3] == "1.000 [-]"
    made.pictures[0].draw(Figure())
