"""The page of checks of a manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from train.checks import sections
from train.checks.sections import Film
from train.checks.unlike import asked
from train.evaluation.report import page
from train.examples.headers import Facts
from verte_core import __version__
from verte_core.errors import OutputError
from verte_core.files import replacing
from verte_core.training import dataset


def write(manifest: Path, facts: Sequence[Facts], out: Path) -> None:
    """Write one HTML page on the cohort of a manifest; it needs no other file and no network.

    Args:
        manifest: which was just made.
        facts: of its images, in order, with their signatures.
        out: the page.

    Raises:
        DataError: for a manifest that ``fit`` would refuse, too.
        OutputError: when the page can't be written.
    """
    if not out.absolute().parent.is_dir():
        raise OutputError(f"The page {out} can't be written: its folder is not there.")
    read = dataset.read_manifest(manifest)
    films = [Film(*each) for each in zip(read.examples, facts, strict=True)]
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
        ["Some of the images are simulated."]
        if any(film.facts.header.is_simulated for film in films)
        else [],
        "The page holds images of people; it goes no further than the images may.",
    )
    try:
        with replacing(out, "utf-8") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(f"The page {out} can't be written: {error.strerror}.") from error
