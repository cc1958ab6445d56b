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
from verte_core.image_types import Protocol, ProtocolChoice
from verte_core.reading.header import Header
from verte_core.results import Likeness, Provenance, Score

Text = Annotated[
    str,
    PlainSerializer(lambda text: text.encode("unicode_escape").decode("ascii"), when_used="json"),
    AfterValidator(lambda text: text.encode("ascii").decode("unicode_escape")),
]
"""A text that may hold a file's name: such a name may be no Unicode, which JSON can't hold as it is."""


@dataclass(frozen=True)
class Source:
    """The file that a record was made from: its state when it was opened, and what its header says.

    Attributes:
        state: None when it could not be had.
        sop_instance_uid: None when it has none.
        protocol: the kind of image; None when nothing tells.
    """

    state: FileState | None
    sop_instance_uid: str | None
    protocol: Protocol | None = None


@dataclass(frozen=True)
class Identity:
    """Whose image it is, by its header; None where that does not say. The date is ISO 8601."""

    patient_id: Text | None = None
    study_date: str | None = None
    accession_number: Text | None = None

    @classmethod
    def of(cls, header: Header) -> Identity:
        """As a header has it."""
        return cls(header.patient_id, header.study_date, header.accession_number)


@dataclass(frozen=True)
class ImageRecord:
    """What became of one image, and all that it depends on.

    Attributes:
        path: of the file.
        model_id: of the weights that fit the image; empty when it could not be opened.
        trained_on: what kind of images these learned from; None without weights.
        protocol: what the run took each image for; ``auto`` is what its header says.
        status: ``refused`` also while the network has not seen it.
        reason: the sentence that it was refused with; empty when it was scored.
        kind: of this reason, by which refusals are counted.
        scores: by task; empty when it was refused.
        likeness: to what the weights learned from; None when it was refused, or they know nothing of it.
        inputs: that the scores were made from; None when it was refused, or the weights use none.
        given: the clinical values given from outside; the header fills what they lack.
        source: the file; None when it could not be opened.
        heatmaps: the folder of its heatmaps; None when none were wanted.
        notes: whole sentences that whoever reads the scores should know: what was said on reading the image,
            of the values given for it, and of what was overruled.
        identity: whose image it is; None when the run was not to keep it.
        person: stands for the person in the study, by ``Header.person``; None where it names none.
        without_heatmap: which of them could not be made, with the reason; empty when all are there.
        image_id: SHA-256 of the file, by which its measurements are kept; empty when it could not be opened.
        version: of the program.
    """

    path: Text
    model_id: str
    trained_on: Provenance | None
    protocol: ProtocolChoice
    status: Literal["scored", "refused"] = "refused"
    reason: Text = ""
    kind: str = ""
    scores: dict[str, Score] = field(default_factory=dict)
    likeness: Likeness | None = None
    inputs: ClinicalInputs | None = None
    given: ClinicalValues = field(default_factory=ClinicalValues)
    source: Source | None = None
    heatmaps: Text | None = None
    notes: tuple[Text, ...] = ()
    identity: Identity | None = None
    person: str | None = None
    without_heatmap: Text = ""
    image_id: str = ""
    version: str = __version__

    def __post_init__(self) -> None:
        assert (self.status == "scored") == bool(self.scores)
        assert self.source is not None or self.status == "refused"

    def scored(self, scores: dict[str, Score], likeness: Likeness | None = None) -> ImageRecord:
        """The same image, scored; that it is unlike becomes the first of its notes."""
        said = (likeness.notice,) if likeness is not None and likeness.unlike else ()
        return replace(self, status="scored", scores=scores, likeness=likeness, notes=(*said, *self.notes))

    def refused(self, error: VerteError) -> ImageRecord:
        """The same image, refused."""
        return replace(self, status="refused", reason=str(error), kind=error.kind, scores={}, inputs=None)


@dataclass
class Tally:
    """How many images of a run came to what.

    Attributes:
        kinds: how many were scored (key "") and refused, by kind of reason.
        unlike: how many of those that were scored are unlike what their weights learned from.
        trained_on: what the weights of those that were scored had learned from.
        without_heatmap: why a scored image lacks a heatmap, by path.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    unlike: int = 0
    trained_on: set[Provenance] = field(default_factory=set)
    without_heatmap: dict[str, str] = field(default_factory=dict)

    def add(self, record: ImageRecord) -> None:
        """Count one more image."""
        self.kinds[record.kind] += 1
        self.unlike += record.likeness is not None and record.likeness.unlike
        if record.scores and record.trained_on:
            self.trained_on.add(record.trained_on)
        if record.without_heatmap:
            self.without_heatmap[record.path] = record.without_heatmap
