"""Whether the scores tell who will have a fracture: survival analysis of the people's follow-up."""

from __future__ import annotations

import math

import numpy as np

from train.evaluation.figures.bootstrap import SAMPLES, interval, person_counts
from train.evaluation.figures.concordance import weighted_concordances
from train.evaluation.figures.numbers import join, plain_number
from train.evaluation.figures.survival import (
    CLINICAL_NAMES,
    FOLDS,
    cross_fitted,
    kaplan_meier,
    median_followup,
)
from train.evaluation.people.cohort import CLINICAL, People
from train.evaluation.sections import hazards, incidence
from train.evaluation.sections.followed import FEWEST_EVENTS, Followed, Part
from train.evaluation.sections.section import Section, Table
from verte_core.errors import DataError
from verte_core.results import TASKS

CONCORDANCE_METHOD = (
    "Harrell's C-index (JAMA 1982;247:2543) of the linear predictor of Cox models: of two people, how "
    "often the one with the earlier fracture has the higher predictor; two fractures at the same time are "
    f"not compared, a tie of the predictor counts as half. The model of {CLINICAL} is set beside that with "
    "the logits of the scores added. A model tested on the people it was fitted on looks better than it "
    f"is; therefore everybody's predictor comes from a model fitted on the other people, in {FOLDS} folds "
    f"of people with equal shares of events. Intervals are over {SAMPLES} resamples of people with these "
    "predictors held fixed, so they leave out what fitting anew would add."
)


def section(people: People) -> Section:
    """Incident fracture by what the model detected, hazard ratios, and the C-index with the scores added.

    Of the people with ``followup_years`` above 0 and a known ``fracture_event``. Whatever can't be told has
    a sentence, and None in ``plain``.
    """
    followed = Followed.of(people)
    count, events = len(followed.ids), followed.events
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
    median = median_followup(followed.years, followed.event)
    length = "not reached" if math.isnan(median) else f"{median:.1f} years"
    everybody = kaplan_meier(followed.years, followed.event)
    early = everybody.at(incidence.HORIZON)
    within = "no one was followed for" if math.isnan(early.value) else f"{early.percent()} within"
    plain |= {
        "share_of_events": events / count,
        "median_followup_years": plain_number(median),
        "incidence_5_years": early.plain(),
    }
    words = [
        f"Of {len(people.units)} people {count} have follow-up (median {length}); {events} of them "
        f"({100 * events / count:.1f} %) had an incident fracture, {within} {incidence.HORIZON:g} years."
    ]
    if not events:
        words.append("No one had an incident fracture, so there is nothing to compare.")
        return Section(key, title, tuple(words), plain=plain)
    missing = [shown for name, shown in CLINICAL_NAMES.items() if name not in followed.clinical]
    if missing:
        words.append(f"Everybody has the same {join(missing)}, so no model is adjusted for it.")
    words += _too_few(followed)
    tables, pictures = [], []
    for part in (incidence.part(followed, everybody), hazards.part(followed), _concordance(followed)):
        words += part.words
        tables += part.tables
        pictures += part.pictures
        plain |= part.plain
    return Section(key, title, tuple(words), tuple(tables), tuple(pictures), plain)


def _too_few(followed: Followed) -> list[str]:
    events = followed.events
    covariates = len(followed.scores) + len(followed.clinical)
    seen = f"With {events} incident fracture{'s' * (events != 1)}"
    source = "(events per variable; Peduzzi et al., J Clin Epidemiol 1995;48:1503)"
    if events < FEWEST_EVENTS:
        return [
            f"{seen}, fewer than {FEWEST_EVENTS}, the adjusted models, the test of proportional hazards and "
            f"the C-index are left out {source}."
        ]
    if events < FEWEST_EVENTS * covariates:
        return [
            f"{seen} to {covariates} covariates, fewer than {FEWEST_EVENTS} to each, the adjusted hazard "
            f"ratios are unsure {source}."
        ]
    return []


def _concordance(followed: Followed) -> Part:
    """C-index without and with the scores."""
    if followed.events < FEWEST_EVENTS:
        return Part([])
    words = [CONCORDANCE_METHOD]
    try:
        if not followed.clinical:
            raise DataError(f"No Cox model can be fitted where each of {CLINICAL} is the same for everybody.")
        models = (followed.clinical, followed.clinical | followed.logits)
        risks = np.stack([cross_fitted(followed.years, followed.event, each) for each in models])
    except DataError as error:
        words.append(f"The C-index is left out. Without one fold's people: {error}")
        return Part(words)
    alone, added = weighted_concordances(followed.years, followed.event, risks, person_counts(followed.ids))
    own, both, difference = (interval(each) for each in (alone, added, added - alone))
    with_scores = f"{CLINICAL}, with {join([TASKS[task].title for task in followed.scores])}"
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
    return Part(words, [table], plain={"concordance": plain})
