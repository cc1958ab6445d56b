"""The one entrance to scores and heatmaps, for window, terminal, batch and tests.

``encode`` is the only slow step; ``score`` and ``explain`` work on its cached features in milliseconds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from verte_core import preprocess
from verte_core.clinical import ClinicalInputs
from verte_core.devices import choose_device
from verte_core.errors import ImageError
from verte_core.image_types import KINDS, Protocol, ProtocolChoice
from verte_core.network import onnx_encoder
from verte_core.network.fusion_net import CLINICAL_VARIABLES, FusionNet
from verte_core.network.weights import Weights
from verte_core.preprocess import Placement
from verte_core.reading.radiograph import Radiograph
from verte_core.results import Result, Score, sigmoid
from verte_core.scoring.grad_cam import grad_cam


@dataclass(frozen=True, eq=False)
class Prepared:
    """An image ready for the network.

    Attributes:
        image_id: of the Radiograph.
        image: what the network sees, float32 (1024, 512) in [0, 1].
        placement: of the source image in it.
    """

    image_id: str
    image: npt.NDArray[np.float32]
    placement: Placement


@dataclass(frozen=True, eq=False)
class Encoded(Prepared):
    """What one forward of the encoder leaves behind.

    Attributes:
        weights_id: of the Scorer.
        features: last feature map (1, C, h, w) of each network, on the device of the forward.
    """

    weights_id: str
    features: tuple[Tensor, ...]


class Scorer:
    """A model ready to score.

    Args:
        weights: a loaded weights file.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises:
        VerteError: when the device is not available.
    """

    def __init__(self, weights: Weights, device: str | torch.device = "auto") -> None:
        self.weights_id = weights.id
        self.metadata = weights.metadata
        self.tasks = weights.metadata.architecture.tasks
        self.needs_clinical = bool(weights.metadata.architecture.clinical_hidden)
        self.device = device if isinstance(device, torch.device) else choose_device(device)
        if self.device.type == "cuda":
            # TF32 would make a score depend on the images it is in a batch with, by some 1e-3.
            torch.backends.cudnn.allow_tf32 = False
        self._model = self._build(weights, self.device)
        self._encode = onnx_encoder.encoder(self._model)

    def _build(self, weights: Weights, device: torch.device) -> FusionNet:
        model = weights.build().to(device)
        # Depthwise convolutions are twice as fast in this layout on a CPU.
        model.to(memory_format=torch.channels_last)
        return model.requires_grad_(False)

    def use_cpu(self) -> None:
        """Leave the GPU; a forward that is under way on another thread ends there."""
        tensors = {name: tensor.cpu() for name, tensor in self._model.state_dict().items()}
        cpu = torch.device("cpu")
        self._model = self._build(Weights(self.weights_id, self.metadata, tensors), cpu)
        self._encode = onnx_encoder.encoder(self._model)
        self.device = cpu

    def check_protocol(self, radiograph: Radiograph, choice: ProtocolChoice = "auto") -> None:
        """Refuse an image that these weights are not for.

        ``choice`` other than ``auto`` overrules what the header says about the image.

        Raises:
            ImageError: naming both protocols.
        """
        wanted: Protocol = self.metadata.protocol
        actual = radiograph.protocol if choice == "auto" else choice
        if actual is not None and actual != wanted:
            raise ImageError(
                f"This is {KINDS[actual]}, but the weights {self.metadata.name} are for {KINDS[wanted]}.",
                kind=f"not {KINDS[wanted]}",
            )

    def prepare(self, radiograph: Radiograph, choice: ProtocolChoice = "auto") -> Prepared:
        """Preprocess, without the network.

        Raises:
            ImageError: when the image is not for these weights, or is constant.
        """
        self.check_protocol(radiograph, choice)
        return Prepared(radiograph.id, *preprocess.prepare(radiograph.pixels, self.metadata.protocol))

    def encode(self, radiograph: Radiograph, choice: ProtocolChoice = "auto") -> Encoded:
        """Preprocess and run the encoder: the only slow step.

        Raises:
            ImageError: when the image is not for these weights, or is constant.
        """
        return self.encode_all([self.prepare(radiograph, choice)])[0]

    def encode_all(self, prepared: Sequence[Prepared]) -> list[Encoded]:
        """Run the encoder once over all images."""
        features = self._encode(torch.from_numpy(np.stack([each.image for each in prepared])[:, None]))
        return [
            Encoded(each.image_id, each.image, each.placement, self.weights_id, (own,))
            for each, own in zip(prepared, features.unsqueeze(1), strict=True)
        ]

    def score(self, encoded: Encoded, inputs: ClinicalInputs | None) -> Result:
        """Every score, from the cached features; milliseconds.

        ``inputs`` may be None only for an image-only model, one without ``needs_clinical``.
        """
        return self.score_all([encoded], [inputs])[0]

    def score_all(self, encoded: Sequence[Encoded], inputs: Sequence[ClinicalInputs | None]) -> list[Result]:
        """``score`` of every image with its own inputs, in one go."""
        known = [self._known(each) for each in inputs]
        probabilities = iter(self._probabilities(encoded, known))
        return [
            Result(
                image.image_id,
                self.weights_id,
                own,
                self.metadata.trained_on,
                self._scores([next(probabilities) for _ in cases]),
            )
            for image, own, cases in zip(encoded, inputs, known, strict=True)
        ]

    def explain(self, encoded: Encoded, inputs: ClinicalInputs | None, task: str) -> npt.NDArray[np.float32]:
        """Grad-CAM of one task, float32 (1024, 512) in 0..1, relative; milliseconds."""
        assert encoded.weights_id == self.weights_id
        model = self._model
        clinical = self._tensor(self._known(inputs)[:1]).to(_device(model))
        features = encoded.features[0].to(_device(model))
        return grad_cam(model, features, clinical, self.tasks.index(task), encoded.image.shape)

    def _scores(self, probabilities: list[list[float]]) -> dict[str, Score]:
        """From the probabilities of one image for each BMI that it may have, by task."""
        scores = {}
        for task, values in zip(self.tasks, zip(*probabilities, strict=True), strict=True):
            points = self.metadata.operating_points[task]
            low, high = min(values), max(values)
            zones = {points.zone(low), points.zone(high)}
            scores[task] = Score((low + high) / 2, low, high, zones.pop() if len(zones) == 1 else None)
        return scores

    def _known(self, inputs: ClinicalInputs | None) -> list[ClinicalInputs | None]:
        if inputs is None or inputs.bmi is not None:
            return [inputs]
        statistics = self.metadata.clinical_statistics
        ends = (statistics.bmi_percentile_5, statistics.bmi_percentile_95)
        return [dataclasses.replace(inputs, bmi=bmi) for bmi in np.linspace(*ends, 7).tolist()]

    def _tensor(self, known: Sequence[ClinicalInputs | None]) -> Tensor:
        """(N, 3), standardised; zeros where there are no inputs."""
        assert not self.needs_clinical or None not in known
        standardize = self.metadata.clinical_statistics.standardize
        return torch.tensor(
            [standardize(each) if each else [0.0] * len(CLINICAL_VARIABLES) for each in known]
        )

    def _probabilities(
        self, encoded: Sequence[Encoded], known: Sequence[Sequence[ClinicalInputs | None]]
    ) -> list[list[float]]:
        """By image and case, then by task."""
        assert all(each.weights_id == self.weights_id for each in encoded)
        model = self._model
        cases = [(each.features[0], case) for each, own in zip(encoded, known, strict=True) for case in own]
        features = torch.cat([features.to(_device(model)) for features, _ in cases])
        clinical = self._tensor([case for _, case in cases]).to(_device(model))
        with torch.no_grad():
            logits = model.classify(features, clinical).tolist()
        calibrations = [self.metadata.calibration[task] for task in self.tasks]
        return [
            [sigmoid(c.slope * logit + c.intercept) for logit, c in zip(row, calibrations, strict=True)]
            for row in logits
        ]


def _device(model: FusionNet) -> torch.device:
    return model.image_head.weight.device
