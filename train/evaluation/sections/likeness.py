"""How many pictures are unlike those that the weights learned from, whose they are, and what leaving them out
gives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from train.evaluation.figures.bootstrap import Interval, interval, person_counts, weighted_aurocs
from train.evaluation.figures.proportions import share
from train.evaluation.people.cohort import People
from train.evaluation.sections.section import Cell, Section, Table
from train.evaluation.sections.subgroups import LEAST_CLASS, LEAST_PEOPLE, groupings
from verte_core.results import TASKS

COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)
"""Shares of the people, the most like first, on whom the scores are looked at."""
_METHOD = (
    "The likeness of a picture is the mean cosine of its features to those of the nearest images of the "
    "weights' training; the weights say below which value, or at which look, they call it unlike. A person's "
    "is that of the least like picture. Unlike pictures are scored all the same, and are part of every other "
    "figure of this report."
)


def section(people: People) -> Section:
    """The share of unlike people by group, and AUROC against the share of people that are kept."""
    known = ~np.isnan(people.values("likeness"))
    if not known.any():
        return Section(
            "likeness", "Unlike pictures", ("The weights have no gate, so nothing is known of it.",)
        )
    unlike = people.values("unlike") > 0
    rows: list[tuple[Cell, ...]] = [_row("all", unlike[known])]
    by_group: dict[str, object] = {"all": share(unlike[known]).plain()}
    for words in groupings(people).values():
        for name in sorted(set(words[known].tolist()) - {""}):
            own = unlike[known & (words == name)]
            if len(own) >= LEAST_PEOPLE:
                rows.append(_row(name, own))
                by_group[name] = share(own).plain()
    kept = {task: _by_coverage(people, task) for task in people.tasks}
    tables = [
        Table(
            "People with at least one picture that the weights call unlike, with 95 % intervals; groups of "
            f"fewer than {LEAST_PEOPLE} are left out.",
            ("group", "people", "unlike"),
            tuple(rows),
        ),
        *(
            Table(
                f"AUROC of the {TASKS[task].title} on the people most like the training, with intervals.",
                ("people kept", "people", f"with {TASKS[task].meaning}", "AUROC"),
                tuple((f"{cover:.0%}", count, positives, f"{area}") for cover, count, positives, area in own),
            )
            for task, own in kept.items()
            if own
        ),
    ]
    plain: dict[str, object] = {
        "unlike": by_group,
        "coverage": {
            task: [
                {"kept": cover, "people": count, "positives": positives, "auroc": area.plain()}
                for cover, count, positives, area in own
            ]
            for task, own in kept.items()
        },
    }
    return Section("likeness", "Unlike pictures", (_METHOD,), tuple(tables), plain=plain)


def _row(name: str, unlike: npt.NDArray[np.bool_]) -> tuple[Cell, ...]:
    return name, len(unlike), f"{share(unlike)}"


def _by_coverage(people: People, task: str) -> list[tuple[float, int, int, Interval]]:
    """Share kept, people, those with the condition, and AUROC; as far as both classes are large enough."""
    known = people.labelled(task)
    likeness = people.values("likeness")[known.index]
    there = ~np.isnan(likeness)
    order = np.flatnonzero(there)[np.argsort(-likeness[there], kind="stable")]
    counts = person_counts(people.ids)[:, known.index]
    found = []
    for cover in COVERAGES:
        chosen = order[: round(cover * len(order))]
        labels = known.labels[chosen]
        positives = int(labels.sum())
        if min(positives, len(labels) - positives) >= LEAST_CLASS:
            areas = interval(weighted_aurocs(labels, known.scores[chosen], counts[:, chosen]))
            found.append((cover, len(chosen), positives, areas))
    return found
