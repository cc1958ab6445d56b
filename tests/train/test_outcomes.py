from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lifelines.datasets import load_rossi
from matplotlib.figure import Figure
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from train.evaluation.bootstrap import SAMPLES
from train.evaluation.cohort import People, Unit
from train.evaluation.outcomes import (
    Estimate,
    HazardRatio,
    cross_fitted,
    hazard_ratios,
    kaplan_meier,
    log_rank,
    median_followup,
    p_words,
    proportional_hazards,
    section,
)
from train.evaluation.section import Section
from train.simulator.people import draw_person
from verte_core.errors import DataError
from verte_core.weights import OperatingPoints

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.filterwarnings("error")]
POINTS = OperatingPoints(0.2, 0.5, 0.9, 0.9)


def simulated(count: int, **changes: object) -> People:
    """The simulator's people, their labels seen through noise as scores."""
    rng = np.random.default_rng(5)
    units = []
    for index in range(count):
        person = draw_person(rng, f"P{index:05}")
        labels = {"pvf": float(person.fractured), "osteo": float(person.osteo)}
        seen = {task: 1 / (1 + math.exp(2.0 - 3 * x + rng.normal())) for task, x in labels.items()}
        followed = (person.followup_years, float(person.fracture_event))
        units.append(Unit(person.person_id, 1, person.age, person.sex, person.bmi, labels, seen, *followed))
    made = People(tuple(units), ("pvf", "osteo"), dict.fromkeys(("pvf", "osteo"), POINTS), {}, True)
    return dataclasses.replace(made, **changes)


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


def test_the_recidivism_data_give_the_published_figures() -> None:
    """Fox, Cox Proportional-Hazards Regression for Survival Data, an appendix to An R Companion."""
    rossi = load_rossi()
    columns = {name: rossi[name].to_numpy(float) for name in rossi.columns}
    years, event = columns.pop("week"), columns.pop("arrest")
    found = hazard_ratios(years, event, columns)
    published = {
        "fin": (0.684, 0.470, 0.996, 0.0474),
        "age": (0.944, 0.904, 0.986, 0.0090),
        "race": (1.369, 0.748, 2.503, 0.3081),
        "wexp": (0.861, 0.568, 1.305, 0.4803),
        "mar": (0.648, 0.307, 1.370, 0.2561),
        "paro": (0.919, 0.626, 1.348, 0.6646),
        "prio": (1.096, 1.036, 1.159, 0.0014),
    }
    assert list(found) == list(published)
    for name, (value, low, high, p) in published.items():
        expected = pytest.approx((value, low, high), abs=6e-4)
        assert (found[name].value, found[name].low, found[name].high) == expected
        assert found[name].p == pytest.approx(p, abs=6e-4)
    three = {name: columns[name] for name in ("fin", "age", "prio")}
    tested = proportional_hazards(years, event, three)
    assert tested == pytest.approx({"fin": 0.9433, "age": 0.0105, "prio": 0.3793}, abs=6e-5)


def test_every_figure_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(2)
    # A third of a year is the finest step, so that events, and events with ends, are tied.
    group = rng.uniform(size=400) < 0.3
    dose = rng.normal(size=400)
    until, end = rng.exponential(9 / np.exp(0.8 * group + 0.4 * dose)), rng.uniform(1, 9, 400)
    years, event = np.ceil(3 * np.minimum(until, end)) / 3, (until <= end).astype(float)
    found = hazard_ratios(years, event, {"group": group.astype(float), "dose": dose})
    other = PHReg(years, np.stack([group, dose], axis=1).astype(float), event, ties="efron").fit()
    assert [each.value for each in found.values()] == pytest.approx(np.exp(other.params), rel=2e-5)
    bounds = [(each.low, each.high) for each in found.values()]
    assert np.ravel(bounds) == pytest.approx(np.exp(other.conf_int()).ravel(), rel=2e-5)
    assert [each.p for each in found.values()] == pytest.approx(other.pvalues, rel=1e-3)

    curve, survival = kaplan_meier(years, event), SurvfuncRight(years, event)
    for time, left, error in zip(survival.surv_times, survival.surv_prob, survival.surv_prob_se, strict=True):
        # Greenwood's error on the log(-log) scale.
        spread = 1.959964 * error / (left * abs(math.log(left)))
        bounds = [1 - left ** math.exp(-spread), 1 - left ** math.exp(spread)]
        at = curve.at(time + 0.01 if time < years.max() else time)
        assert [at.value, at.low, at.high] == pytest.approx([1 - left, *bounds], abs=1e-6)
    assert curve.at(0.1).plain() == {"value": 0, "low": None, "high": None}
    assert math.isnan(curve.at(9.1).value)
    assert median_followup(years, event) == SurvfuncRight(years, 1 - event).quantile(0.5)
    assert log_rank(years, event, group) == pytest.approx(survdiff(years, event, group)[1], rel=1e-6)


