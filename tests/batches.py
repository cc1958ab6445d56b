"""Lives of ``verte score`` in processes of their own, some of which end by SIGKILL."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from processes import start

from train.simulator.dicom import Patient, Pixels, write_image
from verte_core import cli
from verte_core.batch.journal import Journal
from verte_core.batch.record import ImageRecord
from verte_core.batch.scores_file import ScoresFile
from verte_core.scoring.scorer import Encoded, Scorer


def write_images(folder: Path, pixels: npt.NDArray[np.uint16], number: int) -> list[Path]:
    """Small radiographs of different content, with all clinical values in their headers."""
    folder.mkdir(exist_ok=True)
    small = pixels[::3, ::3]
    return [
        write_image(
            folder / f"{index:02}.dcm",
            Patient(str(index), "Test^Person", 60 + index, "F", 1.6, 60.0),
            Pixels(np.roll(small, 7 * index, axis=0), 0.2),
        )
        for index in range(number)
    ]


def live(arguments: list[str], moment: str, log: Path) -> None:
    """Run ``verte``, die at ``moment``, and note in ``log`` the image of every forward.

    Moments: ``before N``, ``within N`` and ``after N`` (the writing of the Nth row), ``csv`` and ``journal``
    (before the finished file takes its place), ``never``.
    """
    torch.set_num_threads(1)
    kind, _, number = moment.partition(" ")
    rows = 0

    def die(now: str) -> None:
        if now == kind and (not number or rows == int(number)):
            os.kill(os.getpid(), signal.SIGKILL)

    def deadly_add(journal: Journal, record: ImageRecord) -> None:
        nonlocal rows
        rows += 1
        die("before")
        if moment == f"within {rows}":
            whole, journal._file = journal._file, (journal.path.parent / "line").open("wb")
            add(journal, record)
            journal._file.close()
            line = (journal.path.parent / "line").read_bytes()
            whole.write(line[: len(line) // 2])
            whole.flush()
            die("within")
        add(journal, record)
        die("after")

    def deadly_replace(path: Path, target: Path) -> Path:
        die({".csv": "csv", ".jsonl": "journal"}[target.suffix])
        return replace(path, target)

    def noting_encode(scorer: Scorer, prepared: Any, *how: Any, **named: Any) -> list[Encoded]:
        with log.open("a") as file:
            file.writelines(f"{each.image_id}\n" for each in prepared)
        return encode(scorer, prepared, *how, **named)

    add, replace, encode = Journal.add, Path.replace, Scorer.encode_all
    Journal.add = deadly_add  # type: ignore[method-assign]
    Path.replace = deadly_replace  # type: ignore[method-assign,assign]
    Scorer.encode_all = noting_encode  # type: ignore[method-assign]
    sys.exit(cli.main(arguments))


def live_as_rank(rank: int, count: int, port: int, arguments: list[str], moment: str, log: Path) -> None:
    """``live``, as torchrun would start it."""
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    live(arguments, moment, log)


def life(arguments: list[str], moment: str, log: Path) -> int | None:
    """The exit status of one process."""
    process = start(live, arguments, moment, log)
    process.join(120)
    return process.exitcode


def lives(arguments: list[str], moments: list[str], log: Path) -> list[int | None]:
    """The exit statuses of several that score together, each with its moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [
        start(live_as_rank, rank, len(moments), port, arguments, moment, log)
        for rank, moment in enumerate(moments)
    ]
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]


def grow(images: list[Path], weights_file: Path, out: Path) -> None:
    """Score ``images`` and note the resident memory in bytes after a tenth of them and at the end."""
    torch.set_num_threads(1)
    seen: list[int] = []

    def add_and_measure(file: ScoresFile, record: ImageRecord) -> None:
        add(file, record)
        seen.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))

    add = ScoresFile.add
    ScoresFile.add = add_and_measure  # type: ignore[method-assign]
    with Path(os.devnull).open("w") as sys.stdout:
        options = ["--model", str(weights_file), "--device", "cpu", "--out", str(out / "scores.csv")]
        status = cli.main(["score", *options, *map(str, images)])
    (out / "memory").write_text(f"{seen[len(seen) // 10]} {seen[-1]} {len(seen)}")
    sys.exit(status)


def hold(scores: Path, ready: Path) -> None:
    """Hold the lock on a scores.csv, until the process is killed."""
    with ScoresFile(scores):
        ready.touch()
        signal.pause()
