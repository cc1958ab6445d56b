"""Pictures of the page: distributions, and montages of films as the network sees them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from train.evaluation.sections.section import Picture
from train.examples.headers import reduced
from verte_core.errors import VerteError
from verte_core.preprocess import MODEL_HEIGHT, MODEL_WIDTH
from verte_core.reading import radiograph
from verte_core.reading.isolated import Readers

_THUMBNAIL = (MODEL_HEIGHT // 4, MODEL_WIDTH // 4)
COLUMNS = 8
"""Of a montage."""
_BINS = 30


def distributions(name: str, caption: str, values: Mapping[str, Sequence[float]]) -> Picture:
    """A histogram of each quantity, side by side; those without any value are left out."""
    known = {what: np.asarray(each, float) for what, each in values.items() if len(each)}

    def draw(figure: Figure) -> None:
        figure.set_size_inches(6.8, 1.9 * math.ceil(len(known) / 2))
        for axes, (what, numbers) in zip(
            figure.subplots(math.ceil(len(known) / 2), 2, squeeze=False).ravel(), known.items(), strict=False
        ):
            axes.hist(numbers, min(_BINS, max(len(set(numbers.tolist())), 2)))
            axes.set_xlabel(what)
            axes.set_ylabel("images")
        for axes in figure.axes[len(known) :]:
            axes.remove()

    return Picture(name, caption, draw)


def montage(name: str, caption: str, paths: Sequence[Path], titles: Sequence[str]) -> Picture:
    """Films side by side, each under its title; they are read here, and black where they can not be."""
    with Readers() as readers:
        found = list(readers.map(_thumbnail, paths))
    films = [np.zeros(_THUMBNAIL, np.uint8) if isinstance(each, VerteError) else each for each in found]
    return Picture(name, caption, _montage(films, titles))


def _thumbnail(path: Path) -> npt.NDArray[np.uint8]:
    return reduced(radiograph.load(path), _THUMBNAIL)


def _montage(films: Sequence[npt.NDArray[np.uint8]], titles: Sequence[str]) -> Callable[[Figure], None]:
    rows = math.ceil(len(films) / COLUMNS)

    def draw(figure: Figure) -> None:
        figure.set_size_inches(6.8, 1.95 * rows)
        grid = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
        for axes in grid:
            axes.set_axis_off()
        for axes, film, title in zip(grid, films, titles, strict=False):
            axes.imshow(film, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axes.set_title(title, fontsize=6)

    return draw
