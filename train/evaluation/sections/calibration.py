"""Whether a score of 20 % means that 20 of 100 people have the condition.

After Van Calster et al., BMC Med 2019;17:230. Intercept and slope are those of Cox, Biometrika 1958;45:562:
logistic regressions of the label on the score's logit.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from scipy.special import expit

from train.evaluation.figures.bootstrap import SAMPLES, Counts, Interval, interval, person_counts, ratios
from train.evaluation.figures.logistic import CLIP, intercepts_in_the_large, logit, recalibration_lines
from train.evaluation.figures.proportions import share
from train.evaluation.people.cohort import CLINICAL, People
from train.evaluation.sections.section import Picture, Section, Table
from verte_core.results import TASKS

Array = npt.NDArray[np.float64]

GROUPS = 10

METHOD = (
    "A score is calibrated when, of all people with a score near 20 %, 20 % have the condition. The "
    "intercept (calibration in the large) is that of a logistic regression of the label with the score's "
    "logit as offset: below 0 the scores are too high on the whole. The slope is that of a logistic "
    "regression on the logit: below 1 the scores are too extreme (Cox, Biometrika 1958;45:562; Van Calster "
    "et al., BMC Med 2019;17:230). Expected/observed is the sum of the scores over the number of people with "
    "the condition. "
    "The Brier score is the mean squared difference of score and label (Brier, Mon Weather Rev 1950;78:1); "
    "the scaled one is 1 for a perfect score and 0 for the prevalence given to everybody (Steyerberg et al., "
    f"Epidemiology 2010;21:128). For the logit, scores are clipped to {CLIP:g} and 1 - {CLIP:g}."
)


@dataclass(frozen=True)
class Figures:
    """How far the scores of one task agree with its labels.

    Attributes:
        intercept: calibration in the large; 0 is right.
        slope: 1 is right.
        expected_observed: sum of the scores over people with the condition; 1 is right.
        brier: 0..1, 0 is perfect.
        scaled_brier: up to 1, which is perfect; 0 is the prevalence for everybody.
    """

    intercept: Interval
    slope: Interval
    expected_observed: Interval
    brier: Interval
    scaled_brier: Interval

    @classmethod
    def of(cls, labels: Array, scores: Array, counts: Counts, slopes: Array) -> Figures:
        """From labels (N,) of 0 and 1, scores (N,) in 0..1, counts (S, N) and their slopes (S,)."""
        columns = np.stack([labels, scores, (scores - labels) ** 2, np.ones_like(labels)], axis=1)
        observed, expected, squares, total = (counts @ columns).T
        variance = observed * (total - observed) / total
        return cls(
            interval(intercepts_in_the_large(labels, logit(scores), counts)),
            interval(slopes),
            interval(ratios(expected, observed)),
            interval(squares / total),
            interval(1 - ratios(squares, variance)),
        )

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {each.name: getattr(self, each.name).plain() for each in dataclasses.fields(self)}

    def cells(self) -> tuple[str, ...]:
        """For the table, in the order of the attributes."""
        return tuple(f"{getattr(self, each.name)}" for each in dataclasses.fields(self))


@dataclass(frozen=True)
class Group:
    """People of similar scores.

    Attributes:
        people: how many.
        score: their mean, 0..1.
        share: of them with the condition, 0..1.
        low: of its 95 % interval after Wilson, J Am Stat Assoc 1927;22:209.
        high: of it.
    """

    people: int
    score: float
    share: float
    low: float
    high: float


def groups(labels: Array, scores: Array, parts: int = GROUPS) -> tuple[Group, ...]:
    """Quantile groups of the scores, in their order.

    Equal scores stay together, so that ties make fewer groups than ``parts``.

    Args:
        labels: (N,) of 0 and 1, N at least one.
        scores: (N,) in 0..1.
        parts: how many groups without ties.
    """
    edges = np.quantile(scores, np.arange(1, parts) / parts)
    place = np.searchsorted(edges, scores, side="right")
    result = []
    for each in np.unique(place):
        members = place == each
        having = share(labels[members] == 1)
        result.append(
            Group(having.total, float(scores[members].mean()), having.value, having.low, having.high)
        )
    return tuple(result)


def section(people: People) -> Section:
    """Calibration of every task's score, and of the clinical model beside it."""
    words, rows, pictures = [METHOD], [], []
    plain: dict[str, object] = {}
    for task in people.tasks:
        title, meaning = TASKS[task].title, TASKS[task].meaning
        known = people.labelled(task)
        labels, scores = known.labels, known.scores
        report: dict[str, object] = {"people": len(labels), "with_condition": known.positives}
        plain[task] = report | {"score": None, CLINICAL: None, "groups": None}
        if not known.both_classes:
            words.append(
                f"Calibration of the {title} is left out. It needs people with and without {meaning}."
            )
            continue
        counts = person_counts(people.ids[known.index])
        alone = people.clinical(task)[known.index]
        lines = {}
        for name, values, row, called in (
            ("score", scores, title, f"the {title}"),
            (CLINICAL, alone, f"{title}: {CLINICAL} alone", f"{CLINICAL} alone for {meaning}"),
        ):
            if np.isnan(values).any():
                words.append(f"Calibration of {called} is left out. Not everybody has that probability.")
                report[name] = None
                continue
            lines[name] = recalibration_lines(labels, logit(values), counts)
            figures = Figures.of(labels, values, counts, lines[name][:, 1])
            words += _without_slope(called, meaning, values, figures.slope)
            report[name] = figures.plain()
            of_them = f"{report['with_condition']}/{len(labels)}"
            rows.append((row, of_them, *figures.cells()))
        found = groups(labels, scores)
        plain[task] = report | {"groups": [dataclasses.asdict(each) for each in found]}
        pictures.append(
            Picture(
                f"calibration-{task}",
                f"{title}: observed share of {meaning} in {len(found)} groups of people by score, with 95 % "
                "intervals after Wilson (J Am Stat Assoc 1927;22:209); the logistic recalibration line with "
                "its 95 % interval; the diagonal is perfect calibration. Below, how many people have which "
                "score.",
                partial(_draw, labels, scores, found, lines["score"], meaning),
            )
        )
    table = Table(
        "Calibration, with 95 % intervals over people in brackets.",
        (
            "",
            "With the condition",
            "Intercept",
            "Slope",
            "Expected/observed",
            "Brier score",
            "Scaled Brier score",
        ),
        tuple(rows),
    )
    return Section(
        "calibration", "Calibration", tuple(words), (table,) if rows else (), tuple(pictures), plain
    )


