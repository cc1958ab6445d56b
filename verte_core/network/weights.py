"""The weights file: tensors and all they need to be used, in one safetensors file.

The safetensors header holds one JSON text under the key ``verte``. Nothing is ever unpickled.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from verte_core import files, preprocess
from verte_core.clinical import ClinicalInputs
from verte_core.errors import OutputError, WeightsError
from verte_core.image_types import Protocol
from verte_core.network.fusion_net import Architecture, FusionNet
from verte_core.results import TASKS, OperatingPoints, Provenance

SCHEMA_VERSION = 1
_METADATA_KEY = "verte"


@dataclass(frozen=True)
class ClinicalStatistics:
    """Of the training split: the standardisation, and the range that an unknown BMI is taken over.

    Ages in years, BMI in kg/m2. ``sex`` is not scaled: 1 for F, 0 for M.
    """

    age_mean: float
    age_std: float
    bmi_mean: float
    bmi_std: float
    bmi_percentile_5: float
    bmi_percentile_95: float

    def standardize(self, inputs: ClinicalInputs) -> list[float]:
        """[age, sex, bmi] as the clinical branch reads them; ``inputs.bmi`` must be known."""
        assert inputs.bmi is not None
        return [
            (inputs.age - self.age_mean) / self.age_std,
            1.0 if inputs.sex == "F" else 0.0,
            (inputs.bmi - self.bmi_mean) / self.bmi_std,
        ]


@dataclass(frozen=True)
class Calibration:
    """Platt scaling of one task: the score is ``sigmoid(slope * logit + intercept)``."""

    slope: float = 1.0
    intercept: float = 0.0


@dataclass(frozen=True)
class Metadata:
    """Everything in a weights file but the tensors.

    Attributes:
        name: of these weights, for instance ``verte-sim-radiograph``.
        architecture: to build the FusionNet.
        protocol: which images these weights are for.
        trained_on: scores of any but clinical images say so wherever they appear.
        clinical_statistics: of the training split.
        operating_points: by task.
        calibration: by task.
        preprocessing: version and parameters of verte_core.preprocess that the training used.
        card: the model card: heading -> text.
        training: configuration and figures of the run that made the weights.
    """

    name: str
    architecture: Architecture
    protocol: Protocol
    trained_on: Provenance
    clinical_statistics: ClinicalStatistics
    operating_points: dict[str, OperatingPoints]
    calibration: dict[str, Calibration]
    preprocessing: dict[str, Any] = field(default_factory=lambda: preprocessing_parameters())
    card: dict[str, str] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Whatever was said of the images, one of the provenances follows."""
        object.__setattr__(self, "trained_on", Provenance.of(self.trained_on))

    @property
    def score_tasks(self) -> tuple[str, ...]:
        """The outputs that are scores, in the network's order; one of any other name only teaches."""
        return tuple(task for task in self.architecture.tasks if task in TASKS)


def preprocessing_parameters() -> dict[str, Any]:
    """What verte_core.preprocess does today, as it is recorded in a weights file."""
    return {
        "version": preprocess.PREPROCESSING_VERSION,
        "height": preprocess.MODEL_HEIGHT,
        "width": preprocess.MODEL_WIDTH,
        "crop_fraction": dict(preprocess.CROP_FRACTION),
        "to_8_bit_percentiles": list(preprocess.TO_8_BIT_PERCENTILES),
    }


@dataclass(frozen=True)
class Weights:
    """A loaded weights file.

    Attributes:
        id: first 12 hex digits of the file's SHA-256; every result carries it.
        metadata: of the file.
        tensors: state dict of the FusionNet, float32 on the CPU.
    """

    id: str
    metadata: Metadata
    tensors: dict[str, Tensor]
    _checked: list[FusionNet] = field(default_factory=list, init=False, repr=False, compare=False)

    def check(self) -> None:
        """See that the tensors fit the architecture.

        Only a network that is built can tell; it waits for the first ``build``.

        Raises:
            WeightsError: naming the first missing, extra or misshapen tensors.
        """
        self._checked.append(self._fitted())

    def build(self) -> FusionNet:
        """A FusionNet of its own with these weights, in evaluation mode, on the CPU.

        Raises:
            WeightsError: as ``check``.
        """
        return self._checked.pop() if self._checked else self._fitted()

    def _fitted(self) -> FusionNet:
        with torch.device("meta"):
            model = FusionNet(self.metadata.architecture)
        expected = model.state_dict()
        missing, extra = expected.keys() - self.tensors.keys(), self.tensors.keys() - expected.keys()
        if missing or extra:
            raise WeightsError(
                f"The weights do not fit their own architecture: {len(missing)} tensors are missing "
                f"({_some(missing)}) and {len(extra)} are too many ({_some(extra)})."
            )
        misshapen = {name for name, tensor in expected.items() if tensor.shape != self.tensors[name].shape}
        if misshapen:
            raise WeightsError(f"These tensors have an unexpected shape: {_some(misshapen)}.")
        model.load_state_dict(self.tensors, assign=True)
        return model.eval()


