"""Whether the scores tell who will have a fracture: survival analysis of the people's follow-up.

Kaplan & Meier, J Am Stat Assoc 1958;53:457; Cox, J R Stat Soc B 1972;34:187.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.exceptions import ConvergenceError, ConvergenceWarning
from lifelines.statistics import logrank_test, proportional_hazard_test
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from train.evaluation.bootstrap import SAMPLES, interval, person_counts
from train.evaluation.calibration import CLIP, logit
from train.evaluation.cohort import CLINICAL, People
from train.evaluation.concordance import weighted_concordances
from train.evaluation.section import Cell, Picture, Section, Table
from verte_core.errors import DataError
from verte_core.scoring import TASK_MEANINGS, TASK_TITLES

Array = npt.NDArray[np.float64]
Known = npt.NDArray[np.bool_]
_Ratios = dict[str, dict[str, dict[str, "HazardRatio | None"]]]
"""By measure, task and adjustment."""

HORIZON = 5.0
"""Years at which the cumulative incidence is given."""
FEWEST_EVENTS = 10
"""With fewer no model of several covariates is fitted; so many to a covariate are wanted."""
FOLDS = 5
SEED = 1111

ADJUSTMENTS = {
    "unadjusted": "Unadjusted",
    "adjusted": f"Adjusted for {CLINICAL}",
    "together": f"Both scores in one model, adjusted for {CLINICAL}",
}
MEASURES = {
    "high": "at or above the high operating point",
    "low": "at or above the low operating point",
    "per_sd": "per standard deviation of the logit",
}
_FLAT = 20.0
"""Standard error of a log hazard ratio between a covariate's extremes that only a diverging one reaches."""
_CLINICAL_NAMES = {"age": "age", "sex": "sex", "bmi": "BMI"}
_NAMES = TASK_TITLES | _CLINICAL_NAMES

