"""What the form holds: texts as typed, what the file said, and whether it is enough to score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from verte_core.clinical import (
    AGE,
    BMI,
    HEIGHT,
    KG_PER_POUND,
    WEIGHT,
    ClinicalInputs,
    bmi_from,
    doubt,
    read_number,
    read_sex,
)
from verte_core.errors import ClinicalError

if TYPE_CHECKING:
    from verte_core.batch.clinical_table import ClinicalValues
    from verte_core.reading.radiograph import Header

Value = TypeVar("Value")


@dataclass(frozen=True)
class Checked:
    """A draft's verdict: inputs, or else what is missing and what is wrong.

    Attributes:
        missing: in words, for instance ``("age", "BMI")``.
        errors: field -> sentence.
    """

    inputs: ClinicalInputs | None
    missing: tuple[str, ...]
    errors: dict[str, str]


@dataclass(frozen=True)
class Draft:
    """The form as it stands; an empty text is a field without a value.

    Attributes:
        sex: ``"F"``, ``"M"`` or empty; a table's word that is none of them stands here to be marked.
        height: cm; with ``weight`` (kg) it takes the place of ``bmi``, never beside it.
        bmi_unknown: the reader says that there is none to be had.
        displaced: the height and weight that a typed BMI took the place of.
        file: the same fields as the file, or a table beside it, gave them.
        table: which of them a table gave.
    """

    age: str = ""
    sex: str = ""
    bmi: str = ""
    height: str = ""
    weight: str = ""
    bmi_unknown: bool = False
    displaced: tuple[str, str] = ("", "")
    file: dict[str, str] = field(default_factory=dict)
    table: frozenset[str] = frozenset()

    @classmethod
    def from_sources(cls, header: Header, values: ClinicalValues | None) -> Draft:
        """Filled from the file and a table, and only from them; the table goes first."""
        given = _texts(header.age, header.sex, None, header.height_cm, header.weight_kg)
        if values is None:
            return cls(**given, file=given)  # type: ignore[arg-type]
        ours = _texts(values.age, values.sex, values.bmi, values.height_cm, values.weight_kg)
        body = {"bmi"} if "bmi" in ours else {"height", "weight"}
        if not body <= ours.keys():
            body = set()
        ours = {name: text for name, text in ours.items() if name in {"age", "sex", *body}}
        theirs = {name: text for name, text in given.items() if not body or name in ("age", "sex")}
        given = theirs | ours
        return cls(**given, file=given, table=frozenset(ours))  # type: ignore[arg-type]

    def edited(self, name: str, value: str) -> Draft:
        """With one field changed; BMI and height with weight displace each other."""
        if name == "bmi":
            body = (self.height, self.weight) if self.height or self.weight else self.displaced
            return replace(self, bmi=value, height="", weight="", displaced=body)
        if name in ("height", "weight"):
            return replace(self, bmi="", displaced=("", ""), **{name: value})  # type: ignore[arg-type]
        return replace(self, **{name: value})  # type: ignore[arg-type]

    def without_bmi(self) -> Draft:
        """With the height and weight again whose place a BMI took that was taken back; else as it is."""
        if self.bmi or not any(self.displaced):
            return self
        height, weight = self.displaced
        return replace(self, height=height, weight=weight, displaced=("", ""))

    def doubt(self) -> str | None:
        """A question about the unit of the weight (``clinical.doubt``)."""
        return doubt(read_number(self.height), read_number(self.weight))

    def weight_in_kg(self) -> Draft:
        """With the weight that was typed taken for pounds."""
        pounds = read_number(self.weight)
        return self if pounds is None else self.edited("weight", f"{pounds * KG_PER_POUND:.1f}")

    def with_bmi_unknown(self, unknown: bool) -> Draft:
        """With or without the reader's word that there is no BMI to be had."""
        return replace(self, bmi_unknown=unknown)

    def origin(self, name: str) -> str:
        """``from file``, ``from table``, ``edited`` or ``entered``; nothing for a field without a value."""
        value = getattr(self, name)
        if not value:
            return ""
        if name not in self.file:
            return "entered"
        if value != self.file[name]:
            return "edited"
        return "from table" if name in self.table else "from file"

    def is_edited(self) -> bool:
        """Whether anything differs from what the file gave."""
        return self != Draft(**self.file, file=self.file, table=self.table)  # type: ignore[arg-type]

    def check(self) -> Checked:
        """Read all fields; nothing is guessed, and a wrong field is not a missing one."""
        errors: dict[str, str] = {}
        missing = [name for name in ("age", "sex") if not getattr(self, name)]
        age = _read(errors, "age", self.age, AGE.read)
        sex = _read(errors, "sex", self.sex, read_sex)
        bmi = None
        if not self.bmi_unknown:
            bmi = self._bmi(errors)
            if bmi is None and not errors.keys() & {"bmi", "height", "weight"}:
                missing.append("weight" if self.height else "height" if self.weight else "BMI")
        inputs = None
        if not missing and not errors:
            assert age is not None and sex is not None
            inputs = ClinicalInputs(age, sex, bmi)
        return Checked(inputs, tuple(missing), errors)

    def bmi_text(self) -> str:
        """The BMI to show: as typed, or computed from height and weight."""
        computed = None if self.bmi else self._bmi({})
        return self.bmi if computed is None else f"{computed:.1f}"

    def _bmi(self, errors: dict[str, str]) -> float | None:
        if self.bmi:
            return _read(errors, "bmi", self.bmi, BMI.read)
        height = _read(errors, "height", self.height, HEIGHT.read)
        weight = _read(errors, "weight", self.weight, WEIGHT.read)
        if height is None or weight is None:
            return None
        return _read(errors, "bmi", str(bmi_from(height, weight)), BMI.read)


def _texts(
    age: float | None, sex: str | None, bmi: float | None, height: float | None, weight: float | None
) -> dict[str, str]:
    numbers = {"age": age, "bmi": bmi, "height": height, "weight": weight}
    texts = {name: f"{value:g}" for name, value in numbers.items() if value is not None}
    if not sex:
        return texts
    try:
        return texts | {"sex": read_sex(sex)}
    except ClinicalError:
        return texts | {"sex": sex}


def _read(errors: dict[str, str], name: str, text: str, read: Callable[[str], Value]) -> Value | None:
    """The value of a field; ``None`` for an empty one, and for a wrong one, which is marked."""
    if not text:
        return None
    try:
        return read(text)
    except ClinicalError as error:
        errors[name] = str(error)
        return None