def save(path: Path, model_state: dict[str, Tensor], metadata: Metadata) -> None:
    """Write a weights file, floating-point tensors in half precision, replacing ``path`` in one step.

    Raises:
        OutputError: when the file can't be written.
    """
    text = json.dumps({"schema_version": SCHEMA_VERSION, **dataclasses.asdict(metadata)})
    tensors = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous().cpu()
        for name, tensor in model_state.items()
    }
    try:
        files.write(path, save_tensors(tensors, {_METADATA_KEY: text}), public=True)
    except OSError as error:
        raise OutputError(f"The weights file {path} can't be written: {error.strerror}.") from error


def load(path: Path) -> Weights:
    """Read a weights file and check that it is one of ours and whole.

    Raises:
        WeightsError: for a file that is missing, not safetensors, cut short, not written by VERTE, of
            another schema version, of another preprocessing, or whose tensors do not fit.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"The weights file {path} can't be read: {error.strerror}.") from error
    try:
        tensors = load_tensors(content)
    except (safetensors.SafetensorError, ValueError) as error:
        raise WeightsError(
            f"{path.name} is not a whole safetensors file: it may be cut short or of another format "
            f"(pickled files are never opened). Cause: {error}."
        ) from error
    # The layout is fixed: eight bytes of length, then a JSON header, which was just checked.
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    text = header.get("__metadata__", {}).get(_METADATA_KEY)
    if text is None:
        raise WeightsError(f"{path.name} is a safetensors file, but VERTE did not write it.")
    metadata = _parse(text, path.name)
    if not all(torch.isfinite(tensor).all() for tensor in tensors.values() if tensor.is_floating_point()):
        raise WeightsError(f"{path.name} holds values that are not finite; its training may have diverged.")
    weights = Weights(
        id=hashlib.sha256(content).hexdigest()[:12],
        metadata=metadata,
        tensors={
            name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()
        },
    )
    weights.check()
    return weights


def _parse(text: str, name: str) -> Metadata:
    try:
        values: dict[str, Any] = json.loads(text)
        version = values.pop("schema_version")
    except (ValueError, KeyError, AttributeError) as error:
        raise WeightsError(f"The description inside {name} is damaged.") from error
    if version != SCHEMA_VERSION:
        raise WeightsError(
            f"{name} has schema version {version}; this program reads version {SCHEMA_VERSION}. "
            "Use the release that made the file, or train again."
        )
    try:
        architecture: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in values.pop("architecture").items()
        }
        metadata = Metadata(
            architecture=Architecture(**architecture),
            clinical_statistics=ClinicalStatistics(**values.pop("clinical_statistics")),
            operating_points={k: OperatingPoints(**v) for k, v in values.pop("operating_points").items()},
            calibration={k: Calibration(**v) for k, v in values.pop("calibration").items()},
            trained_on=values.pop("trained_on", Provenance.SIMULATED),
            **values,
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise WeightsError(f"The description inside {name} lacks or misnames a field: {error}.") from error
    if metadata.preprocessing != preprocessing_parameters():
        raise WeightsError(
            f"{name} was trained with another preprocessing ({metadata.preprocessing}) than this program's; "
            "its scores would be wrong, so it is not used."
        )
    tasks = set(metadata.architecture.tasks)
    if set(metadata.operating_points) != tasks or set(metadata.calibration) != tasks:
        raise WeightsError(f"{name} lacks operating points or a calibration for one of its tasks.")
    return metadata


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:3]) or "none"
