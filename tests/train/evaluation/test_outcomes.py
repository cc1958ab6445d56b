from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable

import numpy as np
import pytest
from invented import followed
from matplotlib.figure import Figure

from train.evaluation.figures.bootstrap import SAMPLES
from train.evaluation.figures.survival import (
    hazard_ratios,
    kaplan_meier,
    log_rank,
    median_followup,
    proportional_hazards,
)
from train.evaluation.people.cohort import People, Unit
from train.evaluation.sections.outcomes import section
from train.evaluation.sections.section import Section

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.filterwarnings("error")]


def changed(people: People, change: Callable[[Unit], dict[str, object]]) -> People:
    units = tuple(dataclasses.replace(each, **change(each)) for each in people.units)
    return dataclasses.replace(people, units=units)


def draw_all(made: Section) -> list[Figure]:
    figures = []
    for picture in made.pictures:
        figure = Figure(layout="constrained")
        picture.draw(figure)
        figure.draw_without_rendering()
        figures.append(figure)
    return figures


def test_the_section() -> None:
    people = followed(1500)
    unknown = dataclasses.replace(people.units[0], person_id="Q", fracture_event=math.nan)
    untimed = dataclasses.replace(people.units[0], person_id="R", followup_years=0.0)
    people = dataclasses.replace(people, units=(*people.units, unknown, untimed))
    made = section(people)
    assert json.loads(json.dumps(made.plain, allow_nan=False)) == made.plain
    assert section(people).plain == made.plain

    first = people.units[:1500]
    years = np.array([each.followup_years for each in first])
    event = np.array([each.fracture_event for each in first])
    scores = {task: np.array([each.scores[task] for each in first]) for task in people.tasks}
    plain = made.plain
    assert (plain["people"], plain["events"]) == (1500, event.sum())
    assert plain["median_followup_years"] == median_followup(years, event)
    median = f"{median_followup(years, event):.1f}"
    assert made.words[0].startswith(f"Of 1502 people 1500 have follow-up (median {median} years); ")

    groups, ratios = plain["groups"], plain["hazard_ratios"]
    clinical = {
        "age": np.array([each.age for each in first]),
        "sex": np.array([float(each.sex == "F") for each in first]),
        "bmi": np.array([each.bmi for each in first]),
    }
    logits = {task: np.log(each / (1 - each)) for task, each in scores.items()}
    for measure, states in {
        "high": {task: (each >= 0.5) * 1.0 for task, each in scores.items()},
        "low": {task: (each >= 0.2) * 1.0 for task, each in scores.items()},
        "per_sd": {task: each / each.std() for task, each in logits.items()},
    }.items():
        together = hazard_ratios(years, event, states | clinical)
        for task, state in states.items():
            expected = {
                "unadjusted": hazard_ratios(years, event, {task: state})[task].plain(),
                "adjusted": hazard_ratios(years, event, {task: state} | clinical)[task].plain(),
                "together": together[task].plain(),
            }
            for adjustment, values in expected.items():
                assert ratios[measure][task][adjustment] == pytest.approx(values)
            if measure != "per_sd":
                figures = groups[measure][task]
                found = state == 1
                assert figures["detected"]["people"] == found.sum()
                assert figures["detected"]["events"] + figures["not_detected"]["events"] == event.sum()
                incidence = kaplan_meier(years[found], event[found]).at(5).plain()
                assert figures["detected"]["incidence_5_years"] == incidence
                assert figures["log_rank_p"] == log_rank(years, event, found)
        assert plain["proportional_hazards"][measure] == pytest.approx(
            proportional_hazards(years, event, states | clinical)
        )
    concordance = plain["concordance"]
    alone, added, more = (concordance[name] for name in ("age_sex_bmi", "with_scores", "difference"))
    assert 0.5 < alone["low"] < alone["value"] < added["value"] < added["high"] < 0.8
    assert more["value"] == pytest.approx(added["value"] - alone["value"])
    assert more["samples"] == SAMPLES
    # Paired, the difference is surer than either.
    assert 0 < more["high"] - more["low"] < alone["high"] - alone["low"]

    assert [len(table.rows) for table in made.tables] == [9, 6, 5, 3]
    assert all(len(row) == len(table.header) for table in made.tables for row in table.rows)
    figures = draw_all(made)
    assert [picture.name for picture in made.pictures] == [
        "incident-fracture-pvf",
        "incident-fracture-osteo",
        "hazard-ratios",
    ]
    at_risk = [text.get_text() for text in figures[0].axes[1].texts]
    assert at_risk[0] == str((scores["pvf"] >= 0.5).sum())
    assert str(((scores["pvf"] < 0.5) & (years >= 4)).sum()) in at_risk
    assert len(figures[2].axes[0].get_yticks()) == 6


