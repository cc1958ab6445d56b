"""What a GPU makes of one image, of many files and of training, beside bare forwards and a plain loop.

Without a GPU the same code rehearses on the CPU, so that it runs on the day when there is one.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks.printing import in_process, print_batch, print_training
from benchmarks.published import published
from verte_core.clinical import ClinicalInputs
from verte_core.devices import Device, choose_device
from verte_core.network import shipped, weights
from verte_core.reading import radiograph
from verte_core.scoring.scorer import Scorer

ROUNDS = 30
SAMPLE = Path("resources/samples/simulated-fracture.dcm")
INPUTS = ClinicalInputs(70, "F", 24)


def main() -> int:
    """Run it; 0 when it ran, whatever it measured."""
    device = choose_device("auto")
    if device == "cuda":
        found = torch.cuda.get_device_properties(device)
        print(f"{found.name}, {found.total_memory / 2**30:.0f} GiB, CUDA {torch.version.cuda}, ", end="")
    else:
        print("No GPU here: a rehearsal. ", end="")
    print(f"torch {torch.__version__}\n")
    _one_image(device)
    _agreement(device)
    print_batch(in_process("benchmarks.batch"))
    print_training(in_process("benchmarks.training"))
    return 0


def _one_image(device: Device) -> None:
    loaded = published(weights.load(shipped.path()))
    scorer, image = Scorer(loaded, device), radiograph.load(SAMPLE)
    model = loaded.build().to(device).to(memory_format=torch.channels_last).requires_grad_(False)
    prepared = scorer.prepare(image)
    clinical = torch.zeros(1, 3, device=device)

    def forward() -> None:
        pixels = torch.from_numpy(prepared.image)[None, None].to(device)
        with torch.no_grad():
            model(pixels.contiguous(memory_format=torch.channels_last), clinical).tolist()

    def scores() -> None:
        scorer.score(scorer.encode_all([prepared])[0], INPUTS)

    def scores_and_heatmaps() -> None:
        (encoded,) = scorer.encode_all([prepared])
        scorer.score(encoded, INPUTS)
        for task in scorer.tasks:
            scorer.explain(encoded, INPUTS, task)

    def from_file() -> None:
        scorer.score(scorer.encode(radiograph.load(SAMPLE)), INPUTS)

    rounds = ROUNDS if device == "cuda" else 3
    taken = _side_by_side({f.__name__: f for f in (forward, scores, scores_and_heatmaps, from_file)}, rounds)
    bare = taken["forward"]
    print(f"one image, B4, {device}, medians of {rounds}")
    for name, words in (
        ("forward", "bare forward, the pixels copied there"),
        ("scores", "both scores"),
        ("scores_and_heatmaps", "both scores and both heatmaps"),
        ("from_file", "both scores, the DICOM file read and prepared"),
    ):
        print(f"{words:<48}{1000 * taken[name]:8.1f} ms   {taken[name] / bare:.2f} x the forward")
    if device == "cuda":
        print(f"{'peak memory of the GPU':<48}{torch.cuda.max_memory_allocated() / 2**20:8.0f} MiB")


def _agreement(device: Device) -> None:
    """The shipped weights on the device and on the CPU."""
    loaded, image = weights.load(shipped.path()), radiograph.load(SAMPLE)
    here, there = Scorer(loaded, device), Scorer(loaded, "cpu")
    encoded, expected = here.encode(image), there.encode(image)
    ours, theirs = here.score(encoded, INPUTS).scores, there.score(expected, INPUTS).scores
    score = max(abs(ours[task].value - theirs[task].value) for task in here.tasks)
    heatmap = max(
        float(np.abs(here.explain(encoded, INPUTS, task) - there.explain(expected, INPUTS, task)).max())
        for task in here.tasks
    )
    print(f"{'greatest difference to the CPU, shipped weights':<48}{score:8.1e} of a score, ", end="")
    print(f"{heatmap:.1e} of a heatmap")


def _side_by_side(works: dict[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """Median seconds of each, in turns."""
    for _ in range(3):
        for work in works.values():
            work()
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            taken[name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in taken.items()}


if __name__ == "__main__":
    sys.exit(main())
