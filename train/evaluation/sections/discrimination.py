"""How well the scores tell people with the condition from those without, beside what is known anyway."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from train.evaluation.figures.areas import Areas, PairedAreas, areas_of, compare
from train.evaluation.figures.bootstrap import SAMPLES, Counts, Interval, person_counts
from train.evaluation.figures.numbers import p_cell
from train.evaluation.figures.proportions import Accuracy, accuracy, at_prevalence
from train.evaluation.people.cohort import People
from train.evaluation.people.comparators import OSTA
from train.evaluation.sections.section import Cell, Picture, Section, Table
from train.evaluation.sections.zones import called
from verte_core.results import TASKS

Array = npt.NDArray[np.float64]

_LINES = ("-", "--", ":", "-.")
_METHOD = (
    "AUROC is the chance that of two people, one with the condition and one without, the first has the "
    "higher score (Hanley & McNeil, Radiology 1982;143:29); AUPRC is average precision, whose value for a "
    "score that knows nothing is the share of people with the condition. Intervals are from "
    f"{SAMPLES} resamples of people with replacement, the same for all figures.",
    "The comparator of age, sex and BMI is a logistic regression without a penalty, fitted on people of a "
    "training split. Beside each comparator both scores are taken on the same people, those whose "
    "comparator is known. The p values of no difference are by DeLong et al. (Biometrics 1988;44:837; as in "
    "Sun & Xu, IEEE Signal Process Lett 2014;21:1389), for AUROC, and from the resamples, twice the smaller "
    "share on either side of zero; they are not corrected for their number. p is 1 where "
    "both order the people alike, and left out where DeLong's variance is nought although the two differ.",
    "Sensitivity, specificity, PPV and NPV are with Wilson's intervals (J Am Stat Assoc 1927;22:209). The "
    "thresholds were set on the weights' validation split, not on these people; a score at or above the "
    "threshold is positive.",
)


@dataclass(frozen=True, eq=False)
class _Curve:
    """A score or a comparator of the people it is known of."""

    name: str
    labels: Array
    scores: Array
    summary: Areas


@dataclass(frozen=True, eq=False)
class _Found:
    """Everything of one task; the curves' first is the score's, and only those of two classes are there."""

    title: str
    summary: Areas
    comparisons: dict[str, PairedAreas]
    thresholds: dict[str, float]
    accuracies: dict[str, Accuracy]
    prevalence: float | None
    elsewhere: dict[str, tuple[Interval, Interval]]
    curves: list[_Curve]

    def plain(self) -> dict[str, object]:
        """For JSON."""
        points = {
            name: {"threshold": self.thresholds[name], **figures.plain()}
            for name, figures in self.accuracies.items()
        }
        elsewhere = {
            name: {"ppv": ppv.plain(), "npv": npv.plain()} for name, (ppv, npv) in self.elsewhere.items()
        }
        return {
            **self.summary.plain(),
            "comparators": {name: each.plain() for name, each in self.comparisons.items()},
            "operating_points": points,
            "at_prevalence": {"prevalence": self.prevalence, **elsewhere} if elsewhere else None,
        }


def section(
    people: People, prevalence: Mapping[str, float] | None = None, reasons: Sequence[str] = ()
) -> Section:
    """The figures, tables and curves of every score.

    Args:
        people: with their comparators.
        prevalence: by task, between 0 and 1: for PPV and NPV where the condition is more or less common than
            among these people.
        reasons: sentences why comparators were left out, as of comparators.of_people.
    """
    counts = person_counts(people.ids)
    stated = prevalence or {}
    found = {task: _find(people, task, counts, stated.get(task)) for task in people.tasks}
    words = [*_METHOD, *reasons]
    words += [
        f"{TASKS[task].title}: PPV and NPV at a prevalence of {value:g} are left out. There is no such score."
        for task, value in stated.items()
        if task not in found
    ]
    for task, each in found.items():
        words += _left_out(task, each)
        if OSTA in each.comparisons:
            words.append(_about_osta(people, task))
    return Section(
        key="discrimination",
        title="Discrimination",
        words=tuple(words),
        tables=_tables(list(found.values())),
        pictures=_pictures([each for each in found.values() if each.curves]),
        plain={task: each.plain() for task, each in found.items()},
    )


def _find(people: People, task: str, counts: Counts, prevalence: float | None) -> _Found:
    known = people.labelled(task)
    labels, scores, counts = known.labels, known.scores, counts[:, known.index]
    summary = areas_of(labels, scores, counts)
    comparisons, curves = {}, [_Curve(TASKS[task].title, labels, scores, summary)]
    for name, values in people.comparators.get(task, {}).items():
        others = values[known.index]
        here = np.flatnonzero(~np.isnan(others))
        found = compare(labels[here], scores[here], others[here], counts[:, here])
        comparisons[name] = found
        curves.append(_Curve(name, labels[here], others[here], found.other))
    points = people.operating_points[task]
    positive = called(scores, points)
    elsewhere = {}
    if prevalence is not None and 0 < prevalence < 1:
        elsewhere = {name: at_prevalence(labels, mask, counts, prevalence) for name, mask in positive.items()}
    return _Found(
        title=TASKS[task].title,
        summary=summary,
        comparisons=comparisons,
        thresholds={"low": points.low, "high": points.high},
        accuracies={name: accuracy(labels, mask) for name, mask in positive.items()},
        prevalence=prevalence,
        elsewhere=elsewhere,
        curves=[each for each in curves if each.summary.both_classes],
    )


def _left_out(task: str, found: _Found) -> list[str]:
    both = f"people with and without {TASKS[task].meaning}"
    words = []
    if not found.summary.both_classes:
        words.append(f"{found.title}: AUROC and AUPRC are left out. They need {both}.")
    else:
        words += [
            f"{found.title}: the comparison with {name} is left out. It needs {both} of whom it is known."
            for name, each in found.comparisons.items()
            if not each.own.both_classes
        ]
    if found.prevalence is not None and not found.elsewhere:
        words.append(
            f"{found.title}: PPV and NPV at a prevalence of {found.prevalence:g} are left out. A prevalence "
            "must be more than 0 and less than 1."
        )
    return words


def _about_osta(people: People, task: str) -> str:
    known = ~np.isnan(people.comparators[task][OSTA])
    women = int((people.words("sex")[known] == "F").sum())
    return (
        "OSTA is a fifth of weight in kg less age, truncated (Koh et al., Osteoporos Int 2001;12:699); the "
        "lower, the likelier is osteoporosis. It was made for postmenopausal women; here it is given for all "
        f"whose weight is known, {int(known.sum())} people, {women} of them women."
    )


def _tables(found: list[_Found]) -> tuple[Table, ...]:
    areas: list[tuple[Cell, ...]] = []
    aurocs: list[tuple[Cell, ...]] = []
    auprcs: list[tuple[Cell, ...]] = []
    points: list[tuple[Cell, ...]] = []
    elsewhere: list[tuple[Cell, ...]] = []
    for task in found:
        whole = task.summary
        areas.append((task.title, whole.people, whole.positives, f"{whole.auroc}", f"{whole.auprc}"))
        for name, each in task.comparisons.items():
            start = (task.title, name, each.own.people, each.own.positives)
            pair = f"{each.own.auroc}", f"{each.other.auroc}", f"{each.auroc_difference:+}"
            aurocs.append((*start, *pair, p_cell(each.p_delong), p_cell(each.p_auroc)))
            pair = f"{each.own.auprc}", f"{each.other.auprc}", f"{each.auprc_difference:+}"
            auprcs.append((*start, *pair, p_cell(each.p_auprc)))
        for name, at in task.accuracies.items():
            values = (at.sensitivity, at.specificity, at.ppv, at.npv)
            points.append((task.title, name, f"{task.thresholds[name]:.3f}", *map(str, values)))
        for name, (ppv, npv) in task.elsewhere.items():
            elsewhere.append((task.title, name, f"{task.prevalence:g}", f"{ppv}", f"{npv}"))
    people = ("people", "with the condition")
    brackets = "with 95 % intervals in brackets"
    both = ("score's", "comparator's", "difference")
    tables = (
        Table(f"Discrimination, {brackets}.", ("score", *people, "AUROC", "AUPRC"), tuple(areas)),
        Table(
            f"AUROC of the scores and of their comparators on the same people, {brackets}.",
            ("score", "comparator", *people, *both, "p, DeLong", "p, resamples"),
            tuple(aurocs),
        ),
        Table(
            f"AUPRC of the scores and of their comparators on the same people, {brackets}.",
            ("score", "comparator", *people, *both, "p, resamples"),
            tuple(auprcs),
        ),
        Table(
            f"At the operating points, {brackets} and then the people counted.",
            ("score", "point", "threshold", "sensitivity", "specificity", "PPV", "NPV"),
            tuple(points),
        ),
        Table(
            "Predictive values at a prevalence that was stated, not found here, by Bayes' theorem from "
            "sensitivity and specificity, which are taken to be the same there; intervals, in brackets, are "
            "from the resamples.",
            ("score", "point", "prevalence", "PPV", "NPV"),
            tuple(elsewhere),
        ),
    )
    return tuple(table for table in tables if table.rows)


def _pictures(found: list[_Found]) -> tuple[Picture, ...]:
    if not found:
        return ()
    roc, precision_recall = (
        " ".join(
            f"{curve.name}{'' if curve.name == task.title else f', beside the {task.title}'}: "
            f"{getattr(curve.summary, figure)}, {curve.summary.positives} of {curve.summary.people} people "
            "with the condition."
            for task in found
            for curve in task.curves
        )
        for figure in ("auroc", "auprc")
    )
    return (
        Picture(
            "roc",
            "ROC curves; the points are the low and the high operating point, the diagonal is chance. AUROC "
            f"with 95 % intervals: {roc}",
            lambda figure: _draw(figure, found, _draw_roc),
        ),
        Picture(
            "precision-recall",
            "Precision-recall curves; the horizontal line is the share of people with the condition, which "
            f"is chance. AUPRC with 95 % intervals: {precision_recall}",
            lambda figure: _draw(figure, found, _draw_precision_recall),
        ),
    )


def _draw(figure: Figure, found: list[_Found], one: Callable[[Axes, _Found], None]) -> None:
    for axes, task in zip(figure.subplots(1, len(found), squeeze=False)[0], found, strict=True):
        one(axes, task)
        axes.set_title(task.title)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.legend()


def _draw_roc(axes: Axes, found: _Found) -> None:
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for curve, line in zip(found.curves, _LINES, strict=False):
        false_positive_rate, true_positive_rate, _ = roc_curve(curve.labels, curve.scores)
        axes.plot(false_positive_rate, true_positive_rate, line, label=curve.name)
    for (name, at), marker in zip(found.accuracies.items(), "os", strict=True):
        place = [1 - at.specificity.value], [at.sensitivity.value]
        axes.plot(*place, marker, color="black", label=f"{name} operating point")
    axes.set_xlabel("1 - specificity")
    axes.set_ylabel("sensitivity")


def _draw_precision_recall(axes: Axes, found: _Found) -> None:
    axes.axhline(found.summary.positives / found.summary.people, color="0.7", linewidth=1)
    for curve, line in zip(found.curves, _LINES, strict=False):
        precision, recall, _ = precision_recall_curve(curve.labels, curve.scores, drop_intermediate=True)
        axes.plot(recall, precision, line, drawstyle="steps-post", label=curve.name)
    axes.set_xlabel("recall (sensitivity)")
    axes.set_ylabel("precision (PPV)")
