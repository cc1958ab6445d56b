"""From a folder of images and a table of labels to the manifest that ``fit`` reads."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from train.examples.headers import Facts, facts_of
from train.examples.joining import FOLLOW_UP, JOINED
from train.examples.labels import Rules
from train.examples.persons import join
from train.examples.sources import Source
from verte_core.batch.clinical_table import combine, from_header, from_row, known
from verte_core.batch.image_table import TableRow
from verte_core.errors import DataError, OutputError, VerteError
from verte_core.files import replacing, without_formula
from verte_core.reading.image_files import find_images
from verte_core.reading.isolated import Readers
from verte_core.results import TASKS
from verte_core.training import dataset
from verte_core.training.dataset import SPLITS
from verte_core.training.identities import copies, remember
from verte_core.training.image_cache import CACHE_FOLDER

_NAMED = 5
"""How many images a line of the summary names before it only counts them."""
_LISTED = 20
"""So many images that were left out are listed one by one; more are counted by reason."""
_PLACE = re.compile(r"^[^:]*, line \d+[^:]*: ")


@dataclass(frozen=True)
class Summary:
    """What became of the images.

    Attributes:
        manifest: the file.
        people: by split.
        images: how many have a row.
        left_out: the others, each with its reason.
        joined: a sentence for each person that the table has under several ids.
        tables: sentences on how the tables were read, and what of them joined nothing.
        facts: of the images that have a row, in order.
        notes: what a reader should know of images that have a row, and of which.
    """

    manifest: Path
    people: dict[str, int]
    images: int
    left_out: dict[Path, str]
    joined: list[str]
    notes: dict[str, list[Path]]
    tables: list[str]
    facts: list[Facts]

    def __str__(self) -> str:
        people = ", ".join(f"{number} {split}" for split, number in self.people.items())
        lines = [f"{self.manifest}: {self.images} images; people: {people}."]
        lines += self._left_out()
        lines += self.tables
        lines += self.joined
        if self.notes:
            lines.append("Of images in the manifest:")
        for note, paths in self.notes.items():
            names = ", ".join(path.name for path in paths[:_NAMED]) + (", ..." if len(paths) > _NAMED else "")
            lines.append(f"  {note} ({len(paths)}: {names})")
        return "\n".join(lines)

    def _left_out(self) -> list[str]:
        if not self.left_out:
            return []
        head = f"{len(self.left_out)} images were left out"
        if len(self.left_out) <= _LISTED:
            return [f"{head}:", *(f"  {path}: {reason}" for path, reason in self.left_out.items())]
        reasons = Counter(_PLACE.sub("", reason) for reason in self.left_out.values())
        listed = [f"  {number}: {reason}" for reason, number in reasons.most_common()]
        return [f"{head}; {left_out_file(self.manifest).name} names each with its reason:", *listed]


def left_out_file(manifest: Path) -> Path:
    """The table of images that have no row in a manifest, beside it."""
    return manifest.with_name(f"{manifest.stem}-left-out.csv")


@dataclass(frozen=True)
class _Entry:
    """An image that may get a row: its facts, and the row."""

    path: Path
    facts: Facts
    row: dict[str, str]


def make_manifest(
    images: list[Path],
    source: Source,
    rules: Rules,
    out: Path,
    fractions: tuple[float, float, float] | None,
    seed: int,
    leave_out_unfit: bool = False,
    key: Path | None = None,
    keep_incomplete: bool = False,
    with_signatures: bool = False,
) -> Summary:
    """Write a manifest of every image that has a row in the tables and all it needs.

    Where the header does not know better, person_id, age, sex, bmi (or height_cm and weight_kg) are the
    tables'. followup_years and fracture_event are copied. People are who ``persons.join`` finds them to be.
    Of images with the same pixels the first is kept.

    Args:
        images: files and folders.
        source: of the labels.
        rules: by which they come from its columns.
        out: the manifest; images are named relative to its folder.
        fractions: of the people in train, val and test, adding up to 1: the split is drawn anew, by person
            and stratified by the labels. ``None`` takes the table's column split, or 60/20/20 without one.
        seed: of the draw.
        leave_out_unfit: images whose header says that they are no lateral images of a spine.
        keep_incomplete: images of people whose age, sex or BMI is not known, for networks of the image alone.
        with_signatures: keep what near copies are found by.
        key: a file that tells whose each person_id is, in another folder than the manifest.

    Raises:
        VerteError: for a rule that can't be used, no usable image, one person in several splits of the
            table, or a manifest that can't be written.
    """
    rules.check(source.columns)
    if not rules.labels and not set(TASKS) & set(source.columns):
        raise DataError("No table has a column pvf or osteo; say what they are by --pvf and --osteo.")
    if key is not None and key.absolute().parent == out.absolute().parent:
        raise DataError(
            f"The key {key.name} tells whose each image is; write it into another folder than the manifest, "
            "so that they are not handed on together."
        )
    paths = find_images(images)
    with Readers() as readers:
        facts = list(tqdm(readers.map(facts_of, paths, with_signatures), "reading", len(paths), unit="image"))
    drawn = fractions is not None or "split" not in source.columns
    left_out: dict[Path, str] = {}
    found: list[_Entry] = []
    for path, own, said in zip(paths, facts, source.rows(paths, facts), strict=True):
        try:
            if isinstance(own, VerteError):
                raise own
            if own.unfit and leave_out_unfit:
                raise DataError(own.unfit)
            if isinstance(said, VerteError):
                raise said
            row = None if said is None else rules.of(said)
            found.append(_Entry(path, own, _row(path, own, row, out.parent, drawn, keep_incomplete)))
        except VerteError as error:
            left_out[path] = str(error)
    joined = _identify(found)
    found = _without_copies(found, left_out)
    for entry in [each for each in found if not each.row["person_id"]]:
        left_out[entry.path] = "person_id is missing: neither the table nor PatientID names the person."
        found.remove(entry)
    if not found:
        reasons = "\n".join(f"  {path}: {reason}" for path, reason in left_out.items())
        raise DataError(f"No image can be used.\n{reasons}" if reasons else "There are no images.")
    if drawn:
        _split([each.row for each in found], fractions or (0.6, 0.2, 0.2), seed)
    _check(found)
    more = [name for name in (*FOLLOW_UP, JOINED) if any(name in each.row for each in found)]
    _write(out, [each.row for each in found], [*dataset.COLUMNS, *more])
    unused = [{"path": os.fspath(path), "reason": reason} for path, reason in left_out.items()]
    _write(left_out_file(out), unused, ["path", "reason"])
    if key is not None:
        _write_key(key, found)
    remember([each.facts.identity for each in found], out.with_name(CACHE_FOLDER))
    people = {each.row["person_id"]: each.row["split"] for each in found}
    counts = Counter(people.values())
    by_split: dict[str, int] = {split: counts[split] for split in SPLITS}
    return Summary(
        out,
        by_split,
        len(found),
        left_out,
        joined,
        _notes(found),
        source.said(),
        [each.facts for each in found],
    )


def _row(
    path: Path, facts: Facts, row: TableRow | None, folder: Path, drawn: bool, keep_incomplete: bool
) -> dict[str, str]:
    """The row of an image, whose person_id is the table's."""
    if row is None:
        raise DataError("the table has no row for it.")
    values = known(from_row(row), from_header(facts.header))
    if not (keep_incomplete and None in values.values()):
        combine(from_row(row), from_header(facts.header))
    labels = {task: row.cells.get(task, "") for task in TASKS}
    if not any(labels.values()):
        raise DataError(f"{row.location}: neither pvf nor osteo has a label.")
    cells = {
        "path": os.path.relpath(path, folder),
        "person_id": row.cells.get("person_id", ""),
        "split": SPLITS[0] if drawn else row.cells.get("split", ""),
        "age": _shown(values["age"], "g"),
        "sex": str(values["sex"] or ""),
        "bmi": _shown(values["BMI"], ".4g"),
        **labels,
        **{name: row.cells[name] for name in (*FOLLOW_UP, JOINED) if name in row.cells},
    }
    # Who it is, is found later.
    if problems := dataset.row_problems(cells | {"person_id": "somebody"}, folder):
        raise DataError(f"{row.location}: {' '.join(problems)}")
    try:
        cells["path"].encode()
    except UnicodeEncodeError as error:
        raise DataError("its name is not in UTF-8, so no manifest can hold it.") from error
    return cells


