"""Whether acting on a score does more good than acting on age, sex and BMI, on everybody, or on nobody.

Decision curves after Vickers & Elkin, Med Decis Making 2006;26:565.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from train.evaluation.figures.bootstrap import Counts, Interval, interval, person_counts
from train.evaluation.people.cohort import CLINICAL, People
from train.evaluation.sections.section import Cell, Picture, Section, Table
from verte_core.results import TASKS

Array = npt.NDArray[np.float64]

THRESHOLDS: Array = np.arange(1, 61) / 100
SHOWN = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Thresholds of the table."""

METHOD = (
    "Decision curves (Vickers & Elkin, Med Decis Making 2006;26:565). A person is acted on, for instance "
    "referred to densitometry, at a score of at least the threshold t. Net benefit is the share of people "
    "who are acted on and have the condition, less t / (1 - t) times the share who are acted on without it: "
    "who acts at t holds one missed condition for as bad as (1 - t) / t needless actions. Acting on nobody "
    "has the net benefit 0. The curves hold for the scores as they are calibrated, and for the prevalence of "
    "these people; where the condition is rarer, they differ."
)


def net_benefits(labels: Array, scores: Array, counts: Counts, thresholds: Array) -> Array:
    """Net benefit of acting on people whose score is at or above each threshold.

    Args:
        labels: (P,) of 0 and 1.
        scores: (P,) in 0..1; ones are the rule to act on everybody.
        counts: (S, P), how often each person counts; no row all zeros.
        thresholds: (T,) in 0..1, 1 excluded.

    Returns:
        (S, T) in units of true positives per person, at most the prevalence.
    """
    harm = thresholds / (1 - thresholds)
    gain = (scores[:, None] >= thresholds) * np.where(labels[:, None] == 1, 1.0, -harm)
    return np.asarray(counts @ gain / counts.sum(axis=1)[:, None], np.float64)


@dataclass(frozen=True)
class Curves:
    """Net benefit of one task at every threshold.

    Attributes:
        score: of the score.
        treat_all: of acting on everybody.
        clinical: of the clinical model; None where it is not known.
        difference: ``score`` less ``clinical``, paired.
    """

    score: tuple[Interval, ...]
    treat_all: tuple[Interval, ...]
    clinical: tuple[Interval, ...] | None
    difference: tuple[Interval, ...] | None

    @classmethod
    def of(cls, labels: Array, scores: Array, clinical: Array, counts: Counts, thresholds: Array) -> Curves:
        """As ``net_benefits``; a NaN in ``clinical`` (P,) leaves that model out."""
        own = net_benefits(labels, scores, counts, thresholds)
        everybody = net_benefits(labels, np.ones_like(scores), counts, thresholds)
        if np.isnan(clinical).any():
            return cls(_intervals(own), _intervals(everybody), None, None)
        alone = net_benefits(labels, clinical, counts, thresholds)
        return cls(*(_intervals(each) for each in (own, everybody, alone, own - alone)))

    def plain(self) -> dict[str, object]:
        """For JSON: lists over the thresholds."""
        curves = {
            "score": self.score,
            "treat_all": self.treat_all,
            CLINICAL: self.clinical,
            "difference": self.difference,
        }
        return {name: curve and [each.plain() for each in curve] for name, curve in curves.items()}

    def cells(self, index: int) -> tuple[str, ...]:
        """For the table, at one threshold."""
        alone = f"{self.clinical[index]}" if self.clinical else "-"
        difference = f"{self.difference[index]:+}" if self.difference else "-"
        return f"{self.score[index]}", f"{self.treat_all[index]}", alone, difference


def _intervals(curve: Array) -> tuple[Interval, ...]:
    return tuple(interval(each) for each in curve.T)


def section(people: People, thresholds: Array = THRESHOLDS) -> Section:
    """Decision curves of every task's score, at ``thresholds`` (T,); those ``SHOWN`` also in tables."""
    words, tables, pictures = [METHOD], [], []
    plain: dict[str, object] = {"thresholds": thresholds.tolist()}
    for task in people.tasks:
        title, meaning = TASKS[task].title, TASKS[task].meaning
        known = people.labelled(task)
        labels, scores = known.labels, known.scores
        report = {"people": len(labels), "with_condition": known.positives}
        if not known.both_classes:
            plain[task] = report | dict.fromkeys(("score", "treat_all", CLINICAL, "difference"))
            words.append(
                f"Decision curves of the {title} are left out. They need people with and without {meaning}."
            )
            continue
        alone = people.clinical(task)[known.index]
        curves = Curves.of(labels, scores, alone, person_counts(people.ids[known.index]), thresholds)
        if curves.clinical is None:
            words.append(
                f"The decision curve of {CLINICAL} alone for {meaning} is left out. Not everybody has that "
                "probability."
            )
        plain[task] = report | curves.plain()
        rows: list[tuple[Cell, ...]] = [
            (f"{thresholds[index]:.2f}", *curves.cells(index))
            for index in np.flatnonzero(np.isin(thresholds, SHOWN)).tolist()
        ]
        share = f"{known.positives} of {len(labels)} people have {meaning}"
        tables.append(
            Table(
                f"{title}: net benefit by threshold, with 95 % intervals over people in brackets; {share}.",
                ("Threshold", "Score", "Everybody", CLINICAL, "Score less that"),
                tuple(rows),
            )
        )
        pictures.append(
            Picture(
                f"decision-{task}",
                f"{title}: net benefit of acting on people at or above a threshold of the score, of "
                f"{CLINICAL}, of acting on everybody and on nobody; ribbons are 95 % intervals over people. "
                f"{share}.",
                partial(_draw, curves, thresholds, float(labels.mean())),
            )
        )
    return Section("decision", "Decision curves", tuple(words), tuple(tables), tuple(pictures), plain)


def _draw(curves: Curves, thresholds: Array, prevalence: float, figure: Figure) -> None:
    axes = figure.subplots()
    for name, curve, color in (
        ("everybody", curves.treat_all, "0.5"),
        (CLINICAL, curves.clinical or (), "C1"),
        ("score", curves.score, "C0"),
    ):
        if curve:
            axes.fill_between(
                thresholds,
                [each.low for each in curve],
                [each.high for each in curve],
                color=color,
                alpha=0.2,
                linewidth=0,
            )
            axes.plot(thresholds, [each.value for each in curve], color=color, label=name)
    axes.axhline(0, color="black", linewidth=0.8, label="nobody")
    # Acting on everybody falls without end; what matters lies near and above 0.
    axes.set(ylim=(-0.2 * prevalence, 1.1 * prevalence), xlim=(0, thresholds.max()))
    axes.set(xlabel="threshold", ylabel="net benefit")
    axes.legend(loc="upper right")
