"""The one entrance to scores and heatmaps, for window, terminal, batch and tests.

``encode`` is the only slow step; ``score`` and ``explain`` work on its features in milliseconds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from verte_core import preprocess
from verte_core.clinical import ClinicalInputs
from verte_core.devices import Device, choose_device, no_memory
from verte_core.errors import ImageError
from verte_core.image_types import KINDS, Protocol, ProtocolChoice
from verte_core.network.engines import UnfaithfulError
from verte_core.network.weights import Weights
from verte_core.preprocess import Placement
from verte_core.reading.radiograph import Radiograph
from verte_core.results import Likeness, Result, mean_score
from verte_core.scoring import ensemble
from verte_core.scoring.member import Member

Made = TypeVar("Made")

_log = logging.getLogger(__name__)

NOT_A_SPINE = "not a spine image"
"""The kind of refusal of an image that is unfit by its header."""


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
        features: last feature map (1, C, h, w) of each network.
    """

    weights_id: str
    features: tuple[npt.NDArray[np.float32], ...]


class Scorer:
    """A model ready to score: one weights file, or several that score together.

    A score that several of them give is the mean of their calibrated probabilities, with its spread; files
    for different tasks give each its own, such as the two image-only models of 2025. With an unknown BMI,
    the ends of the range are the means of theirs. The thresholds between the zones are the means of the
    members' operating points (and so are the sensitivity and specificity noted with them): a stand-in until
    those of the mean itself are set on a validation split. A heatmap is the mean of theirs, each relative to
    its own maximum, and relative again.

    When the memory of a GPU does not suffice, or its first features are not those of the CPU, the CPU goes on
    from there, with a line in the log. All of it may be called from several threads.

    Args:
        weights: a loaded weights file, or several.
        device: ``auto``, ``cpu``, ``cuda``, ``mps`` or ``directml``.

    Attributes:
        members: the networks, one for each file; ``weights_ids`` are their ids, and ``weights_id`` is these
            in one text.
        metadata: of the file; of several, what is said of them together.
        tasks: the scores it gives.
        needs_clinical: whether it uses age, sex and BMI.
        device: where it computes.
        left_gpu: why the GPU was left, in a sentence; empty as long as it was not.

    Raises:
        WeightsError: when a file gives no score, two are the same, or are for different kinds of image.
        VerteError: when the device is not available, or there is not enough memory on the CPU either.
    """

    def __init__(self, weights: Weights | Sequence[Weights], device: Device = "auto") -> None:
        files = [weights] if isinstance(weights, Weights) else list(weights)
        ensemble.check_together(files)
        self.device = choose_device(device)
        self.left_gpu = ""
        self._leaving = Lock()
        # Another program may have left the GPU no room for the networks themselves.
        self.members: tuple[Member, ...] = ()
        self.members = self._where_memory_suffices(
            lambda: tuple(Member(each, self.device) for each in files), "the weights"
        )
        self.weights_ids = tuple(each.id for each in files)
        self.weights_id = "+".join(self.weights_ids)
        several = len(files) > 1
        self.metadata = (
            ensemble.common_metadata([each.metadata for each in files]) if several else files[0].metadata
        )
        self.tasks = self.metadata.score_tasks
        self.needs_clinical = any(each.needs_clinical for each in self.members)

    @property
    def engine(self) -> str:
        """What computes, and on which device, for a reader."""
        return f"{self.members[0].engine} on {self.device}"

    def check_protocol(self, radiograph: Radiograph, choice: ProtocolChoice = "auto") -> None:
        """Refuse an image that these weights are not for, or that is unfit by its header.

        ``choice`` other than ``auto`` overrules what the header says about the image.

        Raises:
            ImageError: naming both protocols, or why the image is unfit.
        """
        if radiograph.unfit is not None and choice == "auto":
            raise ImageError(radiograph.unfit, kind=NOT_A_SPINE)
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
            ImageError: when the image is not for these weights, is constant, or needs more memory than
                there is.
        """
        self.check_protocol(radiograph, choice)
        try:
            image, placement = preprocess.prepare(radiograph.pixels, self.metadata.preprocessing)
        except MemoryError:
            raise no_memory() from None
        return Prepared(radiograph.id, image, placement)

    def encode(self, radiograph: Radiograph, choice: ProtocolChoice = "auto") -> Encoded:
        """Preprocess and run the encoder: the only slow step.

        Raises:
            ImageError: as ``prepare`` and ``encode_all``.
        """
        return self.encode_all([self.prepare(radiograph, choice)])[0]

    def encode_all(self, prepared: Sequence[Prepared], beside_others: bool = False) -> list[Encoded]:
        """Run every encoder once over all images.

        ``beside_others`` says that other calls run at the same time, so that a CPU takes few cores for each.

        Raises:
            ImageError: when there is not enough memory on the CPU either.
        """

        images = np.stack([each.image for each in prepared])[:, None]
        by_member = self._where_memory_suffices(
            lambda: [each.encode(images, beside_others) for each in self.members]
        )
        features = zip(*(own[:, None] for own in by_member), strict=True)
        return [
            Encoded(each.image_id, each.image, each.placement, self.weights_id, own)
            for each, own in zip(prepared, features, strict=True)
        ]

    def score(self, encoded: Encoded, inputs: ClinicalInputs | None) -> Result:
        """Every score; milliseconds.

        ``inputs`` may be None only for an image-only model, one without ``needs_clinical``.
        """
        return self.score_all([encoded], [inputs])[0]

    def score_all(self, encoded: Sequence[Encoded], inputs: Sequence[ClinicalInputs | None]) -> list[Result]:
        """``score`` of every image with its own inputs, in one go."""
        assert all(each.weights_id == self.weights_id for each in encoded)
        by_member = [
            member.score([each.features[index] for each in encoded], inputs)
            for index, member in enumerate(self.members)
        ]
        alike = self.likeness_all(encoded)
        results = []
        for image, own, likeness, *given in zip(encoded, inputs, alike, *by_member, strict=True):
            scores = {
                task: mean_score(
                    [each[task] for each in given if task in each], self.metadata.operating_points[task]
                )
                for task in self.tasks
            }
            ids = image.image_id, self.weights_id
            results.append(Result(*ids, own, self.metadata.trained_on, scores, likeness))
        return results

    def likeness_all(self, encoded: Sequence[Encoded]) -> list[Likeness | None]:
        """How like each image is to those that the weights learned from; None where no weights tell."""
        images = [each.image for each in encoded]
        by_member = [
            member.likeness([each.features[index] for each in encoded], images)
            for index, member in enumerate(self.members)
        ]
        return [ensemble.least_likeness(known) for known in zip(*by_member, strict=True)]

    def explain(self, encoded: Encoded, inputs: ClinicalInputs | None, task: str) -> npt.NDArray[np.float32]:
        """Grad-CAM of one task, float32 (1024, 512) in 0..1, relative; milliseconds.

        ``inputs`` belong to the score that is explained; with the heads that there are, they move no part of
        the map.
        """
        assert encoded.weights_id == self.weights_id
        maps = [
            member.explain(features, task, encoded.image.shape)
            for member, features in zip(self.members, encoded.features, strict=True)
            if task in member.tasks
        ]
        return maps[0] if len(self.members) == 1 else ensemble.mean_map(maps)

    def _where_memory_suffices(self, compute: Callable[[], Made], what: str = "this image") -> Made:
        """What ``compute`` makes with ``self.members``: on the GPU, else on the CPU from then on."""
        if self.device != "cpu":
            try:
                return compute()
            except MemoryError:
                # Its frames would keep what the forward had reserved so far.
                reason = "The memory of the GPU does not suffice"
            except UnfaithfulError as error:
                reason = str(error)
            self._leave_gpu(f"{reason}; the CPU goes on.")
        try:
            return compute()
        except MemoryError:
            raise no_memory(what) from None

    def _leave_gpu(self, reason: str) -> None:
        with self._leaving:
            # All threads of a GPU run out of memory at about the same time.
            if self.device == "cpu":
                return
            # A forward that is under way on another thread ends on the GPU.
            self.members = tuple(each.on_cpu() for each in self.members)
            self.device, self.left_gpu = "cpu", reason
        _log.warning("%s", reason)
