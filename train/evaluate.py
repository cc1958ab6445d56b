"""How well weights tell the people of a manifest apart, beside age, sex and BMI alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from verte_core import dataset, radiograph, weights
from verte_core.dataset import Example
from verte_core.errors import OutputError
from verte_core.metrics import auroc
from verte_core.scoring import Scorer

Array = npt.NDArray[np.float64]


def evaluate(model: Path, manifest: Path, split: str, out: Path, reference: Path, device: str) -> str:
    """Score a split, write scores.csv and report.json to ``out``, and return the report as a table.

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
    examples = [each for each in dataset.read_manifest(manifest) if split in ("all", each.split)]
    known = [each for each in dataset.read_manifest(reference) if each.split == "train"]
    scorer = Scorer(weights.load(model), device)
    scores = _scores(scorer, examples)
    report: dict[str, object] = {
        "model": scorer.metadata.name,
        "model_id": scorer.weights_id,
        "trained_on": scorer.metadata.trained_on,
        "images": len(examples),
        "people": len({each.person_id for each in examples}),
    }
    lines = [
        f"{len(examples)} images of {report['people']} people, {scorer.metadata.name} {scorer.weights_id}"
    ]
    for index, task in enumerate(scorer.tasks):
        labels = np.array([each.labels[task] for each in examples])
        own = auroc(labels, scores[:, index])
        alone = auroc(labels, comparator(known, examples, task))
        report[task] = {
            "positive": int(np.nansum(labels)),
            "auroc": own,
            "auroc_age_sex_bmi": alone,
            "difference": own - alone,
        }
        lines.append(
            f"{task}: AUROC {own:.3f}; age, sex and BMI alone {alone:.3f}; difference {own - alone:+.3f}"
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
        with (out / "scores.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["path", "person_id", *scorer.tasks, *(f"{task}_score" for task in scorer.tasks)])
            for example, row in zip(examples, scores, strict=True):
                labels_of = [example.labels[task] for task in scorer.tasks]
                writer.writerow([example.path.name, example.person_id, *labels_of, *np.round(row, 5)])
    except OSError as error:
        raise OutputError(f"The report {out} can't be written: {error.strerror}.") from error
    return "\n".join(lines)


def comparator(known: Sequence[Example], examples: Sequence[Example], task: str) -> Array:
    """Scores (N,) of a logistic regression on age, sex and BMI, fitted on ``known``, for ``examples``."""
    statistics = dataset.clinical_statistics(known)
    labelled = [each for each in known if not np.isnan(each.labels[task])]
    regression = LogisticRegression(C=np.inf).fit(
        [statistics.standardize(each.inputs) for each in labelled], [each.labels[task] for each in labelled]
    )
    rows = [statistics.standardize(each.inputs) for each in examples]
    return np.asarray(regression.decision_function(rows), np.float64)


def _scores(scorer: Scorer, examples: Sequence[Example]) -> Array:
    rows = []
    for example in tqdm(examples, "scoring", unit="image"):
        encoded = scorer.encode(radiograph.load(example.path))
        result = scorer.score(encoded, example.inputs)
        rows.append([result.scores[task].value for task in scorer.tasks])
    return np.array(rows)
