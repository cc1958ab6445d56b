"""Films of a person whose spine comes from a CT volume, with the fields and the exposure of drawn ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from train.simulator.ct.collection import Collection
from train.simulator.ct.projection import covered, project
from train.simulator.ct.spine import CtSpine, shape_ct, unchanged
from train.simulator.ct.volume import T_OF_VOLUMES, CtVolume
from train.simulator.detector import expose
from train.simulator.film import Film
from train.simulator.people import Person
from train.simulator.scene import ATTEMPTS, COVERAGES, SHARES, Field, aim, collimated, draw_size
from train.simulator.soft import MUSCLE

CT_SHARE = 0.55
"""Of the people with radiographs; whom it meets does not depend on who they are."""
LEAST_BODIES = 3
"""Wholly in the field of a film."""


@dataclass(frozen=True)
class CtPerson:
    """What all films of a person share. whole, broken: the spine without and with the weak levels fractured.

    girth: line integral of the trunk's soft tissue.
    """

    person: Person
    whole: CtSpine
    broken: CtSpine
    girth: float

    def film(self, seed: np.random.SeedSequence) -> Film:
        """Pose the spine for one film and lay a field over what the volume shows of it.

        Both spines place the field, so that size and place of it do not tell of fractures.
        """
        weak = [event.level for event in self.person.weak]
        spines, field = _placed(seed, (self.whole, self.broken), weak)
        return _exposed(spines[self.person.fractured], field, self.person.t_score, self.girth)


def unchanged_film(volume: CtVolume, grades: Mapping[str, int], seed: np.random.SeedSequence) -> Film:
    """A film of a volume's spine as it is; grades: of its bodies, by level.

    No body with a grade is cut by an edge.
    """
    spine = unchanged(volume, grades)
    (posed,), field = _placed(seed, (spine,), [level for level, grade in grades.items() if grade])
    return _exposed(posed, field, T_OF_VOLUMES, 0.0)


def _placed(
    seed: np.random.SeedSequence, spines: Sequence[CtSpine], weak: Sequence[str]
) -> tuple[list[CtSpine], Field]:
    """The spines of a volume in one pose, and a field over them that cuts none of the weak levels."""
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng(seed.spawn(1)[0])
        similarity = _draw_pose(rng)
        posed = [spine.posed(similarity) for spine in spines]
        boxes = np.array([covered(spine) for spine in posed])
        box = np.array([boxes[:, 0].max(0), boxes[:, 1].min(0)])
        # A film elsewhere, or a smaller one, leaves room round weak levels at the end of the volume.
        field = _draw_field(rng, posed[0], box, max(1.0 - 0.02 * attempt, 0.5), 15.0 + attempt)
        points = [
            np.concatenate([body.points for body in same])
            for same in zip(*(spine.bodies for spine in posed), strict=True)
            if same[0].level in weak
        ]
        size = field.spacing * np.array([field.width, field.height])
        fits = (size <= box[1] - box[0]).all() and aim(rng, field, points, (box[0], box[1] - size))
        shown = [sum(field.contains(b.points) for b in spine.bodies) for spine in posed]
        if fits and min(shown) >= LEAST_BODIES:
            return posed, field
    raise AssertionError("no field misses or shows all weak levels")


def _exposed(spine: CtSpine, field: Field, t_score: float, girth: float) -> Film:
    bodies = tuple(b for b in spine.bodies if field.contains(b.points))
    picture = partial(_expose, spine, field, t_score, girth)
    return Film(field, bodies, "none", f"ct-{spine.volume.name}", picture)


def is_from_ct(seed: np.random.SeedSequence) -> bool:
    """Whether a person's films are projected from CT; seed: the person's stream for CT."""
    return bool(np.random.default_rng(seed).random() < CT_SHARE)


def draw_ct_person(seed: np.random.SeedSequence, person: Person, volumes: Collection) -> CtPerson:
    """Choose a volume for a person and shape its spine; the girth follows BMI, as in drawn ones."""
    rng = np.random.default_rng(seed.spawn(1)[0])
    # A volume that shows a weak level, if there is one: none of them stands for a label.
    volume = volumes.choose(person.split, tuple(event.level for event in person.weak), rng)
    shape = int(rng.integers(2**32))
    girth = (305 + 8.5 * (person.bmi - 24.5) + rng.normal(0, 10)) * (1.04 if person.sex == "M" else 0.99)
    whole, broken = (shape_ct(volume, events, shape) for events in ((), person.weak))
    return CtPerson(person, whole, broken, MUSCLE * girth)


def _draw_pose(rng: np.random.Generator) -> np.ndarray:
    """Magnification and tilt on the film, as a similarity (2, 3)."""
    scale, angle = rng.uniform(1.08, 1.22), np.deg2rad(np.clip(rng.normal(0, 3), -6, 6))
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([(c, -s, 0), (s, c, 0)])


def _draw_field(
    rng: np.random.Generator, spine: CtSpine, box: np.ndarray, most: float, spread: float
) -> Field:
    """A radiograph's field, with the sizes of drawn ones, as far as the volume goes.

    box (2, 2): what the volume covers, mm; most: the share of it that the field is at most; spread: of the
    field's middle, mm.
    """
    sides = most * (box[1] - box[0])
    coverage = str(rng.choice(COVERAGES, p=SHARES))
    length, height, width = draw_size(rng, coverage)
    if length > sides[1] and coverage == "whole":
        coverage = "thoracolumbar"
        length, height, width = draw_size(rng, coverage)
    shrink = min(sides[1] / length, sides[0] / (length * width / height), 1.0)
    length *= max(shrink, 0.6)
    ratio = min(width / height, sides[0] / length)
    middles: dict[str, np.ndarray] = {b.level: b.points[:4].mean(0) for b in spine.bodies}
    about = {"lumbar": "L3", "thoracolumbar": "T11"}.get(coverage, "")
    middle = middles[about][1] if about in middles else np.mean([p[1] for p in middles.values()])
    y0 = float(np.clip(middle - length / 2 + rng.normal(0, spread), box[0, 1], box[1, 1] - length))
    field = collimated(rng, coverage, (0.0, y0), length, height, max(int(height * ratio), 1))
    inside = [p[0] for p in middles.values() if abs(p[1] - y0 - length / 2) < 0.45 * length]
    share = np.clip(rng.normal(0.44, 0.05), 0.32, 0.60)
    field.x0 = (min(inside) + max(inside)) / 2 - float(share) * field.width * field.spacing if inside else 0.0
    return field


def _expose(
    spine: CtSpine,
    field: Field,
    t_score: float,
    girth: float,
    seed: np.random.SeedSequence,
    manufacturer: str,
) -> np.ndarray:
    beam, plate = (np.random.default_rng(s) for s in seed.spawn(2))
    cell = field.height * field.spacing / field.shape[0]
    total = project(spine, (field.x0, field.y0), field.shape, cell, t_score, girth, beam)
    return expose(total, field, manufacturer, plate)
