"""``python -m train evaluate``: from weights and a manifest to the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from tqdm import tqdm

from train.evaluation import recalibration
from train.evaluation.figures import bootstrap
from train.evaluation.people import comparators, gather, heatmap_facts, image_scores
from train.evaluation.people.cohort import CLINICAL, People, simulated_words
from train.evaluation.people.image_scores import ImageResult
from train.evaluation.people.truth import CohortTruth, read_cohort_truth
from train.evaluation.report import page, terminal
from train.evaluation.sections import (
    calibration,
    checklists,
    decision,
    discrimination,
    failures,
    heatmaps,
    likeness,
    outcomes,
    published_cohorts,
    subgroups,
    zones,
)
from train.evaluation.sections.section import Section, at
from verte_core import __version__
from verte_core.errors import DataError
from verte_core.network import weights
from verte_core.network.weights import Weights
from verte_core.results import TASKS, OperatingPoints, Provenance
from verte_core.scoring import Scorer
from verte_core.training import dataset
from verte_core.training.dataset import Example, Manifest, Split
from verte_core.training.people import Rule

PART = "images.jsonl.part"
"""In the report's folder: what was scored, until the report is written."""


@dataclass(frozen=True)
class Request:
    """What to evaluate, on what.

    Attributes:
        models: weights files; several of them for several tasks, or as an ensemble.
        manifest: of the images.
        split: ``train``, ``val``, ``test`` or ``all``.
        out: a folder for report.html, report.json and people.csv.
        reference: manifest on whose training split the clinical model is fitted; None takes ``manifest``.
        table: a scores.csv that ``verte score`` made with the same weights; None scores the images here.
        rule: how the scores of a person's images become one.
        prevalence: by task, 0..1, for PPV and NPV elsewhere.
        recalibrated: a new weights file, with Platt scaling fitted on the validation split; None makes none.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
    """

    models: Sequence[Path]
    manifest: Path
    split: Split | Literal["all"]
    out: Path
    reference: Path | None = None
    table: Path | None = None
    rule: Rule = "mean"
    prevalence: Mapping[str, float] = field(default_factory=dict)
    recalibrated: Path | None = None
    device: str = "auto"


def evaluate(request: Request) -> str:
    """Write the report and return its summary for the terminal.

    A run that was killed goes on from the images.jsonl.part in ``out``.

    Raises:
        VerteError: for bad data or weights, or a folder that can't be written.
    """
    manifest = dataset.read_manifest(request.manifest)
    examples = _of_split(manifest, request.split)
    reference = dataset.read_manifest(request.reference) if request.reference else manifest
    for each in (manifest, reference):
        dataset.check_clinical(each.examples, "an evaluation compares the scores with")
    files = [weights.load(path) for path in request.models]
    scorer = Scorer(files, request.device)
    if request.recalibrated:
        _recalibrate(request, manifest, files, scorer)
        files = [weights.load(request.recalibrated)]
        scorer = Scorer(files, request.device)
    truth = read_cohort_truth(request.manifest, examples, scorer.metadata.preprocessing)
    images, tasks = _images(request, manifest, files, scorer, examples, truth)
    people = _people(request, manifest, scorer, tasks, examples, images, truth)
    known = [each for each in reference.examples if each.split == "train"]
    alone, reasons = comparators.of_people(people.units, tasks, known)
    people = replace(people, comparators=alone)

    analyses: list[Callable[[], Section]] = [
        lambda: failures.section(examples, images),
        lambda: discrimination.section(people, request.prevalence, reasons),
        lambda: zones.section(people),
        lambda: calibration.section(people),
        lambda: decision.section(people),
        lambda: subgroups.section(people),
        lambda: likeness.section(people),
        lambda: _heatmaps(scorer, examples, images, truth),
        lambda: outcomes.section(people),
    ]
    found = {each.key: each for each in (make() for make in tqdm(analyses, "analysing", unit="section"))}
    ours = _main_figures(found["discrimination"].plain, found["outcomes"].plain)
    sections = [
        *found.values(),
        published_cohorts.section(scorer.metadata.protocol, ours, _simulated(scorer, people)),
        checklists.section(_answers(request, manifest, scorer, people, found)),
    ]
    facts = {
        "weights": scorer.metadata.name,
        "weights_id": scorer.weights_id,
        "trained_on": scorer.metadata.trained_on,
        "cohort": people.stated,
        "manifest_sha256": manifest.sha256,
        "split": request.split,
        "persons_score": f"{request.rule} of the images' scores",
        "intervals": f"95 %, {bootstrap.SAMPLES} resamples of people, seed {bootstrap.SEED}",
        "version": __version__,
    }
    page.write(request.out, f"Evaluation of {scorer.metadata.name}", facts, sections, people)
    (request.out / PART).unlink(missing_ok=True)
    return terminal.summary(request.out, scorer, people, sections)


def _of_split(manifest: Manifest, split: Split | Literal["all"]) -> list[Example]:
    return manifest.examples if split == "all" else manifest.of(split)


def _tasks(scorer: Scorer) -> tuple[str, ...]:
    # Labels that only teach, such as density, are no scores.
    return tuple(task for task in scorer.tasks if task in TASKS)


