"""Films of a person whose spine comes from a CT volume, with the fields and the exposure of drawn ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from train.simulator.ct.projection import covered, project
from train.simulator.ct.spine import CtSpine, shape_ct
from train.simulator.ct.volume import VOLUMES, levels
from train.simulator.detector import expose
from train.simulator.film import Film
from train.simulator.people import Fracture, Person
from train.simulator.scene import ATTEMPTS, HEIGHTS, RATIO, Field, aim, collimated
from train.simulator.soft import MUSCLE

CT_SHARE = 0.12
"""Of the people with radiographs; whom it meets does not depend on who they are."""
LEAST_BODIES = 3
"""Wholly in the field of a film."""
_COVERAGE = {"lidc": "thoracolumbar", "totalsegmentator": "lumbar"}


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
        for attempt in range(ATTEMPTS):
            rng = np.random.default_rng(seed.spawn(1)[0])
            similarity = _draw_pose(rng)
            both = self.whole.posed(similarity), self.broken.posed(similarity)
            boxes = [covered(spine) for spine in both]
            box = np.array([np.maximum(boxes[0][0], boxes[1][0]), np.minimum(boxes[0][1], boxes[1][1])])
            # A shorter film, or one elsewhere, leaves room round weak levels at the end of the volume.
            field = _draw_field(rng, both[0], box, max(0.8 - 0.02 * attempt, 0.4), 15.0 + attempt)
            points = [
                np.concatenate([a.points, b.points])
                for a, b in zip(both[0].bodies, both[1].bodies, strict=True)
                if a.level in weak
            ]
            size = field.spacing * np.array([field.width, field.height])
            fits = (size <= box[1] - box[0]).all() and aim(rng, field, points, (box[0], box[1] - size))
            shown = [sum(field.contains(b.points) for b in spine.bodies) for spine in both]
            if fits and min(shown) >= LEAST_BODIES:
                return self._exposed(both[self.person.fractured], field)
        raise AssertionError("no field misses or shows all weak levels")

    def _exposed(self, spine: CtSpine, field: Field) -> Film:
        bodies = tuple(b for b in spine.bodies if field.contains(b.points))
        picture = partial(_expose, spine, field, self.person.t_score, self.girth)
        return Film(field, bodies, "none", f"ct-{spine.volume}", picture)


def is_from_ct(seed: np.random.SeedSequence) -> bool:
    """Whether a person's films are projected from CT; seed: the person's stream for CT."""
    return bool(np.random.default_rng(seed).random() < CT_SHARE)


def draw_ct_person(seed: np.random.SeedSequence, person: Person) -> CtPerson:
    """Choose a volume for a person and shape its spine; the girth follows BMI, as in drawn ones."""
    rng = np.random.default_rng(seed.spawn(1)[0])
    volume, shape = _choose(rng, person.weak), int(rng.integers(2**32))
    girth = (305 + 8.5 * (person.bmi - 24.5) + rng.normal(0, 10)) * (1.04 if person.sex == "M" else 0.99)
    whole, broken = (shape_ct(volume, events, shape) for events in ((), person.weak))
    return CtPerson(person, whole, broken, MUSCLE * girth)


def _choose(rng: np.random.Generator, weak: tuple[Fracture, ...]) -> str:
    """A volume that shows one of the weak levels, if there is one: none of them stands for a label."""
    fit = [v for v in VOLUMES if any(event.level in levels(v) for event in weak)] or list(VOLUMES)
    return str(rng.choice(fit))


def _draw_pose(rng: np.random.Generator) -> np.ndarray:
    """Magnification and tilt on the film, as a similarity (2, 3)."""
    scale, angle = rng.uniform(1.08, 1.22), np.deg2rad(np.clip(rng.normal(0, 3), -6, 6))
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([(c, -s, 0), (s, c, 0)])


def _draw_field(
    rng: np.random.Generator, spine: CtSpine, box: np.ndarray, least: float, spread: float
) -> Field:
    """A radiograph's field about the middle of the bodies, with the heights and ratios of drawn ones.

    box (2, 2): what the volume covers, mm; least: the share of it that the field is long, at least; spread:
    of the field's middle, mm.
    """
    sides = box[1] - box[0]
    length, height = rng.uniform(least, least + 0.2) * sides[1], round(rng.triangular(*HEIGHTS))
    ratio = min(rng.uniform(*RATIO), sides[0] / length)
    middles = np.array([b.points[:4].mean(0) for b in spine.bodies])
    y0 = float(
        np.clip(middles[:, 1].mean() - length / 2 + rng.normal(0, spread), box[0, 1], box[1, 1] - length)
    )
    field = collimated(rng, _COVERAGE[spine.volume], (0.0, y0), length, height, int(height * ratio))
    x = middles[np.abs(middles[:, 1] - y0 - length / 2) < 0.4 * length, 0]
    share = np.clip(rng.normal(0.44, 0.04), 0.34, 0.60)
    field.x0 = float((x.min() + x.max()) / 2 - share * field.width * field.spacing)
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
