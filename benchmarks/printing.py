"""Benchmarks that run in a process of their own, and how their figures are printed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def print_batch(figures: dict[str, Any]) -> None:
    """The figures of benchmarks.batch."""
    print(f"\nmany files on {figures['device']}, {figures['batch']} a forward, B4, 2789 x 1978 12-bit DICOM")
    print(f"forward alone                                   {figures['forward_images_s']:8.2f} images/s")
    print(
        f"scored from files, with rows on the disk        {figures['batch_images_s']:8.2f} images/s", end=""
    )
    print(f"   {figures['batch_over_forward']:.2f} x the forward (goal: at least 0.95)")
    print(f"read and prepared, without the network          {figures['read_images_s']:8.1f} images/s", end="")
    print(f"   on {figures['cpus']} cores (goal on 2: at least 30)")


def print_archive(figures: dict[str, Any]) -> None:
    """The figures of benchmarks.archive; none where there is no Orthanc."""
    if not figures:
        return
    print("\nan archive on the same machine: fetched, scored, SR and SC stored")
    print(f"served                                          {figures['serve_s']:8.3f} s an image", end="")
    print(f"   {figures['overhead_over_forward']:.2f} x a forward more than scoring (goal: at most 0.25)")


def print_training(figures: dict[str, Any]) -> None:
    """The figures of benchmarks.training."""
    files, memory, plain = (figures[f"{name}_images_s"] for name in ("files", "memory", "plain"))
    print(f"\ntraining on {figures['device']}, batches of {figures['batch']}, B4, full size")
    print(f"from files                                      {files:8.2f} images/s")
    print(f"the same on tensors in memory                   {memory:8.2f} images/s", end="")
    print(f"   from files {files / memory:.2f} x (goal on a GPU: at least 0.95)")
    print(f"a plain loop of the same network and precision  {plain:8.2f} images/s", end="")
    print(f"   ours {files / plain:.2f} x (goal: at least 1.0)")
    print(f"cache of prepared images, built                 {figures['cache_images_s']:8.1f} images/s")
    print(f"peak memory of the training process             {figures['peak_mib']:8.0f} MiB", end="")
    print(f"   GPU {figures['gpu_peak_mib']:.0f} MiB" if "gpu_peak_mib" in figures else "")


def in_process(module: str, *arguments: str) -> dict[str, Any]:
    """What a benchmark prints as JSON, run alone."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{module} failed:\n{done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures
