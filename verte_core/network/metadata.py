"""What a weights file says of itself, and the check of every field of it.

A file may come from anywhere, and what it says stands beside the scores of patients.
"""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

import pydantic
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import AfterValidator

from verte_core import validation
from verte_core.clinical import AGE_RANGE, BMI_RANGE, ClinicalInputs
from verte_core.errors import WeightsError
from verte_core.image_types import Protocol
from verte_core.network.architecture import BEFORE_RECORDED, Architecture
from verte_core.network.gate import GateRules
from verte_core.network.graph import Graph, GraphError
from verte_core.preprocess import PREPROCESSING_VERSION, Preprocessing
from verte_core.results import TASKS, OperatingPoints, Provenance

SCHEMA_VERSIONS = (1, 2)
"""2 holds the graph of the encoder beside what 1 holds."""
MAX_CHARACTERS = 1_000_000
"""Of the whole description; the shipped ones have some 20,000."""


def _plain(text: str) -> str:
    """A text that a terminal can show: no control characters but the ends of lines and tabs."""
    if any(unicodedata.category(each) == "Cc" for each in text if each not in "\n\t"):
        raise ValueError("it holds control characters")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it holds characters that can't be shown in a line")
    return text


Line = Annotated[str, MinLen(1), MaxLen(200), AfterValidator(_one_line)]
Text = Annotated[str, MaxLen(100_000), AfterValidator(_plain)]
Age = Annotated[float, Ge(AGE_RANGE[0]), Le(AGE_RANGE[1])]
BMI = Annotated[float, Ge(BMI_RANGE[0]), Le(BMI_RANGE[1])]
Deviation = Annotated[float, Ge(0.1), Le(100)]


@dataclass(frozen=True)
class ClinicalStatistics:
    """Of the training split: the standardisation, and the range that an unknown BMI is taken over.

    Ages in years, BMI in kg/m2. ``sex`` is not scaled: 1 for F, 0 for M.
    """

    age_mean: Age
    age_std: Deviation
    bmi_mean: BMI
    bmi_std: Deviation
    bmi_percentile_5: BMI
    bmi_percentile_95: BMI

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


_FIRST_PREPROCESSING = {
    "version": 1,
    "height": 1024,
    "width": 512,
    "crop_fraction": {"radiograph": 0.05, "vfa": 0.0},
    "to_8_bit_percentiles": [0.1, 99.9],
}
"""How files of the first preprocessing record it; there was no choice."""


@dataclass(frozen=True)
class Metadata:
    """Everything in a weights file but the tensors and the graph.

    Attributes:
        name: of these weights, for instance ``verte-sim-radiograph``.
        architecture: to build the FusionNet.
        protocol: which images these weights are for.
        trained_on: scores of any but clinical images say so wherever they appear.
        clinical_statistics: of the training split.
        operating_points: by task.
        calibration: by task.
        preprocessing: that the training used.
        gate: what tells images that are unlike the training's; None without.
        card: the model card: heading -> text.
        training: configuration and figures of the run that made the weights; nothing is computed from it.
    """

    __pydantic_config__: ClassVar[pydantic.ConfigDict] = {
        "extra": "forbid",
        "strict": True,
        "allow_inf_nan": False,
    }

    name: Line
    architecture: Architecture
    protocol: Protocol
    trained_on: Provenance
    clinical_statistics: ClinicalStatistics
    operating_points: dict[str, OperatingPoints]
    calibration: dict[str, Calibration]
    preprocessing: Preprocessing
    gate: GateRules | None = None
    card: dict[Line, Text] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)

    @property
    def score_tasks(self) -> tuple[str, ...]:
        """The outputs that are scores, in the network's order; one of any other name only teaches."""
        return tuple(task for task in self.architecture.tasks if task in TASKS)


_METADATA = pydantic.TypeAdapter(Metadata)


def to_json(metadata: Metadata, graph: Graph | None = None) -> str:
    """The text of a weights file that ``parse`` reads; without a graph it is one of version 1.

    Raises:
        WeightsError: as ``parse``; so nothing is written that would not be read.
    """
    values = {"schema_version": 1 if graph is None else 2, **dataclasses.asdict(metadata)}
    text = json.dumps(values if graph is None else values | {"graph": graph.rows()})
    parse(text, f"the weights {metadata.name:.60}")
    return text


