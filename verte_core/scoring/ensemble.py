"""Several weights files as one model."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from statistics import fmean

import numpy as np
import numpy.typing as npt
import torch

from verte_core.clinical import ClinicalInputs
from verte_core.errors import WeightsError
from verte_core.network.weights import Metadata, Weights
from verte_core.results import OperatingPoints, Provenance, Result, Score
from verte_core.scoring.scorer import Encoded, Prepared, Scorer


def scorer(files: Sequence[Weights], device: str | torch.device = "auto") -> Scorer:
    """A Scorer of one weights file, or an Ensemble of several.

    Raises:
        VerteError: when the device is not available, or the files do not go together.
    """
    return Scorer(files[0], device) if len(files) == 1 else Ensemble(files, device)


class Ensemble(Scorer):
    """A Scorer of several weights files.

    A score that several of them give is the mean of their calibrated probabilities, with its spread; files
    for different tasks give each its own, such as the two image-only models of 2025. With an unknown BMI,
    the ends of the range are the means of theirs. The thresholds between the zones are the means of the
    members' operating points (and so are the sensitivity and specificity noted with them): a stand-in until
    those of the mean itself are set on a validation split. A heatmap is the mean of theirs, each relative to
    its own maximum, and relative again.

    Args:
        files: at least two.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises:
        WeightsError: when two are the same, or are for different kinds of image.
        VerteError: when the device is not available.
    """

    def __init__(self, files: Sequence[Weights], device: str | torch.device = "auto") -> None:
        first, *others = files
        for other in others:
            if other.metadata.protocol != first.metadata.protocol:
                raise WeightsError(
                    f"The weights {first.metadata.name} are for the protocol {first.metadata.protocol} and "
                    f"{other.metadata.name} for {other.metadata.protocol}; they can't score the same image."
                )
        ids = [each.id for each in files]
        if len(set(ids)) < len(ids):
            raise WeightsError(f"The same weights are given twice ({', '.join(ids)}).")
        self.members = [Scorer(each, device) for each in files]
        self.weights_id = "+".join(ids)
        self.metadata = _metadata([each.metadata for each in files])
        self.tasks = self.metadata.architecture.tasks
        self.needs_clinical = any(each.needs_clinical for each in self.members)
        self.device = self.members[0].device

    def use_cpu(self) -> None:
        """Leave the GPU; a forward that is under way on another thread ends there."""
        for member in self.members:
            member.use_cpu()
        self.device = self.members[0].device

    def encode_all(self, prepared: Sequence[Prepared]) -> list[Encoded]:
        """Run every encoder once over all images."""
        encoded = zip(*(member.encode_all(prepared) for member in self.members), strict=True)
        return [
            dataclasses.replace(
                own[0],
                weights_id=self.weights_id,
                features=tuple(features for each in own for features in each.features),
            )
            for own in encoded
        ]

    def score_all(self, encoded: Sequence[Encoded], inputs: Sequence[ClinicalInputs | None]) -> list[Result]:
        """``score`` of every image with its own inputs, in one go."""
        by_member = [
            member.score_all([self._part(each, index) for each in encoded], inputs)
            for index, member in enumerate(self.members)
        ]
        return [
            dataclasses.replace(
                own[0],
                weights_id=self.weights_id,
                trained_on=self.metadata.trained_on,
                scores={task: self._mean(task, own) for task in self.tasks},
            )
            for own in zip(*by_member, strict=True)
        ]

    def explain(self, encoded: Encoded, inputs: ClinicalInputs | None, task: str) -> npt.NDArray[np.float32]:
        """Grad-CAM of one task, float32 (1024, 512) in 0..1, relative; milliseconds."""
        maps = [
            member.explain(self._part(encoded, index), inputs, task)
            for index, member in enumerate(self.members)
            if task in member.tasks
        ]
        mean = np.mean(maps, axis=0, dtype=np.float32)
        return np.asarray(mean / max(float(mean.max()), 1e-7), np.float32)

    def _part(self, encoded: Encoded, index: int) -> Encoded:
        assert encoded.weights_id == self.weights_id
        features = (encoded.features[index],)
        return dataclasses.replace(encoded, weights_id=self.members[index].weights_id, features=features)

    def _mean(self, task: str, results: Sequence[Result]) -> Score:
        scores = [each.scores[task] for each in results if task in each.scores]
        value, low, high = (
            fmean(getattr(each, name) for each in scores) for name in ("value", "low", "high")
        )
        points = self.metadata.operating_points[task]
        zones = {points.zone(low), points.zone(high)}
        values = [each.value for each in scores]
        spread = max(values) - min(values) if len(values) > 1 else None
        return Score(value, low, high, zones.pop() if len(zones) == 1 else None, spread)


def _metadata(members: Sequence[Metadata]) -> Metadata:
    """That of the first, with what belongs to all of them."""
    tasks = tuple(dict.fromkeys(task for each in members for task in each.architecture.tasks))
    return dataclasses.replace(
        members[0],
        name=" + ".join(each.name for each in members),
        architecture=dataclasses.replace(members[0].architecture, tasks=tasks),
        trained_on=Provenance.together(each.trained_on for each in members),
        operating_points={task: _mean_points(task, members) for task in tasks},
        calibration={},
        card={f"{each.name}: {heading}": text for each in members for heading, text in each.card.items()},
        training={},
    )


def _mean_points(task: str, members: Sequence[Metadata]) -> OperatingPoints:
    points = [each.operating_points[task] for each in members if task in each.operating_points]
    names = [field.name for field in dataclasses.fields(OperatingPoints)]
    return OperatingPoints(**{name: fmean(getattr(each, name) for each in points) for name in names})
