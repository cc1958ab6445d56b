"""From scored images to people: one score, one label and one set of facts for each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from train.evaluation.people.cohort import People, Unit
from train.evaluation.people.extras import Extras, read_extras
from train.evaluation.people.image_scores import ImageResult
from train.evaluation.people.truth import CohortTruth, Facts
from train.examples.patches import Outline
from verte_core.results import OperatingPoints, Provenance
from verte_core.training.dataset import Example, Manifest, inputs_of
from verte_core.training.people import Rule, label_of, score_of

SEVERAL = "several"


def gather(
    manifest: Manifest,
    examples: Sequence[Example],
    images: Sequence[ImageResult],
    tasks: Sequence[str],
    operating_points: Mapping[str, OperatingPoints],
    rule: Rule,
    truth: CohortTruth,
) -> People:
    """One Unit for each person with at least one scored image; refused images tell nothing of anyone.

    Args:
        manifest: for its optional columns.
        examples: those evaluated.
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
    for index, example in enumerate(examples):
        if images[index].scores:
            facts = truth.facts[index] if truth.facts else Facts()
            bodies = truth.outlines[index] if truth.outlines else None
            film = _Film(example, images[index], extras[example.line], facts, bodies)
            films.setdefault(example.person_id, []).append(film)
    return People(
        units=tuple(_unit(person, films[person], tasks, rule) for person in sorted(films)),
        tasks=tuple(tasks),
        operating_points={task: operating_points[task] for task in tasks},
        comparators={},
        provenance=_provenance(
            film.image.is_simulated or film.example.path in truth.simulated
            for of_person in films.values()
            for film in of_person
        ),
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
    by_age = sorted(films, key=lambda film: inputs_of(film.example).age)
    inputs = inputs_of(by_age[0].example)
    weights = [film.extras.weight_kg for film in by_age if not math.isnan(film.extras.weight_kg)]
    return Unit(
        person_id=person_id,
        images=len(films),
        age=inputs.age,
        sex=inputs.sex,
        bmi=math.nan if inputs.bmi is None else inputs.bmi,
        labels={task: label_of(film.example.labels.get(task, math.nan) for film in films) for task in tasks},
        scores={task: score_of([film.image.scores[task] for film in films], rule) for task in tasks},
        followup_years=films[0].extras.followup_years,
        fracture_event=films[0].extras.fracture_event,
        weight_kg=weights[0] if weights else math.nan,
        likeness=min(
            (film.image.likeness for film in films if film.image.likeness is not None), default=math.nan
        ),
        unlike=sum(film.image.unlike for film in films),
        groups=_groups(films),
    )


def _provenance(simulated: Iterable[bool]) -> Provenance | None:
    """Of images, by whether each is stated to be simulated; that an image is clinical is stated nowhere."""
    kinds = set(simulated)
    return None if kinds <= {False} else Provenance.SIMULATED if kinds == {True} else Provenance.MIXED


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