def _without_slope(called: str, meaning: str, values: Array, slope: Interval) -> list[str]:
    if np.ptp(logit(values)) == 0:
        return [f"The slope of {called} is left out, for everybody has the same probability."]
    if np.isnan(slope.value):
        return [
            f"The slope of {called} is left out. It diverges, for people with {meaning} are separated "
            "perfectly from those without."
        ]
    if slope.samples < SAMPLES:
        return [
            f"{SAMPLES - slope.samples} of {SAMPLES} resamples give no slope of {called}, mostly because "
            f"everybody or nobody in them has {meaning}, or people are separated perfectly; without them the "
            "slope's interval is too short."
        ]
    return []


def _draw(
    labels: Array, scores: Array, found: tuple[Group, ...], lines: Array, meaning: str, figure: Figure
) -> None:
    upper, lower = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (3, 1)})
    upper.plot([0, 1], [0, 1], color="0.6", linestyle=":", label="perfect")
    solved = lines[~np.isnan(lines[:, 0])]
    if len(solved) and not np.isnan(lines[0, 0]):
        across = np.linspace(max(scores.min(), CLIP), min(scores.max(), 1 - CLIP), 101)
        observed = expit(solved[:, :1] + solved[:, 1:] * logit(across))
        low, high = np.percentile(observed, [2.5, 97.5], axis=0)
        upper.fill_between(across, low, high, color="C0", alpha=0.2, linewidth=0)
        upper.plot(across, observed[0], color="C0", label="logistic recalibration")
    at = [group.score for group in found]
    upper.vlines(at, [group.low for group in found], [group.high for group in found], color="black")
    upper.plot(at, [group.share for group in found], "o", color="black", label="groups of people")
    upper.set(xlim=(0, 1), ylim=(0, 1), ylabel="observed share")
    upper.legend(loc="upper left")
    bins = np.linspace(0, 1, 41).tolist()
    parts, names = [scores[labels == 0], scores[labels == 1]], [f"without {meaning}", f"with {meaning}"]
    lower.hist(parts, bins=bins, stacked=True, color=["0.75", "C1"], label=names)
    lower.set(xlabel="score", ylabel="people")
    lower.legend()
