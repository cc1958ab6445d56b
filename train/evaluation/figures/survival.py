"""Survival analysis: cumulative incidence, Cox models, and the test of proportional hazards.

Kaplan & Meier, J Am Stat Assoc 1958;53:457; Cox, J R Stat Soc B 1972;34:187. Both are lifelines'.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.exceptions import ConvergenceError, ConvergenceWarning
from lifelines.statistics import logrank_test, proportional_hazard_test

from train.evaluation.figures.numbers import join, p_words, plain_number
from train.evaluation.figures.proportions import Mask
from verte_core.errors import DataError
from verte_core.results import TASKS

Array = npt.NDArray[np.float64]

FOLDS = 5
SEED = 1111
CLINICAL_NAMES = {"age": "age", "sex": "sex", "bmi": "BMI"}
NAMES = {task: score.title for task, score in TASKS.items()} | CLINICAL_NAMES
"""What a sentence calls the covariates of a model."""
_FLAT = 20.0
"""Standard error of a log hazard ratio between a covariate's extremes that only a diverging one reaches."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; NaN where there is none."""

    value: float
    low: float
    high: float

    def plain(self) -> dict[str, float | None]:
        """For JSON, which has no NaN."""
        return {name: plain_number(number) for name, number in dataclasses.asdict(self).items()}

    def percent(self) -> str:
        """For the table, as a share of people."""
        if math.isnan(self.value):
            return "-"
        spread = "-" if math.isnan(self.low) else f"{100 * self.low:.1f}, {100 * self.high:.1f}"
        return f"{100 * self.value:.1f} % [{spread}]"


@dataclass(frozen=True)
class HazardRatio(Estimate):
    """With the p of the Wald test against 1."""

    p: float

    def ratio(self) -> str:
        """For the table."""
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}], p {p_words(self.p)}"


@dataclass(frozen=True, eq=False)
class Curve:
    """Cumulative incidence by the Kaplan-Meier method.

    Attributes:
        years: (K,) from 0, ascending, each with the incidence that holds from then on.
        incidence: (K,) in 0..1.
        low: (K,) of the 95 % interval.
        high: (K,) of it.
    """

    years: Array
    incidence: Array
    low: Array
    high: Array

    def at(self, years: float) -> Estimate:
        """The incidence at a time.

        NaN after the last person's follow-up; without an interval where nobody or everybody had an event.
        """
        if years > self.years[-1]:
            return Estimate(math.nan, math.nan, math.nan)
        index = np.searchsorted(self.years, years, side="right") - 1
        value, low, high = (float(each[index]) for each in (self.incidence, self.low, self.high))
        return Estimate(value, low, high) if low < high else Estimate(value, math.nan, math.nan)


def kaplan_meier(years: Array, event: Array) -> Curve:
    """Cumulative incidence of people with follow-up ``years`` (P,) and ``event`` (P,) of 0 and 1."""
    with _quiet():
        fitted = KaplanMeierFitter().fit(years, event)
    bounds = 1 - fitted.confidence_interval_.to_numpy(np.float64)
    curve = fitted.survival_function_
    return Curve(
        curve.index.to_numpy(np.float64), 1 - curve.to_numpy(np.float64)[:, 0], bounds[:, 1], bounds[:, 0]
    )


def median_followup(years: Array, event: Array) -> float:
    """Years, by the reverse Kaplan-Meier method (Schemper & Smith, Control Clin Trials 1996;17:343).

    NaN where the curve does not come down to a half, because the longest followed had events.
    """
    reached = kaplan_meier(years, 1 - event)
    half = np.flatnonzero(reached.incidence >= 0.5 - 1e-12)
    return float(reached.years[half[0]]) if len(half) else math.nan


def log_rank(years: Array, event: Array, group: Mask) -> float:
    """p of the log-rank test (Mantel, Cancer Chemother Rep 1966;50:163) of ``group`` (P,) against the rest.

    Both must have people, and there must be an event.
    """
    with _quiet():
        return float(logrank_test(years[group], years[~group], event[group], event[~group]).p_value)


