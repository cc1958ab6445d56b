"""What weights say of themselves: operating points, model card, and the run that made them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import timm
import torch

from train.run.config import Config
from train.run.data import RunData
from verte_core.errors import DataError
from verte_core.network.metadata import Calibration, Metadata
from verte_core.network.weights import Weights
from verte_core.results import TASKS, OperatingPoints, Provenance, title
from verte_core.training.metrics import operating_points
from verte_core.training.prediction import Predictions


def describe(config: Config, data: RunData, start: Weights | None, predictions: Predictions) -> Metadata:
    """The metadata of an epoch's weights, with operating points from its validation predictions.

    Args:
        config: of the run.
        data: of the run.
        start: the weights file of ours that the run started from, if any.
        predictions: of the validation split.
    """
    tasks = config.architecture.tasks
    aurocs = dict(zip(tasks, predictions.auroc(), strict=True))
    trained_on = Provenance.together(
        [data.provenance] if start is None else [data.provenance, start.metadata.trained_on]
    )
    return Metadata(
        name=config.name,
        architecture=config.architecture,
        protocol=config.protocol,
        preprocessing=config.prepared,
        trained_on=trained_on,
        clinical_statistics=data.statistics,
        operating_points={task: _points(index, task, predictions) for index, task in enumerate(tasks)},
        calibration={task: Calibration() for task in tasks},
        card=_card(config, data, start, aurocs, trained_on) | config.card,
        training={
            # Weights are handed on; where their maker keeps files is nobody's business.
            "config": config.plain() | {"init": "/".join(Path(config.init).parts[-2:])},
            "manifest_sha256": data.manifest_sha256,
            "people": {split: part.people for split, part in data.parts.items()},
            "images": {
                split: {"simulated": part.simulated, "other": len(part.examples) - part.simulated}
                for split, part in data.parts.items()
            },
            "start": None if start is None else _start(start),
            "chosen_on": data.chosen_on,
            "validation_auroc": aurocs,
            "torch": torch.__version__,
            "timm": timm.__version__,
        },
    )


def _card(
    config: Config, data: RunData, start: Weights | None, aurocs: dict[str, float], trained_on: Provenance
) -> dict[str, str]:
    begun = {}
    if start is not None:
        begun["Starting weights"] = "{name}, id {id}, trained on {trained_on} images.".format(**_start(start))
    figures = [f"{title(task)} {value:.3f} ({data.validated_on})" for task, value in aurocs.items()]
    return {
        "Summary": config.description,
        "Intended use": "Research. An aid, not a diagnosis, and not to be used to rule out.",
        "Training data": f"{data.train}; for validation {data.validation}. {trained_on.notice}".strip(),
        **begun,
        "Validation AUROC": ", ".join(figures),
        "Operating points": (
            f"Set on the {data.chosen_on} of the validation split: low at 90 % sensitivity, high at 90 % "
            "specificity. So was the epoch chosen, by the mean AUROC."
        ),
        "Method": (
            "Re-created from Hong et al., J Bone Miner Res 2023;38:887 (doi 10.1002/jbmr.4814) and "
            "2025;40:628 (doi 10.1093/jbmr/zjaf050)."
        ),
    }


def _start(start: Weights) -> dict[str, Any]:
    metadata = start.metadata
    return {"name": metadata.name, "id": start.id, "trained_on": metadata.trained_on.value}


def _points(index: int, task: str, predictions: Predictions) -> OperatingPoints:
    if task not in TASKS:
        # A label that only teaches is never shown as a score, and may be all on one side.
        return OperatingPoints(0.5, 0.5, 0.0, 0.0)
    scores, labels = predictions.by_person()
    try:
        return operating_points(labels[:, index], scores[:, index])
    except (ValueError, IndexError) as error:  # crops too small to hold a body
        raise DataError(f"No crop of the validation split shows a whole {TASKS[task].finding}.") from error
