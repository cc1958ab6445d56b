"""Many images: reading them overlaps the network, and one bad file never ends the run."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, Literal, TypeVar

import torch

from verte_core.batch.clinical_table import ClinicalValues, combine, from_header
from verte_core.clinical import ClinicalInputs
from verte_core.devices import is_out_of_memory, no_memory
from verte_core.errors import VerteError, scrubbed
from verte_core.files import FileState, state_of
from verte_core.image_types import ProtocolChoice
from verte_core.reading import radiograph
from verte_core.reading.radiograph import Radiograph
from verte_core.results import Result
from verte_core.scoring.scorer import Encoded, Prepared, Scorer

Given = TypeVar("Given")
Made = TypeVar("Made")

_log = logging.getLogger(__name__)

BATCH = {"cuda": 8}
"""Images a forward by type of device; one elsewhere, where more are no faster."""
READERS = 16
"""At most; more wait for Python's lock."""
GPU_THREADS = 2
"""Keep a GPU busy: one waits for the results of its batch while the other fills the next. On a CPU there is
nothing to gain, and glibc's memory for threads other than the first makes a forward 7 % slower."""


@dataclass(frozen=True)
class Row:
    """One image's line of scores.csv and of ``--json``.

    Scores are 0..1, age in years, BMI in kg/m2. A spread is the greatest minus the least score of several
    weights files for the same task, None for one. A zone is ``low``, ``indeterminate`` or ``high``.
    """

    path: str
    status: Literal["scored", "refused"]
    reason: str
    pvf_score: float | None
    osteo_score: float | None
    age: float | None
    sex: str | None
    bmi: float | None
    model_id: str
    trained_on: str
    pvf_spread: float | None = None
    osteo_spread: float | None = None
    pvf_zone: str | None = None
    osteo_zone: str | None = None


@dataclass(frozen=True)
class Source:
    """The file that the row of a scored image was made from: its state when it was opened, and its UID."""

    state: FileState | None
    sop_instance_uid: str | None