def hazard_ratios(years: Array, event: Array, covariates: Mapping[str, Array]) -> dict[str, HazardRatio]:
    """Hazard ratios of one Cox model, Efron's ties, with Wald intervals and p.

    Args:
        years: (P,), follow-up, above 0.
        event: (P,), 1 where the follow-up ended with an event, else 0.
        covariates: by name (P,), finite, at least one.

    Raises:
        DataError: when a covariate is the same in everybody, or the likelihood has no finite maximum.
    """
    fitted, _ = _fit(years, event, covariates)
    columns = ["exp(coef)", "exp(coef) lower 95%", "exp(coef) upper 95%", "p"]
    rows = fitted.summary.loc[list(covariates), columns].to_numpy(np.float64).tolist()
    return {name: HazardRatio(*row) for name, row in zip(covariates, rows, strict=True)}


def proportional_hazards(years: Array, event: Array, covariates: Mapping[str, Array]) -> dict[str, float]:
    """p by covariate of the test that its hazard ratio does not change over time.

    Correlation of the scaled Schoenfeld residuals with the Kaplan-Meier estimate just before the event
    (Grambsch & Therneau, Biometrika 1994;81:515). Arguments and errors are those of ``hazard_ratios``.
    """
    fitted, table = _fit(years, event, covariates)
    with _quiet():
        # Not lifelines' own "km", which is the estimate after the event.
        tested = proportional_hazard_test(fitted, table, time_transform=_incidence_before).summary["p"]
    return {name: float(tested[name]) for name in covariates}


def cross_fitted(years: Array, event: Array, covariates: Mapping[str, Array]) -> Array:
    """(P,) of linear predictors, each of a Cox model fitted on the people of the other folds.

    Arguments and errors are those of ``hazard_ratios``; an error is raised when any fold's model has it.
    """
    # Around one centre, so that the predictors of different folds are on one scale.
    matrix = np.array([each - each.mean() for each in covariates.values()]).T
    drawn = np.random.default_rng(SEED).permutation(len(years))
    by_event = drawn[np.argsort(event[drawn], kind="stable")]
    folds = np.empty(len(years), np.intp)
    folds[by_event] = np.arange(len(years)) % FOLDS
    result = np.empty(len(years))
    for fold in range(FOLDS):
        rest = folds != fold
        fitted, _ = _fit(years[rest], event[rest], {name: each[rest] for name, each in covariates.items()})
        result[~rest] = matrix[~rest] @ fitted.params_[list(covariates)].to_numpy(np.float64)
    # People alike are tied, whatever the order of a sum made of the last digits.
    return np.round(result, 9)


def _fit(years: Array, event: Array, covariates: Mapping[str, Array]) -> tuple[CoxPHFitter, pd.DataFrame]:
    names = [NAMES.get(name, name) for name in covariates]
    constant = [name for name, each in zip(names, covariates.values(), strict=True) if not np.ptp(each) > 0]
    if constant:
        raise DataError(f"No Cox model can be fitted where {constant[0]} is the same for everybody.")
    table = pd.DataFrame({**covariates, "_years": years, "_event": event})
    endless = DataError(
        f"The Cox model of {join(names)} has no finite solution: fractures lie on one side only of a "
        "covariate or of a combination of them, or one covariate follows from the others."
    )
    try:
        with _quiet():
            # Newton's steps that do not end are the only warnings that matter; those that precede them are
            # guesses from the data, and wrong where a group has nothing but events.
            for said in ("Newton-Raphson", "The log-likelihood is getting suspiciously close to 0"):
                warnings.filterwarnings("error", said, ConvergenceWarning)
            # Many people share a day; going by times is faster than going by people.
            fitted = CoxPHFitter().fit(table, "_years", "_event", batch_mode=True)
    except (ConvergenceError, ConvergenceWarning) as error:
        raise endless from error
    # The steps can end on the way to infinity, where the likelihood is flat.
    errors = fitted.standard_errors_[list(covariates)].to_numpy(np.float64)
    if not (errors * [np.ptp(each) for each in covariates.values()] < _FLAT).all():
        raise endless
    return fitted, table


def _incidence_before(years: pd.Series, event: pd.Series, _weights: pd.Series) -> pd.Series:
    curve = kaplan_meier(years.to_numpy(np.float64), event.to_numpy(np.float64))
    return pd.Series(curve.incidence[np.searchsorted(curve.years, years) - 1])


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
