"""What the three zones of a score hold, and how accuracy grows when the doubtful are left aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from train.evaluation.figures.bootstrap import Counts, Interval, interval, person_counts, tied_sums
from train.evaluation.figures.proportions import Mask, Proportion, share
from train.evaluation.people.cohort import People, Words
from train.evaluation.sections.section import Cell, Picture, Section, Table
from verte_core.results import TASKS, OperatingPoints

Array = npt.NDArray[np.float64]

COVERAGES = np.arange(10, 101, 5) / 100
"""Of the curve."""
TOLD = (50, 70, 90, 100)
"""Per cent of coverage in the table, all on the curve."""
_METHOD = (
    "Zones. A score below the low operating point is in the low zone, one at or above the high operating "
    "point in the high zone, the others are indeterminate. NPV of the low zone is the share of its people "
    "without the condition, PPV of the high zone the share with it. Intervals are Wilson's (J Am Stat Assoc "
    "1927;22:209). The operating points were set on the weights' validation split, not on these people.",
    "Coverage. The confidence of a score is its distance from 0.5, |score - 0.5|, after calibration; a score "
    "of at least 0.5 is called positive. Accuracy at a coverage is the share called rightly among that share "
    "of people with the greatest confidence (a selective classifier: El-Yaniv & Wiener, J Mach Learn Res "
    "2010;11:1605). Of people with equal confidence at the edge, each counts by the same part. Intervals are "
    "from a bootstrap over people, in which the most confident are chosen anew.",
)


@dataclass(frozen=True)
class Zones:
    """How the people fall into the zones.

    Attributes:
        people: share of people, by zone, in the order low, indeterminate, high.
        npv_low: without the condition, of those in the low zone.
        with_indeterminate: with the condition, of those in between.
        ppv_high: with the condition, of those in the high zone.
    """

    people: dict[str, Proportion]
    npv_low: Proportion
    with_indeterminate: Proportion
    ppv_high: Proportion

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "people": {name: each.plain() for name, each in self.people.items()},
            "npv_low": self.npv_low.plain(),
            "with_indeterminate": self.with_indeterminate.plain(),
            "ppv_high": self.ppv_high.plain(),
        }


def zones_of(scores: Array, points: OperatingPoints) -> Words:
    """The zone of each of ``scores`` (N,), as verte_core.scoring gives it."""
    return np.array([points.zone(value) for value in scores], np.str_)


def called(scores: Array, points: OperatingPoints) -> dict[str, Mask]:
    """Who of ``scores`` (N,) is positive at the ``low`` and at the ``high`` operating point, (N,) each."""
    zones = zones_of(scores, points)
    return {"low": zones != "low", "high": zones == "high"}


def count_zones(labels: Array, zones: Words) -> Zones:
    """Of ``labels`` (N,) of 0 and 1 and the ``zones`` (N,) of the same people."""
    has = labels == 1
    return Zones(
        people={name: share(zones == name) for name in ("low", "indeterminate", "high")},
        npv_low=share(~has[zones == "low"]),
        with_indeterminate=share(has[zones == "indeterminate"]),
        ppv_high=share(has[zones == "high"]),
    )


def accuracies(labels: Array, scores: Array, counts: Counts, coverages: Array) -> Array:
    """Accuracy at 0.5 among the most confident, for each row of weights.

    Args:
        labels: (N,) of 0 and 1.
        scores: (N,) in 0..1 without NaN.
        counts: (S, N), how often each person counts.
        coverages: (K,), above 0 up to 1, of the people of a row.

    Returns:
        (S, K); NaN where a row leaves nobody.
    """
    results = np.full((len(counts), len(coverages)), np.nan)
    if not len(labels):
        return results
    right = ((scores >= 0.5) == (labels == 1)).astype(np.float64)
    # Rounded so that 0.9 and 0.1, which are equally far from 0.5 but for the last bit, are tied.
    doubt: Array = -np.round(np.abs(scores - 0.5), 12).astype(np.float64)
    rows = iter(results)
    for hits, misses in tied_sums(right, doubt, counts):
        for hit, reached in zip(np.cumsum(hits, axis=1), np.cumsum(hits + misses, axis=1), strict=True):
            row, wanted = next(rows), coverages * reached[-1]
            if reached[-1]:
                row[:] = np.interp(wanted, np.append(0.0, reached), np.append(0.0, hit)) / wanted
    return results


def section(people: People) -> Section:
    """The zones and the curve of accuracy against coverage of every score."""
    counts = person_counts(people.ids)
    words = list(_METHOD)
    zone_rows: list[tuple[Cell, ...]] = []
    coverage_rows: list[tuple[Cell, ...]] = []
    curves: dict[str, list[Interval]] = {}
    captions = []
    plain: dict[str, object] = {}
    for task in people.tasks:
        title, meaning = TASKS[task].title, TASKS[task].meaning
        known = people.labelled(task)
        labels, scores = known.labels, known.scores
        if not len(labels):
            words.append(f"{title}: zones are left out. Nobody has both a score and a label.")
            plain[task] = None
            continue
        points = people.operating_points[task]
        if points.low > points.high:
            words.append(f"{title}: the two operating points cross, so there is nothing between them.")
        zones = count_zones(labels, zones_of(scores, points))
        zone_rows += _zone_rows(title, meaning, zones)
        figures = accuracies(labels, scores, counts[:, known.index], COVERAGES)
        curve = [interval(each) for each in figures.T]
        at = {percent: curve[int(np.argmin(np.abs(COVERAGES * 100 - percent)))] for percent in TOLD}
        commoner = share(labels == (labels.mean() > 0.5))
        coverage_rows.append(
            (title, len(labels), *(f"{each}" for each in at.values()), f"{commoner.value:.3f}")
        )
        curves[task] = curve
        captions.append(f"{title}: {len(labels)} people, {commoner.value:.3f} for the commoner answer.")
        plain[task] = {
            **zones.plain(),
            "accuracy_at_coverage": {str(percent): each.plain() for percent, each in at.items()},
            "accuracy_of_commoner_answer": commoner.plain(),
        }
    tables: list[Table] = []
    pictures: list[Picture] = []
    if curves:
        tables = [_zone_table(zone_rows), _coverage_table(coverage_rows)]
        caption = (
            "Accuracy among the most confident people, against the share of people taken; bands are 95 % "
            "intervals, each for itself. " + " ".join(captions)
        )
        pictures = [Picture("accuracy-coverage", caption, lambda figure: _draw(figure, curves))]
    return Section("zones", "Zones and confidence", tuple(words), tuple(tables), tuple(pictures), plain)


def _zone_rows(title: str, meaning: str, zones: Zones) -> list[tuple[Cell, ...]]:
    within = {
        "low": (f"NPV: without {meaning}", zones.npv_low),
        "indeterminate": (f"with {meaning}", zones.with_indeterminate),
        "high": (f"PPV: with {meaning}", zones.ppv_high),
    }
    return [
        (title, name, str(zones.people[name]), what, str(figure)) for name, (what, figure) in within.items()
    ]


def _zone_table(rows: list[tuple[Cell, ...]]) -> Table:
    return Table(
        "People by zone, and what the zone says of them, with 95 % intervals in brackets and then the people "
        "counted.",
        ("score", "zone", "share of people", "within the zone", "share"),
        tuple(rows),
    )


def _coverage_table(rows: list[tuple[Cell, ...]]) -> Table:
    return Table(
        "Accuracy at a threshold of 0.5 among the most confident part of the people, with 95 % intervals in "
        "brackets. The last column is the accuracy of giving everyone the commoner answer.",
        ("score", "people", *(f"{percent} %" for percent in TOLD), "commoner answer"),
        tuple(rows),
    )


def _draw(figure: Figure, curves: dict[str, list[Interval]]) -> None:
    axes = figure.subplots()
    for (task, curve), line in zip(curves.items(), ("-", "--"), strict=False):
        (drawn,) = axes.plot(COVERAGES, [each.value for each in curve], line, label=TASKS[task].title)
        low, high = [each.low for each in curve], [each.high for each in curve]
        axes.fill_between(COVERAGES, low, high, color=drawn.get_color(), alpha=0.2, linewidth=0)
    axes.set_xlabel("coverage: share of people, the most confident first")
    axes.set_ylabel("accuracy at 0.5")
    axes.set_xlim(COVERAGES[0], 1)
    axes.legend()
