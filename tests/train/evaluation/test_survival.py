from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from invented import followed
from lifelines import CoxPHFitter
from lifelines.datasets import load_rossi
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from train.evaluation.figures.numbers import p_cell, p_words
from train.evaluation.figures.survival import (
    Estimate,
    HazardRatio,
    cross_fitted,
    hazard_ratios,
    kaplan_meier,
    log_rank,
    median_followup,
    proportional_hazards,
)
from train.simulator.people import draw_person
from verte_core.errors import DataError

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.filterwarnings("error")]


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
    people = followed(300)
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
    assert [p_cell(p) for p in (0.0001, 0.0496, math.nan)] == ["< 0.001", "0.050", "-"]
    assert HazardRatio(2.0, 1.5, 2.504, 0.01).ratio() == "2.00 [1.50, 2.50], p = 0.010"
    assert Estimate(0.1234, 0.1, math.nan).plain() == {"value": 0.1234, "low": 0.1, "high": None}
    assert math.isnan(median_followup(np.array([1.0, 2, 9]), np.array([0.0, 1, 1])))
