"""The page of checks of a manifest."""

from __future__ import annotations

from pathlib import Path

from train.checks import sections
from train.checks.looks import looks_of
from train.checks.sections import Film
from train.checks.unlike import asked
from train.evaluation.report import page
from verte_core import __version__
from verte_core.errors import OutputError, VerteError
from verte_core.files import replacing
from verte_core.training import dataset


def write(manifest: Path, out: Path) -> None:
    """Write one HTML page on the cohort of a manifest; it needs no other file and no network.

    Raises:
        DataError: for a manifest that ``fit`` would refuse, too.
        OutputError: when the page can't be written.
    """
    if not out.absolute().parent.is_dir():
        raise OutputError(f"The page {out} can't be written: its folder is not there.")
    read = dataset.read_manifest(manifest)
    looks = looks_of(read.examples)
    # Read a moment ago, so one that can't be read now is a file that went away: it is left out of the page.
    films = [
        Film(example, look)
        for example, look in zip(read.examples, looks, strict=True)
        if not isinstance(look, VerteError)
    ]
    if not films:
        raise OutputError("None of the films could be read again, so there is no page.")
    text = page.document(
        f"Checks of {manifest.name}",
        "Of what this page is.",
        {
            "manifest": manifest.name,
            "manifest_sha256": read.sha256,
            "films": len(films),
            "people": len({film.example.person_id for film in films}),
            "version": __version__,
        },
        [
            sections.who(films),
            sections.missing(films),
            sections.spread(films),
            sections.films_drawn(films),
            sections.suspected(films, asked([film.example for film in films])),
            sections.notes(films),
        ],
        ["Some of the images are simulated."] if any(film.look.simulated for film in films) else [],
        "The page holds images of people; it goes no further than the images may.",
    )
    try:
        with replacing(out, "utf-8") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(f"The page {out} can't be written: {error.strerror}.") from error
