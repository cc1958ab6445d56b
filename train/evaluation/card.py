"""The model card of a weights file, filled with the figures of an evaluation's report."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from train.evaluation.people.cohort import simulated_words
from verte_core.errors import DataError
from verte_core.network import saving
from verte_core.network import weights as files
from verte_core.network.weights import Weights
from verte_core.results import EVALUATION, TASKS, evaluation_of


def fill(weights: Path, report: Path, out: Path) -> str:
    """Write ``weights`` with the figures of ``report`` on its card to ``out``; the tensors stay as they are.

    The id of a weights file is that of all its bytes, so the file with the filled card has another; the card
    says which weights were evaluated.

    Args:
        weights: the file that was evaluated.
        report: the report.json of ``python -m train evaluate``.
        out: may be ``weights`` itself.

    Returns:
        What was done, for a person.

    Raises:
        WeightsError: when ``weights`` can't be used.
        DataError: when the report can't be read, is of other weights, or of the people who were trained on.
        OutputError: when ``out`` can't be written.
    """
    evaluated = files.load(weights)
    metadata = evaluated.metadata
    # Filling a card again replaces what was there.
    kept = {name: text for name, text in metadata.card.items() if not name.startswith(EVALUATION)}
    card = kept | evaluation(evaluated, _read(report), report.name)
    saving.rewrite(out, evaluated, dataclasses.replace(metadata, card=card))
    return f"{out}: {metadata.name} with the figures of {report} on its card, id {files.load(out).id}."


def evaluation(weights: Weights, report: dict[str, Any], name: str) -> dict[str, str]:
    """Heading and text for the card: who was evaluated, and the figures of each task, one a line.

    Args:
        weights: as they were evaluated.
        report: content of the report.json.
        name: of the report, for the errors.

    Raises:
        DataError: as ``fill``.
    """
    try:
        if report["weights_id"] != weights.id:
            raise DataError(
                f"{name} is of {report['weights']} ({report['weights_id']}), not of these weights "
                f"({weights.id}). Evaluate these, or give the file that was evaluated."
            )
        known_people = report["manifest_sha256"] == weights.metadata.training.get("manifest_sha256")
        if known_people and report["split"] != "test":
            raise DataError(
                f"{name} is of the {report['split']} split of the people that these weights learned from; a "
                "card is filled from people they have not seen."
            )
        tasks = [task for task in weights.metadata.architecture.tasks if task in report["discrimination"]]
        figures = {evaluation_of(task): _task(report, task) for task in tasks}
        return {EVALUATION: _people(report), **figures}
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{name} is damaged or of another form than evaluate writes.") from error


def _read(report: Path) -> dict[str, Any]:
    try:
        content = json.loads(report.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"The report {report} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise DataError(f"{report} is not the report.json of an evaluation, or it is cut short.") from error
    if not isinstance(content, dict):
        raise DataError(f"{report} is not the report.json of an evaluation.")
    return content


def _people(report: dict[str, Any]) -> str:
    seen = report["failures"]["evaluated"]
    return (
        f"{seen['people']} {_simulated(report)}people, {seen['images']} images, "
        f"split {report['split']} of manifest {report['manifest_sha256'][:12]}; "
        f"weights {report['weights_id']} before this text was added. "
        f"By person, {report['persons_score']}; intervals {report['intervals']}. VERTE "
        f"{report['version']}."
    )


def _simulated(report: dict[str, Any]) -> str:
    return simulated_words(report["cohort"])


def _task(report: dict[str, Any], task: str) -> str:
    found, meaning = report["discrimination"][task], TASKS[task].meaning
    lines = [
        f"{found['people']} {_simulated(report)}people, {found['positives']} with {meaning}",
        f"AUROC {_figure(found['auroc'])}",
    ]
    for comparator, compared in found["comparators"].items():
        lines.append(f"above {comparator} by {_figure(compared['auroc_difference'])}")
    for zone, at in found["operating_points"].items():
        reached = f"sensitivity {_figure(at['sensitivity'])}, specificity {_figure(at['specificity'])}"
        lines.append(f"{zone} threshold: {reached}")
    calibrated = report["calibration"].get(task, {}).get("score")
    if calibrated:
        at = f"intercept {_figure(calibrated['intercept'])}, slope {_figure(calibrated['slope'])}"
        lines.append(f"calibration: {at}")
    pointing = report["heatmaps"].get("pointing")
    # Only fractures have a place; without a truth file there is a sentence instead of the figures.
    if task == "pvf" and isinstance(pointing, dict):
        for zone in found["operating_points"]:
            if at_all := pointing.get(zone, {}).get("all"):
                share = _figure(at_all["share"])
                lines.append(
                    f"peak of the heatmap on a fracture, {zone} threshold: {share} of true positives"
                )
    return "\n".join(lines)


def _figure(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return "unknown"
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