def parse(text: str, source: str) -> tuple[Metadata, Graph | None]:
    """The metadata and the graph of a text, with each field checked.

    Args:
        text: of the weights file.
        source: the name of the file, for sentences.

    Raises:
        WeightsError: naming the first field that is missing, unknown, twice there, of another type, out of
            its range, or at odds with another one; or another schema version or preprocessing.
    """
    try:
        return _parse(text)
    except _UnfitError as error:
        raise WeightsError(f"The description inside {source} can't be used: {error}") from None


class _UnfitError(Exception):
    """Why a description can't be used, in a sentence."""


def _parse(text: str) -> tuple[Metadata, Graph | None]:
    if len(text) > MAX_CHARACTERS:
        raise _UnfitError(f"it has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}.")
    try:
        values = json.loads(text, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise _UnfitError("it is damaged, no JSON as VERTE writes it.") from error
    if not isinstance(values, dict) or "schema_version" not in values:
        raise _UnfitError("it is damaged, without a schema version.")
    version = values.pop("schema_version")
    if version not in SCHEMA_VERSIONS or isinstance(version, bool | float):
        known = " and ".join(map(str, SCHEMA_VERSIONS))
        raise _UnfitError(
            f"it has schema version {version!r:.60}; this program reads versions {known}. Use the "
            "release that made the file, or train again."
        )
    if version == 2 and "graph" not in values:
        raise _UnfitError("Description lacks a key: 'graph'.")
    rows = values.pop("graph") if version == 2 else None
    if isinstance(values.get("architecture"), dict):
        values["architecture"] = BEFORE_RECORDED | values["architecture"]
    if "preprocessing" in values:
        values["preprocessing"] = _known_preprocessing(values)
    try:
        # From JSON again, in which a list is a tuple and a text is a member of an enumeration.
        graph = None if rows is None else Graph.parse(json.dumps(rows))
        metadata = _METADATA.validate_json(json.dumps(values))
    except pydantic.ValidationError as error:
        raise _UnfitError(validation.sentence(error.errors()[0], "the description")) from error
    except GraphError as error:
        raise _UnfitError(f"in its graph, {error}") from error
    _check_together(metadata)
    return metadata, graph


def _known_preprocessing(values: dict[str, Any]) -> Any:
    """What a description says of its preprocessing, as it is recorded today."""
    said = values["preprocessing"]
    if said == _FIRST_PREPROCESSING:
        crop = said["crop_fraction"].get(str(values.get("protocol")), 0.0)
        return {"version": 1, "crop_rows": crop, "crop_columns": crop}
    version = said.get("version") if isinstance(said, dict) else None
    if isinstance(version, int) and not 1 <= version <= PREPROCESSING_VERSION:
        raise _UnfitError(
            f"it was trained with another preprocessing ({said!r:.300}) than this program's; its scores "
            "would be wrong, so it is not used."
        )
    return said


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise _UnfitError(f"the key {key!r:.60} is there twice.")
        values[key] = value
    return values


def _check_together(metadata: Metadata) -> None:
    tasks, known = metadata.architecture.tasks, metadata.clinical_statistics
    if len(set(tasks)) < len(tasks):
        raise _UnfitError(f"architecture.tasks names a task twice: {', '.join(tasks)}.")
    for name, by_task in (
        ("operating_points", metadata.operating_points),
        ("calibration", metadata.calibration),
    ):
        if set(by_task) != set(tasks):
            raise _UnfitError(
                f"{name} must be of the tasks {', '.join(tasks)}, not of {', '.join(by_task) or 'none':.200}."
            )
    if known.bmi_percentile_5 > known.bmi_percentile_95:
        raise _UnfitError(
            f"clinical_statistics.bmi_percentile_5 ({known.bmi_percentile_5:g}) is above bmi_percentile_95 "
            f"({known.bmi_percentile_95:g})."
        )
