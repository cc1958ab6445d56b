"""Clinical values of an image: what is given for it goes before what its header says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, cast

from verte_core.batch.headings import like
from verte_core.batch.image_table import ImageTable, Matches, TableRow, counted, listed, on_disk
from verte_core.clinical import ClinicalInputs, Sex, bmi_from, doubt, read_sex
from verte_core.errors import ClinicalError
from verte_core.reading.header import Header

SOURCES = {
    "age": "column age, or PatientAge, or PatientBirthDate with StudyDate",
    "sex": "column sex, or PatientSex F or M",
    "BMI": "column bmi, or columns height_cm and weight_kg, or PatientSize and PatientWeight",
}

MEANINGS = {
    "age": "years",
    "sex": "F or M",
    "bmi": "kg/m2",
    "height_cm": "height in cm",
    "weight_kg": "weight in kg",
}


@dataclass(frozen=True)
class ClinicalValues:
    """What one source says of one person, unchecked; None is "it does not say". Years, kg/m2, cm, kg.

    ``notes`` are whole sentences on where the values come from that a reader should know. With
    ``bmi_unknown``, a BMI that nothing gives is no error: scores are over the range of the weights' cohort.
    """

    age: float | None = None
    sex: str | None = None
    bmi: float | None = None
    height_cm: float | None = None
    weight_kg: float | None = None
    notes: tuple[str, ...] = ()
    bmi_unknown: bool = False


class Given(Protocol):
    """The values given from outside for the images of a run; the header fills what they lack."""

    def __call__(self, path: Path, sop_instance_uid: str | None) -> ClinicalValues:
        """Those of an open image, which may have no UID. May be called from several threads.

        Raises:
            ClinicalError: when it can't be told which values are of the image.
        """

    def said(self) -> tuple[str, ...]:
        """Sentences on all of them, once the images are done: what was not used, and how often."""


@dataclass(frozen=True)
class GivenToAll:
    """The same values for every image; none by default."""

    values: ClinicalValues = field(default_factory=ClinicalValues)

    def __call__(self, path: Path, sop_instance_uid: str | None) -> ClinicalValues:
        """The values."""
        return self.values

    def said(self) -> tuple[str, ...]:
        """Nothing."""
        return ()


def from_header(header: Header) -> ClinicalValues:
    """The values that an image's own header gives."""
    return ClinicalValues(header.age, header.sex, None, header.height_cm, header.weight_kg)


def combine(first: ClinicalValues, second: ClinicalValues) -> ClinicalInputs:
    """The inputs of one person: a value of ``first`` goes before one of ``second``.

    Raises:
        ClinicalError: naming what neither gives, or what is out of range.
    """
    values = known(first, second)
    missing = [name for name, value in values.items() if value is None]
    if missing == ["BMI"] and first.bmi_unknown:
        missing = []
    if missing:
        named = "; ".join(f"{name} ({SOURCES[name]})" for name in missing)
        *others, last = missing
        kind = f"{', '.join(others)} and {last} are missing" if others else f"{last} is missing"
        raise ClinicalError(f"Missing: {named}.", kind)
    bmi = cast("float | None", values["BMI"])
    return ClinicalInputs(cast(float, values["age"]), cast(Sex, values["sex"]), bmi)


def known(first: ClinicalValues, second: ClinicalValues) -> dict[str, float | str | None]:
    """Age, sex and BMI, unchecked: those of ``first`` before those of ``second``; None is not known."""
    values: dict[str, float | str | None] = {}
    for name in ("age", "sex"):
        ours = getattr(first, name)
        values[name] = getattr(second, name) if ours is None else ours
    own = _bmi(first)
    values["BMI"] = _bmi(second) if own is None else own
    return values


def contradictions(given: ClinicalValues, header: Header) -> tuple[str, ...]:
    """A sentence for each value given from outside that can't be of the person whom the header describes."""
    found = []
    if given.age is not None and header.age is not None and abs(given.age - header.age) > MOST_AGES_DIFFER:
        found.append(
            f"The age that was given is {given.age:g}, but the header says {header.age:.4g} years; "
            "the one given is used."
        )
    if given.sex is not None and header.sex is not None and given.sex != header.sex:
        found.append(
            f"The sex that was given is {given.sex}, but the header says {header.sex}; the one given is used."
        )
    question = doubt(given.height_cm, given.weight_kg)
    return tuple(found) if question is None else (*found, question)


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


COLUMNS = ("age", "sex", "bmi", "height_cm", "weight_kg")
MOST_AGES_DIFFER = 1.0
"""Years: between the day of a table and that of an image there may be a birthday."""


