"""Who is lost on the way into the evaluation, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from train.evaluation.people.image_scores import ImageResult
from train.evaluation.sections.section import Cell, Section, Table
from verte_core.results import TASKS
from verte_core.training.dataset import Example

REASONS = 20
"""How many reasons the table of refusals lists; the others are counted together."""


def section(examples: Sequence[Example], images: Sequence[ImageResult]) -> Section:
    """How many images and people were evaluated, and for which reasons others were not.

    Args:
        examples: of the evaluated split.
        images: of the examples, in their order.
    """
    everyone = list(zip(examples, images, strict=True))
    refused = [(example, image) for example, image in everyone if not image.scores]
    evaluated = [(example, image) for example, image in everyone if image.scores]
    kept = {example.person_id for example, _ in evaluated}
    lost = [pair for pair in refused if pair[0].person_id not in kept]
    flow = {"in the split": everyone, "evaluated": evaluated, "refused": refused, "of people lost": lost}
    counts = {name: _counts([example for example, _ in pairs]) for name, pairs in flow.items()}
    kinds = Counter(image.kind for _, image in refused)
    reasons = Counter((image.kind, image.reason) for _, image in refused)
    words = [
        f"{len(evaluated)} of {len(everyone)} images were evaluated, of {len(kept)} of "
        f"{counts['in the split']['people']} people."
    ]
    if refused:
        words.append(
            "An image that can't be scored is left out of every figure of this report, and so is a person "
            "with no other image. If what makes images fail goes with the condition, the figures are those "
            "of an easier cohort; the columns of conditions show whether it may."
        )
    tables = [
        Table(
            "Images and people on their way into the evaluation (the flow that STARD 2015 asks for, Bossuyt "
            "et al., BMJ 2015;351:h5527), with the images labelled with each condition.",
            ("", "Images", "People", *(f"Images with {score.meaning}" for score in TASKS.values())),
            tuple(
                (f"Images {name}", each["images"], each["people"], *(each[task] for task in TASKS))
                for name, each in counts.items()
            ),
        ),
        *([_refusals(reasons)] if reasons else []),
    ]
    plain: dict[str, object] = {
        **{name.replace(" ", "_"): each for name, each in counts.items()},
        "refused_by_kind": dict(_ranked(kinds)),
        "refused_by_reason": [
            {"kind": kind, "reason": reason, "images": count} for (kind, reason), count in _ranked(reasons)
        ],
    }
    return Section("failures", "Images evaluated and refused", tuple(words), tuple(tables), plain=plain)


def _counts(examples: Sequence[Example]) -> dict[str, int]:
    return {
        "images": len(examples),
        "people": len({each.person_id for each in examples}),
        **{task: sum(each.labels.get(task) == 1 for each in examples) for task in TASKS},
    }


def _refusals(reasons: Counter[tuple[str, str]]) -> Table:
    ranked = _ranked(reasons)
    rows: list[tuple[Cell, ...]] = [(*words, count) for words, count in ranked[:REASONS]]
    if len(ranked) > REASONS:
        rows.append(("other reasons", "", sum(count for _, count in ranked[REASONS:])))
    return Table("Images refused, by what was wrong.", ("Kind", "Reason", "Images"), tuple(rows))


def _ranked(counts: Counter[Any]) -> list[tuple[Any, int]]:
    """The commonest first, equals in order of their names."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
