"""One scene to one picture: adds the parts' line integrals and exposes them."""

from __future__ import annotations

import numpy as np

from train.simulator.bodies import draw_bodies
from train.simulator.ct.borrowed import borrow
from train.simulator.ct.volume import CtVolume
from train.simulator.detector import expose
from train.simulator.hardware import draw_hardware
from train.simulator.people import Person
from train.simulator.scene import Scene
from train.simulator.skeleton import draw_arches, draw_arms, draw_pelvis, draw_ribs
from train.simulator.soft import draw_soft


def render(
    scene: Scene, person: Person, volume: CtVolume, seed: np.random.SeedSequence, manufacturer: str
) -> np.ndarray:
    """Pixels (height, width) uint16, 12 bits, bone bright. manufacturer: one of detector.LOOKS.

    Arches, ribs and pelvis are those of the volume as far as it goes. Each part has its own random stream:
    bones the person's, so that all films show the same ones, the rest the film's.
    """
    film = [np.random.default_rng(s) for s in seed.spawn(3)]
    own = [np.random.default_rng(s) for s in np.random.SeedSequence(scene.spine.seed).spawn(5)]
    total = draw_soft(scene, person, film[0])
    inside = np.clip(total / 0.4, 0, 1)
    borrowed = borrow(scene, volume, person.t_score)
    bone = borrowed.bone
    draw_bodies(bone, scene, person.t_score, film[1])
    draw_arches(bone, scene, person.t_score, own[0], borrowed.levels)
    draw_ribs(bone, scene, person.t_score, own[1], borrowed.levels)
    if not borrowed.pelvis:
        draw_pelvis(bone, scene, person.t_score, own[2])
    draw_arms(bone, scene, person.t_score, own[3])
    draw_hardware(bone, scene, person.hardware, own[4])
    return expose(np.maximum(total + bone * inside, 0), scene.field, manufacturer, film[2])
