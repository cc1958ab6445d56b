"""What became of one image of a batch: the one record of it, for journal, table, terminal and window."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import AfterValidator, PlainSerializer

from verte_core import __version__
from verte_core.batch.clinical_table import ClinicalValues
from verte_core.clinical import ClinicalInputs
from verte_core.errors import VerteError
from verte_core.files import FileState
from verte_core.image_types import ProtocolChoice
from verte_core.results import Provenance, Score

Text = Annotated[
    str,
    PlainSerializer(lambda text: text.encode("unicode_escape").decode("ascii"), when_used="json"),
    AfterValidator(lambda text: text.encode("ascii").decode("unicode_escape")),
]
"""A text that may hold a file's name: such a name may be no Unicode, which JSON can't hold as it is."""


@dataclass(frozen=True)
class Source:
    """The file that a record was made from: its state when it was opened, and its UID."""

    state: FileState | None
    sop_instance_uid: str | None


@dataclass(frozen=True)
class ImageRecord:
    """What became of one image, and all that it depends on.

    Attributes:
        path: of the file.
        model_id: of the weights.
        trained_on: what kind of images these learned from.
        protocol: what the run took each image for; ``auto`` is what its header says.
        status: ``refused`` also while the network has not seen it.
        reason: the sentence that it was refused with; empty when it was scored.
        kind: of this reason, by which refusals are counted.
        scores: by task; empty when it was refused.
        inputs: that the scores were made from; None when it was refused, or the weights use none.
        given: the clinical values given from outside; the header fills what they lack.
        source: the file; None when it could not be opened.
        heatmaps: the folder of its heatmaps; None when none were wanted.
        without_heatmap: which of them could not be made, with the reason; empty when all are there.
        notes: all that the reader was told of the image, in whole sentences.
        version: of the program.
    """

    path: Text
    model_id: str
    trained_on: Provenance
    protocol: ProtocolChoice
    status: Literal["scored", "refused"] = "refused"
    reason: Text = ""
    kind: str = ""
    scores: dict[str, Score] = field(default_factory=dict)
    inputs: ClinicalInputs | None = None
    given: ClinicalValues = field(default_factory=ClinicalValues)
    source: Source | None = None
    heatmaps: Text | None = None
    without_heatmap: Text = ""
    notes: tuple[str, ...] = ()
    version: str = __version__

    def __post_init__(self) -> None:
        assert (self.status == "scored") == bool(self.scores)
        assert self.source is not None or self.status == "refused"

    def scored(self, scores: dict[str, Score]) -> ImageRecord:
        """The same image, scored."""
        return replace(self, status="scored", scores=scores)

    def refused(self, error: VerteError) -> ImageRecord:
        """The same image, refused."""
        return replace(self, status="refused", reason=str(error), kind=error.kind, scores={}, inputs=None)


@dataclass
class Tally:
    """How many images of a run came to what.

    Attributes:
        kinds: how many were scored (key "") and refused, by kind of reason.
        without_heatmap: why a scored image lacks a heatmap, by path.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    without_heatmap: dict[str, str] = field(default_factory=dict)

    def add(self, record: ImageRecord) -> None:
        """Count one more image."""
        self.kinds[record.kind] += 1
        if record.without_heatmap:
            self.without_heatmap[record.path] = record.without_heatmap
