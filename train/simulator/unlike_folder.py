"""Pictures beside a cohort that its weights are to call unlike: frontal ones, and those of the other kind."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from train.simulator.ct.collection import Collection
from train.simulator.frontal import frontal_film
from train.simulator.people import draw_person
from train.simulator.shooting import person_seeds, shooter
from verte_core.errors import OutputError

FOLDER = "unlike"
_MAKERS = {"radiograph": "GE-LIKE", "vfa": "HOLOGIC-LIKE"}
_STREAM = 7
"""Of these people, so that they are none of the cohort's."""


def make_unlike(out: Path, seed: int, protocol: str, volumes: Collection, index: int) -> None:
    """Write unlike/LOOK/*.png, one of each look, into the folder ``out`` of a cohort of a protocol.

    Raises:
        OutputError: when one can't be written.
    """
    cv2.setNumThreads(1)
    streams = np.random.SeedSequence([seed, index, _STREAM]).spawn(3)
    _, frontal = frontal_film(volumes, "train", streams[0])
    _write(out, "frontal", index, frontal)
    kind = "vfa" if protocol == "radiograph" else "radiograph"
    who, anatomy, films, ct = person_seeds(seed + 1, index, kind)
    person = draw_person(np.random.default_rng(who), f"unlike-{index}")
    place, picture = films.spawn(2)
    film = shooter(person, kind, anatomy, ct, volumes)(place)
    _write(out, kind, index, film.expose(picture, _MAKERS[kind]))


def _write(out: Path, look: str, index: int, pixels: np.ndarray) -> None:
    path = out / FOLDER / look / f"{index:05d}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), (pixels >> 4).astype(np.uint8)):
        raise OutputError(f"The picture {path} can't be written.")