def nobody_followed(unit: Unit) -> dict[str, object]:
    return {"followup_years": math.nan, "fracture_event": math.nan}


def all_found(unit: Unit) -> dict[str, object]:
    return {"scores": {"pvf": 0.9, "osteo": unit.scores["osteo"]}}


def none_found(unit: Unit) -> dict[str, object]:
    return {"scores": {"pvf": unit.scores["pvf"] * 0.15, "osteo": unit.scores["osteo"]}}


def few_events(unit: Unit) -> dict[str, object]:
    return {"fracture_event": float(unit.fracture_event == 1 and unit.person_id < "P00030")}


def fractures_found(unit: Unit) -> dict[str, object]:
    found = 0.9 if unit.fracture_event else unit.scores["pvf"]
    return {"scores": {"pvf": found, "osteo": unit.scores["osteo"]}}


def same_scores(unit: Unit) -> dict[str, object]:
    return {"scores": {"pvf": unit.scores["pvf"], "osteo": unit.scores["pvf"]}}


@pytest.mark.parametrize(
    ("change", "says", "none"),
    [
        (nobody_followed, "the manifest has no one with followup_years above 0", ["groups", "hazard_ratios"]),
        (lambda unit: {"fracture_event": 0.0}, "No one had an incident fracture", ["groups"]),
        (
            all_found,
            "pVF-score at or above the high operating point (0.500): everybody, so there is nothing",
            ["hazard_ratios high pvf unadjusted", "hazard_ratios per_sd pvf adjusted", "concordance"],
        ),
        (
            none_found,
            "pVF-score at or above the low operating point (0.200): nobody, so there is nothing",
            ["hazard_ratios high pvf adjusted", "groups high pvf detected", "groups low pvf log_rank_p"],
        ),
        (
            few_events,
            "incident fractures, fewer than 10, the adjusted models, the test of",
            ["hazard_ratios high pvf adjusted", "proportional_hazards high", "concordance"],
        ),
        (
            fractures_found,
            "The Cox model of pVF-score has no finite solution: fractures lie on one side only",
            ["hazard_ratios high pvf unadjusted", "hazard_ratios high pvf together"],
        ),
        (
            same_scores,
            "The Cox model of pVF-score, osteo-score, age, sex and BMI has no finite solution",
            ["hazard_ratios high pvf together", "proportional_hazards per_sd", "concordance"],
        ),
        (lambda unit: {"sex": "F"}, "Everybody has the same sex, so no model is adjusted for it.", []),
        (
            lambda unit: {"age": 60.0, "sex": "F", "bmi": 25.0},
            "where each of age, sex and BMI is the same for everybody",
            ["concordance"],
        ),
        (
            lambda unit: {"followup_years": min(unit.followup_years, 3.0)},
            "no one was followed for 5 years.",
            [],
        ),
    ],
)
def test_what_can_not_be_told_is_said(
    change: Callable[[Unit], dict[str, object]], says: str, none: list[str]
) -> None:
    made = section(changed(followed(250), change))
    assert any(says in each for each in made.words), made.words
    assert len(set(made.words)) == len(made.words)
    for path in none:
        figure: object = made.plain
        for part in path.split():
            figure = figure[part]
        assert figure is None, path
    json.dumps(made.plain, allow_nan=False)
    draw_all(made)
    cells = [str(cell) for table in made.tables for row in table.rows for cell in row]
    assert not any("nan" in cell or "inf" in cell for cell in cells)


def test_few_events_to_a_covariate_are_said_and_modelled() -> None:
    made = section(followed(250))
    assert any("fewer than 10 to each" in each for each in made.words)
    assert made.plain["hazard_ratios"]["high"]["pvf"]["adjusted"]["p"] < 1


def test_one_score_and_one_person() -> None:
    one_task = section(followed(250, tasks=("osteo",)))
    ratios = one_task.plain["hazard_ratios"]["high"]["osteo"]
    assert ratios["adjusted"]["value"] > 1
    assert ratios["together"] is None
    assert set(one_task.plain["proportional_hazards"]["high"]) == {"osteo", "age", "sex", "bmi"}
    draw_all(one_task)
    people = followed(40)
    alone = next(each for each in people.units if each.fracture_event)
    made = section(dataclasses.replace(people, units=(alone,)))
    assert made.plain["people"] == made.plain["events"] == 1
    draw_all(made)
