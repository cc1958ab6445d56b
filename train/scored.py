"""Scores and heatmap peaks of a manifest's images, kept as they come: a killed run goes on where it was."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from train.evaluation.pointing import peak_of
from verte_core import radiograph
from verte_core.dataset import Example
from verte_core.errors import OutputError
from verte_core.scoring import Scorer


@dataclass(frozen=True)
class Scored:
    """What the model says of one image.

    Attributes:
        scores: in 0..1, in the order of the tasks.
        peak: (row, column) of the pVF heatmap's peak on the 1024 x 512 canvas; None without such a score, or
            where nothing raised it.
    """

    scores: tuple[float, ...]
    peak: tuple[int, int] | None


def score(
    scorer: Scorer,
    tasks: Sequence[str],
    examples: Mapping[int, Example],
    manifest_sha256: str,
    part: Path,
) -> list[Scored]:
    """Score examples one by one, each forward used for scores and heatmap alike.

    Args:
        scorer: the model.
        tasks: its scores to keep.
        examples: by their row in the manifest, which names them in ``part``.
        manifest_sha256: of the manifest.
        part: a file that grows by a line an image. Lines of the same weights and manifest are not scored
            again; any others are thrown away.

    Raises:
        VerteError: for an image that can't be scored, or when ``part`` can't be written.
    """
    try:
        done = _resume(part, [scorer.weights_id, manifest_sha256, *tasks])
        with part.open("a", newline="") as file:
            rows = csv.writer(file)
            missing = [number for number in examples if number not in done]
            for number in tqdm(missing, "scoring", unit="image"):
                done[number] = one = _score_one(scorer, tasks, examples[number])
                rows.writerow([number, *one.scores, *(one.peak or ("", ""))])
                file.flush()
    except OSError as error:
        raise OutputError(f"{part} can't be written: {error.strerror}.") from error
    return [done[number] for number in examples]


def _score_one(scorer: Scorer, tasks: Sequence[str], example: Example) -> Scored:
    encoded = scorer.encode(radiograph.load(example.path))
    result = scorer.score(encoded, example.inputs)
    peak = peak_of(scorer.explain(encoded, example.inputs, "pvf")) if "pvf" in tasks else None
    return Scored(tuple(result.scores[task].value for task in tasks), peak)


def _resume(part: Path, key: list[str]) -> dict[int, Scored]:
    """The whole lines of ``part`` under the same key; afterwards the file holds these and nothing else."""
    part.parent.mkdir(parents=True, exist_ok=True)
    content = part.read_bytes() if part.is_file() else b""
    # The last line may have been cut short, and half a number is a number.
    whole = content[: content.rfind(b"\n") + 1]
    first, *rows = list(csv.reader(whole.decode(errors="replace").splitlines())) or [[]]
    if first != key:
        with part.open("w", newline="") as file:
            csv.writer(file).writerow(key)
        return {}
    os.truncate(part, len(whole))
    done = {}
    for number, *scores, row, column in (each for each in rows if len(each) == len(key) + 1):
        # After a power cut there may be anything in the file; what is no number is scored again.
        with suppress(ValueError):
            peak = (int(row), int(column)) if row else None
            done[int(number)] = Scored(tuple(map(float, scores)), peak)
    return done
