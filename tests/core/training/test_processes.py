"""Runs on several processes, runs that are killed, and both: gloo on this machine."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from processes import ALONE, QUICK, live, lose_one, on_ranks, start, take_turns, train_exactly

AUGMENTED = dataclasses.replace(QUICK, epochs=2, batch_size=10, rotation=10.0, noise=0.05, flip=True)


def result(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = torch.load(out / "result.pt")
    return found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("alone")
    assert on_ranks(1, train_exactly, out, AUGMENTED, 32) == [0]
    return result(out)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_several_processes_learn_what_one_learns(alone: dict[str, Any], tmp_path: Path, count: int) -> None:
    # The last batch has two examples, fewer than processes; a third of the labels is missing.
    settings = dataclasses.replace(AUGMENTED, micro_batch=count)
    assert on_ranks(count, train_exactly, tmp_path, settings, 32) == [0] * count
    several = result(tmp_path)
    for name, tensor in alone["model"].items():
        assert torch.allclose(several["model"][name], tensor, rtol=1e-6, atol=1e-12), name
    assert torch.equal(several["labels"].isnan(), alone["labels"].isnan())
    assert torch.allclose(several["logits"], alone["logits"], rtol=1e-6)
    for row, expected in zip(several["history"], alone["history"], strict=True):
        assert row["val_auroc_mean"] == expected["val_auroc_mean"]
        assert row == pytest.approx(expected, rel=1e-6)


def test_turns_begin_with_the_first(tmp_path: Path) -> None:
    assert on_ranks(3, take_turns, tmp_path) == [0, 0, 0]
    assert sorted((tmp_path / "turns").read_text().split()) == ["0", "1", "2"]


def one_life(out: Path, moment: str) -> int | None:
    process = start(live, ALONE, out, moment)
    process.join(120)
    return process.exitcode


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("whole")
    assert one_life(out, "never") == 0
    return result(out)


@pytest.mark.parametrize(
    "deaths",
    [
        ["read 2"],  # before the first checkpoint
        ["read 30", "read 9"],  # within an epoch, and soon again
        ["save 2", "save 1"],  # halfway through a checkpoint
        ["report 2", "report 1", "save 3"],  # between weights and their checkpoint
    ],
    ids=lambda deaths: ", ".join(deaths),
)
def test_killed_and_resumed_ends_bit_identical(
    uninterrupted: dict[str, Any], tmp_path: Path, deaths: list[str]
) -> None:
    for moment in deaths:
        assert one_life(tmp_path, moment) == -signal.SIGKILL
    assert one_life(tmp_path, "never") == 0
    resumed = result(tmp_path)
    assert resumed["epochs"] == uninterrupted["epochs"] == [1, 2, 3]
    for name, tensor in uninterrupted["model"].items():
        assert torch.equal(resumed["model"][name], tensor), name


def test_two_processes_killed_and_resumed_end_bit_identical(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert on_ranks(2, live, whole, "never") == [0, 0]
    assert -signal.SIGKILL in on_ranks(2, live, parts, "read 17")
    assert on_ranks(2, live, parts, "never") == [0, 0]
    for name, tensor in result(whole)["model"].items():
        assert torch.equal(result(parts)["model"][name], tensor), name


def test_the_loss_of_a_process_is_told_to_the_others(tmp_path: Path) -> None:
    assert on_ranks(2, lose_one, tmp_path) == [1, -signal.SIGKILL]
    assert "another of its processes has ended or does not answer" in (tmp_path / "told").read_text()


def test_torchrun_ends_when_a_process_dies_within_an_epoch(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        "from pathlib import Path\n"
        "from processes import live\n"
        "from verte_core.processes import connected\n"
        "with connected('cpu') as ranks:\n"
        "    live(ranks, Path(sys.argv[1]), 'read 5' if ranks.rank == 1 else 'never')\n"
    )
    ours = os.pathsep.join(str(Path(__file__).parents[above]) for above in (3, 2))
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*launcher, str(script), str(tmp_path / "run")],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": ours},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode != 0
    assert "Signal 9 (SIGKILL)" in done.stderr
    assert "rank      : 1" in done.stderr
