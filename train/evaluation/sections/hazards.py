"""How much likelier a fracture is at any time, by what the model says: hazard ratios of Cox models."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from train.evaluation.figures.logistic import CLIP
from train.evaluation.figures.numbers import join, p_cell, p_words
from train.evaluation.figures.survival import NAMES, HazardRatio, hazard_ratios, proportional_hazards
from train.evaluation.people.cohort import CLINICAL
from train.evaluation.sections.followed import FEWEST_EVENTS, MEASURES, Followed, Part
from train.evaluation.sections.section import Picture, Table
from verte_core.errors import DataError
from verte_core.results import TASKS

Array = npt.NDArray[np.float64]
_Ratios = dict[str, dict[str, dict[str, HazardRatio | None]]]
"""By measure, task and adjustment."""

ADJUSTMENTS = {
    "unadjusted": "Unadjusted",
    "adjusted": f"Adjusted for {CLINICAL}",
    "together": f"Both scores in one model, adjusted for {CLINICAL}",
}
METHOD = (
    "Hazard ratios are of Cox models (J R Stat Soc B 1972;34:187) with Efron's treatment of ties (J Am "
    "Stat Assoc 1977;72:557) and Wald intervals. Everybody is one row, so no one counts more than once and "
    "the standard errors need no clustering. For the ratio per standard deviation scores are clipped to "
    f"{CLIP:g} and 1 - {CLIP:g} before their logit is taken. Proportional hazards are tested by the "
    "correlation of scaled Schoenfeld residuals with the Kaplan-Meier estimate just before the event "
    "(Grambsch & Therneau, Biometrika 1994;81:515)."
)


def part(people: Followed) -> Part:
    """Hazard ratios of every measure and adjustment, and the test of their largest models."""
    words = [METHOD]
    ratios: _Ratios = {}
    tests: dict[str, dict[str, float] | None] = {}
    for measure in MEASURES:
        states = people.states(measure)
        ratios[measure] = {task: dict.fromkeys(ADJUSTMENTS) for task in states}
        models: list[tuple[str, dict[str, Array]]] = [
            ("unadjusted", {task: state}) for task, state in states.items()
        ]
        if people.events >= FEWEST_EVENTS:
            models += [("adjusted", {task: state} | people.clinical) for task, state in states.items()]
            models += [("together", states | people.clinical)] if len(states) > 1 else []
        endless: set[str] = set()
        for adjustment, covariates in models:
            # What has no finite solution alone has none beside other covariates.
            if endless & covariates.keys():
                continue
            try:
                fitted = hazard_ratios(people.years, people.event, covariates)
            except DataError as error:
                words.append(f"Scores {MEASURES[measure]}: hazard ratios are left out. {error}")
                endless |= covariates.keys() if len(covariates) == 1 else set()
                continue
            for task in states.keys() & covariates.keys():
                ratios[measure][task][adjustment] = fitted[task]
        tests[measure] = None
        if people.events >= FEWEST_EVENTS and all(each[models[-1][0]] for each in ratios[measure].values()):
            tests[measure] = proportional_hazards(people.years, people.event, models[-1][1])
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
                partial(_draw, ratios),
            )
        )
    if any(tests.values()):
        tables.append(_test_table(tests))
    return Part(words, tables, pictures, {"hazard_ratios": plain, "proportional_hazards": tests})


def _not_proportional(measure: str, tested: Mapping[str, float]) -> list[str]:
    changing = [f"{NAMES[name]} (p {p_words(p)})" for name, p in tested.items() if p < 0.05]
    if not changing:
        return []
    return [
        f"Scores {MEASURES[measure]}: hazards are not proportional by {join(changing)}; a ratio that "
        "changes over time is given as an average over the follow-up."
    ]


def _ratio_table(ratios: _Ratios) -> Table:
    rows = [
        (
            f"{TASKS[task].title} {MEASURES[measure]}",
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
            NAMES[name],
            *(p_cell((tested or {}).get(name, math.nan)) for tested in tests.values()),
        )
        for name in names
    ]
    return Table(
        "p of the test of proportional hazards, by covariate of the largest model, with the scores as above.",
        ("", *(f"Scores {each}" for each in MEASURES.values())),
        tuple(rows),
    )


def _draw(ratios: _Ratios, figure: Figure) -> None:
    axes = figure.subplots()
    rows = [
        (f"{TASKS[task].title}\n{MEASURES[measure]}", row)
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
