"""Scoring many images, for terminal and window: which ones, and a run that can go on later."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from verte_core import __version__
from verte_core.batch import heatmap_picture
from verte_core.batch.clinical_table import ClinicalTable, Given, GivenToAll
from verte_core.batch.journal import Reading
from verte_core.batch.pipeline import Outcome, Scored, ValuesOf, refusal, score_images, unwatched
from verte_core.batch.record import ImageRecord, Source, Tally
from verte_core.batch.scores_file import ScoresFile
from verte_core.errors import OutputError, VerteError
from verte_core.files import state_of
from verte_core.heatmap_colors import CAVEAT
from verte_core.image_types import ProtocolChoice
from verte_core.ranks import Ranks
from verte_core.reading.image_files import NO_IMAGE, find_images
from verte_core.reading.isolated import Readers
from verte_core.results import OperatingPoints, title
from verte_core.scoring.scorers import Scorers


def find(paths: Sequence[Path], table: Path | None) -> tuple[list[Path], Given]:
    """The images below ``paths``, or else those that the table names, and the values given for them.

    Once the images are scored, ``said`` of the latter tells what of the table was not used.

    Raises:
        VerteError: when the table can't be used, or there is no image.
    """
    if table is None:
        values_of: Given = GivenToAll()
        images = find_images(paths)
    else:
        clinical = ClinicalTable(table)
        images = find_images(paths or clinical.images())
        values_of = clinical.match(images)
        if not images:
            raise VerteError(
                f"The table {table.name} has no column path; name the folder of its images, too."
            )
    if not images:
        raise VerteError(NO_IMAGE)
    return images, values_of


class ScoringRun:
    """One run. As a context it holds the lock on the results; what was scored before is taken over.

    Args:
        scorers: the weights for each kind of image.
        images: all of them, in absolute paths when there are results: a later run knows them by these.
        values_of: the values given from outside, called from several threads.
        choice: overrules what a header says about the image.
        out: the scores.csv; None keeps no results.
        heatmaps: a folder for a heatmap picture of each score; it is made.
        identify: whether records and results say whose images they are (``record.Identity``).
        ranks: the processes among which the images are dealt out, and this one.
        readers: processes that read images, which may have begun before; without them, the run has its own.

    Attributes:
        images: all of them, as the first process found them.
        taken_over: the records of images scored before, in order; only on the first process.
        own_images: those that this process has to score.
        damaged_lines: of journals of earlier runs, that were passed over; only on the first process.
        tally: of the images that this process has scored or refused so far.

    Raises:
        VerteError: when another run writes the same results, or ``out`` is another kind of file.
        OutputError: when something can't be written.
    """

    def __init__(
        self,
        scorers: Scorers,
        images: Sequence[Path],
        values_of: ValuesOf,
        *,
        choice: ProtocolChoice = "auto",
        out: Path | None = None,
        heatmaps: Path | None = None,
        identify: bool = False,
        ranks: Ranks | None = None,
        readers: Readers | None = None,
    ) -> None:
        self._scorers = scorers
        self.images = list(images)
        self.taken_over: list[ImageRecord] = []
        self.own_images: list[Path] = []
        self.damaged_lines = 0
        self.tally = Tally()
        self._identify = identify
        self._suspects: dict[Path, Reading] = {}
        self._twins: set[Path] = set()
        self._values_of, self._choice = values_of, choice
        self._heatmaps = heatmaps.resolve() if heatmaps else None
        self._ranks = ranks or Ranks(scorers.device)
        self._file = ScoresFile(out, self._ranks.rank) if out else None
        self._readers = readers
        self._open = ExitStack()

    def __enter__(self) -> ScoringRun:
        with ExitStack() as opened:
            if self._heatmaps:
                _make_folder(self._heatmaps)
            todo, first = self.images, self._ranks.first
            if self._file and first:
                opened.enter_context(self._file)
                todo = self._file.missing(self.images, self._is_current)
                self.taken_over = self._file.taken_over(self.images)
                self._suspects, self.damaged_lines = self._file.suspects, self._file.damage.lines
            # One process decides: the others may see the folders at another moment.
            self.images, todo, self._suspects = self._ranks.from_first((self.images, todo, self._suspects))
            self._twins = _twins(self.images) if self._heatmaps else set()
            if self._file and not first:
                opened.enter_context(self._file)
            self.own_images = todo[self._ranks.rank :: self._ranks.count]
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def outcomes(self) -> Generator[Outcome, None, None]:
        """Score this process's images; each outcome comes once its record is safe.

        An image whose heatmap can't be made or written is scored all the same; its record says why.
        """
        with closing(self._scored()) as found:
            for record, scored in found:
                if not self._identify:
                    record = replace(record, identity=None)
                # Before the record: one that is taken over later has its heatmaps.
                if scored and self._heatmaps:
                    record = self._with_heatmaps(record, scored, self._heatmaps)
                if self._file:
                    self._file.add(record)
                self.tally.add(record)
                yield record, scored

    def _scored(self) -> Generator[Outcome, None, None]:
        """All at once, and last, each by itself, those of which one may have ended a run."""
        several, suspects, refused = self._told_apart()
        for paths in (several, *([path] for path in suspects)):
            watch = partial(self._file.reading, alone=paths is not several) if self._file else unwatched
            found = score_images(self._scorers, paths, self._values_of, self._choice, self._readers, watch)
            with closing(found):
                yield from found
        for path in refused:
            assert self._file
            record = ImageRecord(str(path), "", None, self._choice)
            record = replace(record, source=Source(self._suspects[path].state, None))
            yield record.refused(self._file.refusal()), None

    def _told_apart(self) -> tuple[list[Path], list[Path], list[Path]]:
        """This process's images: those of no suspicion, those that are to be read alone, and the refused."""
        kinds: tuple[list[Path], list[Path], list[Path]] = ([], [], [])
        for path in self.own_images:
            suspect = self._suspects.get(path)
            kinds[0 if suspect is None else 2 if suspect.alone else 1].append(path)
        return kinds

    @property
    def unfinished(self) -> int:
        """How many of this process's images have no outcome yet."""
        return len(self.own_images) - self.tally.kinds.total()

    def finish(self) -> Tally:
        """Wait for the other processes; the first writes the CSV with a row for each image.

        Returns:
            That of all images; of those of this process on any but the first.
        """
        self._ranks.wait()
        if self._file and self._ranks.first:
            return self._file.finish(self.images, self._points_of, self._identify)
        return self.tally

    def finish_early(self) -> Tally:
        """Write the CSV with a row for each image that is done, on the first process, and wait for no other.

        The journals stay, so that the same run goes on later. With no image done, a former CSV stays.

        Returns:
            That of all images that are done; of those of this process on any but the first.
        """
        if self._file and self._ranks.first:
            return self._file.finish_early(self.images, self._points_of, self._identify)
        return self.tally

    def _points_of(self, model_id: str) -> Mapping[str, OperatingPoints]:
        """Of those of the weights whose scores are in the results."""
        kind = next(
            each for each in self._scorers.kinds if self._scorers.weights_id(each, "auto") == model_id
        )
        return self._scorers.of_kind(kind).metadata.operating_points

    def _is_current(self, record: ImageRecord) -> bool:
        """Whether a record was made by the same program and weights from the same file, values and choices.

        A file is known by size and time of modification. One whose heatmap failed is scored again.
        """
        if (record.identity is not None) != self._identify:
            return False
        source = record.source or Source(None, None)
        path, uid = Path(record.path), source.sop_instance_uid
        try:
            given = self._values_of(path, uid)
        except VerteError:
            return False
        now = replace(
            record,
            model_id=self._scorers.weights_id(source.protocol, self._choice),
            protocol=self._choice,
            heatmaps=str(self._heatmaps) if self._heatmaps else None,
            without_heatmap="",
            version=__version__,
            given=given,
            source=replace(source, state=state_of(path)),
        )
        return record == now

    def _with_heatmaps(self, record: ImageRecord, scored: Scored, folder: Path) -> ImageRecord:
        """The record, once the heatmap of each score is in the folder, or can't be."""
        failures = []
        for task in record.scores:
            try:
                _write_heatmap(folder, record, scored, task, self._twins)
            except Exception as error:
                failures.append(f"{title(task)}: {refusal(error)}")
        return replace(record, heatmaps=str(folder), without_heatmap=" ".join(failures))


