"""The CT volumes that a cohort takes its real anatomy from, each read when it is first asked for."""

from __future__ import annotations

import functools
import hashlib
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from train.simulator.ct import packaged
from train.simulator.ct.building import build
from train.simulator.ct.sources import Source
from train.simulator.ct.volume import Bodies, CtVolume
from verte_core.errors import DataError
from verte_core.files import replacing

HELD = 3
"""Volumes that a process keeps in memory; one takes about 0.2 GB."""
LEAST_TO_PART = 10
"""With so many volumes a person's split has its own: 60, 20 and 20 % of them."""
TRIES = 4
_EDGES = {"train": (0.0, 0.6), "val": (0.6, 0.8), "test": (0.8, 1.0)}
FORMAT = 2
"""Of a prepared volume; raised when `build` makes another one."""


@dataclass(frozen=True)
class Collection:
    """Volumes by name: those of a folder, and the two that come with the program.

    sources: what lies in the folder. cache: a folder for prepared volumes; None keeps none.
    """

    sources: tuple[Source, ...] = ()
    cache: Path | None = None

    def names(self, split: str) -> tuple[str, ...]:
        """Those that people of a split are made from."""
        own = [source.name for source in self.sources]
        if len(own) >= LEAST_TO_PART:
            low, high = _EDGES[split]
            own = own[round(low * len(own)) : round(high * len(own))]
        return (*packaged.VOLUMES, *own)

    def load(self, name: str) -> CtVolume:
        """A volume, ready to be shaped.

        Raises:
            DataError: for files that can't be read, or that show too little.
        """
        if name in packaged.VOLUMES:
            return packaged.load(name)
        return _load(next(source for source in self.sources if source.name == name), self.cache)

    def choose(self, split: str, levels: tuple[str, ...], rng: np.random.Generator) -> CtVolume:
        """A volume that shows one of the levels, if one of a few drawn at random does.

        One that can't be used is passed over, with a line on standard error.
        """
        first = None
        for name in rng.permutation(self.names(split))[:TRIES].tolist():
            try:
                volume = self.load(name)
            except DataError as error:
                _tell(f"The volume {name} is left out: {error}")
                continue
            if any(level in volume.levels for level in levels):
                return volume
            first = first or volume
        return first or packaged.load(packaged.VOLUMES[0])


@functools.cache
def _tell(sentence: str) -> None:
    """Once in a process."""
    print(sentence, file=sys.stderr)


@functools.lru_cache(HELD)
def _load(source: Source, cache: Path | None) -> CtVolume:
    if cache is None:
        return build(source)
    stamp = [(str(path), path.stat().st_mtime_ns) for path in (source.ct, source.masks) if path is not None]
    key = hashlib.sha256(repr((FORMAT, stamp)).encode()).hexdigest()[:16]
    path = cache / f"{source.name}-{key}.npz"
    cache.mkdir(parents=True, exist_ok=True)
    # All workers ask for their first volume at about the same time; and each has it as it is kept, rounded.
    with FileLock(cache / f".{path.name}.lock"):
        if not path.is_file():
            volume = build(source)
            with replacing(path) as file:
                np.savez(file, **_stored(volume))
    with np.load(path) as stored:
        return _restored(source.name, dict(stored))


def _stored(volume: CtVolume) -> dict[str, Any]:
    """The arrays of a volume, those of voxels in half precision."""
    values: dict[str, Any] = {
        field.name: getattr(volume, field.name)
        for field in fields(CtVolume)
        if field.name not in ("name", "bodies")
    }
    for name in ("soft", "other", "rim", "core"):
        values[name] = values[name].astype(np.float16)
    bodies = volume.bodies
    return values | {
        "levels": np.array(bodies.levels),
        "whole": np.array(bodies.whole),
        "points": bodies.points,
        "anchor": np.array(bodies.anchor),
    }


def _restored(name: str, values: dict[str, np.ndarray]) -> CtVolume:
    levels = tuple(str(level) for level in values.pop("levels"))
    whole = tuple(bool(each) for each in values.pop("whole"))
    bodies = Bodies(levels, whole, values.pop("points"), int(values.pop("anchor")))
    for part in ("soft", "other", "rim", "core"):
        values[part] = values[part].astype(np.float32)
    return CtVolume(name, bodies, **values)
