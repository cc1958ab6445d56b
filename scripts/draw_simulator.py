"""Make the two pictures of the simulator in docs/: a contact sheet and the cohort's distributions.

    python -m scripts.draw_simulator docs [--volumes DIR]

Simulated people and images throughout; the same pictures at every run.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure

from train.simulator.ct.collection import Collection
from train.simulator.ct.sources import find
from train.simulator.detector import LOOKS, WHITE
from train.simulator.people import LEVEL_WEIGHT, Person, draw_person
from train.simulator.shooting import person_seeds, shooter

SEED = 2026
_COLUMNS, _TILE = 8, (480, 300)


def contact_sheet(path: Path, volumes: Collection, radiographs: int = 26, vfa: int = 6) -> None:
    """Draw one image of each of the first people, half of them with a fracture, as JPEG.

    A caption says what is true of the image.
    """
    wanted = {"radiograph": radiographs, "vfa": vfa}
    tiles = [
        _tile(i, protocol, volumes) for protocol, count in wanted.items() for i in _first(protocol, count)
    ]
    rows = [np.hstack(tiles[i : i + _COLUMNS]) for i in range(0, len(tiles), _COLUMNS)]
    cv2.imwrite(str(path), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 85])


def cohort_figure(path: Path, people: int = 5000) -> None:
    """Draw the distributions of people and films that the cohort is tuned to."""
    drawn = [_person(i, "radiograph") for i in range(people)]
    figure = Figure(figsize=(13, 6.5), layout="constrained")
    axes = figure.subplots(2, 4).ravel()
    prevalence = [
        np.mean([test(p) for p in drawn]) for test in (_has_osteoporosis, _has_fracture, _has_event)
    ]
    figure.suptitle(
        f"{people} simulated people: osteoporosis {prevalence[0]:.1%}, "
        f"vertebral fracture {prevalence[1]:.1%}, incident fracture {prevalence[2]:.1%}"
    )
    for sex, label in (("F", "women"), ("M", "men")):
        group = [p for p in drawn if p.sex == sex]
        for axis, values in (
            (axes[0], [p.age for p in group]),
            (axes[1], [p.bmi for p in group]),
            (axes[2], [p.t_score for p in group]),
        ):
            axis.hist(values, bins=40, alpha=0.6, label=label)
    for axis, title in zip(axes, ("age, years", "BMI, kg/m²", "lowest T-score"), strict=False):
        axis.set_title(title)
    axes[0].legend()
    axes[2].axvline(-2.5, color="black", linewidth=1)
    decades = np.arange(40, 91, 10)
    for test, label in ((_has_osteoporosis, "osteoporosis"), (_has_fracture, "fracture")):
        groups = [[p for p in drawn if low <= p.age < low + 10] for low in decades]
        axes[3].plot(decades + 5, [np.mean([test(p) for p in group]) for group in groups], "o-", label=label)
    axes[3].set_title("prevalence by age")
    axes[3].legend()
    events = [event for p in drawn for event in p.fractures]
    levels = Counter(event.level for event in events)
    axes[4].barh(list(LEVEL_WEIGHT), [levels[level] for level in LEVEL_WEIGHT])
    axes[4].set_title("prevalent fractures by level")
    axes[5].hist([100 * event.loss for event in events], bins=30)
    axes[5].set_title("height lost, %")
    films = Counter(p.films for p in drawn)
    axes[6].bar(list(films), list(films.values()))
    axes[6].set_title(f"radiographs a person, mean {np.mean([p.films for p in drawn]):.2f}")
    for test, label in (
        (_has_fracture, "fracture"),
        (_is_free, "neither"),
        (_has_osteoporosis, "osteoporosis"),
    ):
        axes[7].step(*_free_of_fracture([p for p in drawn if test(p)]), where="post", label=label)
    axes[7].set_title("free of incident fracture, by years")
    axes[7].set_xlim(0, 10)
    axes[7].legend()
    figure.savefig(path, dpi=100)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write simulator-contact-sheet.jpg and simulator-cohort.png into the folder."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.draw_simulator", description="The simulator's pictures for docs/."
    )
    parser.add_argument("out", type=Path, help="folder of the pictures")
    parser.add_argument("--volumes", type=Path, help="of CT volumes, for films from them")
    options = parser.parse_args(arguments)
    out = options.out
    out.mkdir(parents=True, exist_ok=True)
    volumes = Collection(() if options.volumes is None else tuple(find(options.volumes)))
    contact_sheet(out / "simulator-contact-sheet.jpg", volumes)
    cohort_figure(out / "simulator-cohort.png")


def _has_osteoporosis(person: Person) -> bool:
    return person.osteo == 1


def _has_fracture(person: Person) -> bool:
    return person.fractured


def _has_event(person: Person) -> bool:
    return person.fracture_event == 1


def _is_free(person: Person) -> bool:
    return not person.fractured and not person.osteo


def _free_of_fracture(people: list[Person]) -> tuple[np.ndarray, np.ndarray]:
    """Kaplan and Meier's estimate: years (N,) and the share still free (N,)."""
    order = sorted(people, key=lambda p: p.followup_years)
    at_risk = np.arange(len(order), 0, -1)
    free = np.cumprod(1 - np.array([p.fracture_event for p in order]) / at_risk)
    return np.array([p.followup_years for p in order]), free


def _first(protocol: str, count: int) -> list[int]:
    """The first people, as many with a fracture as without."""
    fractured = [_person(i, protocol).fractured for i in range(20 * count)]
    halves = [np.flatnonzero(np.equal(fractured, which))[: count // 2] for which in (True, False)]
    return sorted(int(i) for i in np.concatenate(halves))


def _person(index: int, protocol: str) -> Person:
    return draw_person(np.random.default_rng(person_seeds(SEED, index, protocol)[0]), "P")


def _tile(index: int, protocol: str, volumes: Collection) -> np.ndarray:
    _, anatomy, films, ct = person_seeds(SEED, index, protocol)
    person = _person(index, protocol)
    place, picture = films.spawn(2)
    film = shooter(person, protocol, anatomy, ct, volumes)(place)
    maker = "HOLOGIC-LIKE" if protocol == "vfa" else list(LOOKS)[index % 2]
    image = film.expose(picture, maker) * (255 / WHITE)
    height, width = _TILE[0] - 40, _TILE[1] - 6
    scale = min(height / image.shape[0], width / image.shape[1])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    tile = np.zeros(_TILE, np.uint8)
    tile[40 : 40 + size[1], : size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(
        np.uint8
    )
    notes = [f"{b.level} {b.kind} {b.grade}" for b in film.bodies if b.grade]
    notes += [film.hardware] * (film.hardware != "none") + [film.source] * (film.source != "drawn")
    coverage = "VFA" if protocol == "vfa" else film.field.coverage
    above = f"{coverage}, {person.age:.0f} {person.sex}, T {person.t_score:.1f}"
    for row, words in ((14, above), (32, ", ".join(notes))):
        cv2.putText(tile, words, (3, row), cv2.FONT_HERSHEY_SIMPLEX, 0.42, 255, 1, cv2.LINE_AA)
    return tile


if __name__ == "__main__":
    main()
