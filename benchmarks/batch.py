"""Speed of scoring many files beside one forward after another, and of reading and preparing alone."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.published import published
from train.simulator.dicom import Patient, Pixels, write_image
from verte_core.batch.clinical_table import ClinicalValues
from verte_core.batch.pipeline import GPU_BATCH, score_images
from verte_core.batch.scores_file import ScoresFile
from verte_core.devices import choose_device
from verte_core.network import engines, shipped, weights
from verte_core.network.engines import Encoder
from verte_core.reading.isolated import Readers
from verte_core.scoring.scorer import Scorer
from verte_core.scoring.scorers import Scorers

SHAPE = (2789, 1978)
ROUNDS = 3
IMAGES = {"cuda": 200}
"""A round; few elsewhere, where a forward takes a second."""
READ = 40


def main() -> None:
    """Print the figures as JSON."""
    device = choose_device("auto")
    number, size = IMAGES.get(device, 16), 1 if device == "cpu" else GPU_BATCH
    loaded = published(weights.load(shipped.path()))
    scorer, encoder = Scorer(loaded, device), engines.encoder(loaded, device)
    with tempfile.TemporaryDirectory() as folder:
        images = _images(Path(folder), number)
        rates: dict[str, list[float]] = {"forward": [], "batch": [], "read": []}
        # One round more, whose figures are not kept: the first forwards reserve memory.
        for round_number in range(ROUNDS + 1):
            found = {
                "forward": number / _forward(encoder, number, size),
                "batch": number / _batch(scorer, images, Path(folder) / "scores.csv"),
                "read": READ / _read(scorer, (images * READ)[:READ]),
            }
            for name, rate in found.items() if round_number else ():
                rates[name].append(rate)
    figures = {f"{name}_images_s": statistics.median(values) for name, values in rates.items()}
    ratios = [batch / forward for batch, forward in zip(rates["batch"], rates["forward"], strict=True)]
    print(
        json.dumps(
            figures
            | {"batch_over_forward": statistics.median(ratios), "device": device, "batch": size}
            | {"cpus": os.cpu_count()}
        )
    )


def _images(folder: Path, number: int) -> list[Path]:
    pixels = np.random.default_rng(0).integers(0, 4096, SHAPE, dtype=np.uint16)
    image = write_image(
        folder / "image.dcm", Patient("1", "A^B", 70, "F", 1.6, 60), Pixels(pixels, spacing_mm=0.15)
    )
    return [image] * number


def _forward(encoder: Encoder, number: int, size: int) -> float:
    """One image after another on all cores of a CPU, batch after batch on a GPU."""
    images = np.random.default_rng(0).random((size, 1, 1024, 512), np.float32)
    start = time.perf_counter()
    for _ in range(number // size):
        encoder.encode(images)
    return time.perf_counter() - start


def _batch(scorer: Scorer, images: list[Path], out: Path) -> float:
    start = time.perf_counter()
    with ScoresFile(out) as file:
        for record, _ in score_images(Scorers([scorer]), images, lambda path, uid: ClinicalValues()):
            assert record.status == "scored", record.reason
            file.add(record)
    return time.perf_counter() - start


def _read(scorer: Scorer, images: list[Path]) -> float:
    with Readers() as readers, ThreadPoolExecutor(readers.number) as pool:

        def read(path: Path) -> None:
            scorer.prepare(readers.load(path))

        start = time.perf_counter()
        for _ in pool.map(read, images):
            pass
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
