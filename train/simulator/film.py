"""What one film of a person is, whether drawn or projected from CT."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from train.simulator.anatomy import Body, Spine
from train.simulator.ct.volume import CtVolume
from train.simulator.hardware import shown
from train.simulator.people import Person
from train.simulator.render import render
from train.simulator.scene import Field, draw_scene


@dataclass(frozen=True)
class Film:
    """A field over a person's spine, the truth in it, and how to expose it.

    bodies: those wholly in the exposed field. hardware: none, screws or cement. source: drawn, or the CT
    volume. expose: from a stream and a maker's look to pixels (height, width) uint16, 12 bits, bone bright.
    """

    field: Field
    bodies: tuple[Body, ...]
    hardware: str
    source: str
    expose: Callable[[np.random.SeedSequence, str], np.ndarray]

    @property
    def pvf(self) -> int:
        """1 when a fractured vertebra is in the image."""
        return int(any(b.grade for b in self.bodies))


def drawn_film(
    spine: Spine, person: Person, protocol: str, volume: CtVolume, seed: np.random.SeedSequence
) -> Film:
    """Pose a drawn spine for one film; volume: whose arches and pelvis stand round it."""
    scene = draw_scene(spine, seed, person, protocol)
    bodies = tuple(v.body() for v in scene.visible())
    hardware = shown(scene, person.hardware)
    return Film(scene.field, bodies, hardware, "drawn", partial(render, scene, person, volume))
