"""Many images: reading them overlaps the network, and one bad file never ends the run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from verte_core.batch.clinical_table import ClinicalValues, combine, contradictions, from_header
from verte_core.batch.record import Identity, ImageRecord, Source
from verte_core.devices import at_once, is_out_of_memory, no_memory
from verte_core.errors import VerteError, WeightsError, fault_of_program, scrubbed
from verte_core.files import state_of
from verte_core.image_types import ProtocolChoice
from verte_core.parallel import ahead
from verte_core.reading.isolated import Cancelled, Readers, StartError
from verte_core.reading.radiograph import Radiograph
from verte_core.scoring.scorer import Encoded, Prepared, Scorer
from verte_core.scoring.scorers import Scorers

Given = TypeVar("Given")

_log = logging.getLogger(__name__)

GPU_BATCH = 8
"""Images a forward of a GPU."""
GPU_THREADS = 2
"""Keep a GPU busy: one waits for the results of its batch while the other fills the next."""


@dataclass(frozen=True, eq=False)
class Scored:
    """What is heavy of an image that was scored; it goes beside the record only while the image is shown."""

    scorer: Scorer
    radiograph: Radiograph
    encoded: Encoded


Outcome = tuple[ImageRecord, Scored | None]
ValuesOf = Callable[[Path, str | None], ClinicalValues]
"""The values given from outside for an open image (``clinical_table.Given``); the header fills the rest."""


Watch = Callable[[Path], AbstractContextManager[None]]
"""The context in which an image is read, on the thread that reads it."""


def unwatched(path: Path) -> AbstractContextManager[None]:
    """A ``Watch`` that does nothing."""
    return nullcontext()


@dataclass(frozen=True, eq=False)
class _Ready:
    """An image on its way to the network."""

    record: ImageRecord
    scorer: Scorer
    radiograph: Radiograph
    prepared: Prepared


def score_images(
    scorers: Scorers,
    paths: Iterable[Path],
    values_of: ValuesOf,
    choice: ProtocolChoice = "auto",
    readers: Readers | None = None,
    watch: Watch = unwatched,
) -> Generator[Outcome, None, None]:
    """Score images; a record for every path, in order, whatever it holds, and ``Scored`` beside it.

    The next images are read and prepared while the network works, and a GPU works while the caller is busy
    with an outcome. Only a fixed number of images is held at a time. After ``close`` nothing more is begun,
    and what is being read is dropped at once.

    Args:
        scorers: the weights for each kind of image.
        paths: files, as ``image_files.find_images`` gives them.
        values_of: called from several threads, once an image is open.
        choice: overrules what a header says about the image.
        readers: processes that read; without them, this run has its own.
        watch: what goes on around the reading of each image.

    Raises:
        StartError: when there is no process to read with.
        WeightsError: when shipped weights can't be loaded.
    """
    closed = threading.Event()
    on_cpu = scorers.device == "cpu"
    with (
        nullcontext(readers) if readers else Readers() as apart,
        ThreadPoolExecutor(apart.number + (at_once() if on_cpu else 0)) as reading,
        ThreadPoolExecutor(GPU_THREADS) as network,
    ):

        def read(path: Path) -> _Ready | ImageRecord:
            with watch(path):
                return _read(scorers, path, values_of, choice, apart, closed.is_set)

        done = (
            _on_cpu(reading, read, paths, apart.number)
            if on_cpu
            else ahead(
                network,
                _forward,
                _batched(ahead(reading, read, paths, apart.number + GPU_BATCH), GPU_BATCH),
                GPU_THREADS,
            )
        )
        try:
            for outcomes in done:
                yield from outcomes
        finally:
            # When the caller wants no more, what is read ahead has no use.
            closed.set()
            for pool in (reading, network):
                pool.shutdown(wait=False, cancel_futures=True)


def _on_cpu(
    pool: ThreadPoolExecutor,
    read: Callable[[Path], _Ready | ImageRecord],
    paths: Iterable[Path],
    readers: int,
) -> Iterator[list[Outcome]]:
    """Each image goes its own way, so that none waits for one that takes long to be read."""
    gate = threading.BoundedSemaphore(at_once())

    def work(path: Path) -> list[Outcome]:
        image = read(path)
        with gate:
            return _forward([image])

    return ahead(pool, work, paths, readers + at_once())


def _batched(items: Iterator[Given], size: int) -> Iterator[list[Given]]:
    while batch := list(islice(items, size)):
        yield batch


def _read(
    scorers: Scorers,
    path: Path,
    values_of: ValuesOf,
    choice: ProtocolChoice,
    readers: Readers,
    cancelled: Cancelled,
) -> _Ready | ImageRecord:
    record = ImageRecord(str(path), "", None, choice)
    try:
        # Before the pixels: a file that changes meanwhile is then seen to be another one.
        state = state_of(path)
        image = readers.load(path, cancelled)
        uid, scorer = image.header.sop_instance_uid, scorers.of(image, choice)
        said = scorers.said(image, choice)
        notes = (*image.notes, *((said,) if said else ()))
        record = replace(
            record,
            model_id=scorer.weights_id,
            trained_on=scorer.metadata.trained_on,
            source=Source(state, uid, image.protocol),
            identity=Identity.of(image.header),
            person=image.header.person,
            image_id=image.id,
            notes=notes,
        )
        given = values_of(path, uid)
        notes = (*notes, *given.notes, *contradictions(given, image.header))
        record = replace(record, given=given, notes=notes)
        if scorer.needs_clinical:
            record = replace(record, inputs=combine(record.given, from_header(image.header)))
        return _Ready(record, scorer, image, scorer.prepare(image, choice))
    except (StartError, WeightsError):
        # Not the image's fault: no record may say so.
        raise
    except Exception as error:
        return record.refused(refusal(error))


def _forward(batch: Sequence[_Ready | ImageRecord]) -> list[Outcome]:
    ready = [each for each in batch if isinstance(each, _Ready)]
    done: dict[str, Outcome] = {}
    for scorer in {each.scorer for each in ready}:
        own = [each for each in ready if each.scorer is scorer]
        outcomes = _score(scorer, own)
        done |= {each.record.path: outcome for each, outcome in zip(own, outcomes, strict=True)}
    return [done[each.record.path] if isinstance(each, _Ready) else (each, None) for each in batch]


def _score(scorer: Scorer, ready: Sequence[_Ready]) -> list[Outcome]:
    """Of all in one forward, or else one by one, so that an error costs its own image alone."""
    if not ready:
        return []
    try:
        encoded = scorer.encode_all([each.prepared for each in ready], beside_others=True)
        results = scorer.score_all(encoded, [each.record.inputs for each in ready])
        return [
            (each.record.scored(result.scores, result.likeness), Scored(scorer, each.radiograph, own))
            for each, own, result in zip(ready, encoded, results, strict=True)
        ]
    except Exception as error:
        # The error itself would keep what the forward had reserved so far.
        reason = refusal(error) if len(ready) == 1 else None
    if reason is not None:
        return [(ready[0].record.refused(reason), None)]
    return [outcome for each in ready for outcome in _score(scorer, [each])]


def refusal(error: Exception) -> VerteError:
    """Why an image is refused, in a sentence. A fault of the program must not cost the images after it."""
    if isinstance(error, VerteError):
        return error
    if is_out_of_memory(error):
        return no_memory()
    _log.error("The program failed on an image: %s", scrubbed(error))
    return fault_of_program(error)
