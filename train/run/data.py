"""What a run reads of its manifest, and what kind of images that is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from torch.utils.data import Dataset

from train.examples.located import LocatedRadiographs
from train.examples.patches import Outline, VertebraCrops, read_outlines
from train.run.config import Config
from verte_core.errors import DataError
from verte_core.measuring.truth import Truth, read_truth
from verte_core.network.metadata import ClinicalStatistics
from verte_core.results import TASKS, Provenance
from verte_core.training.dataset import (
    Example,
    Item,
    Radiographs,
    Split,
    check_clinical,
    clinical_statistics,
    read_manifest,
)
from verte_core.training.image_cache import CACHE_FOLDER, CachedImages, cached_images
from verte_core.training.people import label_of

LEARNED: dict[Split, str] = {"train": "training", "val": "validation"}
"""The splits that make weights, with their names: one teaches, the other chooses epoch and thresholds."""


@dataclass(frozen=True)
class Part:
    """A split as a run reads it.

    Attributes:
        examples: one an image.
        images: prepared, one an example.
        items: what the network reads; a dataset may draw several from an image, or leave some out.
        simulated: how many of the images are.
    """

    examples: list[Example]
    images: CachedImages
    items: Dataset[Item]
    simulated: int

    @property
    def people(self) -> int:
        """How many there are."""
        return len({each.person_id for each in self.examples})

    @property
    def provenance(self) -> Provenance:
        """What kind of images these are."""
        if self.simulated in (0, len(self.examples)):
            return Provenance.SIMULATED if self.simulated else Provenance.CLINICAL
        return Provenance.MIXED

    def __str__(self) -> str:
        """For a model card."""
        counted = f"{len(self.examples):,} images of {self.people:,} people"
        words = {Provenance.CLINICAL: "", Provenance.SIMULATED: ", all of them simulated"}
        return counted + words.get(self.provenance, f", {self.simulated:,} of them simulated")


@dataclass(frozen=True)
class RunData:
    """All that a run reads.

    Attributes:
        manifest_sha256: of the manifest's content.
        train: what teaches.
        validation: what chooses.
        statistics: of the people of ``train``.
    """

    manifest_sha256: str
    train: Part
    validation: Part
    statistics: ClinicalStatistics

    @cached_property
    def parts(self) -> dict[Split, Part]:
        """By split."""
        return {"train": self.train, "val": self.validation}

    @property
    def provenance(self) -> Provenance:
        """What kind of images the run learns from, in whatever way."""
        return Provenance.together(part.provenance for part in self.parts.values())

    @property
    def validated_on(self) -> str:
        """A few words for figures of the validation split."""
        kinds = {Provenance.SIMULATED: "simulated ", Provenance.MIXED: "partly simulated "}
        return f"{kinds.get(self.validation.provenance, '')}validation split"

    @property
    def chosen_for(self) -> list[str] | None:
        """The person of each item of ``validation``; None for crops, which are of vertebrae."""
        if isinstance(self.validation.items, VertebraCrops):
            return None
        return [each.person_id for each in self.validation.examples]

    @property
    def chosen_on(self) -> str:
        """In a word, of what epoch and thresholds are chosen."""
        return "crops" if self.chosen_for is None else "people"

    def name(self, index: int) -> str:
        """File name of an item of ``train``."""
        items = self.train.items
        if isinstance(items, VertebraCrops | LocatedRadiographs):
            index = items.image_of(index)
        return self.train.examples[index].path.name


def read_data(config: Config, manifest: Path) -> RunData:
    """Read and check a manifest, and prepare its images where that has not been done before.

    Raises:
        DataError: for a manifest, a truth file or images that can't be used, and for a split that lacks one
            of the classes that a score tells apart; the last before any image is prepared.
        OutputError: when the cache of the images can't be written.
    """
    table = read_manifest(manifest)
    examples = {split: table.of(split) for split in LEARNED}
    outlines: dict[Split, list[list[Outline]]] = {
        split: read_outlines(manifest, examples[split], config.prepared)
        for split in LEARNED
        if config.patches is not None or (config.cell_targets is not None and split == "train")
    }
    _check_classes(config, examples, outlines)
    if config.architecture.clinical_hidden:
        for found in examples.values():
            check_clinical(
                found,
                "the network reads; an empty architecture.clinical_hidden makes it read the image alone",
            )
    truth, statistics = read_truth(manifest), clinical_statistics(examples["train"])

    def part(split: Split) -> Part:
        found = examples[split]
        paths = [each.path for each in found]
        images = cached_images(paths, config.prepared, manifest.with_name(CACHE_FOLDER))
        items = _items(config, split, found, images, outlines.get(split, []), statistics)
        return Part(found, images, items, _simulated(images, paths, truth))

    return RunData(table.sha256, part("train"), part("val"), statistics)


def _simulated(images: CachedImages, paths: Sequence[Path], truth: Truth | None) -> int:
    """How many images say of themselves that they are simulated, or have a truth, which no person has."""
    named = [truth is not None and truth.of(path) is not None for path in paths]
    return sum(stated or known for stated, known in zip(images.simulated, named, strict=True))


def _check_classes(
    config: Config, examples: dict[Split, list[Example]], outlines: dict[Split, list[list[Outline]]]
) -> None:
    problems = []
    for split, words in LEARNED.items():
        for task in config.architecture.tasks:
            if task not in TASKS:  # it only teaches, and may be all on one side
                continue
            of_people: dict[str, list[float]] = {}
            for each in examples[split]:
                of_people.setdefault(each.person_id, []).append(each.labels[task])
            labels: Iterable[float] = map(label_of, of_people.values())
            if config.patches is not None and task == "pvf":
                labels = (float(body.grade > 0) for bodies in outlines[split] for body in bodies)
            known = {label for label in labels if not math.isnan(label)}
            if len(known) < 2:
                both = f"people with and without {TASKS[task].meaning} ({task})"
                has = f"all of its labels are {known.pop():g}" if known else "it has no such label"
                problems.append(f"The {words} split needs {both}; {has}.")
    if problems:
        raise DataError("\n".join(problems))


def _items(
    config: Config,
    split: Split,
    examples: list[Example],
    images: CachedImages,
    outlines: list[list[Outline]],
    statistics: ClinicalStatistics,
) -> Dataset[Item]:
    tasks, learning = config.architecture.tasks, split == "train"
    if config.patches is not None:
        return VertebraCrops(examples, images, outlines, statistics, tasks, config.patches, learning)
    if config.cell_targets is not None and learning:
        return LocatedRadiographs(examples, images, outlines, statistics, tasks, config.cell_targets)
    return Radiographs(examples, images, statistics, tasks)
