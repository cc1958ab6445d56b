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
from verte_core.network.appearance import appearance
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
_STRENGTH = 0.01
"""Inverse of the head's L2 penalty, on standardised numbers."""
_LEAST_SPREAD = 0.05
"""Added to the standard deviation of each number: what hardly ever changes says little."""


@dataclass(frozen=True)
class GateSettings:
    """How the gate of a run is made."""

    references: Annotated[int, Ge(5), Le(MAX_REFERENCES)] = 200
    """At most; images of training people, as many people as can be."""
    neighbours: Annotated[int, Ge(1), Le(100)] = 5
    """Of an image, among them."""
    examples: Annotated[int, Ge(10)] = 1000
    """Images of each look that the head learns from, at most."""
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
    chosen = _one_each(held_out.examples, settings.held_out, rng)
    references = encode([train.images[i] for i in taught[: settings.references]], "the gate's references")
    by_look = _looks(train, taught[: settings.examples], settings.examples, manifest, weights, rng)
    weight, bias = _learned(by_look)
    arrays: dict[str, npt.NDArray[Any]] = {
        REFERENCES: references.astype(np.float16),
        WEIGHT: weight,
        BIAS: bias,
    }
    rules = GateRules(min(settings.neighbours, len(references)), -1.0, tuple(by_look), -1000.0)
    gate = Gate(rules, arrays)
    cosines = gate.cosines(encode([held_out.images[i] for i in chosen], "the gate's limits"))
    margins, _ = gate.margins(_seen((held_out.images[i] for i in chosen), USUAL))
    least = _limits(cosines, margins, settings.false_alarms)
    people = len({held_out.examples[index].person_id for index in chosen})
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
        f"{rules.least_likeness:.3f}, or when a linear head on the picture takes it for another look "
        f"({', '.join(rules.looks[1:])}). Both limits were set on {rules.set_on}."
    )
    metadata = dataclasses.replace(
        weights.metadata, gate=rules, card=weights.metadata.card | {"Unlike images": said}
    )
    saving.rewrite(path, weights, metadata, arrays)


def _looks(
    train: Split,
    taught: Sequence[int],
    most: int,
    manifest: Path,
    weights: Weights,
    rng: np.random.Generator,
) -> dict[str, Floats]:
    """``appearance`` (N, LENGTH) by look, the usual first."""
    images = train.images
    found = {USUAL: _seen((images[index] for index in taught), USUAL)}
    for look, alter in ALTERED.items():
        found[look] = _seen((alter(images[index], rng) for index in taught), look)
    found[OTHER] = _seen((other(rng, weights.metadata.protocol) for _ in taught), OTHER)
    for look, pictures in _from_folder(manifest, weights, most):
        found[look] = _seen(pictures, look)
    return found


def _seen(pictures: Iterable[Picture], look: str) -> Floats:
    progress = tqdm(pictures, f"the gate: {look}", unit="image", leave=False)
    return np.stack([appearance(each.astype(np.float32) / np.float32(255)) for each in progress])


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


def _learned(by_look: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Weights (K, LENGTH) and biases (K,) of the head, in the order of the looks."""
    seen = np.concatenate(list(by_look.values()))
    labels = np.repeat(np.arange(len(by_look)), [len(each) for each in by_look.values()])
    # Standardised, which the linear map takes in again.
    mean, spread = seen.mean(0), seen.std(0) + _LEAST_SPREAD
    head = LogisticRegression(C=_STRENGTH, max_iter=2000).fit((seen - mean) / spread, labels)
    weight = head.coef_ / spread
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