def _shown(value: float | str | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _identify(entries: Sequence[_Entry]) -> list[str]:
    """Give every row its person, in place, empty where nobody is named; what was joined, in sentences."""
    people = join(
        [each.facts for each in entries],
        [each.row["person_id"] for each in entries],
        [each.path.name for each in entries],
    )
    for entry, person in zip(entries, people.ids, strict=True):
        entry.row["person_id"] = person or ""
    return people.joined


def _without_copies(entries: Sequence[_Entry], left_out: dict[Path, str]) -> list[_Entry]:
    """The entries but for those whose pixels an earlier one has, which go to ``left_out``."""
    by_path = {str(each.path): each for each in entries}
    identities = {name: each.facts.identity for name, each in by_path.items()}
    for name, earlier, what in copies(identities):
        row, kept = by_path[name].row, by_path[earlier].row
        differing = [
            f"{task} is {row[task] or 'empty'} here and {kept[task] or 'empty'} there"
            for task in TASKS
            if row[task] != kept[task]
        ]
        reason = f"it has the {what} of {earlier}, which is kept."
        if differing:
            reason += f" Their labels differ: {', '.join(differing)}."
        left_out.setdefault(by_path[name].path, reason)
    return [each for each in entries if each.path not in left_out]


def _check(entries: Sequence[_Entry]) -> None:
    """Refuse what ``fit`` would.

    Raises:
        DataError: with every problem, one a line.
    """
    rows = {str(each.path): each.row for each in entries}
    identities = {str(each.path): each.facts.identity for each in entries}
    problems = dataset.shared_problems(rows, identities)
    if problems:
        lines = [f"  {name}: {problem}" for name, problem in problems]
        raise DataError("No manifest was made, since fit would refuse it:\n" + "\n".join(lines))


def _write(out: Path, rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> None:
    try:
        with replacing(out, "utf-8") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            for each in rows:
                writer.writerow({name: without_formula(cell) for name, cell in each.items()})
    except OSError as error:
        raise OutputError(f"{out} can't be written: {error.strerror}.") from error


def _write_key(key: Path, entries: Sequence[_Entry]) -> None:
    """Whose each person_id is, by what the headers say, for the eyes of the file's owner alone."""
    rows = [
        {
            "person_id": each.row["person_id"],
            "patient_id": each.facts.header.patient_id or "",
            "issuer_of_patient_id": each.facts.header.issuer_of_patient_id or "",
        }
        for each in entries
    ]
    unique = [dict(pairs) for pairs in dict.fromkeys(tuple(row.items()) for row in rows)]
    _write(key, unique, ["person_id", "patient_id", "issuer_of_patient_id"])


def _notes(entries: Sequence[_Entry]) -> dict[str, list[Path]]:
    """Images by what is said of them, what is said of most of them last."""
    notes: dict[str, list[Path]] = {}
    for each in entries:
        for note in filter(None, (each.facts.unfit, *each.facts.notes)):
            notes.setdefault(note, []).append(each.path)
    return dict(sorted(notes.items(), key=lambda item: len(item[1])))


def _split(entries: Sequence[dict[str, str]], fractions: tuple[float, float, float], seed: int) -> None:
    """Give every person a split, in place, so that each split has its fraction of each stratum of labels."""
    labels: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        so_far = labels.get(entry["person_id"], ("",) * len(TASKS))
        labels[entry["person_id"]] = tuple(
            max(known, entry[task]) for known, task in zip(so_far, TASKS, strict=True)
        )
    people = np.random.default_rng(seed).permutation(sorted(labels)).tolist()
    people.sort(key=lambda person: labels[person])
    split_of: dict[str, str] = {}
    given = np.zeros(len(SPLITS))
    for number, person in enumerate(people, start=1):
        # Whoever is furthest behind is next, so along the sorted strata each split keeps its fraction.
        behind = int(np.argmax(np.array(fractions) * number - given))
        given[behind] += 1
        split_of[person] = SPLITS[behind]
    for entry in entries:
        entry["split"] = split_of[entry["person_id"]]
