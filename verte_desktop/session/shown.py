"""What stands on the screen together, as one value that never changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from verte_desktop.session.clinical_draft import Draft

if TYPE_CHECKING:
    from verte_core.clinical import ClinicalInputs
    from verte_core.image_types import ProtocolChoice
    from verte_core.reading.radiograph import Radiograph
    from verte_core.results import Result
    from verte_core.scoring.scorer import Encoded, Scorer
    from verte_desktop.session.slow_steps import Heatmap, LoadedWeights


@dataclass(frozen=True, eq=False)
class Shown:
    """An image, its form, the weights, and what came of them.

    Nothing stands here beside what it was not made from: in the making of a value, a feature map that is not
    of its image and weights, scores that are not of its image, inputs and weights, and a heatmap that is not
    of its scores or not wanted become ``None``. So what comes too late, and what another image, input or
    weights file makes wrong, goes of itself.

    Attributes:
        radiograph: the image, once it is open.
        draft: its form.
        read_as: what the reader says that it is; ``auto`` leaves that to its header.
        scorer: those of the weights that fit the image; None while they are not loaded.
        weights_replaced: the files of the scorer no longer hold its weights.
        encoded: the image as the network sees it.
        heatmap_task: the score that the heatmap explains.
    """

    radiograph: Radiograph | None = None
    draft: Draft = field(default_factory=Draft)
    read_as: ProtocolChoice = "auto"
    weights: LoadedWeights | None = None
    scorer: Scorer | None = None
    weights_replaced: bool = False
    encoded: Encoded | None = None
    result: Result | None = None
    heatmap_wanted: bool = False
    heatmap_task: str = "pvf"
    heatmap: Heatmap | None = None

    def __post_init__(self) -> None:
        if self.encoded is not None and not self._has_made(self.encoded):
            object.__setattr__(self, "encoded", None)
        if self.result is not None and not self.belongs(self.result):
            object.__setattr__(self, "result", None)
        if self.heatmap is not None and not self.explains(self.heatmap):
            object.__setattr__(self, "heatmap", None)

    def inputs(self) -> ClinicalInputs | None:
        """Those of the model: ``None`` when they are incomplete, or when it takes none."""
        takes_none = self.scorer is not None and not self.scorer.needs_clinical
        return None if takes_none else self.draft.check().inputs

    def belongs(self, result: Result) -> bool:
        """Whether a result is of the image, the inputs and the weights that are shown."""
        return self.encoded is not None and self._has_made(result) and result.inputs == self.inputs()

    def explains(self, heatmap: Heatmap) -> bool:
        """Whether a heatmap is wanted, and of the scores that are shown."""
        return self.heatmap_wanted and heatmap.result is self.result and heatmap.task == self.heatmap_task

    def is_misfit(self) -> bool:
        """Whether the image is refused because of what its header says: not for these weights, or unfit."""
        return self._is_against_header() and not self.is_overruled()

    def is_overruled(self) -> bool:
        """Whether the image is read as the weights are for on the reader's word, against its header."""
        return (
            self._is_against_header()
            and self.scorer is not None
            and self.read_as == self.scorer.metadata.protocol
        )

    def _is_against_header(self) -> bool:
        if self.radiograph is None or self.scorer is None:
            return False
        another = self.radiograph.protocol not in (None, self.scorer.metadata.protocol)
        return another or self.radiograph.unfit is not None

    def _has_made(self, made: Encoded | Result) -> bool:
        return (
            self.radiograph is not None
            and self.scorer is not None
            and (made.image_id, made.weights_id) == (self.radiograph.id, self.scorer.weights_id)
        )
