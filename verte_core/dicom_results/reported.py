"""What of one result goes into every object that is made of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from verte_core.batch.record import ImageRecord
from verte_core.clinical import ClinicalInputs
from verte_core.dicom_results.identifiers import uid_of
from verte_core.dicom_results.whose import OLDEST_AGE, Whose, without_person
from verte_core.network.metadata import Metadata
from verte_core.results import cautions


@dataclass(frozen=True, eq=False)
class Reported:
    """A scored image, its weights and whose it is.

    Attributes:
        record: of the image; it is scored.
        metadata: of the weights.
        whose: patient, study and image.
    """

    record: ImageRecord
    metadata: Metadata
    whose: Whose

    def uid(self, what: str) -> str:
        """The UID of one thing made of this result: the same until something changes that it depends on."""
        record, image = self.record, self.whose.dataset
        inputs = sorted(asdict(record.inputs).items()) if record.inputs else None
        said = repr((inputs, record.protocol, record.notes, self.whose.deidentified))
        return uid_of(what, str(image.SOPInstanceUID), record.model_id, said, record.version)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that stand with the scores: of the image, and of what its results leave empty."""
        notes = (*self.record.notes, *self.whose.notes)
        return without_person(notes) if self.whose.deidentified else notes

    @property
    def cautions(self) -> list[str]:
        """The sentences that go wherever a score goes."""
        return cautions(self.metadata.trained_on)

    @property
    def weights(self) -> str:
        """Which weights these are, in words."""
        return f"{self.metadata.name} ({self.record.model_id}), trained on {self.metadata.trained_on} images"

    @property
    def inputs(self) -> str:
        """Age, sex and BMI in words; empty for weights that use none."""
        return "" if self.record.inputs is None else _in_words(self.record.inputs, self.whose.deidentified)


def _in_words(inputs: ClinicalInputs, deidentified: bool) -> str:
    over = deidentified and inputs.age > OLDEST_AGE
    age = f"over {OLDEST_AGE}" if over else f"{inputs.age:g}"
    bmi = "unknown BMI" if inputs.bmi is None else f"BMI {inputs.bmi:.4g} kg/m2"
    return f"age {age} years, sex {inputs.sex}, {bmi}"
