"""The weights at hand: for each kind of image the Scorer that fits it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from threading import Lock

from verte_core import files
from verte_core.devices import Device, choose_device
from verte_core.image_types import KINDS, Protocol, ProtocolChoice
from verte_core.network import shipped, weights
from verte_core.network.weights import Weights
from verte_core.reading.radiograph import Radiograph
from verte_core.scoring.scorer import Scorer


class Scorers:
    """A Scorer for each kind of image that there are weights for. May be used from several threads.

    Args:
        scorers: one of each kind. Without any, those of the shipped weights, each of which is loaded when the
            first image of its kind comes.
        device: ``auto``, ``cpu``, ``cuda``, ``mps`` or ``directml``, for those.

    Attributes:
        kinds: of images; one that does not say what it is is taken for the first.
        is_shipped: whether the weights are those of the program.
        device: where all of them compute.

    Raises:
        WeightsError: as ``Scorer``.
        VerteError: when the device is not available.
    """

    def __init__(self, scorers: Sequence[Scorer] = (), device: Device = "auto") -> None:
        self.is_shipped = not scorers
        self._scorers: dict[Protocol, Scorer] = {each.metadata.protocol: each for each in scorers}
        self.kinds: tuple[Protocol, ...] = tuple(self._scorers) or tuple(KINDS)
        self.device = scorers[0].device if scorers else choose_device(device)
        self._loading = Lock()

    @classmethod
    def of_files(cls, files: Sequence[Weights], device: Device = "auto") -> Scorers:
        """Of loaded weights files, of which those of one kind score together; without any, of the shipped."""
        by_kind = {kind: [each for each in files if each.metadata.protocol == kind] for kind in KINDS}
        return cls([Scorer(own, device) for own in by_kind.values() if own], device)

    @property
    def loaded(self) -> tuple[Scorer, ...]:
        """Those that are loaded."""
        return tuple(self._scorers.values())

    @property
    def left_gpu(self) -> str:
        """Why one of them left the GPU, in a sentence; empty as long as none did."""
        return next((each.left_gpu for each in self.loaded if each.left_gpu), "")

    def of(self, radiograph: Radiograph, choice: ProtocolChoice = "auto") -> Scorer:
        """That of an image, which may refuse it: where no weights fit, it is one of those that there are.

        Raises:
            WeightsError: when a shipped file can't be loaded.
        """
        return self.of_kind(self._kind(radiograph.protocol, choice))

    def of_kind(self, kind: Protocol) -> Scorer:
        """That of one of the ``kinds``, as ``of``."""
        with self._loading:
            if kind not in self._scorers:
                self._scorers[kind] = Scorer(weights.load(shipped.path(kind)), self.device)
            return self._scorers[kind]

    def at_hand(self, radiograph: Radiograph | None, choice: ProtocolChoice = "auto") -> Scorer | None:
        """That of an image, or of the first kind, if it is loaded."""
        return self._scorers.get(self._kind(radiograph.protocol if radiograph else None, choice))

    def weights_id(self, protocol: Protocol | None, choice: ProtocolChoice) -> str:
        """Of the weights that an image would be scored with whose header says ``protocol``; loads nothing."""
        kind = self._kind(protocol, choice)
        scorer = self._scorers.get(kind)
        return scorer.weights_id if scorer else _shipped_id(kind)

    def said(self, radiograph: Radiograph, choice: ProtocolChoice = "auto") -> str | None:
        """What a reader has to know of the choice of weights: a guess, or that a header was overruled."""
        if choice == "auto" and radiograph.protocol is None:
            taken = KINDS[self._kind(None, choice)]
            return f"The file does not say what kind of image it is; it was taken for {taken}."
        return radiograph.overruling(choice)

    def _kind(self, protocol: Protocol | None, choice: ProtocolChoice) -> Protocol:
        wanted = protocol if choice == "auto" else choice
        return wanted if wanted in self.kinds else self.kinds[0]


@cache
def _shipped_id(kind: Protocol) -> str:
    return weights.id_of(files.sha256(shipped.path(kind)))
