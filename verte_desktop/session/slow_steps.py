"""The slow steps, as plain functions for the worker thread.

Their imports stand inside them: engines and readers take their time, and the window comes first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from verte_core import files
from verte_core.errors import ImageError, OutputError
from verte_core.files import FileState
from verte_core.reading import image_files

if TYPE_CHECKING:
    from verte_core.batch.clinical_table import ClinicalValues
    from verte_core.image_types import ProtocolChoice
    from verte_core.reading.isolated import Cancelled, Readers
    from verte_core.reading.radiograph import Header, Radiograph
    from verte_core.results import Result
    from verte_core.scoring.scorer import Encoded, Scorer
    from verte_core.scoring.scorers import Scorers
    from verte_desktop.session.clinical_draft import Draft

THUMBNAIL_SIZE = 96
"""Longest side in pixels, enough for a screen of twice the usual density."""


@dataclass(frozen=True, eq=False)
class Heatmap:
    """What moved one score of one result, uint8 with 255 for the strongest point.

    Attributes:
        model: on the model's image, (1024, 512).
        source: on the original, of its shape.
    """

    result: Result
    task: str
    model: npt.NDArray[np.uint8]
    source: npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class LoadedWeights:
    """The weights at hand, and the files that were chosen; the program's own without any."""

    scorers: Scorers
    paths: tuple[Path, ...] = ()

    @property
    def is_shipped(self) -> bool:
        """Whether they are those of the program."""
        return not self.paths


@dataclass(frozen=True, eq=False)
class ScoredFile:
    """A file that was read and scored; ``result`` is None where age, sex or BMI is missing."""

    radiograph: Radiograph
    scorer: Scorer
    encoded: Encoded
    result: Result | None


def import_viewer() -> None:
    """Import what the image view needs, so that the window's thread finds it ready."""
    import_module("pyqtgraph")
    import_module("verte_core.reading.radiograph")


def find_images(readers: Readers, paths: Iterable[Path], folder: Path) -> tuple[list[Path], list[str]]:
    """The files that are meant by files, folders, DICOMDIRs and ZIP archives, absolute.

    Args:
        readers: read a DICOMDIR.
        paths: what was opened.
        folder: below which archives are unpacked.

    Returns:
        The files, and a sentence for each DICOMDIR or archive that holds none.
    """
    from verte_core.reading import containers

    meant: list[Path] = []
    refused: list[str] = []
    for path in paths:
        try:
            if containers.is_dicomdir(path):
                meant += readers.call(containers.referenced, path)
            elif containers.is_zip(path):
                own = Path(tempfile.mkdtemp(prefix=f"{path.stem[:40]}-", dir=folder))
                containers.unpack(path, own)
                meant.append(own)
            else:
                meant.append(path)
        except ImageError as error:
            refused.append(f"{path.name}: {error}")
    return [path.absolute() for path in image_files.find_images(meant)], refused


def open_image(
    readers: Readers, path: Path, cancelled: Cancelled
) -> tuple[Radiograph, npt.NDArray[np.uint8]]:
    """The image and its thumbnail."""
    return readers.call(open_here, path, cancelled=cancelled)


def preview(readers: Readers, path: Path) -> tuple[Header, npt.NDArray[np.uint8]]:
    """What the worklist shows: header and thumbnail."""
    return readers.call(preview_here, path)


def open_here(path: Path) -> tuple[Radiograph, npt.NDArray[np.uint8]]:
    """``open_image`` in this process, which a decoder may end."""
    from verte_core.reading.radiograph import load

    radiograph = load(path)
    return radiograph, _thumbnail(radiograph)


def preview_here(path: Path) -> tuple[Header, npt.NDArray[np.uint8]]:
    """``preview`` in this process."""
    radiograph, thumbnail = open_here(path)
    return radiograph.header, thumbnail


def load_weights(chosen: tuple[Path, ...]) -> LoadedWeights:
    """Those of the files, or without any the program's own, of which only those for radiographs at once."""
    from verte_core.network import weights
    from verte_core.scoring.scorers import Scorers

    scorers = Scorers.of_files([weights.load(path) for path in chosen])
    scorers.of_kind(scorers.kinds[0])
    return LoadedWeights(scorers, chosen)