GROUPS_METHOD = (
    "A model-detected fracture is a person's pVF-score at or above the weights' high operating point, "
    "which is the primary choice; the same at the low point is given beside it. Model-detected "
    "osteoporosis is the same of the osteo-score. A person's score is that of all their images combined. "
    "Cumulative incidence is 1 minus the Kaplan-Meier estimate (J Am Stat Assoc 1958;53:457) with "
    "intervals on the log(-log) scale; what ended a follow-up other than a fracture, death as well, is "
    "taken as the end of observation. Groups are compared by the log-rank test (Mantel, Cancer Chemother "
    "Rep 1966;50:163). The median follow-up is that of the reverse Kaplan-Meier estimate (Schemper & "
    "Smith, Control Clin Trials 1996;17:343)."
)
RATIOS_METHOD = (
    "Hazard ratios are of Cox models (J R Stat Soc B 1972;34:187) with Efron's treatment of ties (J Am "
    "Stat Assoc 1977;72:557) and Wald intervals. Everybody is one row, so no one counts more than once and "
    "the standard errors need no clustering. For the ratio per standard deviation scores are clipped to "
    f"{CLIP:g} and 1 - {CLIP:g} before their logit is taken. Proportional hazards are tested by the "
    "correlation of scaled Schoenfeld residuals with the Kaplan-Meier estimate just before the event "
    "(Grambsch & Therneau, Biometrika 1994;81:515)."
)
CONCORDANCE_METHOD = (
    "Harrell's C-index (JAMA 1982;247:2543) of the linear predictor of Cox models: of two people, how "
    "often the one with the earlier fracture has the higher predictor; two fractures at the same time are "
    f"not compared, a tie of the predictor counts as half. The model of {CLINICAL} is set beside that with "
    "the logits of the scores added. A model tested on the people it was fitted on looks better than it "
    f"is; therefore everybody's predictor comes from a model fitted on the other people, in {FOLDS} folds "
    f"of people with equal shares of events. Intervals are over {SAMPLES} resamples of people with these "
    "predictors held fixed, so they leave out what fitting anew would add."
)


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; NaN where there is none."""

    value: float
    low: float
    high: float

    def plain(self) -> dict[str, float | None]:
        """For JSON, which has no NaN."""
        return {name: _plain(number) for name, number in dataclasses.asdict(self).items()}

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


def p_words(p: float) -> str:
    """``= 0.012``, ``< 0.001``, or ``-`` for NaN."""
    return "-" if math.isnan(p) else "< 0.001" if p < 0.001 else f"= {p:.3f}"


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


def log_rank(years: Array, event: Array, group: Known) -> float:
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
        covariates: by name (P,), finite.

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
    names = [_NAMES.get(name, name) for name in covariates]
    constant = [name for name, each in zip(names, covariates.values(), strict=True) if not np.ptp(each) > 0]
    if constant or not names:
        same = constant[0] if constant else f"each of {CLINICAL}"
        raise DataError(f"No Cox model can be fitted where {same} is the same for everybody.")
    table = pd.DataFrame({**covariates, "_years": years, "_event": event})
    endless = DataError(
        f"The Cox model of {_join(names)} has no finite solution: fractures lie on one side only of a "
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


@dataclass(frozen=True, eq=False)
class _Cohort:
    """The people with follow-up.

    Attributes:
        ids: (P,) of persons.
        years: (P,), above 0.
        event: (P,) of 0 and 1.
        clinical: by name (P,): age, sex (1 for F) and bmi, of those that differ between people.
        scores: by task (P,) in 0..1.
        thresholds: by ``high`` and ``low``, then by task.
    """

    ids: npt.NDArray[np.str_]
    years: Array
    event: Array
    clinical: dict[str, Array]
    scores: dict[str, Array]
    thresholds: dict[str, dict[str, float]]

    @classmethod
    def of(cls, people: People) -> _Cohort:
        """Those followed for some time, with all that the models need."""
        sex = people.words("sex")
        clinical = {
            "age": people.values("age"),
            "sex": np.where(sex == "F", 1.0, np.where(sex == "M", 0.0, np.nan)),
            "bmi": people.values("bmi"),
        }
        scores = {task: people.scores(task) for task in people.tasks}
        years, event = people.values("followup_years"), people.values("fracture_event")
        known = np.isfinite(np.stack([years, event, *clinical.values(), *scores.values()])).all(axis=0)
        chosen = np.flatnonzero(known & (years > 0))
        points = people.operating_points
        return cls(
            people.ids[chosen],
            years[chosen],
            event[chosen],
            {name: each[chosen] for name, each in clinical.items() if len(np.unique(each[chosen])) > 1},
            {task: each[chosen] for task, each in scores.items()},
            # Thresholds can cross when a score separates well; the zones then meet at the high one.
            {
                "high": {task: points[task].high for task in people.tasks},
                "low": {task: min(points[task].low, points[task].high) for task in people.tasks},
            },
        )

    def states(self, measure: str) -> dict[str, Array]:
        """By task (P,): 1 for detected at the point ``high`` or ``low``, or the logit in its SD."""
        if measure in self.thresholds:
            points = self.thresholds[measure]
            return {task: (each >= points[task]).astype(np.float64) for task, each in self.scores.items()}
        return {task: each / (float(each.std()) or 1.0) for task, each in self.logits.items()}

    @property
    def logits(self) -> dict[str, Array]:
        """By task (P,)."""
        return {task: logit(each) for task, each in self.scores.items()}


def section(people: People) -> Section:
    """Incident fracture by what the model detected, hazard ratios, and the C-index with the scores added.

    Of the people with ``followup_years`` above 0 and a known ``fracture_event``. Whatever can't be told has
    a sentence, and None in ``plain``.
    """
    cohort = _Cohort.of(people)
    count, events = len(cohort.ids), int(cohort.event.sum())
    plain: dict[str, object] = {
        "people": count,
        "events": events,
        "share_of_events": None,
        "median_followup_years": None,
        "incidence_5_years": None,
        "groups": None,
        "hazard_ratios": None,
        "proportional_hazards": None,
        "concordance": None,
    }
    key, title = "outcomes", "Incident fracture"
    if not count:
        says = (
            "Incident fracture is left out: the manifest has no one with followup_years above 0 and a known "
            "fracture_event."
        )
        return Section(key, title, (says,), plain=plain)
    median = median_followup(cohort.years, cohort.event)
    followed = "not reached" if math.isnan(median) else f"{median:.1f} years"
    everybody = kaplan_meier(cohort.years, cohort.event)
    early = everybody.at(HORIZON)
    within = "no one was followed for" if math.isnan(early.value) else f"{early.percent()} within"
    plain |= {
        "share_of_events": events / count,
        "median_followup_years": _plain(median),
        "incidence_5_years": early.plain(),
    }
    words = [
        f"Of {len(people.units)} people {count} have follow-up (median {followed}); {events} of them "
        f"({100 * events / count:.1f} %) had an incident fracture, {within} {HORIZON:g} years."
    ]
    if not events:
        words.append("No one had an incident fracture, so there is nothing to compare.")
        return Section(key, title, tuple(words), plain=plain)
    missing = [shown for name, shown in _CLINICAL_NAMES.items() if name not in cohort.clinical]
    if missing:
        words.append(f"Everybody has the same {_join(missing)}, so no model is adjusted for it.")
    words += _too_few(cohort, events)
    tables, pictures = [], []
    for part in (_groups(cohort, everybody), _ratios(cohort, events), _concordance(cohort, events)):
        words += part.words
        tables += part.tables
        pictures += part.pictures
        plain |= part.plain
    return Section(key, title, tuple(words), tuple(tables), tuple(pictures), plain)


def _too_few(cohort: _Cohort, events: int) -> list[str]:
    covariates = len(cohort.scores) + len(cohort.clinical)
    source = "(events per variable; Peduzzi et al., J Clin Epidemiol 1995;48:1503)"
    if events < FEWEST_EVENTS:
        return [
            f"With {events} incident fractures, fewer than {FEWEST_EVENTS}, the adjusted models, the test of "
            f"proportional hazards and the C-index are left out {source}."
        ]
    if events < FEWEST_EVENTS * covariates:
        return [
            f"With {events} incident fractures to {covariates} covariates, fewer than {FEWEST_EVENTS} to "
            f"each, the adjusted hazard ratios are unsure {source}."
        ]
    return []


@dataclass(frozen=True)
class _Part:
    words: list[str]
    tables: list[Table]
    pictures: list[Picture]
    plain: dict[str, object]


def _groups(cohort: _Cohort, everybody: Curve) -> _Part:
    """Incidence by what was detected."""
    years, event = cohort.years, cohort.event
    words, pictures = [GROUPS_METHOD], []
    whole = (len(years), int(event.sum()), everybody.at(HORIZON).percent(), "")
    rows: list[tuple[Cell, ...]] = [("everybody", *whole)]
    plain: dict[str, dict[str, object]] = {}
    for point, thresholds in cohort.thresholds.items():
        plain[point] = {}
        for task, state in cohort.states(point).items():
            found = state == 1
            both = bool(found.any() and not found.all())
            p = log_rank(years, event, found) if both else math.nan
            figures: dict[str, object] = {"threshold": thresholds[task], "log_rank_p": _plain(p)}
            name = f"{TASK_TITLES[task]} {MEASURES[point]} ({thresholds[task]:.3f})"
            curves = {}
            for group, members, called, shown in (
                ("detected", found, name, p_words(p).removeprefix("= ")),
                ("not_detected", ~found, "    below it", ""),
            ):
                figures[group] = None
                if members.any():
                    curves[group] = kaplan_meier(years[members], event[members])
                    incidence = curves[group].at(HORIZON)
                    of_them = {"people": int(members.sum()), "events": int(event[members].sum())}
                    figures[group] = of_them | {"incidence_5_years": incidence.plain()}
                    rows.append((called, *of_them.values(), incidence.percent(), shown))
            plain[point][task] = figures
            if not both:
                who = "everybody" if found.all() else "nobody"
                words.append(f"{name}: {who}, so there is nothing to compare.")
            if point == "high":
                pictures.append(_incidence_picture(task, name, p, curves, years, found))
    table = Table(
        "Incident fracture by what the model detected. In brackets 95 % intervals.",
        ("", "People", "With incident fracture", f"Within {HORIZON:g} years", "Log-rank p"),
        tuple(rows),
    )
    return _Part(words, [table], pictures, {"groups": plain})


def _ratios(cohort: _Cohort, events: int) -> _Part:
    """Hazard ratios of every measure and adjustment, and the test of their largest models."""
    words = [RATIOS_METHOD]
    ratios: _Ratios = {}
    tests: dict[str, dict[str, float] | None] = {}
    for measure in MEASURES:
        states = cohort.states(measure)
        ratios[measure] = {task: dict.fromkeys(ADJUSTMENTS) for task in states}
        models: list[tuple[str, dict[str, Array]]] = [
            ("unadjusted", {task: state}) for task, state in states.items()
        ]
        if events >= FEWEST_EVENTS:
            models += [("adjusted", {task: state} | cohort.clinical) for task, state in states.items()]
            models += [("together", states | cohort.clinical)] if len(states) > 1 else []
        endless: set[str] = set()
        for adjustment, covariates in models:
            # What has no finite solution alone has none beside other covariates.
            if endless & covariates.keys():
                continue
            try:
                fitted = hazard_ratios(cohort.years, cohort.event, covariates)
            except DataError as error:
                words.append(f"Scores {MEASURES[measure]}: hazard ratios are left out. {error}")
                endless |= covariates.keys() if len(covariates) == 1 else set()
                continue
            for task in states.keys() & covariates.keys():
                ratios[measure][task][adjustment] = fitted[task]
        tests[measure] = None
        if events >= FEWEST_EVENTS and all(each[models[-1][0]] for each in ratios[measure].values()):
            tests[measure] = proportional_hazards(cohort.years, cohort.event, models[-1][1])
            words += _not_proportional(measure, tests[measure] or {})
    plain = {
        measure: {
            task: {adjustment: each and each.plain() for adjustment, each in of_task.items()}
            for task, of_task in of_measure.items()
        }
        for measure, of_measure in ratios.items()
    }
    tables, pictures = [], []
    if any(each for rows in ratios.values() for row in rows.values() for each in row.values()):
        tables.append(_ratio_table(ratios))
        pictures.append(
            Picture(
                "hazard-ratios",
                "Hazard ratios of incident fracture with 95 % intervals; at the line there is no difference.",
                partial(_draw_ratios, ratios),
            )
        )
    if any(tests.values()):
        tables.append(_test_table(tests))
    return _Part(words, tables, pictures, {"hazard_ratios": plain, "proportional_hazards": tests})


def _not_proportional(measure: str, tested: Mapping[str, float]) -> list[str]:
    changing = [f"{_NAMES[name]} (p {p_words(p)})" for name, p in tested.items() if p < 0.05]
    if not changing:
        return []
    return [
        f"Scores {MEASURES[measure]}: hazards are not proportional by {_join(changing)}; a ratio that "
        "changes over time is given as an average over the follow-up."
    ]


def _ratio_table(ratios: _Ratios) -> Table:
    rows = [
        (
            f"{TASK_TITLES[task]} {MEASURES[measure]}",
            *(each.ratio() if each else "-" for each in row.values()),
        )
        for measure, of_measure in ratios.items()
        for task, row in of_measure.items()
    ]
    return Table(
        "Hazard ratios of incident fracture. In brackets 95 % intervals.",
        ("", *ADJUSTMENTS.values()),
        tuple(rows),
    )


def _test_table(tests: Mapping[str, Mapping[str, float] | None]) -> Table:
    names = dict.fromkeys(name for tested in tests.values() for name in tested or {})
    rows = [
        (
            _NAMES[name],
            *(p_words((tested or {}).get(name, math.nan)).removeprefix("= ") for tested in tests.values()),
        )
        for name in names
    ]
    return Table(
        "p of the test of proportional hazards, by covariate of the largest model, with the scores as above.",
        ("", *(f"Scores {each}" for each in MEASURES.values())),
        tuple(rows),
    )


def _concordance(cohort: _Cohort, events: int) -> _Part:
    """C-index without and with the scores."""
    if events < FEWEST_EVENTS:
        return _Part([], [], [], {})
    words = [CONCORDANCE_METHOD]
    try:
        models = (cohort.clinical, cohort.clinical | cohort.logits)
        risks = np.stack([cross_fitted(cohort.years, cohort.event, each) for each in models])
    except DataError as error:
        words.append(f"The C-index is left out. Without one fold's people: {error}")
        return _Part(words, [], [], {})
    alone, added = weighted_concordances(cohort.years, cohort.event, risks, person_counts(cohort.ids))
    own, both, difference = (interval(each) for each in (alone, added, added - alone))
    with_scores = f"{CLINICAL}, with {_join([TASK_TITLES[task] for task in cohort.scores])}"
    table = Table(
        "Harrell's C-index for incident fracture, cross-fitted. In brackets 95 % intervals over people.",
        ("", "C-index"),
        ((CLINICAL, f"{own}"), (with_scores, f"{both}"), ("difference", f"{difference:+}")),
    )
    plain = {
        "age_sex_bmi": own.plain(),
        "with_scores": both.plain(),
        "difference": difference.plain(),
    }
    return _Part(words, [table], [], {"concordance": plain})


def _incidence_picture(
    task: str, name: str, p: float, curves: Mapping[str, Curve], years: Array, found: Known
) -> Picture:
    return Picture(
        f"incident-fracture-{task}",
        f"Cumulative incidence of fracture with 95 % intervals, of people with {name} and of those below it, "
        f"1 minus Kaplan-Meier; log-rank p {p_words(p)}. Below, how many are still followed without one.",
        partial(_draw_incidence, TASK_MEANINGS[task], curves, years, found),
    )


def _draw_incidence(
    meaning: str, curves: Mapping[str, Curve], years: Array, found: Known, figure: Figure
) -> None:
    upper, lower = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (5, 1)})
    members = {"detected": found, "not_detected": ~found}
    looks = {"detected": ("C1", f"{meaning} detected"), "not_detected": ("C0", "not detected")}
    ticks = [tick for tick in MaxNLocator(8).tick_values(0, years.max()) if tick <= years.max()]
    for row, (group, curve) in enumerate(curves.items()):
        color, label = looks[group]
        upper.step(curve.years, 100 * curve.incidence, where="post", color=color, label=label)
        upper.fill_between(
            curve.years, 100 * curve.low, 100 * curve.high, step="post", color=color, alpha=0.2, linewidth=0
        )
        for tick in ticks:
            at_risk = int((years[members[group]] >= tick).sum())
            lower.text(tick, -row, f"{at_risk}", color=color, ha="center", va="center")
    upper.set(xlim=(-0.06 * years.max(), 1.02 * years.max()), ylabel="with a fracture, %")
    upper.set_ylim(bottom=0)
    upper.legend(loc="upper left")
    lower.set(ylim=(0.6 - len(curves), 0.6), xlabel="years", ylabel="at risk")
    lower.xaxis.set_major_locator(FixedLocator(ticks))
    lower.set_yticks([])
    for spine in lower.spines.values():
        spine.set_visible(False)


def _draw_ratios(ratios: _Ratios, figure: Figure) -> None:
    axes = figure.subplots()
    rows = [
        (f"{TASK_TITLES[task]}\n{MEASURES[measure]}", row)
        for measure, of_measure in ratios.items()
        for task, row in of_measure.items()
    ]
    for index, (adjustment, label) in enumerate(ADJUSTMENTS.items()):
        known = [(place, each) for place, (_, row) in enumerate(rows) if (each := row[adjustment])]
        if known:
            at = [place + 0.2 * (index - 1) for place, _ in known]
            axes.hlines(at, [each.low for _, each in known], [each.high for _, each in known], f"C{index}")
            axes.plot([each.value for _, each in known], at, "o", color=f"C{index}", label=label)
    axes.axvline(1, color="0.6", linewidth=0.8)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set(xscale="log", xlabel="hazard ratio", ylim=(len(rows) - 0.5, -0.5))
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1))


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _plain(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
