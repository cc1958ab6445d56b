"""Whether the scores work alike in parts of the people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from train.evaluation.figures.bootstrap import Counts, Interval, interval, person_counts, weighted_aurocs
from train.evaluation.figures.proportions import Mask, Proportion, share
from train.evaluation.people.cohort import People, Words
from train.evaluation.sections.section import Cell, Picture, Section, Table
from train.evaluation.sections.zones import called
from verte_core.results import TASKS

Array = npt.NDArray[np.float64]

LEAST_PEOPLE = 10
"""A smaller group shows only that it is smaller: its people could be recognised from the figures."""
LEAST_CLASS = 5
"""With fewer people with the condition, or without it, no figure is shown: it would be too uncertain to mean
anything, and would come close to telling of single people."""
AGES = ((65, 75), ("age < 65", "age 65 to 74", "age >= 75"))
"""Lower bounds in years of all groups but the first, and their names."""
BMIS = ((18.5, 25, 30), ("BMI < 18.5", "BMI 18.5 to 24.9", "BMI 25 to 29.9", "BMI >= 30"))
"""Lower bounds in kg/m2 of all groups but the first, and their names."""
RECORDED = ("manufacturer", "protocol", "hardware", "source")
"""Groupings that may be known of people besides age, sex and BMI."""
GRADES = {"1": "grade 1, mild", "2": "grade 2, moderate", "3": "grade 3, severe"}
"""Of fractures (Genant et al., J Bone Miner Res 1993;8:1137)."""
_ORDER = {"sex": ("women", "men"), "age": AGES[1], "BMI": BMIS[1]}
_METHOD = (
    "Sensitivity and specificity are at the low and the high operating point, with Wilson's intervals; AUROC "
    "is with intervals from a bootstrap over people. The fracture grades are each set against all people "
    "without a fracture, so their specificity is the same. Intervals are each for itself: "
    "among many groups some differ by chance.",
    f"Of a group of fewer than {LEAST_PEOPLE} people only that is told, and of one with fewer than "
    f"{LEAST_CLASS} with or without the condition no figures: they would be too uncertain and could tell of "
    "single people. What is left out of one group can still follow from the others and the whole.",
)


@dataclass(frozen=True)
class Group:
    """One group of one task. What is suppressed is None.

    Attributes:
        grouping: such as ``sex``.
        name: of the group.
        people: with a score and a label; or ``<10``; or ``-`` where it would tell the positives.
        positives: those with the condition, or a bound such as ``<5``; None in a group of fewer than 10.
        auroc: 0..1.
        sensitivity: by operating point.
        specificity: by operating point.
    """

    grouping: str
    name: str
    people: int | str
    positives: int | str | None = None
    auroc: Interval | None = None
    sensitivity: dict[str, Proportion] | None = None
    specificity: dict[str, Proportion] | None = None

    def row(self) -> tuple[Cell, ...]:
        """For the table."""
        figures: list[Cell] = ["-"] * 5
        if self.auroc and self.sensitivity and self.specificity:
            pairs = ((self.sensitivity[point], self.specificity[point]) for point in ("low", "high"))
            figures = [f"{self.auroc}", *(str(each) for pair in pairs for each in pair)]
        return self.name, self.people, "-" if self.positives is None else self.positives, *figures

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "grouping": self.grouping,
            "group": self.name,
            "people": self.people,
            "positives": self.positives,
            "auroc": self.auroc and self.auroc.plain(),
            **{
                name: figures and {point: each.plain() for point, each in figures.items()}
                for name, figures in (("sensitivity", self.sensitivity), ("specificity", self.specificity))
            },
        }


def measure(
    grouping: str, name: str, labels: Array, scores: Array, positive: dict[str, Mask], counts: Counts
) -> Group:
    """The figures of one group, suppressed where it is too small.

    Args:
        grouping: such as ``sex``.
        name: of the group.
        labels: (N,) of 0 and 1, of the people in the group.
        scores: (N,) without NaN.
        positive: by operating point, (N,).
        counts: (S, N) of bootstrap.person_counts.
    """
    people, has = len(labels), labels == 1
    positives = int(has.sum())
    if people < LEAST_PEOPLE:
        return Group(grouping, name, f"<{LEAST_PEOPLE}")
    if positives < LEAST_CLASS:
        return Group(grouping, name, people, f"<{LEAST_CLASS}")
    if people - positives < LEAST_CLASS:
        return Group(grouping, name, people, f">{people - LEAST_CLASS}")
    return Group(
        grouping,
        name,
        people,
        positives,
        interval(weighted_aurocs(labels, scores, counts)),
        {point: share(mask[has]) for point, mask in positive.items()},
        {point: share(~mask[~has]) for point, mask in positive.items()},
    )


def bands(values: Array, bounds: tuple[float, ...], names: tuple[str, ...]) -> Words:
    """The name of the group of each of ``values`` (N,); empty where NaN.

    Args:
        values: (N,).
        bounds: lower bounds, each inclusive, of all groups but the first, ascending.
        names: one more than ``bounds``.
    """
    found = np.array(names)[np.digitize(values, bounds)]
    return np.where(np.isnan(values), "", found)


def groupings(people: People) -> dict[str, Words]:
    """(P,) by grouping: the name of everyone's group, empty where unknown."""
    sex = people.words("sex")
    found = {
        "sex": np.where(sex == "F", "women", np.where(sex == "M", "men", "")),
        "age": bands(people.values("age"), *AGES),
        "BMI": bands(people.values("bmi"), *BMIS),
    }
    for name in RECORDED:
        known = people.words(name)
        found[name] = np.where(known == "", "", np.char.add(f"{name}: ", known))
    return found


