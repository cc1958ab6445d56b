"""``python -m train evaluate``: from weights and a manifest to the report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from train.evaluation import recalibration
from train.evaluation.figures import bootstrap
from train.evaluation.people import comparators, gather, heatmap_facts, image_scores, pointing
from train.evaluation.people.cohort import CLINICAL, People
from train.evaluation.people.gather import Rule
from train.evaluation.people.image_scores import ImageResult
from train.evaluation.people.pointing import Truth
from train.evaluation.report import page
from train.evaluation.sections import (
    calibration,
    checklists,
    decision,
    discrimination,
    heatmaps,
    outcomes,
    published,
    subgroups,
    zones,
)
from train.evaluation.sections.section import Section
from verte_core import __version__
from verte_core.errors import DataError
from verte_core.network import weights
from verte_core.network.weights import Weights
from verte_core.results import TASKS, OperatingPoints, Provenance
from verte_core.scoring import ensemble
from verte_core.scoring.scorer import Scorer
from verte_core.training import dataset
from verte_core.training.dataset import Example

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
    split: str
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
    examples = _examples(request.manifest, request.split)
    reference = dataset.read_manifest(request.reference or request.manifest).examples
    files = [weights.load(path) for path in request.models]
    scorer = ensemble.scorer(files, request.device)
    manifest_sha256 = hashlib.sha256(request.manifest.read_bytes()).hexdigest()
    if request.recalibrated:
        _recalibrate(request, files, scorer, manifest_sha256)
        files = [weights.load(request.recalibrated)]
        scorer = ensemble.scorer(files, request.device)
    truth = pointing.read_truth(request.manifest, list(examples.values()), scorer.metadata.protocol)
    images, tasks = _images(request, files, scorer, examples, truth, manifest_sha256)
    people = _people(request, scorer, tasks, examples, images, truth)
    known = [each for each in reference if each.split == "train"]
    alone, reasons = comparators.of_people(people.units, tasks, known)
    people = replace(people, comparators=alone)

    rows = list(examples.values())
    analyses: list[Callable[[], Section]] = [
        lambda: gather.failures_section(rows, images),
        lambda: discrimination.section(people, request.prevalence, reasons),
        lambda: zones.section(people),
        lambda: calibration.section(people),
        lambda: decision.section(people),
        lambda: subgroups.section(people),
        lambda: _heatmaps(scorer, rows, images, truth),
        lambda: outcomes.section(people),
    ]
    found = {each.key: each for each in (make() for make in tqdm(analyses, "analysing", unit="section"))}
    simulated = people.simulated or scorer.metadata.trained_on is not Provenance.CLINICAL
    ours = _main_figures(found["discrimination"].plain, found["outcomes"].plain)
    sections = [
        *found.values(),
        published.section(scorer.metadata.protocol, ours, simulated),
        checklists.section(_answers(request, scorer, people, found, manifest_sha256)),
    ]
    facts = {
        "weights": scorer.metadata.name,
        "weights_id": scorer.weights_id,
        "trained_on": scorer.metadata.trained_on,
        "cohort": "simulated" if people.simulated else "not stated",
        "manifest_sha256": manifest_sha256,
        "split": request.split,
        "persons_score": f"{request.rule} of the images' scores",
        "intervals": f"95 %, {bootstrap.SAMPLES} resamples of people, seed {bootstrap.SEED}",
        "version": __version__,
    }
    page.write(request.out, f"Evaluation of {scorer.metadata.name}", facts, sections, people)
    (request.out / PART).unlink(missing_ok=True)
    return _summary(request, scorer, people, sections)


def _examples(manifest: Path, split: str) -> dict[int, Example]:
    """The rows of a split, by line."""
    rows = enumerate(dataset.read_manifest(manifest).examples, start=2)
    examples = {number: example for number, example in rows if split in ("all", example.split)}
    if not examples:
        raise DataError(f"The manifest {manifest} has no rows of the split {split}.")
    return examples


def _tasks(scorer: Scorer) -> tuple[str, ...]:
    # Labels that only teach, such as density, are no scores.
    return tuple(task for task in scorer.tasks if task in TASKS)


def _images(
    request: Request,
    files: Sequence[Weights],
    scorer: Scorer,
    examples: Mapping[int, Example],
    truth: Truth,
    manifest_sha256: str,
) -> tuple[list[ImageResult], tuple[str, ...]]:
    """What the weights say of the examples, and of which tasks."""
    if request.table is None:
        tasks = _tasks(scorer)
        twins = heatmap_facts.shuffled(files)
        part = request.out / PART
        return image_scores.score(scorer, twins, tasks, examples, truth, manifest_sha256, part), tasks
    table = image_scores.from_table(request.table, examples)
    if table.model_id != scorer.weights_id:
        raise DataError(
            f"The scores of {request.table.name} are of the weights {table.model_id}, not of "
            f"{scorer.metadata.name} ({scorer.weights_id}), whose operating points are to be evaluated."
        )
    return table.images, table.tasks


def _people(
    request: Request,
    scorer: Scorer,
    tasks: Sequence[str],
    examples: Mapping[int, Example],
    images: Sequence[ImageResult],
    truth: Truth,
) -> People:
    points = scorer.metadata.operating_points
    people = gather.gather(request.manifest, examples, images, tasks, points, request.rule, truth)
    if not people.units:
        raise DataError(f"No image could be scored. The first: {images[0].reason}")
    return people


def _recalibrate(request: Request, files: Sequence[Weights], scorer: Scorer, manifest_sha256: str) -> None:
    """Write the recalibrated weights, fitted on the people of the validation split."""
    assert request.recalibrated is not None
    if len(files) > 1 or request.table is not None:
        raise DataError("To recalibrate, give one weights file, and no table of scores.")
    examples = _examples(request.manifest, "val")
    truth = pointing.read_truth(request.manifest, list(examples.values()), scorer.metadata.protocol)
    images, tasks = _images(request, files, scorer, examples, truth, manifest_sha256)
    people = _people(request, scorer, tasks, examples, images, truth)
    labels = {task: people.labels(task) for task in tasks}
    recalibration.write(request.recalibrated, files[0], labels, {task: people.scores(task) for task in tasks})


def _heatmaps(
    scorer: Scorer, rows: Sequence[Example], images: Sequence[ImageResult], truth: Truth
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
    """What published.section compares: AUROC by person, and of follow-up the unadjusted hazard ratios."""
    ours: dict[str, object] = {f"auroc_{task}": _at(told_apart, task, "auroc") for task in TASKS}
    ours |= {f"hr_{task}": _at(followed, "hazard_ratios", "high", task, "unadjusted") for task in TASKS}
    share = _at(followed, "share_of_events")
    ours["incident_fracture_percent"] = None if share is None else 100 * share
    ours["median_followup_years"] = _at(followed, "median_followup_years")
    return ours


def _at(plain: Mapping[str, Any], *keys: str) -> Any:
    """What lies under the keys, one below the other; None where an analysis left something out."""
    found: Any = plain
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _answers(
    request: Request,
    scorer: Scorer,
    people: People,
    found: Mapping[str, Section],
    manifest_sha256: str,
) -> dict[str, str]:
    """What this run knows of the checklists' questions."""
    metadata = scorer.metadata
    points = [
        f"{TASKS[task].title} {each.low:.3f} and {each.high:.3f}"
        for task, each in people.operating_points.items()
    ]
    images = "simulated" if people.simulated else "not stated to be simulated"
    return {
        "architecture": metadata.card.get("Summary", metadata.name),
        "comparators": f"Logistic regression on {CLINICAL}, fitted on the training split of the reference.",
        "data": f"The manifest of SHA-256 {manifest_sha256}; its images are {images}.",
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
            if (value := _at(found["discrimination"].plain, task, "auroc")) and value["value"] is not None
        )
        or "No AUROC could be given.",
        "prediction": f"A person's score is the {request.rule} of the images' scores.",
        "software": f"VERTE {__version__}, weights {scorer.weights_id}.",
        "split": f"The split {request.split} was evaluated.",
        "subgroups": "Sex, age, BMI, manufacturer, protocol, fracture grade and hardware.",
    }


