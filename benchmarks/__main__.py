"""Prints, from one run on one image: what scores, heatmaps, an edit, a first window, a huge image,
many images, training and the analyses of an evaluation cost."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from benchmarks.printing import in_process, print_archive, print_batch, print_training
from benchmarks.published import published
from verte_core import preprocess
from verte_core.clinical import ClinicalInputs
from verte_core.inspection.methods import library_maps
from verte_core.inspection.regions import regions
from verte_core.network import shipped, weights
from verte_core.network.fusion_net import FusionNet
from verte_core.network.onnx_encoder import OnnxEncoder
from verte_core.scoring.scorer import Prepared, Scorer

ROUNDS = 9
LIBRARY_ROUNDS = 2
EVALUATION_GOAL = 120
INPUTS, EDITED = ClinicalInputs(70, "F", 24), ClinicalInputs(71, "F", 24)


class ImageOnly(nn.Module):
    """The whole model as the grad-cam library wants it, a function of the image."""

    def __init__(self, model: FusionNet, clinical: Tensor) -> None:
        super().__init__()
        self.model, self.clinical = model, clinical

    def forward(self, image: Tensor) -> Tensor:
        """Images (N, 1, H, W) -> logits (N, tasks)."""
        logits: Tensor = self.model(image, self.clinical)
        return logits


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    """Run the benchmark; 0 when it ran, whatever it measured."""
    # First, because a child's peak begins at its parent's size.
    start, memory = in_process("benchmarks.start"), in_process("benchmarks.memory")
    training = in_process("benchmarks.training")
    window_memory = in_process("benchmarks.window_memory")
    loaded = published(weights.load(shipped.path()))
    scorer = Scorer(loaded, "cpu")
    pixels = np.random.default_rng(0).integers(0, 4096, (2789, 1978), dtype=np.uint16)
    prepared = Prepared("image", *preprocess.prepare(pixels, "radiograph"))
    print(
        f"{loaded.metadata.name} {loaded.id}, {torch.get_num_threads()} threads, torch {torch.__version__}, "
        f"ONNX Runtime {onnxruntime.__version__}\n"
    )
    _network(scorer, OnnxEncoder(loaded), loaded.build(), prepared)
    _preprocessing(pixels)
    _start(start)
    _window()
    _memory(memory)
    _window_memory(window_memory)
    print_batch(in_process("benchmarks.batch"))
    print_archive(in_process("benchmarks.archive"))
    print_training(training)
    _evaluation(in_process("benchmarks.evaluation"))
    return 0


def _network(scorer: Scorer, encoder: OnnxEncoder, model: FusionNet, prepared: Prepared) -> None:
    model = model.to(memory_format=torch.channels_last)
    batch = torch.from_numpy(prepared.image)[None, None].contiguous(memory_format=torch.channels_last)
    clinical = torch.tensor([scorer.metadata.clinical_statistics.standardize(INPUTS)])

    pixels = prepared.image[None, None]

    def forward() -> None:
        encoder.encode(pixels)

    def in_torch() -> None:
        with torch.no_grad():
            model(batch, clinical)

    def scores_and_heatmaps() -> None:
        (encoded,) = scorer.encode_all([prepared])
        scorer.score(encoded, INPUTS)
        for task in scorer.tasks:
            scorer.explain(encoded, INPUTS, task)

    whole = ImageOnly(model, clinical)

    def library() -> None:
        with GradCAM(whole, [model.backbone.bn2]) as cam:
            for task in range(len(scorer.tasks)):
                cam(batch, [ClassifierOutputTarget(task)])

    (encoded,) = scorer.encode_all([prepared])

    def edit() -> None:
        scorer.score(encoded, EDITED)

    def gate() -> None:
        scorer.likeness_all([encoded])

    member, features = scorer.members[0], encoded.features[0]

    def inspect() -> None:
        place = regions(encoded.image, encoded.placement, features.shape[2:])
        for task in scorer.tasks:
            library_maps(features, member.by_channel(task))
            place.outside(member.contributions(features, INPUTS, task))

    for warm_up in (forward, in_torch, scores_and_heatmaps, edit, gate, inspect):
        warm_up()
    times: dict[str, list[float]] = {
        name: [] for name in ("forward", "torch", "ours", "library", "edit", "gate", "inspect")
    }
    for round_number in range(ROUNDS):
        times["forward"].append(seconds(forward))
        times["torch"].append(seconds(in_torch))
        times["ours"].append(seconds(scores_and_heatmaps))
        times["edit"].append(seconds(edit))
        times["gate"].append(seconds(gate))
        times["inspect"].append(seconds(inspect))
        if round_number < LIBRARY_ROUNDS:
            times["library"].append(seconds(library))
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"forward alone in ONNX Runtime                   {medians['forward']:8.3f} s")
    print(f"forward alone in torch, channels_last           {medians['torch']:8.3f} s")
    print(f"both scores and both heatmaps                   {medians['ours']:8.3f} s", end="")
    print(f"   {medians['ours'] / medians['forward']:.2f} x the forward (goal: at most 1.05)")
    print(f"grad-cam library on the whole model, both       {medians['library']:8.3f} s", end="")
    print(f"   {medians['library'] / medians['ours']:.1f} x ours (goal: at least 6)")
    print(f"scores after an edit of the form                {medians['edit']:8.4f} s", end="")
    print(f"   {100 * medians['edit'] / medians['forward']:.2f} % of the forward (goal: at most 3)")
    print(f"likeness of the picture                         {medians['gate']:8.5f} s", end="")
    print(f"   {medians['gate'] / medians['forward']:.4f} x the forward (goal: below 0.01)")
    print(f"inspection: six methods, parts, regions, both   {medians['inspect']:8.4f} s", end="")
    print(f"   {medians['inspect'] / medians['forward']:.2f} x the forward (goal: at most 0.1)")


def _preprocessing(pixels: np.ndarray) -> None:
    times = [seconds(lambda: preprocess.prepare(pixels, "radiograph")) for _ in range(ROUNDS)]
    print(f"preprocessing of a 2789 x 1978 12-bit image     {statistics.median(times):8.3f} s")


def _start(figures: dict[str, float]) -> None:
    print(f"process start to the first score of a file      {figures['seconds']:8.3f} s", end="")
    print(f"   (goal: at most 2), peak memory {figures['peak_mib']:.0f} MiB")


def _window() -> None:
    sample = Path("resources/samples/simulated-fracture.dcm")
    figures = in_process("benchmarks.window", str(time.monotonic()), str(sample))
    late = "before" if not figures["torch_at_first_paint"] else "AFTER"
    print(f"first painted window                            {figures['first_paint_s']:8.3f} s", end="")
    print(f"   {late} torch was imported (goal: before)")
    print(f"longest gap of the window while scoring         {figures['gap_ms']:8.1f} ms", end="")
    print("   (goal: at most 50), with the shipped weights")


def _memory(figures: dict[str, float]) -> None:
    print(f"peak memory, 8383 x 3520 16-bit image, scored   {figures['peak_mib']:8.0f} MiB", end="")
    print(f"   of which {figures['base_mib']:.0f} MiB program, weights and network on a small image")


def _window_memory(figures: dict[str, float]) -> None:
    peak = figures["many_mib"] / figures["one_mib"]
    resident = figures["many_resident_mib"] / figures["one_resident_mib"]
    print(
        f"peak memory of the window, {figures['images']} images in turn    {figures['many_mib']:8.0f} MiB",
        end="",
    )
    print(f"   {peak:.2f} x that of 1; resident {resident:.2f} x (goals: at most 1.1)", end="")
    print(f", {figures['held']} held at the end (goal: 1)")


def _evaluation(figures: dict[str, Any]) -> None:
    people, resamples = figures["people"], figures["resamples"]
    print(f"\nevaluation of {people:,} people with {resamples:,} resamples, all sections but heatmaps")
    print(f"all of them                                     {figures['seconds']:8.1f} s", end="")
    print(f"   {figures['seconds'] / EVALUATION_GOAL:.2f} x the goal of {EVALUATION_GOAL} s", end="")
    print(f"; the longest, {figures['slowest']}, {figures['slowest_seconds']:.1f} s")
    ours, library = figures["auroc_seconds"], figures["auroc_library_seconds"]
    print(f"AUROC of {figures['auroc_resamples']} resamples of them                   {ours:8.3f} s", end="")
    print(f"   scikit-learn's in a loop {library:.3f} s, {library / ours:.1f} x ours")


if __name__ == "__main__":
    sys.exit(main())