def unread_columns(table: ImageTable) -> list[str]:
    """A sentence for each heading that looks like a clinical one and is none, where no other says the same.

    Raises:
        ClinicalError: where no other does: the header would fill in what the table was to say.
    """
    found = set(table.columns)
    if "bmi" in found:
        found |= {"height_cm", "weight_kg"}
    if {"height_cm", "weight_kg"} <= found:
        found.add("bmi")
    notes = []
    for heading, column in zip(table.headings, table.columns, strict=True):
        meant = like(heading) if column not in COLUMNS else None
        if meant and meant not in found:
            raise ClinicalError(
                f"The column {heading!r} of {table.name} looks like {meant} ({MEANINGS[meant]}), but is not "
                f"read; name it {meant} if it is, or give it a name that is unlike."
            )
        if meant:
            notes.append(f"The column {heading!r} of {table.name} is not read.")
    return notes


class ClinicalTable:
    """A clinical.csv: a column path or sop_instance_uid, and any of age, sex, bmi, height_cm, weight_kg.

    Args:
        path: a table as ``sheet.read`` takes it. The file name alone is enough as a path.

    Raises:
        ClinicalError: for a table that can't be read, lacks a key column, holds a value that is no number or
            no sex, has a column that may be meant for another, or names an image twice.
    """

    def __init__(self, path: Path) -> None:
        self._folder = path.parent
        self._table = ImageTable(path, COLUMNS)
        self._notes = (*self._table.notes, *unread_columns(self._table))
        for row in self._table:
            from_row(row)
        self._by_uid = {row.uid: row for row in self._table if row.uid}

    def images(self) -> list[Path]:
        """The files that the column path names, as seen from the table's folder, in order."""
        names = [row.cells.get("path", "").replace("\\", "/") for row in self._table]
        return on_disk(dict.fromkeys(self._folder / name for name in names if name))

    def of_uid(self, sop_instance_uid: str) -> ClinicalValues | None:
        """The values of the row of a SOP Instance UID; None without one."""
        row = self._by_uid.get(sop_instance_uid)
        return None if row is None else from_row(row)

    def match(self, images: Sequence[Path]) -> TableValues:
        """The values of the table for these images."""
        return TableValues(self._table.name, self._table.match(images), self._notes)


class TableValues:
    """What a table gives for the images that it was matched to; one of ``Given``.

    Args:
        name: of the table's file.
        matches: which row fits which image.
        notes: on the table itself.
    """

    def __init__(self, name: str, matches: Matches, notes: tuple[str, ...]) -> None:
        self._name, self._matches, self._notes = name, matches, notes
        self._asked: set[Path] = set()
        self._used: set[str] = set()
        self._without: set[Path] = set()

    def __call__(self, path: Path, sop_instance_uid: str | None) -> ClinicalValues:
        """The values of an image's row; without one, none but a note that says so.

        Raises:
            ClinicalError: when several rows fit the image, or its row fits several images.
        """
        self._asked.add(path)
        row = self._matches.find(path, sop_instance_uid)
        if row is None:
            self._without.add(path)
            return ClinicalValues(notes=(self._no_row(path),))
        self._used.add(row.location)
        values = from_row(row)
        if self._matches.by_name_alone(path) and row.uid != sop_instance_uid:
            note = f"{row.location} was taken by the file name alone; it says {row.cells['path']}."
            values = replace(values, notes=(note,))
        return values

    def said(self) -> tuple[str, ...]:
        """Rows that fit no image, images that fit no row, and what was said of the table itself."""
        unused = [row.named for row in self._matches.unused(self._used, self._asked)]
        without = sorted(path.name for path in self._without)
        said = list(self._notes)
        if unused:
            fit = "fits" if len(unused) == 1 else "fit"
            said.append(f"{counted(len(unused), 'row')} of {self._name} {fit} no image: {listed(unused)}.")
        if without:
            fit = "fits" if len(without) == 1 else "fit"
            said.append(
                f"{counted(len(without), 'image')} {fit} no row of {self._name}, and only the header was "
                f"asked: {listed(without)}."
            )
        return tuple(said)

    def _no_row(self, path: Path) -> str:
        row = self._matches.without_zeros(path)
        hint = (
            f" ({row.location} says {row.cells['path']}: a spreadsheet may have taken zeros from a name.)"
            if row
            else ""
        )
        return f"No row of {self._name} fits this image, so its header was asked for age, sex and BMI.{hint}"
