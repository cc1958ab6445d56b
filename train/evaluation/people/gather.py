"""From scored images to people: one score, one label and one set of facts for each, and who is lost."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from train.evaluation.people.cohort import People, Unit
from train.evaluation.people.image_scores import ImageResult
from train.evaluation.people.pointing import Facts, Truth
from train.evaluation.sections.section import Cell, Section, Table
from train.examples.patches import Outline
from verte_core.clinical import WEIGHT_RANGE, check_range
from verte_core.errors import ClinicalError, DataError
from verte_core.results import TASKS, OperatingPoints
from verte_core.training.dataset import Example

Rule = Literal["mean", "max"]
"""How the calibrated probabilities of one person's images become one."""
SEVERAL = "several"
FOLLOW_UP = ("followup_years", "fracture_event")
REASONS = 20
"""How many reasons the table of refusals lists; the others are counted together."""


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


def read_extras(manifest: Path) -> dict[int, Extras]:
    """The columns followup_years, fracture_event and weight_kg of a manifest, by line.

    Args:
        manifest: one that ``dataset.read_manifest`` has accepted.

    Raises:
        DataError: with every problem found, one a line: only one of followup_years and fracture_event,
            values that are no number or out of range, and lines of one person that differ in follow-up.
    """
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = dict(enumerate(reader, start=2))
            columns = reader.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"The manifest {manifest} can't be read: {error}.") from error
    present = [name for name in FOLLOW_UP if name in columns]
    if len(present) == 1:
        (lacking,) = set(FOLLOW_UP) - set(present)
        raise DataError(f"The manifest {manifest} has a column {present[0]} but no {lacking}; give both.")
    extras: dict[int, Extras] = {}
    problems: list[str] = []
    first: dict[str, int] = {}
    for number, row in rows.items():
        cells = {name: (row.get(name) or "").strip() for name in (*FOLLOW_UP, "weight_kg")}
        own = _problems(cells)
        problems += [f"line {number}: {each}" for each in own]
        if own:
            continue
        extras[number] = Extras(**{name: float(cell or "nan") for name, cell in cells.items()})
        earlier = first.setdefault(row["person_id"], number)
        if _follow_up(extras[number]) != _follow_up(extras[earlier]):
            problems.append(
                f"line {number}: followup_years or fracture_event of person {row['person_id']} differs from "
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


def gather(
    manifest: Path,
    examples: Mapping[int, Example],
    images: Sequence[ImageResult],
    tasks: Sequence[str],
    operating_points: Mapping[str, OperatingPoints],
    rule: Rule,
    truth: Truth,
) -> People:
    """One Unit for each person with at least one scored image; refused images tell nothing of anyone.

    Args:
        manifest: for its optional columns.
        examples: of the evaluated split, by their line in the manifest.
        images: of the examples, in their order.
        tasks: the scores to take.
        operating_points: by task.
        rule: a person's score is the mean or the maximum of the images' calibrated probabilities.
        truth: of the examples, in their order.

    Returns:
        The people, without comparators.

    Raises:
        DataError: as ``read_extras``.
    """
    extras = read_extras(manifest)
    films: dict[str, list[_Film]] = {}
    for index, (number, example) in enumerate(examples.items()):
        if images[index].scores:
            facts = truth.facts[index] if truth.facts else Facts()
            bodies = truth.outlines[index] if truth.outlines else None
            film = _Film(example, images[index], extras[number], facts, bodies)
            films.setdefault(example.person_id, []).append(film)
    return People(
        units=tuple(_unit(person, films[person], tasks, rule) for person in sorted(films)),
        tasks=tuple(tasks),
        operating_points={task: operating_points[task] for task in tasks},
        comparators={},
        simulated=truth.simulated,
    )


@dataclass(frozen=True)
class _Film:
    """All that is known of one scored image."""

    example: Example
    image: ImageResult
    extras: Extras
    facts: Facts
    outlines: list[Outline] | None


def _unit(person_id: str, films: Sequence[_Film], tasks: Sequence[str], rule: Rule) -> Unit:
    # A manifest has no dates; the youngest age is that of the first image.
    by_age = sorted(films, key=lambda film: film.example.inputs.age)
    inputs = by_age[0].example.inputs
    weights = [film.extras.weight_kg for film in by_age if not math.isnan(film.extras.weight_kg)]
    return Unit(
        person_id=person_id,
        images=len(films),
        age=inputs.age,
        sex=inputs.sex,
        bmi=math.nan if inputs.bmi is None else inputs.bmi,
        labels={task: _label(film.example.labels.get(task, math.nan) for film in films) for task in tasks},
        scores={task: _combine([film.image.scores[task] for film in films], rule) for task in tasks},
        followup_years=films[0].extras.followup_years,
        fracture_event=films[0].extras.fracture_event,
        weight_kg=weights[0] if weights else math.nan,
        groups=_groups(films),
    )


def _combine(scores: Sequence[float], rule: Rule) -> float:
    return max(scores) if rule == "max" else fmean(scores)


def _label(labels: Iterable[float]) -> float:
    """1 where any image has 1, else 0 where any is known to have 0, else NaN."""
    return max((label for label in labels if not math.isnan(label)), default=math.nan)


def _groups(films: Sequence[_Film]) -> dict[str, str]:
    found = {
        "manufacturer": {film.image.manufacturer or film.facts.manufacturer for film in films},
        "protocol": {film.image.protocol for film in films},
        "hardware": {film.facts.hardware for film in films},
        "source": {film.facts.source for film in films},
    }
    groups = {}
    for name, words in found.items():
        known = words - {""}
        if known:
            groups[name] = known.pop() if len(known) == 1 else SEVERAL
    outlined = [film.outlines for film in films if film.outlines is not None]
    if outlined:
        groups["grade"] = str(max((body.grade for bodies in outlined for body in bodies), default=0))
    return groups


def failures_section(examples: Sequence[Example], images: Sequence[ImageResult]) -> Section:
    """How many images and people were evaluated, and for which reasons others were not.

    Args:
        examples: of the evaluated split.
        images: of the examples, in their order.
    """
    everyone = list(zip(examples, images, strict=True))
    refused = [(example, image) for example, image in everyone if not image.scores]
    evaluated = [(example, image) for example, image in everyone if image.scores]
    kept = {example.person_id for example, _ in evaluated}
    lost = [pair for pair in refused if pair[0].person_id not in kept]
    flow = {"in the split": everyone, "evaluated": evaluated, "refused": refused, "of people lost": lost}
    counts = {name: _counts([example for example, _ in pairs]) for name, pairs in flow.items()}
    kinds = Counter(image.kind for _, image in refused)
    reasons = Counter((image.kind, image.reason) for _, image in refused)
    words = [
        f"{len(evaluated)} of {len(everyone)} images were evaluated, of {len(kept)} of "
        f"{counts['in the split']['people']} people."
    ]
    if refused:
        words.append(
            "An image that can't be scored is left out of every figure of this report, and so is a person "
            "with no other image. If what makes images fail goes with the condition, the figures are those "
            "of an easier cohort; the columns of conditions show whether it may."
        )
    tables = [
        Table(
            "Images and people on their way into the evaluation (the flow that STARD 2015 asks for, Bossuyt "
            "et al., BMJ 2015;351:h5527), with the images labelled with each condition.",
            ("", "Images", "People", *(f"Images with {score.meaning}" for score in TASKS.values())),
            tuple(
                (f"Images {name}", each["images"], each["people"], *(each[task] for task in TASKS))
                for name, each in counts.items()
            ),
        ),
        *([_refusals(reasons)] if reasons else []),
    ]
    plain: dict[str, object] = {
        **{name.replace(" ", "_"): each for name, each in counts.items()},
        "refused_by_kind": dict(_ranked(kinds)),
        "refused_by_reason": [
            {"kind": kind, "reason": reason, "images": count} for (kind, reason), count in _ranked(reasons)
        ],
    }
    return Section("failures", "Images evaluated and refused", tuple(words), tuple(tables), plain=plain)


def _counts(examples: Sequence[Example]) -> dict[str, int]:
    return {
        "images": len(examples),
        "people": len({each.person_id for each in examples}),
        **{task: sum(each.labels.get(task) == 1 for each in examples) for task in TASKS},
    }


def _refusals(reasons: Counter[tuple[str, str]]) -> Table:
    ranked = _ranked(reasons)
    rows: list[tuple[Cell, ...]] = [(*words, count) for words, count in ranked[:REASONS]]
    if len(ranked) > REASONS:
        rows.append(("other reasons", "", sum(count for _, count in ranked[REASONS:])))
    return Table("Images refused, by what was wrong.", ("Kind", "Reason", "Images"), tuple(rows))


def _ranked(counts: Counter[Any]) -> list[tuple[Any, int]]:
    """The commonest first, equals in order of their names."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