def _images(
    request: Request,
    manifest: Manifest,
    files: Sequence[Weights],
    scorer: Scorer,
    examples: Sequence[Example],
    truth: CohortTruth,
) -> tuple[list[ImageResult], tuple[str, ...]]:
    """What the weights say of the examples, and of which tasks."""
    if request.table is None:
        tasks = _tasks(scorer)
        twins = heatmap_facts.shuffled(files)
        part = request.out / PART
        return image_scores.score(scorer, twins, tasks, examples, truth, manifest.sha256, part), tasks
    table = image_scores.from_table(request.table, examples)
    if table.model_id != scorer.weights_id:
        raise DataError(
            f"The scores of {request.table.name} are of the weights {table.model_id}, not of "
            f"{scorer.metadata.name} ({scorer.weights_id}), whose operating points are to be evaluated."
        )
    return table.images, table.tasks


def _people(
    request: Request,
    manifest: Manifest,
    scorer: Scorer,
    tasks: Sequence[str],
    examples: Sequence[Example],
    images: Sequence[ImageResult],
    truth: CohortTruth,
) -> People:
    points = scorer.metadata.operating_points
    people = gather.gather(manifest, examples, images, tasks, points, request.rule, truth)
    if not people.units:
        raise DataError(f"No image could be scored. The first: {images[0].reason}")
    return people


def _recalibrate(request: Request, manifest: Manifest, files: Sequence[Weights], scorer: Scorer) -> None:
    """Write the recalibrated weights, fitted on the people of the validation split."""
    assert request.recalibrated is not None
    if len(files) > 1 or request.table is not None:
        raise DataError("To recalibrate, give one weights file, and no table of scores.")
    examples = manifest.of("val")
    truth = read_cohort_truth(request.manifest, examples, scorer.metadata.preprocessing)
    images, tasks = _images(request, manifest, files, scorer, examples, truth)
    people = _people(request, manifest, scorer, tasks, examples, images, truth)
    labels = {task: people.labels(task) for task in tasks}
    scores = {task: people.scores(task) for task in tasks}
    recalibration.write(request.recalibrated, files[0], labels, scores, people.provenance)


def _heatmaps(
    scorer: Scorer, rows: Sequence[Example], images: Sequence[ImageResult], truth: CohortTruth
) -> Section:
    points = scorer.metadata.operating_points.get(heatmap_facts.TASK)
    facts = [image.heatmap if points else None for image in images]
    return heatmaps.section(
        facts,
        np.array([each.labels[heatmap_facts.TASK] for each in rows], np.float64),
        np.array([image.scores.get(heatmap_facts.TASK, np.nan) for image in images], np.float64),
        np.array([each.person_id for each in rows], np.str_),
        truth,
        points or OperatingPoints(0, 1, 1, 1),
    )


def _main_figures(told_apart: Mapping[str, Any], followed: Mapping[str, Any]) -> dict[str, object]:
    """What is set beside the published: AUROC by person, and of follow-up the unadjusted hazard ratios."""
    ours: dict[str, object] = {f"auroc_{task}": at(told_apart, task, "auroc") for task in TASKS}
    ours |= {f"hr_{task}": at(followed, "hazard_ratios", "high", task, "unadjusted") for task in TASKS}
    share = at(followed, "share_of_events")
    ours["incident_fracture_percent"] = None if share is None else 100 * share
    ours["median_followup_years"] = at(followed, "median_followup_years")
    return ours


def _simulated(scorer: Scorer, people: People) -> str:
    """What of weights and images is simulated, in a word or two; empty where nothing is known to be."""
    kinds = {scorer.metadata.trained_on, people.provenance}
    told = [each for each in (Provenance.SIMULATED, Provenance.MIXED) if each in kinds]
    return simulated_words(told[0] if told else None).strip()


def _answers(
    request: Request,
    manifest: Manifest,
    scorer: Scorer,
    people: People,
    found: Mapping[str, Section],
) -> dict[str, str]:
    """What this run knows of the checklists' questions."""
    metadata = scorer.metadata
    points = [
        f"{TASKS[task].title} {each.low:.3f} and {each.high:.3f}"
        for task, each in people.operating_points.items()
    ]
    images = simulated_words(people.provenance).strip() or "not stated to be simulated"
    return {
        "architecture": metadata.card.get("Summary", metadata.name),
        "comparators": f"Logistic regression on {CLINICAL}, fitted on the training split of the reference.",
        "data": f"The manifest of SHA-256 {manifest.sha256}; its images are {images}.",
        "disjoint": "Nobody is in two splits; the manifest was refused otherwise.",
        "exclusions": found["failures"].words[0],
        "failures": "Refused images are listed by reason.",
        "interpretability": (
            "Grad-CAM; pointing, energy and a check with shuffled weights where the truth is known."
        ),
        "intervals": f"Bootstrap of {bootstrap.SAMPLES} resamples of people; Wilson for proportions.",
        "metrics": (
            "AUROC, AUPRC, sensitivity, specificity, PPV, NPV, calibration, Brier score, net benefit, "
            "hazard ratios and C-index."
        ),
        "operating_points": f"Set on the validation split of the weights: {', '.join(points)}.",
        "outcomes": "A person has the condition where any of the images is labelled with it.",
        "output": "Two calibrated probabilities, and for each a heatmap.",
        "people": found["failures"].words[0],
        "performance": " ".join(
            f"{score.title}: AUROC {value['value']:.3f}."
            for task, score in TASKS.items()
            if (value := at(found["discrimination"].plain, task, "auroc")) and value["value"] is not None
        )
        or "No AUROC could be given.",
        "prediction": f"A person's score is the {request.rule} of the images' scores.",
        "software": f"VERTE {__version__}, weights {scorer.weights_id}.",
        "split": f"The split {request.split} was evaluated.",
        "subgroups": "Sex, age, BMI, manufacturer, kind of image, fracture grade and hardware.",
    }
