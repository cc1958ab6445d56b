"""One scene to one picture: adds the parts' line integrals and exposes them."""

from __future__ import annotations

import numpy as np

from train.simulator.bones import draw_arches, draw_bodies, draw_pelvis, draw_ribs
from train.simulator.detector import expose
from train.simulator.people import Person
from train.simulator.scene import Scene
from train.simulator.soft import draw_soft


def render(scene: Scene, person: Person, seed: np.random.SeedSequence) -> np.ndarray:
    """Pixels (height, width) uint16, 12 bits, bone bright. Each part has its own random stream."""
    streams = [np.random.default_rng(s) for s in seed.spawn(6)]
    total = draw_soft(scene, person, streams[0])
    inside = np.clip(total / 0.4, 0, 1)
    bone = np.zeros_like(total)
    draw_bodies(bone, scene, person.t_score, streams[1])
    draw_arches(bone, scene, person.t_score, streams[2])
    draw_ribs(bone, scene, person.t_score, streams[3])
    draw_pelvis(bone, scene, person.t_score, streams[4])
    return expose(np.maximum(total + bone * inside, 0), scene, streams[5])
