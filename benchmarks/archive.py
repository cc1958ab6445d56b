"""What ``verte serve`` costs beyond scoring, beside a real archive, and its memory over many images."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from benchmarks import peer
from benchmarks.batch import SHAPE
from benchmarks.published import published
from train.simulator.dicom import Patient, Pixels, write_image
from verte_core.batch.clinical_table import ClinicalValues
from verte_core.batch.pipeline import score_images
from verte_core.network import engines, saving, shipped, weights
from verte_core.network.architecture import Architecture
from verte_core.network.fusion_net import FusionNet
from verte_core.network.weights import Weights
from verte_core.pacs.audit import Audit
from verte_core.pacs.service import Service
from verte_core.pacs.settings import Serve
from verte_core.pacs.spool import Spool
from verte_core.reading import radiograph
from verte_core.reading.isolated import Readers
from verte_core.resources_folder import RESOURCES
from verte_core.scoring.scorer import Scorer
from verte_core.scoring.scorers import Scorers

IMAGES, ROUNDS = 12, 3
SMALL = (300, 160)


def main() -> None:
    """Print the figures as JSON; nothing is measured where Orthanc is not installed.

    With a number on the command line, so many small images go through the service, and its memory is watched.
    """
    if peer.program() is None:
        print(json.dumps({}))
        return
    with tempfile.TemporaryDirectory() as name, peer.started(Path(name)) as orthanc:
        folder = Path(name) / "images"
        folder.mkdir()
        if len(sys.argv) > 1:
            print(json.dumps(_memory(orthanc, folder, int(sys.argv[1]))))
        else:
            print(json.dumps(_overhead(orthanc, folder)))


def _overhead(orthanc: peer.Orthanc, folder: Path) -> dict[str, float]:
    scorer = Scorer(published(weights.load(shipped.path())), "cpu")
    paths = [_image(folder / f"{number}.dcm", number, SHAPE) for number in range(IMAGES)]
    encoder = engines.encoder(published(weights.load(shipped.path())), "cpu")
    picture = np.random.default_rng(0).random((1, 1, 1024, 512), np.float32)
    rounds: dict[str, list[float]] = {"forward": [], "batch": [], "serve": []}
    for number in range(ROUNDS + 1):
        begun = time.perf_counter()
        for _ in range(IMAGES):
            encoder.encode(picture)
        forward = time.perf_counter() - begun
        begun = time.perf_counter()
        with Readers() as readers:
            for record, _ in score_images(Scorers([scorer]), paths, _nothing, readers=readers):
                assert record.status == "scored", record.reason
        batch = time.perf_counter() - begun
        orthanc.clear()
        for path in paths:
            orthanc.upload(path)
        begun = time.perf_counter()
        _serve(orthanc, scorer, folder / f"spool-{number}")
        serve = time.perf_counter() - begun
        assert len(orthanc.find(Modality="SR")) == IMAGES
        # The first round, which reserves memory, is not kept.
        for name, took in (("forward", forward), ("batch", batch), ("serve", serve)) if number else ():
            rounds[name].append(took / IMAGES)
    overhead = [
        (serve - batch) / forward
        for forward, batch, serve in zip(rounds["forward"], rounds["batch"], rounds["serve"], strict=True)
    ]
    figures = {f"{name}_s": statistics.median(took) for name, took in rounds.items()}
    return figures | {"overhead_over_forward": statistics.median(overhead)}


def _memory(orthanc: peer.Orthanc, folder: Path, number: int) -> dict[str, float]:
    scorer = Scorer(_small(folder), "cpu")
    figures = {}
    portion = number // 4
    for part in range(4):
        for index in range(part * portion, (part + 1) * portion):
            orthanc.upload(_image(folder / "image.dcm", index, SMALL))
        _serve(orthanc, scorer, folder / "spool")
        figures[f"{(part + 1) * portion}_images_mib"] = _resident()
    return figures


def _small(folder: Path) -> Weights:
    """A network that takes no time, so that many images go through."""
    known = weights.load(shipped.path()).metadata
    architecture = Architecture(tasks=known.architecture.tasks, backbone="test_efficientnet")
    metadata = replace(known, architecture=architecture, gate=None)
    saving.save(folder / "small.safetensors", FusionNet(architecture).state_dict(), metadata)
    return weights.load(folder / "small.safetensors")


def _serve(orthanc: peer.Orthanc, scorer: Scorer, folder: Path) -> None:
    settings = Serve(source="archive", spool=str(folder), feed="changes", least_free_mb=1)
    with Spool(folder, 1) as spool:
        audit = Audit(folder / "audit.jsonl")
        service = Service(settings, {"archive": orthanc.web}, Scorers([scorer]), spool, audit)
        service.round()
    assert not service.troubles and service.is_idle(), (folder / "audit.jsonl").read_text()[-2000:]


def _image(path: Path, seed: int, shape: tuple[int, int]) -> Path:
    """The sample with a fracture, of another size and with other grain."""
    sample = radiograph.load(RESOURCES / "samples" / "simulated-fracture.dcm").pixels.astype(np.float32)
    grain = np.random.default_rng(seed).normal(0, 8, shape)
    pixels = cv2.resize(sample, shape[::-1], interpolation=cv2.INTER_CUBIC) + grain
    stored = Pixels(pixels.clip(0, 4095).astype(np.uint16), spacing_mm=0.15)
    return write_image(path, Patient(f"P-{seed}", "A^B", 70, "F", 1.6, 60), stored)


def _nothing(path: Path, uid: str | None) -> ClinicalValues:
    return ClinicalValues()


def _resident() -> float:
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
