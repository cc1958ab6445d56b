"""What is tried with a mutated file: the functions that meet it first when a user gives it to the program."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random

from fuzz import seeds
from fuzz.mutations import mutated
from verte_core.errors import VerteError

SHARES = {"image": 16, "weights": 1, "table": 1, "journal": 1, "configuration": 1}
"""Of every twenty inputs."""
_TURNS = [target for target, share in SHARES.items() for _ in range(share)]
STRAY, READ = "stray", "read"
SUFFIXES = {
    "image": "", "weights": ".safetensors", "table": ".csv", "journal": ".jsonl", "configuration": ".yaml",
}  # fmt: skip


def target_of(number: int) -> str:
    """What an input is tried on."""
    return _TURNS[number % len(_TURNS)]


def made(seed: int, number: int) -> bytes:
    """The input of a number."""
    return mutated(Random(f"{seed} {number}"), seeds.of(target_of(number)))


def run(
    log: Path, seed: int, numbers: list[int], tries: dict[str, Callable[[Path], object]] | None = None
) -> None:
    """Try some inputs one after another; the log gets a line when one is begun, and what became of it.

    The lines are ``number``, and then tab, seconds, tab, and ``read``, the kind of a refusal, or ``stray``
    with a traceback whose lines are joined.

    Args:
        log: beside it, the file that is tried is written.
        seed: of the whole campaign.
        numbers: of the inputs.
        tries: what to do with a file, by target.
    """
    tries = tries or TRIES
    with log.open("a", encoding="utf-8") as lines:
        for number in numbers:
            target = target_of(number)
            path = log.with_name(f"{log.stem}-input{suffix(target, seed, number)}")
            path.write_bytes(made(seed, number))
            lines.write(f"{number}\n")
            lines.flush()
            begin = time.monotonic()
            outcome = _outcome(tries[target], path)
            lines.write(f"\t{time.monotonic() - begin:.3f}\t{outcome}\n")
            lines.flush()


def suffix(target: str, seed: int, number: int) -> str:
    """Of the file of an input: a table in a ZIP archive is known by it."""
    return ".xlsx" if target == "table" and made(seed, number)[:2] == b"PK" else SUFFIXES[target]


def _outcome(attempt: Callable[[Path], object], path: Path) -> str:
    try:
        attempt(path)
    except VerteError as error:
        # A configuration may be wrong in several places: a line each.
        lines = str(error).splitlines()
        if lines and all(line.endswith((".", "?")) and line.isprintable() for line in lines):
            return error.kind or "refused"
        return f"{STRAY} no whole sentences: {str(error)!r}"
    except Exception:
        return f"{STRAY} {' | '.join(traceback.format_exc().splitlines())}"
    return READ


def _image(path: Path) -> None:
    from verte_core.reading import radiograph

    image = radiograph.load(path)
    for note in (*image.notes, image.unfit or "."):
        assert note.endswith((".", "?")) and note.isprintable(), note
    image.windows[0].shade(image.display)
    radiograph.header_rows(path)


def _weights(path: Path) -> None:
    from verte_core.network import weights

    weights.load(path)


def _table(path: Path) -> None:
    from verte_core.batch.clinical_table import ClinicalTable

    given = ClinicalTable(path).match([path.with_name("a.dcm"), path.with_name("b.dcm")])
    for name in ("a.dcm", "b.dcm"):
        try:
            given(path.with_name(name), None)
        except VerteError as error:
            # It is that of a row, and refuses one image.
            assert str(error).endswith(".") and str(error).isprintable(), str(error)
    assert all(str(line).isprintable() for line in given.said())


def _journal(path: Path) -> None:
    from verte_core.batch import journal

    damage = journal.Damage()
    for line, entry in journal.entries(path, damage):
        assert line.endswith(b"\n") and entry.path


def _configuration(path: Path) -> None:
    from train.run import config

    config.read(path, [])


TRIES: dict[str, Callable[[Path], object]] = {
    "image": _image,
    "weights": _weights,
    "table": _table,
    "journal": _journal,
    "configuration": _configuration,
}