def has_changed(scorer: Scorer) -> bool:
    """Whether a file on disk no longer holds the weights that were loaded from it, or is gone."""
    return any(_is_other(each.path, each.state, each.weights_id) for each in scorer.members)


def _is_other(path: Path | None, state: FileState | None, weights_id: str) -> bool:
    if path is None or files.state_of(path) == state:
        return False
    try:
        return not files.sha256(path).startswith(weights_id)
    except OSError:
        return True


def header_rows(
    readers: Readers, path: Path, image_id: str, cancelled: Cancelled
) -> list[tuple[str, str, str, str]]:
    """Tag, VR, keyword and value of the file's elements, provided that it still is the image of this id."""
    from verte_core.reading import radiograph

    rows = readers.call(radiograph.header_rows, path, cancelled=cancelled)
    if files.sha256(path) != image_id:
        raise ImageError("The file has changed since it was opened; open it again (F5).")
    return rows


def encode(scorers: Scorers, radiograph: Radiograph, choice: ProtocolChoice) -> tuple[Scorer, Encoded, str]:
    """The scorer that fits an image, the image as its network sees it, and why the GPU was left, if it was.

    Raises:
        ImageError: as ``Scorer.encode``.
        WeightsError: as ``Scorers.of``.
    """
    before = scorers.left_gpu
    scorer = scorers.of(radiograph, choice)
    encoded = scorer.encode(radiograph, choice)
    return scorer, encoded, "" if before else scorers.left_gpu


def score_file(
    readers: Readers,
    scorers: Scorers,
    path: Path,
    draft: Draft | None,
    given: ClinicalValues | None,
    cancelled: Cancelled,
) -> ScoredFile:
    """Read and score a file that is not on the screen, as its own form says.

    Args:
        readers: read it.
        scorers: the weights at hand.
        path: of the file.
        draft: its form as the reader left it; None takes what its header and ``given`` say.
        given: of the table that it was opened with.
        cancelled: whether it is still wanted.

    Raises:
        ImageError: as ``open_image`` and ``encode``.
        WeightsError: as ``encode``.
    """
    from verte_desktop.session.clinical_draft import Draft

    radiograph, _ = open_image(readers, path, cancelled)
    scorer, encoded, _ = encode(scorers, radiograph, "auto")
    own = draft or Draft.from_sources(radiograph.header, given)
    inputs = own.check().inputs if scorer.needs_clinical else None
    lacks = scorer.needs_clinical and inputs is None
    return ScoredFile(radiograph, scorer, encoded, None if lacks else scorer.score(encoded, inputs))


def explain(scorer: Scorer, encoded: Encoded, result: Result, task: str) -> Heatmap:
    """The heatmap of one task, on the model's image and on the original.

    Raises:
        ImageError: when there is not enough memory for it.
    """
    from verte_core.devices import no_memory

    try:
        strength = scorer.explain(encoded, result.inputs, task)
        source = encoded.placement.map_to_source(strength)
    except MemoryError as error:
        raise no_memory() from error
    return Heatmap(result, task, _to_bytes(strength), _to_bytes(source))


def _to_bytes(strength: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    return np.asarray(np.rint(strength * 255), np.uint8)


def grey(radiograph: Radiograph) -> npt.NDArray[np.uint8]:
    """The image in its first window, uint8 (H, W)."""
    return radiograph.windows[0].shade(radiograph.display)


def _thumbnail(radiograph: Radiograph) -> npt.NDArray[np.uint8]:
    import cv2

    height, width = radiograph.display.shape
    scale = min(THUMBNAIL_SIZE / max(height, width), 1.0)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small: Any = cv2.resize(radiograph.display, size, interpolation=cv2.INTER_AREA)
    return radiograph.windows[0].shade(small)


def write_file(path: Path, data: bytes) -> None:
    """Write a file that the reader takes away, whole or not at all.

    Raises:
        OutputError: when it can't be written.
    """
    try:
        files.write(path, data)
    except OSError as error:
        raise OutputError(f"The file {path} can't be written: {error.strerror}.") from error
