"""The one entrance to scores and heatmaps, for window, terminal, batch and tests.

``encode`` is the only slow step; ``score`` and ``explain`` work on its cached features in milliseconds.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from verte_core import preprocess
from verte_core.clinical import ClinicalInputs
from verte_core.errors import ImageError, VerteError
from verte_core.gradcam import grad_cam
from verte_core.model import CLINICAL_VARIABLES
from verte_core.preprocess import Placement, Protocol
from verte_core.radiograph import Radiograph
from verte_core.weights import OperatingPoints, Weights

Zone = Literal["low", "indeterminate", "high"]
ProtocolChoice = Literal["auto", "radiograph", "vfa"]

TASK_TITLES = {"pvf": "pVF-score", "osteo": "osteo-score"}
"""Published names of the two scores."""
TASK_MEANINGS = {"pvf": "prevalent vertebral fracture", "osteo": "osteoporosis"}
SIMULATED_NOTICE = (
    "These weights were trained on simulated images. The scores show how the program works; "
    "they say nothing about a patient."
)
NOT_TO_RULE_OUT = "An aid, not a diagnosis, and not to be used to rule out."


@dataclass(frozen=True, eq=False)
class Encoded:
    """What one forward of the encoder leaves behind.

    Attributes:
        image_id: of the Radiograph.
        weights_id: of the Weights.
        image: what the network saw, float32 (1024, 512) in [0, 1].
        placement: of the source image in it.
        features: last feature map (1, C, h, w) on the scorer's device.
    """

    image_id: str
    weights_id: str
    image: npt.NDArray[np.float32]
    placement: Placement
    features: Tensor


@dataclass(frozen=True)
class Score:
    """One task's score, a calibrated probability in 0..1, with its zone.

    With an unknown BMI, ``low`` and ``high`` are the least and greatest score over the training cohort's
    5th to 95th BMI percentile, ``value`` is their middle and ``zone`` is None where they disagree;
    otherwise all three are equal.
    """

    value: float
    low: float
    high: float
    zone: Zone | None


@dataclass(frozen=True)
class Result:
    """The scores by task, with the ids of all they were made from."""

    image_id: str
    weights_id: str
    inputs: ClinicalInputs | None
    trained_on: str
    scores: dict[str, Score]


def zone(value: float, points: OperatingPoints) -> Zone:
    """The zone of a score: low below ``points.low``, high from ``points.high`` up."""
    # Thresholds can cross when a score separates well; then there is nothing between them.
    low, high = min(points.low, points.high), points.high
    return "high" if value >= high else "low" if value < low else "indeterminate"


def choose_device(name: str) -> torch.device:
    """``auto`` is the first of cuda, mps and cpu that is there.

    Raises:
        VerteError: for a device this machine does not have.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(device for device, there in present.items() if there)
    if not present.get(name, False):
        there = ", ".join(device for device, is_there in present.items() if is_there)
        raise VerteError(f"The device {name!r} is not available here; there is {there}.")
    return torch.device(name)


class Scorer:
    """A model ready to score.

    Args:
        weights: a loaded weights file.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises:
        VerteError: when the device is not available.
    """

    def __init__(self, weights: Weights, device: str = "auto") -> None:
        self.weights_id = weights.id
        self.metadata = weights.metadata
        self.tasks = weights.metadata.architecture.tasks
        self.needs_clinical = bool(weights.metadata.architecture.clinical_hidden)
        self.device = choose_device(device)
        # Depthwise convolutions are twice as fast in this layout on a CPU.
        self._model = weights.build().to(self.device).to(memory_format=torch.channels_last)
        self._model.requires_grad_(False)

    def check_protocol(self, radiograph: Radiograph, choice: ProtocolChoice = "auto") -> None:
        """Refuse an image that these weights are not for.

        ``choice`` other than ``auto`` overrules what the header says about the image.

        Raises:
            ImageError: naming both protocols.
        """
        wanted: Protocol = self.metadata.protocol
        actual = radiograph.protocol if choice == "auto" else choice
        if actual is not None and actual != wanted:
            kinds = {"radiograph": "a spine radiograph", "vfa": "a DXA VFA image"}
            raise ImageError(
                f"This is {kinds[actual]}, but the weights {self.metadata.name} are for {kinds[wanted]}."
            )

    def encode(self, radiograph: Radiograph, choice: ProtocolChoice = "auto") -> Encoded:
        """Preprocess and run the encoder: the only slow step.

        Raises:
            ImageError: when the image is not for these weights, or is constant.
        """
        self.check_protocol(radiograph, choice)
        image, placement = preprocess.prepare(radiograph.pixels, self.metadata.protocol)
        return Encoded(radiograph.id, self.weights_id, image, placement, self.encode_prepared(image))

    def encode_prepared(self, image: npt.NDArray[np.float32]) -> Tensor:
        """A prepared image, float32 (1024, 512) -> last feature map (1, C, h, w) on the device."""
        tensor = torch.from_numpy(image)[None, None].to(self.device)
        with torch.no_grad():
            return self._model.encode(tensor.contiguous(memory_format=torch.channels_last))

    def score(self, encoded: Encoded, inputs: ClinicalInputs | None) -> Result:
        """Every score, from the cached features; milliseconds.

        ``inputs`` may be None only for an image-only model, one without ``needs_clinical``.
        """
        assert encoded.weights_id == self.weights_id
        probabilities = [self._probabilities(encoded, known) for known in self._known(inputs)]
        scores = {}
        for index, task in enumerate(self.tasks):
            values = [each[index] for each in probabilities]
            points = self.metadata.operating_points[task]
            low, high = min(values), max(values)
            zones = {zone(low, points), zone(high, points)}
            scores[task] = Score((low + high) / 2, low, high, zones.pop() if len(zones) == 1 else None)
        return Result(encoded.image_id, self.weights_id, inputs, self.metadata.trained_on, scores)

    def explain(self, encoded: Encoded, inputs: ClinicalInputs | None, task: str) -> npt.NDArray[np.float32]:
        """Grad-CAM of one task, float32 (1024, 512) in 0..1, relative; milliseconds."""
        assert encoded.weights_id == self.weights_id
        clinical = self._tensor(self._known(inputs)[0])
        return grad_cam(self._model, encoded.features, clinical, self.tasks.index(task), encoded.image.shape)

    def _known(self, inputs: ClinicalInputs | None) -> list[ClinicalInputs | None]:
        if inputs is None or inputs.bmi is not None:
            return [inputs]
        statistics = self.metadata.clinical_statistics
        ends = (statistics.bmi_percentile_5, statistics.bmi_percentile_95)
        return [dataclasses.replace(inputs, bmi=bmi) for bmi in np.linspace(*ends, 7).tolist()]

    def _tensor(self, inputs: ClinicalInputs | None) -> Tensor:
        if inputs is None:
            assert not self.needs_clinical
            return torch.zeros((1, len(CLINICAL_VARIABLES)), device=self.device)
        return torch.tensor([self.metadata.clinical_statistics.standardize(inputs)], device=self.device)

    def _probabilities(self, encoded: Encoded, inputs: ClinicalInputs | None) -> list[float]:
        with torch.no_grad():
            logits = self._model.classify(encoded.features, self._tensor(inputs))[0].tolist()
        calibrations = (self.metadata.calibration[task] for task in self.tasks)
        return [sigmoid(c.slope * logit + c.intercept) for logit, c in zip(logits, calibrations, strict=True)]


def sigmoid(logit: float) -> float:
    """1 / (1 + exp(-logit)) without overflow."""
    return 0.5 * (1.0 + math.tanh(0.5 * logit))
