"""What of an evaluation is told in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from train.evaluation.people.cohort import CLINICAL, People
from train.evaluation.sections.section import Section, at
from verte_core.results import TASKS
from verte_core.scoring.scorer import Scorer


def summary(out: Path, scorer: Scorer, people: People, sections: Sequence[Section]) -> str:
    """Who was evaluated, the AUROCs beside the comparator's, and where the report is."""
    plain = {section.key: section.plain for section in sections}
    images = sum(unit.images for unit in people.units)
    metadata = scorer.metadata
    lines = [
        f"{images} images of {len(people.units)} people, {metadata.name} {scorer.weights_id}",
        *filter(None, [metadata.trained_on.notice, people.notice]),
        "",
        f"{'AUROC by person [95 % interval]':<34}{'score':<24}{CLINICAL + ' alone':<26}difference",
    ]
    for task in people.tasks:
        alone = ("discrimination", task, "comparators", CLINICAL)
        figures = [
            _figure(at(plain, *keys))
            for keys in (
                ("discrimination", task, "auroc"),
                (*alone, "comparator", "auroc"),
                (*alone, "auroc_difference"),
            )
        ]
        lines.append(f"{TASKS[task].title:<34}{figures[0]:<24}{figures[1]:<26}{figures[2]}")
    refused = at(plain, "failures", "refused", "images")
    lines += ["", *([f"{refused} images were refused."] if refused else [])]
    return "\n".join([*lines, f"The report is {out / 'report.html'}."])


def _figure(plain: Mapping[str, float | None] | None) -> str:
    if not plain or plain["value"] is None:
        return "-"
    if plain["low"] is None:
        return f"{plain['value']:.3f}"
    return f"{plain['value']:.3f} [{plain['low']:.3f}, {plain['high']:.3f}]"
