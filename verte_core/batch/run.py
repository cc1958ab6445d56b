"""Scoring a whole archive, for terminal and window: which images, and a run that can go on later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from verte_core import __version__
from verte_core.batch import heatmap_picture
from verte_core.batch.clinical_table import ClinicalTable, ClinicalValues
from verte_core.batch.journal import Line, ScoresFile
from verte_core.batch.pipeline import Outcome, Scored, ValuesOf, score_images
from verte_core.errors import OutputError, VerteError
from verte_core.heatmap_colors import CAVEAT
from verte_core.image_types import ProtocolChoice
from verte_core.processes import Ranks
from verte_core.reading.image_files import NO_IMAGE, find_images
from verte_core.results import title
from verte_core.scoring.scorer import Scorer


def find(paths: Sequence[Path], table: Path | None) -> tuple[list[Path], ValuesOf]:
    """The images below ``paths``, or else those that the table names, and the values given for them.

    Raises:
        VerteError: when the table can't be used, or there is no image.
    """
    if table is None:
        values_of: ValuesOf = lambda path, sop_instance_uid: ClinicalValues()  # noqa: E731
        images = find_images(paths)
    else:
        clinical = ClinicalTable(table)
        values_of = clinical.find
        images = find_images(paths or clinical.images())
        if not images:
            raise VerteError(
                f"The table {table.name} has no column path; name the folder of its images, too."
            )
    if not images:
        raise VerteError(NO_IMAGE)
    return images, values_of


class Archive:
    """One run. As a context it holds the lock on the results; what was scored before is taken over.

    Args:
        scorer: the model.
        images: all of them, in absolute paths when there are results: a later run knows them by these.
        values_of: the values given from outside, called from several threads.
        choice: overrules what a header says about the image.
        out: the scores.csv; None keeps no results.
        heatmaps: a folder for a heatmap picture of each score; it is made.
        ranks: this process among those that share the images.

    Attributes:
        images: all of them, as the first process found them.
        taken_over: the lines of images scored before, in order; only on the first process.
        share: the images that this process has to score.

    Raises:
        VerteError: when another run writes the same results, or ``out`` is another kind of file.
        OutputError: when something can't be written.
    """

    def __init__(
        self,
        scorer: Scorer,
        images: Sequence[Path],
        values_of: ValuesOf,
        *,
        choice: ProtocolChoice = "auto",
        out: Path | None = None,
        heatmaps: Path | None = None,
        ranks: Ranks | None = None,
    ) -> None:
        self.scorer = scorer
        self.images = list(images)
        self.taken_over: list[Line] = []
        self.share: list[Path] = []
        self._values_of, self._choice, self._heatmaps = values_of, choice, heatmaps
        self._ranks = ranks or Ranks(scorer.device)
        self._counts: Counter[str] = Counter()
        settings: dict[str, str | None] = {
            "model_id": scorer.weights_id,
            "protocol": choice,
            "heatmaps": str(heatmaps.resolve()) if heatmaps else None,
            "version": __version__,
        }
        self._file = ScoresFile(out, settings, self._ranks.rank) if out else None
        self._open = ExitStack()

    def __enter__(self) -> Archive:
        with ExitStack() as opened:
            if self._heatmaps:
                _make_folder(self._heatmaps)
            todo, first = self.images, self._ranks.first
            if self._file and first:
                opened.enter_context(self._file)
                todo = self._file.missing(self.images, self._values_of)
                self.taken_over = self._file.taken_over(self.images)
            # One process decides: the others may see the folders at another moment.
            self.images, todo = self._ranks.from_first((self.images, todo))
            if self._file and not first:
                opened.enter_context(self._file)
            self.share = todo[self._ranks.rank :: self._ranks.count]
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def outcomes(self) -> Generator[Outcome, None, None]:
        """Score this process's share; each outcome comes once its row is safe."""
        found = score_images(self.scorer, self.share, self._values_of, self._choice)
        with closing(found):
            for outcome in found:
                # Before the row: one that is taken over later has its heatmaps.
                if outcome.scored and self._heatmaps:
                    _write_heatmaps(self._heatmaps, self.scorer, outcome.scored)
                if self._file:
                    self._file.add(outcome)
                self._counts[outcome.kind] += 1
                yield outcome

    @property
    def unfinished(self) -> int:
        """How many images of the share have no outcome yet."""
        return len(self.share) - self._counts.total()

    def finish(self) -> Counter[str]:
        """Wait for the other processes; the first writes the CSV with a row for each image.

        Returns:
            How many images were scored (key "") and refused, by kind of reason; those of this process on any
            but the first.
        """
        self._ranks.wait()
        if self._file and self._ranks.first:
            return self._file.finish(self.images)
        return self._counts


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {folder} can't be made: {error.strerror}.") from error


def _write_heatmaps(folder: Path, scorer: Scorer, scored: Scored) -> None:
    for task in scorer.tasks:
        cam = scorer.explain(scored.encoded, scored.result.inputs, task)
        score = scored.result.scores[task]
        caption = (
            f"{title(task)} {score.value:.2f}, {scorer.metadata.name} {scorer.weights_id}",
            CAVEAT,
            *(
                ("TRAINED ON SIMULATED IMAGES: says nothing about a patient.",)
                if scorer.metadata.trained_on.notice
                else ()
            ),
        )
        name = f"{scored.radiograph.path.stem}_{scored.radiograph.id[:8]}_{task}.png"
        heatmap_picture.write(
            folder / name, scored.radiograph, scored.encoded.placement.map_to_source(cam), caption
        )
