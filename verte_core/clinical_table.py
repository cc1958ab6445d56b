"""Clinical values from a table, matched to images by file name or SOP Instance UID."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from pathlib import Path
from typing import cast

from verte_core.clinical import ClinicalInputs, Sex, bmi_from
from verte_core.errors import ClinicalError
from verte_core.radiograph import Header

KEYS = ("path", "sop_instance_uid")
NAMES = {
    "age": "age (column age, or PatientAge, or PatientBirthDate with StudyDate)",
    "sex": "sex (column sex, or PatientSex F or M)",
    "bmi": "BMI (column bmi, or columns height_cm and weight_kg, or PatientSize and PatientWeight)",
}


@dataclass(frozen=True)
class ClinicalValues:
    """What one source says of one person, unchecked; None is "it does not say". Years, kg/m2, cm, kg."""

    age: float | None = None
    sex: str | None = None
    bmi: float | None = None
    height_cm: float | None = None
    weight_kg: float | None = None


def from_header(header: Header) -> ClinicalValues:
    """The values that an image's own header gives."""
    return ClinicalValues(header.age, header.sex, None, header.height_cm, header.weight_kg)


def combine(first: ClinicalValues, second: ClinicalValues) -> ClinicalInputs:
    """The inputs of one person: a value of ``first`` goes before one of ``second``.

    Raises:
        ClinicalError: naming what neither gives, or what is out of range.
    """
    values: dict[str, float | str | None] = {}
    for name in ("age", "sex"):
        ours = getattr(first, name)
        values[name] = getattr(second, name) if ours is None else ours
    own = _bmi(first)
    values["bmi"] = _bmi(second) if own is None else own
    missing = [NAMES[name] for name, value in values.items() if value is None]
    if missing:
        raise ClinicalError(f"Missing: {'; '.join(missing)}.")
    return ClinicalInputs(cast(float, values["age"]), cast(Sex, values["sex"]), cast(float, values["bmi"]))


def _bmi(values: ClinicalValues) -> float | None:
    if values.bmi is not None or values.height_cm is None or values.weight_kg is None:
        return values.bmi
    return bmi_from(values.height_cm, values.weight_kg)


class ClinicalTable:
    """A clinical.csv: a column path or sop_instance_uid, and any of age, sex, bmi, height_cm, weight_kg.

    Args:
        path: a CSV file in UTF-8. The file name alone is enough as a path.

    Raises:
        ClinicalError: for a table that can't be read, lacks a key column, holds a value that is no number,
            or names an image twice.
    """

    def __init__(self, path: Path) -> None:
        self._rows: dict[str, ClinicalValues] = {}
        columns = [field.name for field in fields(ClinicalValues)]
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.DictReader(file)
                names = reader.fieldnames or ()
                if not any(key in names for key in KEYS) or not any(column in names for column in columns):
                    raise ClinicalError(
                        f"The table {path.name} needs a column {' or '.join(KEYS)}, and some of "
                        f"{', '.join(columns)}; it has {', '.join(names) or 'no columns'}."
                    )
                for row in reader:
                    self._add(row, f"{path.name}, line {reader.line_num}")
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ClinicalError(f"The table {path.name} can't be read: {error}.") from error

    def find(self, path: Path, sop_instance_uid: str | None) -> ClinicalValues:
        """The row of an image, by its UID or its path; empty values where the table has none."""
        for key in (sop_instance_uid, *("/".join(path.parts[start:]) for start in range(len(path.parts)))):
            if key and key in self._rows:
                return self._rows[key]
        return ClinicalValues()

    def _add(self, row: dict[str, str | None], place: str) -> None:
        cells = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
        numbers = {
            name: _number(cells.get(name, ""), name, place)
            for name in ("age", "bmi", "height_cm", "weight_kg")
        }
        values = ClinicalValues(sex=cells.get("sex", "").upper() or None, **numbers)
        keys = {cells[key].replace("\\", "/").removeprefix("./") for key in KEYS if cells.get(key)}
        for key in keys:
            if key in self._rows:
                raise ClinicalError(f"{place}: {key} stands in the table twice.")
            self._rows[key] = values


def _number(text: str, name: str, place: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise ClinicalError(f"{place}: {name} is {text!r}, which is not a number.") from None
