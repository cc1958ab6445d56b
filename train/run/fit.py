"""One training run: from a configuration and a manifest to a weights file."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
import torch
from torch.utils.data import Dataset

from train.examples.located import LocatedRadiographs
from train.examples.patches import VertebraCrops, read_outlines
from train.run.config import Config
from train.run.initial import initial_model
from train.run.run_record import RunRecord
from verte_core.errors import DataError
from verte_core.network import weights
from verte_core.network.weights import Calibration, ClinicalStatistics, Metadata
from verte_core.processes import connected
from verte_core.results import TASKS, OperatingPoints, Provenance, sigmoid, title
from verte_core.training import checkpoint, dataset, loop
from verte_core.training.dataset import Example, Item, Radiographs
from verte_core.training.image_cache import cached_images
from verte_core.training.loop import Epoch, Predictions
from verte_core.training.metrics import operating_points


def fit(config: Config, manifest: Path, out: Path, resume: bool = False, device: str = "auto") -> None:
    """Train, on this process or with the others that torchrun started; leave a run's folder in ``out``.

    Its best.safetensors is the result. Several machines share a run by torchrun's own options, the same
    command on each: ``torchrun --nnodes=2 --nproc-per-node=4 --rdzv-backend=c10d --rdzv-endpoint=HOST:29500
    -m train fit ...``.

    Raises:
        VerteError: for bad data or configuration, a run that can't be resumed, another process that ended,
            or a folder that can't be written.
    """
    with connected(device) as ranks:
        data = ranks.in_turn(lambda: _read(config, manifest))
        configuration = _plain(config)
        # Readers change no result, and another machine may want another number of them.
        deciding = {**configuration, "optimization": {**configuration["optimization"], "workers": None}}
        deciding["manifest_sha256"] = data.manifest_sha256
        saved = checkpoint.read(out, deciding) if resume and ranks.first else None
        split = ("simulated " if config.trained_on == "simulated" else "") + "validation split"
        record = RunRecord(out, config.architecture.tasks, split)
        if ranks.first:
            record.start(configuration, data.manifest_sha256, ranks, resume)

        def report(epoch: Epoch) -> None:
            metadata = describe(config, data, epoch.predictions)
            for which in ("best", "last") if epoch.best else ("last",):
                weights.save(out / f"{which}.safetensors", epoch.weights, metadata)
            record.add(epoch)

        loop.fit(
            initial_model(config),
            data.train,
            data.validation,
            config.optimization,
            out,
            report,
            ranks,
            deciding,
            saved,
            data.name,
        )
        if ranks.first:
            print(out / "best.safetensors")


@dataclass(frozen=True)
class _Data:
    """What a run reads of its manifest."""

    manifest_sha256: str
    parts: dict[str, list[Example]]
    statistics: ClinicalStatistics
    train: Dataset[Item]
    validation: Dataset[Item]

    def name(self, index: int) -> str:
        """File name of an item of ``train``."""
        if isinstance(self.train, VertebraCrops | LocatedRadiographs):
            index = self.train.image_of(index)
        return self.parts["train"][index].path.name


def _read(config: Config, manifest: Path) -> _Data:
    examples = dataset.read_manifest(manifest).examples
    parts = {split: [each for each in examples if each.split == split] for split in ("train", "val")}
    for split, part in parts.items():
        if not part:
            raise DataError(f"The manifest has no rows of the split {split}.")
    statistics = dataset.clinical_statistics(parts["train"])
    return _Data(
        hashlib.sha256(manifest.read_bytes()).hexdigest(),
        parts,
        statistics,
        _items(config, manifest, parts["train"], statistics, learning=True),
        _items(config, manifest, parts["val"], statistics, learning=False),
    )


def _items(
    config: Config, manifest: Path, part: list[Example], statistics: ClinicalStatistics, learning: bool
) -> Dataset[Item]:
    paths = [example.path for example in part]
    images = cached_images(paths, config.protocol, manifest.with_name(".verte-cache"))
    tasks = config.architecture.tasks
    if config.patches is not None:
        if config.places is not None:
            raise DataError("patches and places exclude each other: crops or whole images.")
        size, reduction, jitter = config.patches.size, config.patches.reduction, config.patches.jitter
        outlines = read_outlines(manifest, part, config.protocol)
        return VertebraCrops(part, images, outlines, statistics, tasks, size, reduction, jitter, learning)
    if config.places is not None and learning:
        outlines = read_outlines(manifest, part, config.protocol)
        return LocatedRadiographs(part, images, outlines, statistics, tasks, config.places.logit)
    return Radiographs(part, images, statistics, tasks)


def describe(config: Config, data: _Data, predictions: Predictions) -> Metadata:
    """The metadata of an epoch's weights, with operating points from its validation predictions."""
    tasks = config.architecture.tasks
    points = {}
    for index, task in enumerate(tasks):
        scores = torch.tensor(predictions.logits[:, index]).apply_(sigmoid).numpy()
        if task not in TASKS:
            # A label that only teaches is never shown as a score, and may be all on one side.
            points[task] = OperatingPoints(0.5, 0.5, 0.0, 0.0)
            continue
        try:
            points[task] = operating_points(predictions.labels[:, index], scores)
        except (ValueError, IndexError) as error:
            raise DataError(
                f"The validation split needs people with and without {TASKS[task].meaning}."
            ) from error
    aurocs = dict(zip(tasks, predictions.auroc(), strict=True))
    people = {split: len({each.person_id for each in part}) for split, part in data.parts.items()}
    simulated = "simulated " if config.trained_on == "simulated" else ""
    card = {
        "Summary": config.description,
        "Intended use": "Research. An aid, not a diagnosis, and not to be used to rule out.",
        "Training data": f"{people['train']} {simulated}people for training, {people['val']} for validation.",
        "Validation AUROC": ", ".join(
            f"{title(task)} {value:.3f} ({simulated}validation split)" for task, value in aurocs.items()
        ),
        "Operating points": (
            "Set on the validation split: low at 90 % sensitivity, high at 90 % specificity."
        ),
        "Method": (
            "Re-created from Hong et al., J Bone Miner Res 2023;38:887 (doi 10.1002/jbmr.4814) and "
            "2025;40:628 (doi 10.1093/jbmr/zjaf050)."
        ),
    }
    return Metadata(
        name=config.name,
        architecture=config.architecture,
        protocol=config.protocol,
        trained_on=Provenance.of(config.trained_on),
        clinical_statistics=data.statistics,
        operating_points=points,
        calibration={task: Calibration() for task in tasks},
        card=card | config.card,
        training={
            # Weights are handed on; where their maker keeps files is nobody's business.
            "config": _plain(config) | {"init": "/".join(Path(config.init).parts[-2:])},
            "manifest_sha256": data.manifest_sha256,
            "people": people,
            "validation_auroc": aurocs,
            "torch": torch.__version__,
            "timm": timm.__version__,
        },
    )


def _plain(config: Config) -> dict[str, Any]:
    plain = dataclasses.asdict(config)
    plain["architecture"] = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in plain["architecture"].items()
    }
    return plain
