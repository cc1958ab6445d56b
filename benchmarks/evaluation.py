"""Seconds of the analyses of an evaluation, and of one bootstrapped AUROC beside scikit-learn's in a loop."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from train.evaluation.figures import bootstrap
from train.evaluation.figures.bootstrap import person_counts, weighted_aurocs
from train.evaluation.people.cohort import CLINICAL, People, Unit
from train.evaluation.people.comparators import OSTA, osta
from train.evaluation.people.image_scores import ImageResult
from train.evaluation.sections import (
    calibration,
    decision,
    discrimination,
    failures,
    outcomes,
    subgroups,
    zones,
)
from train.evaluation.sections.section import Section
from train.simulator.people import draw_person
from verte_core.clinical import ClinicalInputs
from verte_core.results import OperatingPoints, Provenance
from verte_core.training.dataset import Example

PEOPLE = 10_000
SIDE_BY_SIDE = 50
"""Resamples of the comparison with scikit-learn; all of them would take it minutes."""
ROUNDS = 3
TASKS = ("pvf", "osteo")


def main() -> None:
    """Print the figures as JSON."""
    people, examples, images = invented(PEOPLE)
    analyses: dict[str, Callable[[], Section]] = {
        "failures": lambda: failures.section(examples, images),
        "discrimination": lambda: discrimination.section(people, {"pvf": 0.1, "osteo": 0.2}),
        "zones": lambda: zones.section(people),
        "calibration": lambda: calibration.section(people),
        "decision": lambda: decision.section(people),
        "subgroups": lambda: subgroups.section(people),
        "outcomes": lambda: outcomes.section(people),
    }
    seconds = {}
    for name, analysis in analyses.items():
        start = time.perf_counter()
        analysis()
        seconds[name] = time.perf_counter() - start
    slowest = max(seconds, key=lambda name: seconds[name])
    ours, library = _side_by_side(people)
    figures = {
        "people": PEOPLE,
        "resamples": bootstrap.SAMPLES,
        "seconds": sum(seconds.values()),
        "slowest": slowest,
        "slowest_seconds": seconds[slowest],
        "auroc_resamples": SIDE_BY_SIDE,
        "auroc_seconds": ours,
        "auroc_library_seconds": library,
    }
    print(json.dumps(figures))


def invented(number: int) -> tuple[People, list[Example], list[ImageResult]]:
    """The simulator's people without images: scores are the truth seen through noise, a twentieth unknown.

    Returns:
        The people with all that an analysis asks for, and for each one row of a manifest and its result.
    """
    rng = np.random.default_rng(0)
    units, examples, images = [], [], []
    for index in range(number):
        person = draw_person(rng, f"P{index:06}")
        truth = {"pvf": float(person.fractured), "osteo": float(person.osteo)}
        scores = {task: 1 / (1 + math.exp(1.5 - 2.5 * has + rng.normal())) for task, has in truth.items()}
        labels = {task: has if rng.random() > 0.05 else math.nan for task, has in truth.items()}
        groups = {
            "manufacturer": ("North", "South", "West")[index % 3],
            "grade": str(rng.integers(1, 4)) if person.fractured else "0",
        }
        unit = Unit(
            person.person_id,
            1,
            person.age,
            person.sex,
            person.bmi,
            labels,
            scores,
            followup_years=person.followup_years,
            fracture_event=float(person.fracture_event),
            weight_kg=float(rng.uniform(40, 100)),
            groups=groups,
        )
        units.append(unit)
        inputs = ClinicalInputs(person.age, "F" if person.sex == "F" else "M", person.bmi)
        examples.append(Example(Path(f"{index}.png"), person.person_id, "test", inputs, labels))
        images.append(ImageResult(index + 2, scores))
    ages, weights_kg = (np.array([getattr(unit, name) for unit in units]) for name in ("age", "weight_kg"))
    comparators = {task: {CLINICAL: 1 / (1 + np.exp(6 - ages / 12))} for task in TASKS}
    comparators["osteo"][OSTA] = -osta(ages, weights_kg)
    points = OperatingPoints(low=0.2, high=0.6, low_sensitivity=0.9, high_specificity=0.9)
    people = People(tuple(units), TASKS, dict.fromkeys(TASKS, points), comparators, Provenance.SIMULATED)
    return people, examples, images


def _side_by_side(people: People) -> tuple[float, float]:
    """Seconds for the same resamples, ours and a loop of scikit-learn's, the quickest of ROUNDS each."""
    known = people.labelled("pvf")
    labels, scores = known.labels, known.scores
    counts = person_counts(people.ids[known.index])[: 1 + SIDE_BY_SIDE]
    ours, library = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        own = weighted_aurocs(labels, scores, counts)
        between = time.perf_counter()
        drawn = (np.repeat(np.arange(len(labels)), row) for row in counts)
        other = [roc_auc_score(labels[each], scores[each]) for each in drawn]
        library.append(time.perf_counter() - between)
        ours.append(between - start)
        assert np.allclose(own, other, rtol=0, atol=1e-12)
    return min(ours), min(library)


if __name__ == "__main__":
    main()
