"""Draw docs/simulator-spectra.svg: power by fineness of simulated films, beside real projections of a folder.

    python -m scripts.draw_spectra FOLDER [--volumes DIR]

FOLDER holds pictures or DICOM of real lateral films or projections; nothing of them is kept but their mean
spectrum.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from train.simulator.ct.collection import Collection
from train.simulator.ct.sources import find
from train.simulator.ct_film import is_from_ct
from train.simulator.people import draw_person
from train.simulator.shooting import person_seeds, shooter
from verte_core.preprocess import prepare
from verte_core.reading import radiograph
from verte_core.reading.image_files import find_images

OUT = Path("docs/simulator-spectra.svg")
SEED, FILMS, WINDOW = 51, 24, 256
"""Of each kind; WINDOW: side of the windows of the network's image that are looked at."""

Spectrum = npt.NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw it."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.draw_spectra", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("folder", type=Path, help="of real lateral films or projections")
    parser.add_argument("--volumes", type=Path, help="of CT volumes, for films from them")
    options = parser.parse_args(arguments)
    volumes = Collection(() if options.volumes is None else tuple(find(options.volumes)))
    curves = {
        "drawn people": _of_films(volumes, from_ct=False),
        "people of CT volumes": _of_films(volumes, from_ct=True),
        "real projections": _of_files(options.folder),
    }
    figure = Figure(figsize=(6.8, 3.6), layout="constrained")
    axes = figure.subplots()
    frequency = np.arange(1, WINDOW // 2) / WINDOW
    for name, spectra in curves.items():
        logs = np.log10(np.stack(spectra))
        axes.plot(frequency, 10 ** logs.mean(0), label=f"{name} (n = {len(spectra)})")
        low, high = np.percentile(logs, [10, 90], axis=0)
        axes.fill_between(frequency, 10**low, 10**high, alpha=0.15)
        print(
            f"{name}: power above 1/8 cycle a pixel "
            f"{np.mean([each[frequency > 0.125].sum() for each in spectra]):.4g}"
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("cycles a pixel of the network's image")
    axes.set_ylabel("power")
    axes.legend(frameon=False)
    figure.savefig(OUT, metadata={"Date": None})


def _of_files(folder: Path) -> list[Spectrum]:
    """Those of a folder, but for images too wide or small to fill a window."""
    found: list[Spectrum] = []
    for path in find_images([folder]):
        spectrum = _of(radiograph.load(path).pixels)
        if spectrum is None:
            print(f"{path.name} is left out: no window of it is without padding.")
        else:
            found.append(spectrum)
    return found


def _of_films(volumes: Collection, from_ct: bool) -> list[Spectrum]:
    found: list[Spectrum] = []
    index = 0
    while len(found) < FILMS:
        who, anatomy, films, ct = person_seeds(SEED, index, "radiograph")
        index += 1
        if is_from_ct(ct) == from_ct:
            person = draw_person(np.random.default_rng(who), "P")
            place, picture = films.spawn(2)
            film = shooter(person, "radiograph", anatomy, ct, volumes)(place)
            spectrum = _of(film.expose(picture, "GE-LIKE"))
            if spectrum is not None:
                found.append(spectrum)
    return found


def _of(pixels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]) -> Spectrum | None:
    """Mean power by radial frequency of windows of the network's image that hold no padding; None of none."""
    image, _ = prepare(pixels, "radiograph")
    taper = np.outer(np.hanning(WINDOW), np.hanning(WINDOW))
    rows, columns = np.indices((WINDOW, WINDOW)) - WINDOW // 2
    radius = np.hypot(rows, columns).astype(int)
    total, count = np.zeros(WINDOW // 2), 0
    for top in range(0, image.shape[0] - WINDOW + 1, WINDOW // 2):
        for left in range(0, image.shape[1] - WINDOW + 1, WINDOW // 2):
            part = image[top : top + WINDOW, left : left + WINDOW]
            if (part > 0).mean() > 0.97:
                power = np.abs(np.fft.fftshift(np.fft.fft2((part - part.mean()) * taper))) ** 2
                sums = np.bincount(radius.ravel(), power.ravel(), WINDOW)[: WINDOW // 2]
                total += sums / np.bincount(radius.ravel(), minlength=WINDOW)[: WINDOW // 2]
                count += 1
    return np.asarray(total[1:] / count) if count else None


if __name__ == "__main__":
    main()
