"""What the form holds: texts as typed, what the file said, and whether it is enough to score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from verte_core.clinical import (
    AGE_RANGE,
    BMI_RANGE,
    HEIGHT_RANGE,
    WEIGHT_RANGE,
    ClinicalInputs,
    Sex,
    bmi_from,
    check_range,
)
from verte_core.errors import ClinicalError

if TYPE_CHECKING:
    from verte_core.batch.clinical_table import ClinicalValues
    from verte_core.reading.radiograph import Header


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
        sex: ``"F"``, ``"M"`` or empty.
        height: cm; with ``weight`` (kg) it takes the place of ``bmi``, never beside it.
        bmi_unknown: the reader says that there is none to be had.
        file: the same fields as the file, or a table beside it, gave them.
        table: which of them a table gave.
    """

    age: str = ""
    sex: Sex | str = ""
    bmi: str = ""
    height: str = ""
    weight: str = ""
    bmi_unknown: bool = False
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
            return replace(self, bmi=value, height="", weight="")
        if name in ("height", "weight"):
            return replace(self, bmi="", **{name: value})  # type: ignore[arg-type]
        return replace(self, **{name: value})  # type: ignore[arg-type]

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
        missing = []
        age = _number(errors, "age", self.age, "Age", AGE_RANGE, "years")
        if not self.age:
            missing.append("age")
        if not self.sex:
            missing.append("sex")
        bmi = None
        if not self.bmi_unknown:
            bmi = self._bmi(errors)
            if bmi is None and not errors.keys() & {"bmi", "height", "weight"}:
                missing.append("weight" if self.height else "height" if self.weight else "BMI")
        inputs = None
        if not missing and not errors:
            assert age is not None
            inputs = ClinicalInputs(age, self.sex, bmi)  # type: ignore[arg-type]
        return Checked(inputs, tuple(missing), errors)

    def bmi_text(self) -> str:
        """The BMI to show: as typed, or computed from height and weight."""
        computed = None if self.bmi else self._bmi({})
        return self.bmi if computed is None else f"{computed:.1f}"

    def _bmi(self, errors: dict[str, str]) -> float | None:
        if self.bmi:
            return _number(errors, "bmi", self.bmi, "BMI", BMI_RANGE, "kg/m2")
        height = _number(errors, "height", self.height, "Height", HEIGHT_RANGE, "cm")
        weight = _number(errors, "weight", self.weight, "Weight", WEIGHT_RANGE, "kg")
        if height is None or weight is None:
            return None
        bmi = bmi_from(height, weight)
        return bmi if _holds(errors, "bmi", lambda: check_range("BMI", bmi, BMI_RANGE, "kg/m2")) else None


def _texts(
    age: float | None, sex: str | None, bmi: float | None, height: float | None, weight: float | None
) -> dict[str, str]:
    numbers = {"age": age, "bmi": bmi, "height": height, "weight": weight}
    texts = {name: f"{value:g}" for name, value in numbers.items() if value is not None}
    return texts | ({"sex": sex} if sex else {})


def _number(
    errors: dict[str, str], name: str, text: str, title: str, limits: tuple[float, float], unit: str
) -> float | None:
    if not text:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        errors[name] = f"{title} must be a number in {unit}."
        return None
    return value if _holds(errors, name, lambda: check_range(title, value, limits, unit)) else None


def _holds(errors: dict[str, str], name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except ClinicalError as error:
        errors[name] = str(error)
        return False
    return True
