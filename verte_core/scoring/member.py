"""One weights file at work: its network on a device, from images to scores and heatmaps."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from verte_core.clinical import ClinicalInputs
from verte_core.errors import WeightsError
from verte_core.network import onnx_encoder
from verte_core.network.fusion_net import CLINICAL_VARIABLES
from verte_core.network.weights import Weights
from verte_core.results import TASKS, Score, sigmoid
from verte_core.scoring.grad_cam import grad_cam


class Member:
    """A network of a Scorer; it stays on its device and may be used from several threads.

    Args:
        weights: a loaded weights file.
        device: to compute on.

    Attributes:
        weights_id: of the file.
        metadata: of the file.
        path: of the file, and its ``state`` when it was read.
        tasks: the scores that it gives, in the order of its outputs.
        needs_clinical: whether it uses age, sex and BMI.

    Raises:
        WeightsError: when none of its outputs is a score.
    """

    def __init__(self, weights: Weights, device: torch.device) -> None:
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
        if device.type == "cuda":
            # TF32 would make a score depend on the images it is in a batch with, by some 1e-3.
            torch.backends.cudnn.allow_tf32 = False
        # Depthwise convolutions are twice as fast in this layout on a CPU.
        model = weights.build().to(device).to(memory_format=torch.channels_last)
        self._device = device
        self._model = model.requires_grad_(False)
        self._encode = onnx_encoder.encoder(self._model)

    def on_cpu(self) -> Member:
        """The same network on the CPU."""
        tensors = {name: tensor.cpu() for name, tensor in self._model.state_dict().items()}
        weights = Weights(self.weights_id, self.metadata, tensors, self.path, self.state)
        return Member(weights, torch.device("cpu"))

    def encode(self, images: Tensor) -> Tensor:
        """Images (N, 1, 1024, 512), float32 in [0, 1] -> last feature maps (N, C, h, w) on its device."""
        # One by one on a CPU, where more at once only take more memory.
        size = 1 if self._device.type == "cpu" else len(images)
        return torch.cat([self._encode(each) for each in torch.split(images, size)])

    def score(
        self, features: Sequence[Tensor], inputs: Sequence[ClinicalInputs | None]
    ) -> list[dict[str, Score]]:
        """The scores by task of each image, from its feature map (1, C, h, w) and its own inputs.

        Raises:
            WeightsError: when the network gives no finite number.
        """
        known = [self._known(each) for each in inputs]
        cases = [(each, case) for each, own in zip(features, known, strict=True) for case in own]
        clinical = self._tensor([case for _, case in cases])
        with torch.no_grad():
            maps = torch.cat([each.to(self._device) for each, _ in cases])
            given = self._model.classify(maps, clinical)
        if not torch.isfinite(given).all():
            raise WeightsError(
                f"The weights {self.metadata.name} give no finite number for this image, so it has no score; "
                "they may be damaged, or their training may have diverged."
            )
        logits = iter(given.tolist())
        return [self._scores([next(logits) for _ in own]) for own in known]

    def explain(
        self, features: Tensor, inputs: ClinicalInputs | None, task: str, size: tuple[int, int]
    ) -> npt.NDArray[np.float32]:
        """Grad-CAM of one task from a feature map (1, C, h, w): ``size``, float32 in 0..1, relative."""
        clinical = self._tensor(self._known(inputs)[:1])
        return grad_cam(self._model, features.to(self._device), clinical, self._output(task), size)

    def _output(self, task: str) -> int:
        return self.metadata.architecture.tasks.index(task)

    def _known(self, inputs: ClinicalInputs | None) -> list[ClinicalInputs | None]:
        """The inputs with each BMI that they may have."""
        if inputs is None or inputs.bmi is not None:
            return [inputs]
        statistics = self.metadata.clinical_statistics
        ends = (statistics.bmi_percentile_5, statistics.bmi_percentile_95)
        return [dataclasses.replace(inputs, bmi=bmi) for bmi in np.linspace(*ends, 7).tolist()]

    def _tensor(self, known: Sequence[ClinicalInputs | None]) -> Tensor:
        """(N, 3), standardised; zeros where there are no inputs."""
        assert not self.needs_clinical or None not in known
        standardize = self.metadata.clinical_statistics.standardize
        rows = [standardize(each) if each else [0.0] * len(CLINICAL_VARIABLES) for each in known]
        return torch.tensor(rows).to(self._device)

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
