"""A tiny network, its metadata, and a vertebra, built in code."""

from __future__ import annotations

import numpy as np
import torch

from train.examples.patches import Outline
from verte_core.network.architecture import Architecture
from verte_core.network.fusion_net import FusionNet
from verte_core.network.metadata import Calibration, ClinicalStatistics, Metadata
from verte_core.preprocess import DEFAULT
from verte_core.results import OperatingPoints, Provenance

TINY = Architecture(
    tasks=("pvf", "osteo"),
    backbone="test_efficientnet",
    image_features=8,
    clinical_hidden=(4, 4),
    image_dropout=0.0,
    drop_path=0.0,
)

STATISTICS = ClinicalStatistics(65.0, 11.0, 24.0, 3.5, 19.0, 31.0)


def metadata(**changes: object) -> Metadata:
    values: dict[str, object] = {
        "name": "tiny",
        "architecture": TINY,
        "protocol": "radiograph",
        "trained_on": Provenance.SIMULATED,
        "clinical_statistics": STATISTICS,
        "preprocessing": DEFAULT["radiograph"],
        "operating_points": {task: OperatingPoints(0.4, 0.6, 0.9, 0.9) for task in ("pvf", "osteo")},
        "calibration": {task: Calibration() for task in ("pvf", "osteo")},
        "card": {"Summary": "A tiny random network for tests."},
    }
    return Metadata(**(values | changes))  # type: ignore[arg-type]


def tiny_model(seed: int = 0) -> FusionNet:
    """A random network whose BatchNorm statistics and biases are not the trivial ones of a fresh start."""
    torch.manual_seed(seed)
    model = FusionNet(TINY)
    model.train()
    with torch.no_grad():
        for _ in range(3):
            model(torch.rand(4, 1, 128, 64), torch.randn(4, 3))
    return model.eval()


def box(row: float, column: float, grade: int, side: float = 60) -> Outline:
    """A square body of the model's canvas about (row, column)."""
    half = side / 2
    corners = [
        [row - half, column - half],
        [row - half, column + half],
        [row + half, column + half],
        [row + half, column - half],
    ]
    return Outline(np.array(corners), grade, {"density": 0.25})
