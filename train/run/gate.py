"""The gate of a run's weights: references and head from the people who taught, limits from those held out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Le
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from train.examples.unlike import ALTERED, OTHER, UNLIKE_FOLDER, Picture, other
from verte_core.devices import Device, choose_device
from verte_core.errors import DataError
from verte_core.network import engines, saving
from verte_core.network.gate import (
    BIAS,
    MAX_REFERENCES,
    REFERENCES,
    USUAL,
    WEIGHT,
    Gate,
    GateRules,
    normalised,
)
from verte_core.network.weights import Weights, load
from verte_core.reading.image_files import find_images
from verte_core.results import LOOKS
from verte_core.training.dataset import Example
from verte_core.training.image_cache import CACHE_FOLDER, CachedImages, cached_images

Floats = npt.NDArray[np.float32]
_BATCH = 8
_STRENGTH = 30.0
"""Inverse of the head's L2 penalty, on features of length 1 that differ little."""


@dataclass(frozen=True)
class GateSettings:
    """How the gate of a run is made."""

    references: Annotated[int, Ge(5), Le(MAX_REFERENCES)] = 200
    """At most; images of training people, as many people as can be."""
    neighbours: Annotated[int, Ge(1), Le(100)] = 5
    """Of an image, among them."""
    examples: Annotated[int, Ge(10)] = 400
    """Images that the head learns from, and as many in all of the looks that it tells apart from them."""
    held_out: Annotated[int, Ge(10)] = 300
    """Images of the validation split that the limits are set on, at most."""
    false_alarms: Annotated[float, Ge(0), Le(0.5)] = 0.05
    """Share of these that may be called unlike."""


class Split(Protocol):
    """What a run has read of a split."""

    @property
    def images(self) -> CachedImages:
        """Prepared."""

    @property
    def examples(self) -> Sequence[Example]:
        """What the manifest says of each."""


def add_gate(
    path: Path, settings: GateSettings, train: Split, held_out: Split, manifest: Path, device: str
) -> None:
    """Give the weights file at ``path`` a gate.

    Images of further looks are taken from the folder ``unlike`` beside the manifest, if there is one.

    Raises:
        VerteError: for images there that can't be used, or as ``load`` and ``saving.rewrite``.
    """
    weights = load(path)
    rng = np.random.default_rng(0)
    encode = _Encoder(weights, choose_device(device))
    taught = _one_each(train.examples, max(settings.references, settings.examples), rng)
    usual = encode([train.images[index] for index in taught], "the gate's references")
    looks = {USUAL: usual}
    share = max(settings.examples // (len(ALTERED) + 2), 10)
    for look, alter in ALTERED.items():
        some = rng.choice(taught, min(share, len(taught)), replace=False).tolist()
        looks[look] = encode([alter(train.images[index], rng) for index in some], look)
    looks[OTHER] = encode([other(rng, weights.metadata.protocol) for _ in range(share)], OTHER)
    for look, pictures in _from_folder(manifest, weights, share):
        looks[look] = encode(pictures, look)
    references = usual[: settings.references]
    weight, bias = _learned(looks)
    arrays: dict[str, npt.NDArray[Any]] = {
        REFERENCES: references.astype(np.float16),
        WEIGHT: weight.astype(np.float32),
        BIAS: bias.astype(np.float32),
    }
    chosen = _one_each(held_out.examples, settings.held_out, rng)
    people = len({held_out.examples[index].person_id for index in chosen})
    rules = GateRules(min(settings.neighbours, len(references)), -1.0, tuple(looks), -1000.0)
    unit = encode([held_out.images[index] for index in chosen], "the gate's limits")
    cosines, margins, _ = Gate(rules, arrays).values(unit)
    least = _limits(cosines, margins, settings.false_alarms)
    rules = dataclasses.replace(
        rules,
        least_likeness=least[0],
        least_usual=least[1],
        set_on=f"{len(chosen)} images of {people} people of the validation split, "
        f"{settings.false_alarms:.0%} of them unlike",
    )
    said = (
        "An image is called unlike when the mean cosine of its pooled features to the "
        f"{rules.neighbours} nearest of {len(references)} training images is below "
        f"{rules.least_likeness:.3f}, or when a linear head on the same features takes it for another look "
        f"({', '.join(rules.looks[1:])}). Both limits were set on {rules.set_on}."
    )
    metadata = dataclasses.replace(
        weights.metadata, gate=rules, card=weights.metadata.card | {"Unlike images": said}
    )
    saving.rewrite(path, weights, metadata, arrays)


class _Encoder:
    """From prepared images to normalised pooled features."""

    def __init__(self, weights: Weights, device: Device) -> None:
        self._encoder = engines.encoder(weights, device)

    def __call__(self, pictures: Iterable[Picture], what: str) -> Floats:
        pictures = list(pictures)
        found = []
        for start in tqdm(range(0, len(pictures), _BATCH), what, unit="batch", leave=False):
            batch = np.stack(pictures[start : start + _BATCH])[:, None].astype(np.float32)
            found.append(self._encoder.encode(batch / np.float32(255)).mean(axis=(2, 3), dtype=np.float32))
        return normalised(np.concatenate(found))


def _one_each(examples: Sequence[Example], most: int, rng: np.random.Generator) -> list[int]:
    """Indices of images, of as many people as can be: one of each, then a second, and so on."""
    turns: dict[str, int] = {}
    order = []
    for index in rng.permutation(len(examples)).tolist():
        person = examples[index].person_id
        turns[person] = turns.get(person, 0) + 1
        order.append((turns[person], index))
    return [index for _, index in sorted(order, key=lambda each: each[0])[:most]]


def _from_folder(manifest: Path, weights: Weights, most: int) -> Iterable[tuple[str, list[Picture]]]:
    """Look and prepared images of each folder of looks beside the manifest."""
    folder = manifest.with_name(UNLIKE_FOLDER)
    for own in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not own.is_dir():
            continue
        if own.name not in LOOKS:
            raise DataError(f"The folder {own} is of no known look; known: {', '.join(LOOKS)}.")
        paths = find_images([own])
        if paths:
            every = max(len(paths) // most, 1)
            taken = paths[::every][:most]
            images = cached_images(taken, weights.metadata.preprocessing, manifest.with_name(CACHE_FOLDER))
            yield own.name, [images[index] for index in range(len(images))]


def _learned(looks: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Weights (K, C) and biases (K,) of the head, in the order of the looks."""
    features = np.concatenate(list(looks.values()))
    labels = np.repeat(np.arange(len(looks)), [len(each) for each in looks.values()])
    # Centred and scaled by one number, which the linear map takes in again.
    mean, scale = features.mean(0), float(np.sqrt(((features - features.mean(0)) ** 2).sum(1).mean()))
    head = LogisticRegression(C=_STRENGTH, max_iter=2000).fit((features - mean) / scale, labels)
    weight = head.coef_ / scale
    return weight.astype(np.float32), (head.intercept_ - weight @ mean).astype(np.float32)


def _limits(cosines: Floats, margins: Floats, false_alarms: float) -> tuple[float, float]:
    """Both limits, each at the same share of the images, so that together they stop ``false_alarms`` of
    them."""
    best = (-1.0, -1000.0)
    for share in np.linspace(0, false_alarms, 101):
        found = float(np.quantile(cosines, share)), float(np.quantile(margins, share))
        stopped = np.mean((cosines < found[0]) | (margins < found[1]))
        if stopped > false_alarms:
            break
        best = found
    return best