def _twins(images: Sequence[Path]) -> set[Path]:
    """Those of one name, but for the suffix, that may be copies of one another."""
    by_stem: dict[str, list[Path]] = defaultdict(list)
    for path in images:
        by_stem[path.stem.casefold()].append(path)
    found: set[Path] = set()
    for alike in by_stem.values():
        sizes = {path: state.size for path in alike if len(alike) > 1 and (state := state_of(path))}
        counts = Counter(sizes.values())
        found |= {path for path, size in sizes.items() if counts[size] > 1}
    return found


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {folder} can't be made: {error.strerror}.") from error


def _write_heatmap(folder: Path, record: ImageRecord, scored: Scored, task: str, twins: set[Path]) -> None:
    image, metadata = scored.radiograph, scored.scorer.metadata
    said = metadata.trained_on.short_notice
    cam = scored.scorer.explain(scored.encoded, record.inputs, task)
    caption = (
        f"{title(task)} {record.scores[task].value:.2f}, {metadata.name} {record.model_id}",
        CAVEAT,
        *((f"{said.upper()[:-1]}: says nothing about a patient.",) if said else ()),
        *record.notes,
    )
    name = heatmap_picture.name(image.path, image.id, task, twins=image.path in twins)
    heatmap_picture.write(folder / name, image, scored.encoded.placement.map_to_source(cam), caption)