def groups_of(people: People, task: str, counts: Counts) -> list[Group]:
    """All groups of a task that have anybody, everyone first.

    Args:
        people: any number.
        task: of ``people.tasks``.
        counts: (S, P) of bootstrap.person_counts.
    """
    known = people.labelled(task)
    labels, scores, counts = known.labels, known.scores, counts[:, known.index]
    positive = called(scores, people.operating_points[task])

    def measured(grouping: str, name: str, chosen: Mask) -> Group:
        masks = {point: mask[chosen] for point, mask in positive.items()}
        return measure(grouping, name, labels[chosen], scores[chosen], masks, counts[:, chosen])

    found = [measured("all", "all", np.ones(len(labels), np.bool_))]
    for grouping, of_everyone in groupings(people).items():
        of_person = of_everyone[known.index]
        there = set(of_person.tolist()) - {""}
        ordered = [name for name in _ORDER.get(grouping, sorted(there)) if name in there]
        found += [measured(grouping, name, of_person == name) for name in ordered]
    if task == "pvf":
        grades, fractured = people.words("grade")[known.index], labels == 1
        for grade, name in GRADES.items():
            of_grade = fractured & (grades == grade)
            if of_grade.any():
                group = measured("grade", name, of_grade | (labels == 0))
                # Less those without a fracture, whose number is told, it would be that of the grade.
                few = of_grade.sum() < LEAST_CLASS
                found.append(Group("grade", name, "-", f"<{LEAST_CLASS}") if few else group)
    return found


def section(people: People) -> Section:
    """A table and a forest picture of the groups of every score."""
    counts = person_counts(people.ids)
    words = [*_METHOD]
    for grouping, of_person in groupings(people).items():
        words += _unknown(grouping, of_person == "", "people")
    if "pvf" in people.tasks:
        grades = people.words("grade")[people.labels("pvf") == 1]
        words += _unknown("fracture grade", ~np.isin(grades, list(GRADES)), "people with a fracture")
    tables: list[Table] = []
    pictures: list[Picture] = []
    plain: dict[str, object] = {}
    for task in people.tasks:
        groups = groups_of(people, task, counts)
        tables.append(_table(task, groups))
        pictures += _pictures(task, groups)
        plain[task] = [group.plain() for group in groups]
    return Section("subgroups", "Subgroups", tuple(words), tuple(tables), tuple(pictures), plain)


def _unknown(grouping: str, unknown: Mask, whom: str) -> list[str]:
    number = int(unknown.sum())
    if not number:
        return []
    if number == len(unknown):
        return [f"The {grouping} is not known of any {whom}."]
    told = f"fewer than {LEAST_PEOPLE}" if number < LEAST_PEOPLE else f"{number}"
    return [f"The {grouping} is not known of {told} {whom}, who are in none of its groups."]


def _table(task: str, groups: list[Group]) -> Table:
    points = (f"{what}, {point}" for point in ("low", "high") for what in ("sensitivity", "specificity"))
    return Table(
        f"{TASKS[task].title} by group, with 95 % intervals in brackets and then the people counted.",
        ("group", "people", f"with {TASKS[task].meaning}", "AUROC", *points),
        tuple(group.row() for group in groups),
    )


def _pictures(task: str, groups: list[Group]) -> list[Picture]:
    shown = [(f"{each.name} (n = {each.people})", each.auroc) for each in groups if each.auroc]
    if not shown:
        return []
    caption = (
        f"AUROC of the {TASKS[task].title} by group with 95 % intervals; the vertical line is that of all. "
        "Groups that are too small are not drawn."
    )
    return [Picture(f"subgroups-{task}", caption, lambda figure: _draw(figure, shown))]


def _draw(figure: Figure, shown: list[tuple[str, Interval]]) -> None:
    axes = figure.subplots()
    rows = np.arange(len(shown))
    axes.axvline(shown[0][1].value, color="0.7", linewidth=1)
    axes.hlines(rows, [each.low for _, each in shown], [each.high for _, each in shown])
    axes.plot([each.value for _, each in shown], rows, "s", color="black")
    axes.set_yticks(rows, [name for name, _ in shown])
    axes.invert_yaxis()
    axes.set_xlabel("AUROC")
