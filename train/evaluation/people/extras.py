"""The columns of a manifest that training does not read: what became of people, and their weight."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from verte_core.clinical import WEIGHT_RANGE, check_range
from verte_core.errors import ClinicalError, DataError
from verte_core.training.dataset import Manifest

FOLLOW_UP = ("followup_years", "fracture_event")


@dataclass(frozen=True)
class Extras:
    """The optional columns of one line of a manifest; NaN where empty or absent.

    Attributes:
        followup_years: to the event or the end of follow-up, at least 0.
        fracture_event: 1 for an incident fracture, 0 for none.
        weight_kg: within ``WEIGHT_RANGE``.
    """

    followup_years: float = math.nan
    fracture_event: float = math.nan
    weight_kg: float = math.nan


def read_extras(manifest: Manifest) -> dict[int, Extras]:
    """The columns followup_years, fracture_event and weight_kg of a manifest, by line.

    Raises:
        DataError: with every problem found, one a line: only one of followup_years and fracture_event,
            values that are no number or out of range, and lines of one person that differ in follow-up.
    """
    present = [name for name in FOLLOW_UP if name in manifest.columns]
    if len(present) == 1:
        (lacking,) = set(FOLLOW_UP) - set(present)
        raise DataError(
            f"The manifest {manifest.path} has a column {present[0]} but no {lacking}; give both."
        )
    extras: dict[int, Extras] = {}
    problems: list[str] = []
    first: dict[str, int] = {}
    for example in manifest.examples:
        line, person = example.line, example.person_id
        cells = {name: example.cells.get(name, "").strip() for name in (*FOLLOW_UP, "weight_kg")}
        own = _problems(cells)
        problems += [f"line {line}: {each}" for each in own]
        if own:
            continue
        extras[line] = Extras(**{name: float(cell or "nan") for name, cell in cells.items()})
        earlier = first.setdefault(person, line)
        if _follow_up(extras[line]) != _follow_up(extras[earlier]):
            problems.append(
                f"line {line}: followup_years or fracture_event of person {person} differs from "
                f"line {earlier}."
            )
    if problems:
        raise DataError("The manifest has these problems:\n" + "\n".join(problems))
    return extras


def _problems(cells: Mapping[str, str]) -> list[str]:
    problems = []
    years, event, weight = (cells[name] for name in (*FOLLOW_UP, "weight_kg"))
    if bool(years) != bool(event):
        problems.append("followup_years and fracture_event must both be given, or neither.")
    if years and not (_number(years) >= 0 and math.isfinite(_number(years))):
        problems.append(f"followup_years must be a number of at least 0, not {years!r}.")
    if event not in ("0", "1", ""):
        problems.append(f"fracture_event must be 0, 1 or empty, not {event!r}.")
    if weight and math.isnan(_number(weight)):
        problems.append(f"weight_kg must be a number, not {weight!r}.")
    elif weight:
        try:
            check_range("weight_kg", _number(weight), WEIGHT_RANGE, "kg")
        except ClinicalError as error:
            problems.append(str(error))
    return problems


def _number(cell: str) -> float:
    """NaN for what is none."""
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _follow_up(extras: Extras) -> tuple[float, float] | None:
    years, event = extras.followup_years, extras.fracture_event
    return None if math.isnan(years) else (years, event)
