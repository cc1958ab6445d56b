"""The parts of the page, each of one question that is asked of a cohort before anything is trained on it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import numpy as np

from train.checks.pictures import COLUMNS, distributions, montage
from train.checks.twins import ALIKE, twins
from train.checks.unlike import Asked
from train.evaluation.sections.section import Picture, Section, Table
from train.examples.headers import Facts
from verte_core.batch.image_table import counted
from verte_core.reading.origin import CHECK_VIEW
from verte_core.results import TASKS
from verte_core.training.dataset import SPLITS, Example

_SHOWN = 2 * COLUMNS
"""Films of a montage."""
_ROWS = 30
"""Of a table that names films; more are counted."""
_NOT_STATED = "not stated"


@dataclass(frozen=True)
class Film:
    """One image of the cohort, as its manifest and its file have it."""

    example: Example
    facts: Facts

    @property
    def name(self) -> str:
        """Of the file."""
        return self.example.path.name


def who(films: Sequence[Film]) -> Section:
    """People, films and labels, by split, year, maker, view and sex."""
    parts: tuple[tuple[str, Callable[[Film], str]], ...] = (
        ("split", lambda film: film.example.split),
        ("year", lambda film: (film.facts.header.study_date or "")[:4]),
        ("maker", lambda film: film.facts.header.manufacturer or ""),
        ("ViewPosition", lambda film: film.facts.header.view_position or ""),
        ("kind of image", lambda film: film.facts.protocol or ""),
        ("sex", lambda film: film.example.cells["sex"]),
    )
    rows = [("all", "", *_counted(films))]
    for what, of in parts:
        values = {of(film) for film in films}
        order: list[str] = sorted(values - {""}, key=_place)
        if "" in values:
            order.append("")
        for value in order:
            rows.append(
                (what, value or _NOT_STATED, *_counted([film for film in films if of(film) == value]))
            )
    header = (
        "by",
        "",
        "people",
        "films",
        *(f"{task} {what}" for task in TASKS for what in ("1", "0", "empty")),
    )
    return Section(
        "who",
        "People, films and labels",
        ("A label is a person's: 1 where any of the films has it, 0 where one has that and none has 1.",),
        (Table("Counts of people; films in their column.", header, tuple(rows)),),
    )


def _place(value: str) -> tuple[int, str]:
    """Splits in their own order, all else by the alphabet."""
    return (list(SPLITS).index(value), "") if value in SPLITS else (0, value)


def _counted(films: Sequence[Film]) -> tuple[str | int, ...]:
    people = {film.example.person_id for film in films}
    cells: list[str | int] = [len(people), len(films)]
    for task in TASKS:
        labels: dict[str, float] = {}
        for film in films:
            own = film.example.labels[task]
            had = labels.get(film.example.person_id, math.nan)
            labels[film.example.person_id] = own if math.isnan(had) else max(had, own if own == own else 0.0)
        cells += [sum(each == value for each in labels.values()) for value in (1.0, 0.0)]
        cells.append(sum(map(math.isnan, labels.values())))
    return tuple(cells)


def missing(films: Sequence[Film]) -> Section:
    """How many people lack what."""
    rows = []
    for split in SPLITS:
        own = [film for film in films if film.example.split == split]
        if own:
            lacks = (
                _people(film for film in own if not film.example.cells[name])
                for name in ("age", "sex", "bmi")
            )
            any_of = _people(film for film in own if film.example.inputs is None)
            rows.append((split, _people(own), *lacks, any_of))
    return Section(
        "missing",
        "Missing values",
        ("People who lack age, sex or BMI can train configurations of the image alone.",),
        (
            Table(
                "People without a value.",
                ("split", "people", "age", "sex", "bmi", "any of them"),
                tuple(rows),
            ),
        ),
    )


def _people(films: Iterable[Film]) -> int:
    return len({film.example.person_id for film in films})


def spread(films: Sequence[Film]) -> Section:
    """Age, BMI, size and pixel spacing."""
    values = {
        "age, years": [float(film.example.cells["age"]) for film in films if film.example.cells["age"]],
        "BMI, kg/m2": [float(film.example.cells["bmi"]) for film in films if film.example.cells["bmi"]],
        "rows, pixels": [float(film.facts.size[0]) for film in films],
        "columns, pixels": [float(film.facts.size[1]) for film in films],
        "pixel spacing, mm": [film.facts.spacing[0] for film in films if film.facts.spacing],
    }
    rows: list[tuple[str | int, ...]] = []
    for what, numbers in values.items():
        if len(numbers) > 1:
            cuts = quantiles(numbers, n=20, method="inclusive")
            found = (min(numbers), cuts[0], cuts[9], cuts[18], max(numbers))
            rows.append((what, len(numbers), *(f"{each:.4g}" for each in found)))
    return Section(
        "spread",
        "Age, BMI, size and spacing",
        (),
        (
            Table(
                "Of films: how many say it, lowest, 5 %, median, 95 %, highest.",
                ("", "films", "lowest", "5 %", "median", "95 %", "highest"),
                tuple(rows),
            ),
        ),
        (distributions("spread", "How these are spread over the films.", values),),
    )


def films_drawn(films: Sequence[Film], seed: int = 0) -> Section:
    """Films at random, and those at the ends."""
    drawn = np.random.default_rng(seed).permutation(len(films))[:_SHOWN].tolist()
    ends: list[tuple[str, Film]] = []
    for what, of in (
        ("age", lambda film: _number(film.example.cells["age"])),
        ("BMI", lambda film: _number(film.example.cells["bmi"])),
        ("rows", lambda film: float(film.facts.size[0])),
        ("shape", lambda film: film.facts.size[0] / film.facts.size[1]),
        ("spacing", lambda film: film.facts.spacing[0] if film.facts.spacing else None),
        ("mean grey", lambda film: float(np.frombuffer(film.facts.signature, np.uint8).mean())),
    ):
        known = sorted(((of(film), number) for number, film in enumerate(films) if of(film) is not None))
        for sign, found in (("lowest", known[:1]), ("highest", known[-1:])):
            ends += [(f"{sign} {what}\n{value:.4g}", films[number]) for value, number in found]
    return Section(
        "films",
        "Films as the network sees them",
        ("After histogram equalisation, cropping and padding to 1024 x 512, made smaller.",),
        (),
        (
            _pictured("drawn", "Films drawn at random.", [("", films[each]) for each in drawn]),
            _pictured("ends", "Films at the ends; shape is height over width.", ends),
        ),
    )


def suspected(films: Sequence[Film], asked: Sequence[Asked]) -> Section:
    """Films of another view, near copies under two people, and what the shipped weights find unlike."""
    other = [film for film in films if _view(film)]
    pairs = sorted(
        twins([film.facts.signature for film in films], [film.example.person_id for film in films]),
        key=lambda pair: -pair.correlation,
    )
    known = [(films[each.number], each.likeness) for each in asked if each.likeness is not None]
    unlike = sorted(
        ((film, likeness) for film, likeness in known if likeness.unlike), key=lambda each: each[1].value
    )
    tables = []
    pictures = []
    if other:
        tables.append(
            _table(
                "Films whose header speaks of another view or part.",
                "why",
                [(f.name, _view(f)) for f in other],
            )
        )
        pictures.append(
            _pictured("other", "Those of another view, by their header.", [("", film) for film in other])
        )
    if pairs:
        rows = [(f"{films[p.first].name}, {films[p.second].name}", f"{p.correlation:.4f}") for p in pairs]
        tables.append(_table("Films of different people that look the same.", "correlation", rows))
        both = [film for pair in pairs for film in (films[pair.first], films[pair.second])]
        pictures.append(
            _pictured("twins", "Those that look the same, pair by pair.", [("", film) for film in both])
        )
    if unlike:
        rows = [(film.name, likeness.look or f"likeness {likeness.value:.3f}") for film, likeness in unlike]
        tables.append(_table("Films unlike those that the shipped weights learned from.", "look", rows))
        titled = [(likeness.look or f"{likeness.value:.3f}", film) for film, likeness in unlike]
        pictures.append(_pictured("unlike", "The most unlike.", titled))
    words = (
        f"Of another view or part by their header, or perhaps so: {counted(len(other), 'film')}.",
        f"Look the same, though of different people: {counted(len(pairs), 'pair')} (correlation of at least "
        f"{ALIKE} of images of 64 x 32): copies that were scaled or windowed, or one person under two names.",
        f"Unlike what the shipped weights learned from, which was simulated: {len(unlike)} of {len(known)} "
        "films that were drawn at random. A high share says little of real films, but the looks that are "
        "named (frontal, turned, inverted, blurred) are worth a glance.",
    )
    return Section("suspected", "Films to look at", words, tuple(tables), tuple(pictures))


def notes(films: Sequence[Film]) -> Section:
    """What was said of reading the films."""
    counts = Counter(note for film in films for note in film.facts.notes)
    rows = tuple((note, number) for note, number in counts.most_common(_ROWS))
    tables = (Table("Notes, and of how many films.", ("note", "films"), rows),) if rows else ()
    words = () if rows else ("Nothing was noted of any film.",)
    return Section("notes", "Notes on reading", words, tables)


def _view(film: Film) -> str:
    """What its header says against a lateral view of a spine; empty where it says nothing."""
    doubts = [note for note in film.facts.notes if CHECK_VIEW in note]
    return " ".join(filter(None, (film.facts.unfit, *doubts)))


def _table(caption: str, what: str, rows: Sequence[tuple[str, str]]) -> Table:
    more = f" The first {_ROWS} of {len(rows)}." if len(rows) > _ROWS else ""
    return Table(caption + more, ("film", what), tuple(rows[:_ROWS]))


def _pictured(name: str, caption: str, films: Sequence[tuple[str, Film]]) -> Picture:
    shown = films[:_SHOWN]
    paths: list[Path] = [film.example.path for _, film in shown]
    return montage(name, caption, paths, [title or _short(film.name) for title, film in shown])


def _short(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:7]}..{name[-7:]}"


def _number(cell: str) -> float | None:
    return float(cell) if cell else None
