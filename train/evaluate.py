"""How well weights tell people apart, beside age, sex and BMI alone, and where their heatmaps point."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from train import scored
from train.evaluation import bootstrap, pointing
from train.evaluation.bootstrap import Interval, People, interval, person_counts, weighted_aurocs
from train.evaluation.pointing import Truth
from train.scored import Scored
from verte_core import dataset, weights
from verte_core.dataset import Example
from verte_core.errors import DataError, OutputError
from verte_core.scoring import SIMULATED_NOTICE, TASK_MEANINGS, TASK_TITLES, Scorer, zone
from verte_core.weights import Metadata

Array = npt.NDArray[np.float64]


def evaluate(model: Path, manifest: Path, split: str, out: Path, reference: Path, device: str) -> str:
    """Score a split, write scores.csv and report.json to ``out``, and return the report as a table.

    AUROC is given per image and per person and, where a truth.jsonl stands beside the manifest, how often the
    peak of the pVF-score's heatmap lies on a fracture; with 95 % intervals over people. An evaluation that
    was killed goes on from the scores.csv.part in ``out``.

    Args:
        model: a weights file.
        manifest: of the images to score.
        split: ``train``, ``val``, ``test`` or ``all``.
        out: a folder.
        reference: manifest on whose training split the comparator, a logistic regression on age, sex and
            BMI, is fitted.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises:
        VerteError: for bad data or weights, or a folder that can't be written.
    """
    rows = {
        number: example
        for number, example in enumerate(dataset.read_manifest(manifest), start=2)
        if split in ("all", example.split)
    }
    if not rows:
        raise DataError(f"The manifest {manifest} has no rows of the split {split}.")
    known = [each for each in dataset.read_manifest(reference) if each.split == "train"]
    scorer = Scorer(weights.load(model), device)
    # Labels that only teach, such as density, are no scores.
    tasks = [task for task in scorer.tasks if task in TASK_TITLES]
    manifest_sha256 = hashlib.sha256(manifest.read_bytes()).hexdigest()
    part = out / "scores.csv.part"
    images = scored.score(scorer, tasks, rows, manifest_sha256, part)
    truth = pointing.read_truth(manifest, list(rows.values()), scorer.metadata.protocol)
    cohort = _Cohort(list(rows.values()), images, tasks, truth)
    report: dict[str, object] = {
        "model": scorer.metadata.name,
        "model_id": scorer.weights_id,
        "trained_on": scorer.metadata.trained_on,
        "cohort": "simulated" if truth.simulated else "not stated",
        "manifest_sha256": manifest_sha256,
        "split": split,
        "images": len(rows),
        "people": len(np.unique(cohort.people)),
        "intervals": {"percent": 95, "drawn": "people", "samples": bootstrap.SAMPLES, "seed": bootstrap.SEED},
    }
    table = [
        f"{report['images']} images of {report['people']} people, {report['model']} {report['model_id']}",
        *([SIMULATED_NOTICE] if report["trained_on"] == "simulated" else []),
        *(["The images are simulated: the figures say nothing about patients."] if truth.simulated else []),
        "",
    ]
    for parts, lines in (_discrimination(cohort, known), _pointing(cohort, scorer.metadata)):
        report |= parts
        table += lines
    _write(out, report, cohort)
    part.unlink(missing_ok=True)
    return "\n".join(table)


@dataclass(frozen=True)
class _Cohort:
    """What was scored, image by image in the same order."""

    examples: list[Example]
    images: list[Scored]
    tasks: list[str]
    truth: Truth

    @property
    def people(self) -> People:
        """(N,), the person of each image."""
        return np.array([example.person_id for example in self.examples], np.str_)

    def labels(self, task: str) -> Array:
        """(N,) of 0, 1 or NaN."""
        return np.array([example.labels[task] for example in self.examples])

    def scores(self, task: str) -> Array:
        """(N,) in 0..1."""
        return np.array([image.scores[self.tasks.index(task)] for image in self.images])

    def hits(self) -> list[bool | None]:
        """Whether each heatmap points at a fracture; None where there is none, or it is not known."""
        if self.truth.outlines is None:
            return [None] * len(self.images)
        return [
            pointing.points_at(outlines, image.peak)
            for outlines, image in zip(self.truth.outlines, self.images, strict=True)
        ]


def comparator(known: Sequence[Example], examples: Sequence[Example], task: str) -> Array:
    """Scores (N,) of a logistic regression on age, sex and BMI, fitted on ``known``, for ``examples``.

    Raises:
        DataError: when the labels of ``known`` are not of both classes.
    """
    labelled = [each for each in known if not np.isnan(each.labels[task])]
    if len({each.labels[task] for each in labelled}) < 2:
        raise DataError(
            f"The training split of the reference needs people with and without {TASK_MEANINGS[task]}."
        )
    statistics = dataset.clinical_statistics(known)
    regression = LogisticRegression(C=np.inf).fit(
        [statistics.standardize(each.inputs) for each in labelled], [each.labels[task] for each in labelled]
    )
    rows = [statistics.standardize(each.inputs) for each in examples]
    return np.asarray(regression.decision_function(rows), np.float64)


def _discrimination(cohort: _Cohort, known: Sequence[Example]) -> tuple[dict[str, object], list[str]]:
    """The report's part and the table's lines about AUROC."""
    report: dict[str, object] = {}
    table = [_line("AUROC [95 % interval]", "of them", "score", "age, sex and BMI alone", "difference")]
    notes = []
    for task in cohort.tasks:
        try:
            alone = comparator(known, cohort.examples, task)
        except DataError as error:
            alone = np.full(len(cohort.examples), math.nan)
            notes.append(f"{TASK_TITLES[task]}: age, sex and BMI alone are left out. {error}")
        per_image = _Aurocs.of(cohort.labels(task), cohort.scores(task), alone, cohort.people)
        per_person = _Aurocs.of(*_by_person(cohort.labels(task), cohort.scores(task), alone, cohort.people))
        report[task] = {"per_image": per_image.plain(), "per_person": per_person.plain()}
        table += [per_image.line(f"{TASK_TITLES[task]}, images"), per_person.line("    people")]
        if math.isnan(per_image.own.value):
            notes.append(
                f"{TASK_TITLES[task]}: AUROC is left out. The split needs images with and without "
                f"{TASK_MEANINGS[task]}."
            )
    return report, table + notes


@dataclass(frozen=True)
class _Aurocs:
    """Of one score, its comparator and their difference, with how many have the condition."""

    count: int
    positive: int
    own: Interval
    alone: Interval
    difference: Interval

    @classmethod
    def of(cls, labels: Array, own: Array, alone: Array, people: People) -> _Aurocs:
        """Of the images or people whose label is known."""
        known = np.flatnonzero(~np.isnan(labels))
        counts = person_counts(people[known])
        of_own, of_alone = (weighted_aurocs(labels[known], each[known], counts) for each in (own, alone))
        figures = (interval(each) for each in (of_own, of_alone, of_own - of_alone))
        return cls(len(known), int(labels[known].sum()), *figures)

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "count": self.count,
            "positive": self.positive,
            "auroc": self.own.plain(),
            "auroc_age_sex_bmi": self.alone.plain(),
            "difference": self.difference.plain(),
        }

    def line(self, name: str) -> str:
        """For the table."""
        of_them = f"{self.positive}/{self.count}"
        return _line(name, of_them, f"{self.own}", f"{self.alone}", f"{self.difference:+}")


def _by_person(labels: Array, own: Array, alone: Array, people: People) -> tuple[Array, Array, Array, People]:
    """From images (N,) to people (P,): the mean of either score, and positive where any image is.

    Images without the label are left out.
    """
    known = np.flatnonzero(~np.isnan(labels))
    names, person = np.unique(people[known], return_inverse=True)
    images = np.bincount(person, minlength=len(names))
    sums = (np.bincount(person, each[known], len(names)) for each in (labels, own, alone))
    positive, of_own, of_alone = sums
    return (positive > 0).astype(np.float64), of_own / images, of_alone / images, names


def _pointing(cohort: _Cohort, metadata: Metadata) -> tuple[dict[str, object], list[str]]:
    """The report's part and the table's lines about the heatmaps of fractured images that were found."""
    if "pvf" not in cohort.tasks:
        return {}, []
    if cohort.truth.outlines is None:
        return {"pointing": cohort.truth.reason}, ["", f"Pointing is left out: {cohort.truth.reason}"]
    hits = cohort.hits()
    fractured = (cohort.labels("pvf") == 1) & np.array([hit is not None for hit in hits])
    if not fractured.any():
        reason = "No image of the split is both labelled fractured and has a fracture outlined."
        return {"pointing": reason}, ["", f"Pointing is left out: {reason}"]
    points = metadata.operating_points["pvf"]
    zones = np.array([zone(value, points) for value in cohort.scores("pvf")])
    report: dict[str, object] = {"method": pointing.METHOD, "fractured_images": int(fractured.sum())}
    table = ["", "Heatmap's peak in or near a fractured body, of the fractured images at or above"]
    for name, threshold, chosen in (
        ("low", min(points.low, points.high), zones != "low"),
        ("high", points.high, zones == "high"),
    ):
        groups = pointing.shares(cohort.truth.outlines, hits, fractured & chosen, cohort.people)
        shares = {group: share.plain() for group, share in groups.items()}
        report[name] = {"threshold": threshold, **shares}
        title = f"the {name} operating point ({threshold:.3f})"
        table += [f"{title if group == 'all' else '    ' + group}: {each}" for group, each in groups.items()]
        if not groups:
            table.append(f"{title}: there is none.")
    return {"pointing": report}, [*table, textwrap.fill(pointing.METHOD, 110)]


def _line(name: str, of_them: str, own: str, alone: str, difference: str) -> str:
    return f"{name:<24} {of_them:>9}   {own:<22} {alone:<22} {difference}".rstrip()


def _write(out: Path, report: dict[str, object], cohort: _Cohort) -> None:
    tasks = cohort.tasks
    pvf = ["pvf_peak_row", "pvf_peak_column", "pvf_peak_hit"] if "pvf" in tasks else []
    try:
        (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
        with (out / "scores.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            scores = [f"{task}_score" for task in tasks]
            writer.writerow(["path", "person_id", *tasks, *scores, *pvf, "trained_on"])
            for example, image, hit in zip(cohort.examples, cohort.images, cohort.hits(), strict=True):
                labels = [example.labels[task] for task in tasks]
                writer.writerow(
                    [
                        example.path.name,
                        example.person_id,
                        *("" if math.isnan(label) else int(label) for label in labels),
                        # Not rounded: that would make ties, and another AUROC than the report's.
                        *image.scores,
                        *([*(image.peak or ("", "")), "" if hit is None else int(hit)] if pvf else []),
                        report["trained_on"],
                    ]
                )
    except OSError as error:
        raise OutputError(f"The report {out} can't be written: {error.strerror}.") from error
