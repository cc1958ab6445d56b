"""What is said of several weights files together: the means of their scores, maps and thresholds."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from statistics import fmean

import numpy as np
import numpy.typing as npt

from verte_core.errors import WeightsError
from verte_core.image_types import KINDS
from verte_core.network.metadata import Metadata
from verte_core.network.weights import Weights
from verte_core.results import Likeness, OperatingPoints, Provenance


def check_together(files: Sequence[Weights]) -> None:
    """See that weights files can score the same image.

    Raises:
        WeightsError: when two are the same, or are for different kinds of image.
    """
    first, *others = (each.metadata for each in files)
    for other in others:
        if other.protocol != first.protocol:
            raise WeightsError(
                f"The weights {first.name} are for {KINDS[first.protocol]} and {other.name} for "
                f"{KINDS[other.protocol]}; they can't score the same image."
            )
        if other.preprocessing != first.preprocessing:
            raise WeightsError(
                f"The weights {first.name} and {other.name} were trained with different preprocessing; they "
                "can't score the same image together."
            )
    ids = [each.id for each in files]
    if len(set(ids)) < len(ids):
        raise WeightsError(f"The same weights are given twice ({', '.join(ids)}).")


def least_likeness(known: Sequence[Likeness | None]) -> Likeness | None:
    """Of what several networks find: that of the one to which the image is most unlike."""
    found = [each for each in known if each is not None]
    return min(found, key=lambda each: (not each.unlike, each.value), default=None)


def mean_map(maps: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """The mean of relative heatmaps (H, W), relative again: its maximum is 1."""
    mean = np.mean(maps, axis=0, dtype=np.float32)
    return np.asarray(mean / max(float(mean.max()), 1e-7), np.float32)


def common_metadata(members: Sequence[Metadata]) -> Metadata:
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