def test_known_ratios_are_within_the_intervals() -> None:
    rng = np.random.default_rng(1)
    people = [draw_person(rng, f"{index}") for index in range(6000)]
    years = np.array([each.followup_years for each in people])
    event = np.array([float(each.fracture_event) for each in people])
    covariates = {
        "fracture": np.array([float(each.fractured) for each in people]),
        "t_score": np.array([each.t_score for each in people]),
        "age": np.array([each.age for each in people]),
    }
    found = hazard_ratios(years, event, covariates)
    # What train/simulator/people.py multiplies the hazard by.
    for name, logarithm in {"fracture": 0.72, "t_score": -0.42, "age": 0.006}.items():
        assert found[name].low < math.exp(logarithm) < found[name].high
        assert math.log(found[name].high / found[name].low) < 0.4
    assert all(p > 0.01 for p in proportional_hazards(years, event, covariates).values())
    # One whose effect ends after two years is found out.
    early = rng.uniform(size=6000) < 0.5
    until = np.where(early, rng.exponential(2, 6000), rng.exponential(8, 6000))
    late = until > 2
    until[late] = 2 + rng.exponential(8, late.sum())
    changing = {"early": early.astype(float)}
    tested = proportional_hazards(np.minimum(until, 6), (until < 6).astype(float), changing)
    assert tested["early"] < 1e-6


def test_a_cross_fitted_predictor_comes_from_other_people() -> None:
    people = simulated(300)
    years, event = people.values("followup_years"), people.values("fracture_event")
    covariates = {"age": people.values("age"), "pvf": people.labels("pvf")}
    before = cross_fitted(years, event, covariates)
    someone = int(np.flatnonzero(event == 1)[0])
    years[someone] /= 10
    after = cross_fitted(years, event, covariates)
    assert after[someone] == before[someone]
    same_fold = after == before
    assert 50 <= same_fold.sum() <= 70
    assert 0.1 < event[same_fold].mean() / event.mean() < 2
    # They are those of the other 240.
    table = {**covariates, "years": years, "event": event}
    rest = CoxPHFitter().fit(pd.DataFrame(table)[~same_fold], "years", "event")
    centred = np.stack([each - each.mean() for each in covariates.values()], axis=1)
    assert after[same_fold] == pytest.approx(centred[same_fold] @ rest.params_.to_numpy(), abs=1e-5)


def test_the_section() -> None:
    people = simulated(1500)
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
    made = section(changed(simulated(250), change))
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
    made = section(simulated(250))
    assert any("fewer than 10 to each" in each for each in made.words)
    assert made.plain["hazard_ratios"]["high"]["pvf"]["adjusted"]["p"] < 1


def test_one_score_and_one_person() -> None:
    one_task = section(simulated(250, tasks=("osteo",)))
    ratios = one_task.plain["hazard_ratios"]["high"]["osteo"]
    assert ratios["adjusted"]["value"] > 1
    assert ratios["together"] is None
    assert set(one_task.plain["proportional_hazards"]["high"]) == {"osteo", "age", "sex", "bmi"}
    draw_all(one_task)
    people = simulated(40)
    alone = next(each for each in people.units if each.fracture_event)
    made = section(dataclasses.replace(people, units=(alone,)))
    assert made.plain["people"] == made.plain["events"] == 1
    draw_all(made)


def test_errors_and_words() -> None:
    years, event = np.arange(1.0, 9), np.tile([1.0, 0.0], 4)
    with pytest.raises(DataError, match="where BMI is the same for everybody"):
        hazard_ratios(years, event, {"bmi": np.full(8, 22.0)})
    with pytest.raises(DataError, match="no finite solution"):
        hazard_ratios(years, event, {"score": -years})
    with pytest.raises(DataError, match="no finite solution"):
        hazard_ratios(years, event, {"score": years % 3, "twice": 2 * (years % 3)})
    # A group so small that the likelihood is flat before its ratio is far away.
    rare, times = np.arange(3000) < 3, np.random.default_rng(3).exponential(5, 3000)
    with pytest.raises(DataError, match="no finite solution"):
        hazard_ratios(times, ((times > 1) & ~rare).astype(float), {"rare": rare.astype(float)})
    assert [p_words(p) for p in (0.0001, 0.0496, math.nan)] == ["< 0.001", "= 0.050", "-"]
    assert HazardRatio(2.0, 1.5, 2.504, 0.01).ratio() == "2.00 [1.50, 2.50], p = 0.010"
    assert Estimate(0.1234, 0.1, math.nan).plain() == {"value": 0.1234, "low": 0.1, "high": None}
    assert math.isnan(median_followup(np.array([1.0, 2, 9]), np.array([0.0, 1, 1])))
