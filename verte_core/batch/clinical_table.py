"""Clinical values of an image: what a table says goes before what the header says."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import cast

from verte_core.batch.image_table import ImageTable, TableRow
from verte_core.clinical import ClinicalInputs, Sex, bmi_from, read_sex
from verte_core.errors import ClinicalError
from verte_core.reading.header import Header

SOURCES = {
    "age": "column age, or PatientAge, or PatientBirthDate with StudyDate",
    "sex": "column sex, or PatientSex F or M",
    "BMI": "column bmi, or columns height_cm and weight_kg, or PatientSize and PatientWeight",
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
    values["BMI"] = _bmi(second) if own is None else own
    missing = [name for name, value in values.items() if value is None]
    if missing:
        named = "; ".join(f"{name} ({SOURCES[name]})" for name in missing)
        *others, last = missing
        kind = f"{', '.join(others)} and {last} are missing" if others else f"{last} is missing"
        raise ClinicalError(f"Missing: {named}.", kind)
    return ClinicalInputs(cast(float, values["age"]), cast(Sex, values["sex"]), cast(float, values["BMI"]))


def _bmi(values: ClinicalValues) -> float | None:
    if values.bmi is not None or values.height_cm is None or values.weight_kg is None:
        return values.bmi
    return bmi_from(values.height_cm, values.weight_kg)


def from_row(row: TableRow) -> ClinicalValues:
    """The values of a table's row.

    Raises:
        ClinicalError: for a cell that is no number, or no sex, naming its location.
    """
    return ClinicalValues(
        age=row.number("age"),
        sex=_sex(row),
        bmi=row.number("bmi"),
        height_cm=row.number("height_cm"),
        weight_kg=row.number("weight_kg"),
    )


def _sex(row: TableRow) -> Sex | None:
    word = row.cells.get("sex")
    try:
        return read_sex(word) if word else None
    except ClinicalError as error:
        raise ClinicalError(f"{row.location}: {error}", error.kind) from None


COLUMNS = tuple(field.name for field in fields(ClinicalValues))


class ClinicalTable:
    """A clinical.csv: a column path or sop_instance_uid, and any of age, sex, bmi, height_cm, weight_kg.

    Args:
        path: a CSV file in UTF-8. The file name alone is enough as a path.

    Raises:
        ClinicalError: for a table that can't be read, lacks a key column, holds a value that is no number or
            no sex, or names an image twice.
    """

    def __init__(self, path: Path) -> None:
        self._folder = path.parent
        self._table = ImageTable(path, COLUMNS)
        for row in self._table:
            from_row(row)

    def images(self) -> list[Path]:
        """The files that the column path names, as seen from the table's folder, in order."""
        names = [row.cells.get("path", "").replace("\\", "/") for row in self._table]
        return list(dict.fromkeys(self._folder / name for name in names if name))

    def find(self, path: Path, sop_instance_uid: str | None) -> ClinicalValues:
        """The row of an image, by its UID or its path; empty values where the table has none."""
        row = self._table.find(path, sop_instance_uid)
        return ClinicalValues() if row is None else from_row(row)
