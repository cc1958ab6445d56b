"""What the weights say of each image of a manifest, whether scored here or read from a table of scores.

Images scored here are kept as they come, so that a run that was killed goes on where it was.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from train.evaluation.people.heatmap_facts import CHECKED, TASK, HeatmapFacts, Twins, measure
from train.evaluation.people.truth import CohortTruth
from train.examples.patches import Outline
from verte_core.batch.clinical_table import ClinicalValues
from verte_core.batch.image_table import ImageTable, TableRow
from verte_core.batch.pipeline import Scored, score_images
from verte_core.batch.record import ImageRecord
from verte_core.errors import ClinicalError, DataError, OutputError
from verte_core.files import with_formula
from verte_core.results import TASKS
from verte_core.scoring.scorer import Scorer
from verte_core.scoring.scorers import Scorers
from verte_core.training.dataset import Example, inputs_of

_NAMED = 5
"""How many images a message names before it only counts them."""


@dataclass(frozen=True)
class ImageResult:
    """What became of one image.

    Attributes:
        number: its line in the manifest; the header is line 1.
        scores: calibrated probability 0..1 by task; empty where the image was refused.
        reason: the sentence it was refused with; empty where it was scored.
        kind: that cause in a few words, by which refusals are counted.
        manufacturer: as the header gives it; empty where it does not, and where it is not known.
        protocol: which the image was read as; empty where it was refused or is not known.
        heatmap: None without a heatmap of the pVF-score.
        likeness: to what the weights learned from; None where that is not known.
        unlike: whether they call it unlike.
        is_simulated: whether the header says that this program computed the image; False where not known.
    """

    number: int
    scores: dict[str, float]
    reason: str = ""
    kind: str = ""
    manufacturer: str = ""
    protocol: str = ""
    heatmap: HeatmapFacts | None = None
    likeness: float | None = None
    unlike: bool = False
    is_simulated: bool = False


def score(
    scorer: Scorer,
    networks: Sequence[Twins],
    tasks: Sequence[str],
    examples: Sequence[Example],
    truth: CohortTruth,
    manifest_sha256: str,
    part: Path,
) -> list[ImageResult]:
    """Score examples, each forward used for scores and heatmap alike; one that can't be is a refusal.

    Args:
        scorer: the model, of one or several weights files.
        networks: ``heatmap_facts.shuffled`` of the same files.
        tasks: the scores to keep.
        examples: those to score; their lines in the manifest name them in ``part``.
        truth: of the examples, in their order.
        manifest_sha256: of the manifest.
        part: a file that grows by a line an image. Images scored under the same weights, manifest, truth and
            tasks are not scored again; lines of any others are thrown away. The caller removes it once all is
            done.

    Returns:
        In the order of the examples.

    Raises:
        OutputError: when ``part`` can't be written.
    """
    key = {
        "weights": scorer.weights_id,
        "manifest_sha256": manifest_sha256,
        "truth_sha256": truth.sha256,
        "tasks": list(tasks),
    }
    lines = [each.line for each in examples]
    outlines = dict(zip(lines, truth.outlines, strict=True)) if truth.outlines else {}
    places = {line: place for place, line in enumerate(lines)}
    inputs = {each.path: ClinicalValues(*_inputs(each)) for each in examples}
    try:
        done = _resume(part, key)
        todo = [each for each in examples if each.line not in done]
        outcomes = score_images(
            Scorers([scorer]), [each.path for each in todo], lambda path, sop_instance_uid: inputs[path]
        )
        with part.open("a") as file, closing(outcomes):
            progress = tqdm(outcomes, "scoring", len(todo), unit="image")
            for example, (record, scored) in zip(todo, progress, strict=True):
                line = example.line
                own = networks if places[line] < CHECKED else ()
                bodies = outlines.get(line)
                done[line] = _result(scorer, own, tasks, line, record, scored, bodies, places[line])
                file.write(json.dumps(asdict(done[line])) + "\n")
                file.flush()
    except OSError as error:
        raise OutputError(f"{part} can't be written: {error.strerror}.") from error
    return [done[line] for line in lines]


def _inputs(example: Example) -> tuple[float, str, float | None]:
    inputs = inputs_of(example)
    return inputs.age, inputs.sex, inputs.bmi


def _result(
    scorer: Scorer,
    networks: Sequence[Twins],
    tasks: Sequence[str],
    number: int,
    record: ImageRecord,
    scored: Scored | None,
    outlines: Sequence[Outline] | None,
    place: int,
) -> ImageResult:
    if scored is None:
        return ImageResult(number, {}, record.reason, record.kind)
    heatmap = (
        measure(scorer, scored.encoded, record.inputs, outlines, networks, place) if TASK in tasks else None
    )
    return ImageResult(
        number,
        {task: record.scores[task].value for task in tasks},
        manufacturer=scored.radiograph.header.manufacturer or "",
        is_simulated=scored.radiograph.header.is_simulated,
        likeness=record.likeness.value if record.likeness else None,
        unlike=record.likeness is not None and record.likeness.unlike,
        protocol=scorer.metadata.protocol,
        heatmap=heatmap,
    )


def _resume(part: Path, key: dict[str, Any]) -> dict[int, ImageResult]:
    """The images scored under the same key; ``part`` then holds the key and whole lines, nothing else."""
    part.parent.mkdir(parents=True, exist_ok=True)
    content = part.read_bytes() if part.is_file() else b""
    # The last line may have been cut short.
    whole = content[: content.rfind(b"\n") + 1]
    first, *lines = whole.splitlines() or [b""]
    if first != json.dumps(key).encode():
        part.write_text(json.dumps(key) + "\n")
        return {}
    os.truncate(part, len(whole))
    done = {}
    for line in lines:
        # After a power cut there may be anything in the file; what is no result is scored again.
        with suppress(ValueError, TypeError, KeyError):
            result = _parse(json.loads(line))
            # A refused image is tried again, as verte score does: its folder may be within reach now.
            if result.scores:
                done[result.number] = result
    return done


def _parse(entry: dict[str, Any]) -> ImageResult:
    heatmap = entry.pop("heatmap")
    if heatmap is not None:
        peak, shuffled = heatmap.pop("peak"), tuple(heatmap.pop("shuffled"))
        heatmap = HeatmapFacts(None if peak is None else (peak[0], peak[1]), **heatmap, shuffled=shuffled)
    return ImageResult(**entry, heatmap=heatmap)


@dataclass(frozen=True)
class ScoresTable:
    """The scores of a manifest's images from a scores.csv.

    Attributes:
        images: in the order of the examples, without heatmaps.
        tasks: those that the table gives.
        model_id: of the weights that made it.
        trained_on: as the table has it.
    """

    images: list[ImageResult]
    tasks: tuple[str, ...]
    model_id: str
    trained_on: str


def from_table(table: Path, examples: Sequence[Example]) -> ScoresTable:
    """Take the scores from a table that ``verte score`` wrote.

    A row belongs to the image whose absolute path, or the end of it, stands in the column path; else to the
    one of the same file name, where neither table nor manifest has another of that name.

    Args:
        table: a scores.csv. Of its columns path, status, reason, pvf_score, osteo_score, model_id and
            trained_on are read; rows of other images are passed over.
        examples: those wanted.

    Raises:
        DataError: for a table that can't be read, lacks columns, comes of several models, has no row or two
            for an image, or a score that is no number in 0..1.
    """
    try:
        found = ImageTable(table, tuple(f"{task}_score" for task in TASKS))
        absent = [each for each in ("path", "status", "model_id", "trained_on") if each not in found.columns]
        if absent:
            raise DataError(f"The table {table.name} lacks these columns: {', '.join(absent)}.")
        rows = _rows_of(found, table.name, examples)
        images = [_from_row(number, row) for number, row in rows.items()]
    except ClinicalError as error:
        raise DataError(str(error)) from error
    # An image that could not be opened has no weights.
    models = sorted({(row.cells["model_id"], row.cells["trained_on"]) for row in rows.values()} - {("", "")})
    if not models:
        raise DataError(f"The table {table.name} has no score of any image of the manifest.")
    if len(models) > 1:
        names = ", ".join(model for model, _ in models)
        raise DataError(f"The table {table.name} holds scores of several models ({names}); give one of each.")
    tasks = tuple(task for task in TASKS if any(task in image.scores for image in images))
    if not tasks:
        raise DataError(f"The table {table.name} has no score of any image of the manifest.")
    for number, image in zip(rows, images, strict=True):
        lacking = [task for task in tasks if not image.reason and task not in image.scores]
        if lacking:
            location = rows[number].location
            raise DataError(f"{location}: {lacking[0]}_score is empty, though the image is scored.")
    ((model_id, trained_on),) = models
    return ScoresTable(images, tasks, model_id, trained_on)


def _from_row(number: int, row: TableRow) -> ImageResult:
    status = row.cells["status"]
    if status == "refused":
        return ImageResult(number, {}, row.cells.get("reason") or "The table gives no reason.", "refused")
    if status != "scored":
        raise DataError(f"{row.location}: status must be scored or refused, not {status!r}.")
    scores = {}
    for task in TASKS:
        value = row.number(f"{task}_score")
        if value is not None and not (math.isfinite(value) and 0 <= value <= 1):
            raise DataError(f"{row.location}: {task}_score is {value:g}, which is not in 0 to 1.")
        if value is not None:
            scores[task] = value
    unlike = row.cells.get("unlike", "") not in ("", "no")
    return ImageResult(number, scores, likeness=row.number("likeness"), unlike=unlike)


def _rows_of(table: ImageTable, name: str, examples: Sequence[Example]) -> dict[int, TableRow]:
    """The row of every example."""
    by_path = {_path(row): row for row in table if _path(row)}
    in_table = Counter(path.rpartition("/")[2] for path in by_path)
    in_manifest = Counter(example.path.name for example in examples)
    by_name = {path.rpartition("/")[2]: row for path, row in by_path.items()}
    rows: dict[int, TableRow] = {}
    missing: list[str] = []
    taken: dict[str, int] = {}
    for example in examples:
        path, own = example.path.absolute(), example.path.name
        ends = ("/".join(path.parts[start:]) for start in range(1, len(path.parts)))
        found = [by_path[key] for key in (path.as_posix(), *ends) if key in by_path]
        if not found and in_table[own] == in_manifest[own] == 1:
            found = [by_name[own]]
        if len(found) > 1:
            raise DataError(f"{found[1].location}: the image {own} has two rows in the table.")
        if not found:
            missing.append(own)
            continue
        rows[example.line] = found[0]
        if taken.setdefault(found[0].location, example.line) != example.line:
            raise DataError(f"{found[0].location}: {own} may be any of several images of the manifest.")
    if missing:
        named = ", ".join(missing[:_NAMED]) + (", ..." if len(missing) > _NAMED else "")
        raise DataError(
            f"The table {name} has no row for {len(missing)} of the {len(examples)} images ({named})."
        )
    return rows


def _path(row: TableRow) -> str:
    path = row.cells.get("path", "").replace("\\", "/").removeprefix("./")
    return with_formula(path)
