"""From a person's random streams to what makes their films: drawn ones, or projected from CT."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from train.simulator.ct.collection import Collection
from train.simulator.ct_film import draw_ct_person, is_from_ct
from train.simulator.film import Film, drawn_film
from train.simulator.people import Person
from train.simulator.scene import draw_anatomy


def person_seeds(seed: int, index: int, protocol: str) -> tuple[np.random.SeedSequence, ...]:
    """Streams of one person for (who they are, their anatomy, their films, CT in place of a drawing)."""
    entropy = [seed, index] if protocol == "radiograph" else [seed, index, 1]
    return tuple(np.random.SeedSequence(entropy).spawn(4))


def shooter(
    person: Person,
    protocol: str,
    anatomy: np.random.SeedSequence,
    ct: np.random.SeedSequence,
    volumes: Collection,
) -> Callable[[np.random.SeedSequence], Film]:
    """What makes a film of a person from the film's stream: drawn, or projected from CT."""
    if protocol == "radiograph" and is_from_ct(ct):
        return draw_ct_person(ct, person, volumes).film
    lent = volumes.choose(person.split, ("L3", "T10"), np.random.default_rng(ct.spawn(1)[0]))
    return partial(drawn_film, draw_anatomy(anatomy, person), person, protocol, lent)