@dataclass(frozen=True, eq=False)
class Scored:
    """What else is known of an image that was scored."""

    radiograph: Radiograph
    source: Source
    encoded: Encoded
    result: Result


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of one image: its row, the values ``given`` for it from outside, and ``scored`` or the
    ``kind`` of reason that it was refused for."""

    row: Row
    given: ClinicalValues
    kind: str = ""
    scored: Scored | None = None


ValuesOf = Callable[[Path, str | None], ClinicalValues]
"""The values given from outside for a path and SOP Instance UID; the header fills what they lack."""


@dataclass(frozen=True, eq=False)
class _Ready:
    """An image on its way to the network."""

    radiograph: Radiograph
    source: Source
    given: ClinicalValues
    prepared: Prepared
    inputs: ClinicalInputs | None


def score_images(
    scorer: Scorer, paths: Iterable[Path], values_of: ValuesOf, choice: ProtocolChoice = "auto"
) -> Generator[Outcome, None, None]:
    """Score images; an outcome for every path, in order, whatever it holds.

    Threads read and prepare the next images while the network works, and a GPU works while the caller is busy
    with an outcome. Only a fixed number of images is held at a time. When the memory of a GPU does
    not suffice, the CPU takes over, with a sentence on standard error. After ``close`` nothing more is begun.

    Args:
        scorer: the model.
        paths: files, as ``image_files.find_images`` gives them.
        values_of: called from several threads: without a UID, and again once an image is open.
        choice: overrules what a header says about the image.
    """
    cpus = max((os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")), 1)
    readers, size = min(cpus, READERS), BATCH.get(scorer.device.type, 1)

    def read(path: Path) -> _Ready | Outcome:
        return _read(scorer, path, values_of, choice)

    def forward(batch: list[_Ready | Outcome]) -> list[Outcome]:
        return _forward(scorer, batch)

    with (
        # The filters of warnings belong to the process: reader threads would restore each other's, and a
        # warning of pydicom may hold a patient's values.
        warnings.catch_warnings(action="ignore"),
        ThreadPoolExecutor(readers) as reading,
        ThreadPoolExecutor(GPU_THREADS) as network,
    ):
        batches = _batched(_ahead(reading, read, paths, readers + size), size)
        on_cpu = scorer.device.type == "cpu"
        done = map(forward, batches) if on_cpu else _ahead(network, forward, batches, GPU_THREADS)
        try:
            for outcomes in done:
                yield from outcomes
        finally:
            # When the caller wants no more, what is read ahead has no use.
            for pool in (reading, network):
                pool.shutdown(wait=False, cancel_futures=True)


def _ahead(
    pool: Executor, job: Callable[[Given], Made], items: Iterable[Given], number: int
) -> Iterator[Made]:
    """``map`` in order, with at most ``number`` jobs begun or waiting beyond the one that is asked for."""
    begun: deque[Future[Made]] = deque()
    for item in items:
        begun.append(pool.submit(job, item))
        if len(begun) > number:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()


def _batched(items: Iterator[Given], size: int) -> Iterator[list[Given]]:
    while batch := list(islice(items, size)):
        yield batch


def _read(scorer: Scorer, path: Path, values_of: ValuesOf, choice: ProtocolChoice) -> _Ready | Outcome:
    given = ClinicalValues()
    try:
        given = values_of(path, None)
        # Before the pixels: a file that changes meanwhile is then seen to be another one.
        state = state_of(path)
        image = radiograph.load(path)
        given = values_of(path, image.header.sop_instance_uid)
        inputs = combine(given, from_header(image.header)) if scorer.needs_clinical else None
        source = Source(state, image.header.sop_instance_uid)
        return _Ready(image, source, given, scorer.prepare(image, choice), inputs)
    except VerteError as error:
        return _refused(scorer, path, given, error)
    except MemoryError:
        return _refused(scorer, path, given, no_memory())
    except Exception as error:  # a fault of the program must not cost the images after it
        _log.error("An image was refused: %s", scrubbed(error))
        fault = f"The program failed on this image ({type(error).__name__})."
        return _refused(scorer, path, given, VerteError(fault, kind="fault of the program"))


def _forward(scorer: Scorer, batch: Sequence[_Ready | Outcome]) -> list[Outcome]:
    ready = [each for each in batch if isinstance(each, _Ready)]
    done = iter(_scored_or_none(scorer, ready) or _one_by_one_on_the_cpu(scorer, ready))
    return [next(done) if isinstance(each, _Ready) else each for each in batch]


def _one_by_one_on_the_cpu(scorer: Scorer, ready: Sequence[_Ready]) -> list[Outcome]:
    with _LEAVING:
        if ready and scorer.device.type != "cpu":
            print("verte: The memory of the GPU does not suffice; the CPU goes on.", file=sys.stderr)
            scorer.use_cpu()
            torch.cuda.empty_cache()
    outcomes = []
    for each in ready:
        path = each.radiograph.path
        outcomes += _scored_or_none(scorer, [each]) or [_refused(scorer, path, each.given, no_memory())]
    return outcomes


def _scored_or_none(scorer: Scorer, ready: Sequence[_Ready]) -> list[Outcome] | None:
    """None when there is not enough memory. An error would keep what the forward had reserved so far."""
    outcomes = []
    try:
        size = BATCH.get(scorer.device.type, 1)
        for start in range(0, len(ready), size):
            part = ready[start : start + size]
            encoded = scorer.encode_all([each.prepared for each in part])
            results = scorer.score_all(encoded, [each.inputs for each in part])
            outcomes += [
                Outcome(
                    _row(scorer, each, result),
                    each.given,
                    scored=Scored(each.radiograph, each.source, own, result),
                )
                for each, own, result in zip(part, encoded, results, strict=True)
            ]
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return None
    return outcomes


_LEAVING = Lock()
"""All threads of a GPU run out of memory at about the same time."""


def _refused(scorer: Scorer, path: Path, given: ClinicalValues, error: VerteError) -> Outcome:
    nothing = dict.fromkeys(("pvf_score", "osteo_score", "age", "bmi"))
    row = Row(
        str(path), "refused", str(error), **nothing, sex=None,
        model_id=scorer.weights_id, trained_on=scorer.metadata.trained_on,
    )  # fmt: skip
    return Outcome(row, given, error.kind)


def _row(scorer: Scorer, ready: _Ready, result: Result) -> Row:
    inputs = result.inputs
    columns: dict[str, Any] = {}
    for task, score in result.scores.items():
        columns[f"{task}_score"] = round(score.value, 4)
        columns[f"{task}_spread"] = None if score.spread is None else round(score.spread, 4)
        columns[f"{task}_zone"] = score.zone
    return Row(
        path=str(ready.radiograph.path),
        status="scored",
        reason="",
        pvf_score=columns.get("pvf_score"),
        osteo_score=columns.get("osteo_score"),
        age=inputs.age if inputs else None,
        sex=inputs.sex if inputs else None,
        bmi=round(inputs.bmi, 2) if inputs and inputs.bmi is not None else None,
        model_id=result.weights_id,
        trained_on=scorer.metadata.trained_on,
        pvf_spread=columns.get("pvf_spread"),
        osteo_spread=columns.get("osteo_spread"),
        pvf_zone=columns.get("pvf_zone"),
        osteo_zone=columns.get("osteo_zone"),
    )