def _summary(request: Request, scorer: Scorer, people: People, found: Sequence[Section]) -> str:
    """For the terminal."""
    plain = {section.key: section.plain for section in found}
    images = sum(unit.images for unit in people.units)
    metadata = scorer.metadata
    lines = [
        f"{images} images of {len(people.units)} people, {metadata.name} {scorer.weights_id}",
        *filter(None, [metadata.trained_on.notice]),
        *(["The images are simulated: the figures say nothing about patients."] if people.simulated else []),
        "",
        f"{'AUROC by person [95 % interval]':<34}{'score':<24}{CLINICAL + ' alone':<26}difference",
    ]
    for task in people.tasks:
        alone = ("discrimination", task, "comparators", CLINICAL)
        figures = [
            _figure(_at(plain, *keys))
            for keys in (
                ("discrimination", task, "auroc"),
                (*alone, "comparator", "auroc"),
                (*alone, "auroc_difference"),
            )
        ]
        lines.append(f"{TASKS[task].title:<34}{figures[0]:<24}{figures[1]:<26}{figures[2]}")
    refused = _at(plain, "failures", "refused", "images")
    lines += ["", *([f"{refused} images were refused."] if refused else [])]
    return "\n".join([*lines, f"The report is {request.out / 'report.html'}."])


def _figure(plain: Mapping[str, float | None] | None) -> str:
    if not plain or plain["value"] is None:
        return "-"
    if plain["low"] is None:
        return f"{plain['value']:.3f}"
    return f"{plain['value']:.3f} [{plain['low']:.3f}, {plain['high']:.3f}]"
