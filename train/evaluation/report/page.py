"""The report of an evaluation: a page to read and print, its figures for programs, and a table of people."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from train.evaluation.people.cohort import People
from train.evaluation.report import svg
from train.evaluation.sections.section import Cell, Picture, Section
from verte_core.errors import OutputError
from verte_core.files import replacing, without_formula
from verte_core.results import NOT_TO_RULE_OUT, Provenance

RESEARCH_NOTICE = f"For research. Not a medical device. {NOT_TO_RULE_OUT}"
_SHORT = 16
"""Letters of the longest cell of a column that stays on one line."""
_TOGETHER = re.compile(r"\[[^\]]*\]| %|\bp [=<] ")
_TEMPLATE = Path(__file__).with_name("report.html.jinja")


def write(
    out: Path, title: str, facts: Mapping[str, object], sections: Sequence[Section], people: People
) -> None:
    """Write report.html, report.json and people.csv, each in one step, replacing what is there.

    The same arguments give the same bytes. The page needs no other file and no network.

    Args:
        out: a folder; made where it is missing.
        title: of the page.
        facts: of the run, by names that become words (``manifest_sha256``): texts, numbers, or such a mapping
            again; ``trained_on`` is of Provenance. They come first in report.json.
        sections: in the order of reading.
        people: a row of people.csv each; whether their images are simulated stands in it and on the page.

    Raises:
        OutputError: when the folder can't be made or written to.
    """
    files = {
        "report.html": (page(title, facts, sections, people), "utf-8"),
        "report.json": (figures(facts, sections), "utf-8"),
        # Excel takes UTF-8 for Latin-1 without the mark.
        "people.csv": (people_table(people, str(facts["trained_on"])), "utf-8-sig"),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, (text, encoding) in files.items():
            with replacing(out / name, encoding) as file:
                file.write(text)
    except OSError as error:
        raise OutputError(f"The report {out} can't be written: {error.strerror}.") from error


def page(title: str, facts: Mapping[str, object], sections: Sequence[Section], people: People) -> str:
    """The HTML of an evaluation, with the pictures in it."""
    weights = Provenance.of(str(facts["trained_on"]))
    return document(
        title,
        "What was evaluated, and with what.",
        facts,
        sections,
        [*filter(None, [weights.notice, people.notice])],
        "The same figures in full precision are in report.json; people.csv has a row for each person.",
    )


def document(
    title: str,
    about: str,
    facts: Mapping[str, object],
    sections: Sequence[Section],
    warnings: Sequence[str],
    footer: str,
) -> str:
    """An HTML page in the style of the reports.

    Args:
        title: of the page.
        about: the caption of the facts, a sentence.
        facts: by names that become words.
        sections: in the order of reading.
        warnings: sentences that simulated images need, on top.
        footer: a sentence.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATE.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"svg": _inline, "kinds": kinds, "together": _together, "words": _words}
    return environment.get_template(_TEMPLATE.name).render(
        title=title,
        about=about,
        facts=facts,
        sections=sections,
        warnings=warnings,
        notice=RESEARCH_NOTICE,
        footer=footer,
    )


def figures(facts: Mapping[str, object], sections: Sequence[Section]) -> str:
    """The JSON: the facts, then the figures of each section under its key, in full precision.

    What is not a number, or not finite, is null.
    """
    keys = [*facts, *(section.key for section in sections)]
    assert len(set(keys)) == len(keys), keys
    whole = dict(facts) | {section.key: section.plain for section in sections}
    return json.dumps(_finite(whole), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def people_table(people: People, trained_on: str) -> str:
    """The CSV: a row a person, with scores and comparators in full precision; empty where unknown."""
    names = sorted({name for unit in people.units for name in unit.groups})
    compared = [
        (f"{task}_{re.sub(r'[^a-z0-9]+', '_', name.lower())}", values)
        for task in people.tasks
        for name, values in people.comparators.get(task, {}).items()
    ]
    scored = [f"{task}{what}" for task in people.tasks for what in ("", "_score", "_zone")]
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(
        [
            *("person_id", "images", "age", "sex", "bmi", "weight_kg"),
            *scored,
            *(name for name, _ in compared),
            *("followup_years", "fracture_event", *names, "trained_on", "cohort"),
        ]
    )
    for index, unit in enumerate(people.units):
        cells: list[str | float] = [unit.person_id, unit.images, unit.age, unit.sex, unit.bmi, unit.weight_kg]
        for task in people.tasks:
            score = unit.scores[task]
            cells += [
                _label(unit.labels.get(task, math.nan)),
                score,
                people.operating_points[task].zone(score),
            ]
        cells += [float(values[index]) for _, values in compared]
        cells += [unit.followup_years, _label(unit.fracture_event)]
        cells += [unit.groups.get(name, "") for name in names]
        cells += [trained_on, people.stated]
        writer.writerow([_csv_cell(cell) for cell in cells])
    return written.getvalue()


def kinds(rows: Sequence[Sequence[Cell]]) -> list[str]:
    """By column ``figure``, aligned to the right, ``short`` for words that stay on one line, or ``text``.

    A figure is a number with what may go with it: an interval, a whole, a unit of one letter.
    """
    return [_kind(column) for column in zip(*rows, strict=True)]


def _kind(column: Sequence[Cell]) -> str:
    if any(map(_has_digit, column)) and not any(map(_has_word, column)):
        return "figure"
    return "short" if max(len(str(cell)) for cell in column) <= _SHORT else "text"


def _has_digit(cell: Cell) -> bool:
    return bool(re.search(r"\d", str(cell)))


def _has_word(cell: Cell) -> bool:
    return bool(re.search(r"[^\W\d_]{2}", str(cell)))


def _together(cell: Cell) -> str:
    """An interval, a percentage or a p value does not break over two lines; before it, a line may end."""
    return _TOGETHER.sub(lambda part: part[0].replace(" ", "\N{NO-BREAK SPACE}"), str(cell))


def _inline(picture: Picture) -> Markup:
    # matplotlib made it, with every text drawn as paths, so that there is nothing to escape.
    return Markup(svg.svg(picture))


def _words(value: object) -> str:
    """A fact's name or value for a reader."""
    if isinstance(value, Mapping):
        return ", ".join(f"{_words(name)} {_words(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_words, value))
    return "-" if value is None else str(value)


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _label(value: float) -> float:
    """0 and 1 without decimals."""
    return value if math.isnan(value) else int(value)


def _csv_cell(value: str | float) -> str | float:
    """A spreadsheet takes text that begins like a formula for one; an apostrophe says that it is text."""
    if isinstance(value, str):
        return without_formula(value)
    return "" if math.isnan(value) else value
