"""One weights file at work: its network on a device, from images to scores and heatmaps."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from verte_core.clinical import ClinicalInputs
from verte_core.devices import Device
from verte_core.errors import WeightsError
from verte_core.network import engines
from verte_core.network.architecture import CLINICAL_VARIABLES
from verte_core.network.gate import Gate
from verte_core.network.head import AFTER_ENCODER, Head
from verte_core.network.weights import Weights
from verte_core.results import TASKS, Likeness, Score, sigmoid
from verte_core.scoring.contributions import Contributions, shapley
from verte_core.scoring.grad_cam import grad_cam

Floats = npt.NDArray[np.float32]


class Member:
    """A network of a Scorer; it stays on its device and may be used from several threads.

    Args:
        weights: a loaded weights file.
        device: to compute on.

    Attributes:
        weights_id: of the file.
        metadata: of the file.
        path: of the file, and its ``state`` when it was read.
        engine: what computes the encoder, for a reader.
        tasks: the scores that it gives, in the order of its outputs.
        needs_clinical: whether it uses age, sex and BMI.

    Raises:
        WeightsError: when none of its outputs is a score, or as ``engines.encoder``.
        MemoryError: when there is not enough on the device, here and in ``encode``.
    """

    def __init__(self, weights: Weights, device: Device) -> None:
        self.weights_id = weights.id
        self.metadata = weights.metadata
        self.path, self.state = weights.path, weights.state
        self.tasks = weights.metadata.score_tasks
        if not self.tasks:
            outputs = ", ".join(weights.metadata.architecture.tasks) or "none"
            raise WeightsError(
                f"The weights {weights.metadata.name} give no score: their outputs ({outputs}) are none of "
                f"{', '.join(TASKS)}."
            )
        self.needs_clinical = bool(weights.metadata.architecture.clinical_hidden)
        self._weights = weights
        self._head = Head(weights.metadata.architecture, weights.arrays)
        self._gate = Gate(self.metadata.gate, weights.gate_arrays) if self.metadata.gate else None
        self._encoder = engines.encoder(weights, device)
        self.engine = self._encoder.engine

    def on_cpu(self) -> Member:
        """The same network on the CPU."""
        return Member(self._weights, "cpu")

    def encode(self, images: Floats, beside_others: bool = False) -> Floats:
        """As ``engines.Encoder.encode``.

        Raises:
            UnfaithfulError: when a GPU gives other features than the CPU.
        """
        return self._encoder.encode(images, beside_others)

    def score(
        self, features: Sequence[Floats], inputs: Sequence[ClinicalInputs | None]
    ) -> list[dict[str, Score]]:
        """The scores by task of each image, from its feature map (1, C, h, w) and its own inputs.

        Raises:
            WeightsError: when the network gives no finite number.
        """
        known = [self._known(each) for each in inputs]
        cases = [(each, case) for each, own in zip(features, known, strict=True) for case in own]
        clinical = self._standardized([case for _, case in cases])
        given = self._head.logits(np.concatenate([each for each, _ in cases]), clinical)
        if not np.isfinite(given).all():
            raise WeightsError(
                f"The weights {self.metadata.name} give no finite number for this image, so it has no score; "
                "they may be damaged, or their training may have diverged."
            )
        logits = iter(given.tolist())
        return [self._scores([next(logits) for _ in own]) for own in known]

    def likeness(self, features: Sequence[Floats], images: Sequence[Floats]) -> list[Likeness | None]:
        """How like each image is to those of the training, from its feature map (1, C, h, w) and itself,
        prepared (H, W); None if unknown."""
        if self._gate is None:
            return [None] * len(features)
        pooled = np.concatenate([each.mean(axis=(2, 3), dtype=np.float32) for each in features])
        return list(self._gate.likeness(pooled, images))

    def explain(self, features: Floats, task: str, size: tuple[int, int]) -> Floats:
        """Grad-CAM of one task from a feature map (1, C, h, w): ``size``, float32 in 0..1, relative.

        The clinical variables move the score, and no part of the map.
        """
        return grad_cam(self.cells(features, task), size)

    def cells(self, features: Floats, task: str) -> Floats:
        """What each cell of a feature map (1, C, h, w) adds to one task's logit: (h, w)."""
        return self._head.cell_contributions(features[0], self._output(task))

    def contributions(self, features: Floats, inputs: ClinicalInputs | None, task: str) -> Contributions:
        """What moved the score of one task, from a feature map (1, C, h, w); milliseconds.

        An unknown BMI is taken at the training's mean, so that it moves nothing.
        """
        output, calibration = self._output(task), self.metadata.calibration[task]
        statistics = self.metadata.clinical_statistics
        assumed = inputs is not None and inputs.bmi is None
        if inputs is not None and assumed:
            inputs = dataclasses.replace(inputs, bmi=statistics.bmi_mean)
        own = self._standardized([inputs])
        logit = float(self._head.logits(features, own)[0, output])
        clinical = (
            shapley(lambda rows: self._head.clinical_part(rows)[:, output], own[0])
            if self.needs_clinical
            else ()
        )
        slope = calibration.slope
        parts = dict(zip(CLINICAL_VARIABLES, (slope * each for each in clinical), strict=False))
        cells = np.asarray(slope * self.cells(features, task), np.float32)
        total = slope * logit + calibration.intercept
        return Contributions(cells, parts, total - float(cells.sum()) - sum(parts.values()), assumed)

    def by_channel(self, task: str) -> Floats:
        """What the mean of each channel of a feature map adds to one task's logit: (C,)."""
        return np.asarray(self._head.by_channel[self._output(task)], np.float32)

    def shuffled(self, generator: np.random.Generator, with_encoder: bool) -> Member:
        """The same network on the CPU with every tensor permuted, of the encoder only if that is wanted."""
        arrays = {
            name: generator.permuted(each.ravel()).reshape(each.shape) if with_encoder or is_after else each
            for name, each in self._weights.arrays.items()
            for is_after in (name.partition(".")[0] in AFTER_ENCODER,)
        }
        twin = copy.copy(self)
        twin._head = Head(self.metadata.architecture, arrays)
        if with_encoder:
            twin._encoder = engines.encoder(dataclasses.replace(self._weights, arrays=arrays), "cpu")
        return twin

    def _output(self, task: str) -> int:
        return self.metadata.architecture.tasks.index(task)

    def _known(self, inputs: ClinicalInputs | None) -> list[ClinicalInputs | None]:
        """The inputs with each BMI that they may have."""
        if inputs is None or inputs.bmi is not None:
            return [inputs]
        statistics = self.metadata.clinical_statistics
        ends = (statistics.bmi_percentile_5, statistics.bmi_percentile_95)
        return [dataclasses.replace(inputs, bmi=bmi) for bmi in np.linspace(*ends, 7).tolist()]

    def _standardized(self, known: Sequence[ClinicalInputs | None]) -> Floats:
        """(N, 3); zeros where there are no inputs."""
        assert not self.needs_clinical or None not in known
        standardize = self.metadata.clinical_statistics.standardize
        rows = [standardize(each) if each else [0.0] * len(CLINICAL_VARIABLES) for each in known]
        return np.array(rows, np.float32)

    def _scores(self, logits: Sequence[Sequence[float]]) -> dict[str, Score]:
        """From the logits of one image for each BMI that it may have, by output of the network."""
        scores = {}
        for task in self.tasks:
            calibration, points = self.metadata.calibration[task], self.metadata.operating_points[task]
            own = [row[self._output(task)] for row in logits]
            values = [sigmoid(calibration.slope * each + calibration.intercept) for each in own]
            low, high = min(values), max(values)
            scores[task] = Score((low + high) / 2, low, high, points.zone_over(low, high))
        return scores
