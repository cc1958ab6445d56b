"""The reader's verdicts on the scores of a scores.csv, in a CSV of their own beside it.

They are apart from scores.csv because that one is made anew by every run.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from verte_core.batch.columns import score_texts
from verte_core.batch.record import ImageRecord
from verte_core.errors import OutputError, VerteError
from verte_core.files import replacing, with_formula, without_formula
from verte_core.results import TASKS

COLUMNS = (
    "path",
    *(f"{task}_verdict" for task in TASKS),
    "comment",
    *(f"{task}_score" for task in TASKS),
    *(f"{task}_model_id" for task in TASKS),
    "reviewed",
)
_OF_THE_ROW = ("verdict", "model_id")
"""Of files from the time when a verdict was of the whole row."""
_NEEDED = {"path", "comment", "reviewed"}


@dataclass(frozen=True)
class Verdict:
    """What a reader said of one score of an image; all texts.

    Attributes:
        word: ``confirmed`` or ``refuted``.
        score: that it was said of, as scores.csv has it.
        model_id: of the weights that the score is of.
    """

    word: str
    score: str
    model_id: str

    @classmethod
    def of(cls, record: ImageRecord, task: str, word: str) -> Verdict:
        """A verdict on a score as it is now."""
        return cls(word, score_texts(record)[task], record.model_id)

    def is_of(self, record: ImageRecord, task: str) -> bool:
        """Whether the score that it was said of still is that of the record."""
        return self == Verdict.of(record, task, self.word)


@dataclass(frozen=True)
class Review:
    """What a reader said of one image.

    Attributes:
        path: of the image, as a UTF-8 file holds it.
        verdicts: by task; none where nothing was said.
        comment: on the image.
        reviewed: when, local time, ISO 8601.
    """

    path: str
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    comment: str = ""
    reviewed: str = ""

    @classmethod
    def from_cells(cls, cells: Mapping[str, str]) -> Review:
        """A review as the file has it, by column.

        A verdict on a whole row is that on its score where it has but one. Where it has more, nobody knows
        which was meant: it becomes words of the comment, and no verdict.
        """
        verdicts = {
            task: Verdict(cells[f"{task}_verdict"], cells[f"{task}_score"], cells[f"{task}_model_id"])
            for task in TASKS
            if cells[f"{task}_verdict"]
        }
        comment, whole = cells["comment"], cells["verdict"]
        if whole:
            scored = [task for task in TASKS if cells[f"{task}_score"]]
            if len(scored) == 1:
                verdicts[scored[0]] = Verdict(whole, cells[f"{scored[0]}_score"], cells["model_id"])
            else:
                said = f"[{whole}: said of the whole row, with weights {cells['model_id']}]"
                comment = f"{said} {comment}".strip()
        return cls(cells["path"], verdicts, comment, cells["reviewed"])

    def texts(self) -> list[str]:
        """In the order of ``COLUMNS``."""
        verdicts = [self.verdicts.get(task, Verdict("", "", "")) for task in TASKS]
        words, scores, ids = zip(*((each.word, each.score, each.model_id) for each in verdicts), strict=True)
        return [self.path, *words, self.comment, *scores, *ids, self.reviewed]


class Reviews:
    """The reviews beside a scores.csv, as ``scores.csv.review.csv``.

    Each change reads the file again and replaces it in one step, so that two readers lose nothing to each
    other, except when they write within the same few milliseconds.
    """

    def __init__(self, scores: Path) -> None:
        self.path = scores.with_name(f"{scores.name}.review.csv")

    def read(self) -> dict[str, Review]:
        """All reviews; ``find`` looks one up.

        Raises:
            VerteError: when the file is there, but is not ours or can't be read.
        """
        try:
            with self.path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.DictReader(file, strict=True)
                names = set(reader.fieldnames or ())
                if not names >= _NEEDED or names - {*COLUMNS, *_OF_THE_ROW}:
                    raise VerteError(f"{self.path} is there, but is no table of reviews; move it away.")
                rows = [
                    {name: with_formula(cells.get(name) or "") for name in (*COLUMNS, *_OF_THE_ROW)}
                    for cells in reader
                ]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, csv.Error) as error:
            raise VerteError(f"The reviews {self.path} can't be read: {error}.") from error
        return {row["path"]: Review.from_cells(row) for row in rows}

    def set(self, record: ImageRecord, words: Mapping[str, str], comment: str) -> dict[str, Review]:
        """Write what a reader says of an image. All reviews then.

        Args:
            record: of the image.
            words: verdicts by task, empty to take one back; those on other scores stay.
            comment: takes the place of the former one.

        Raises:
            VerteError: as ``read``.
            OutputError: when it can't be written.
        """
        former = find(self.read(), record.path)
        kept = dict(former.verdicts) if former else {}
        for task, word in words.items():
            kept.pop(task, None)
            if word:
                kept[task] = Verdict.of(record, task, word)
        now = datetime.now().isoformat(timespec="seconds")
        return self.put(record.path, Review(_key(record.path), kept, comment, now))

    def put(self, path: str, review: Review | None) -> dict[str, Review]:
        """Write the review of an image as it is; one that says nothing is none. All reviews then.

        Raises:
            VerteError: as ``read``.
            OutputError: when it can't be written.
        """
        reviews = self.read()
        reviews.pop(_key(path), None)
        if review is not None and (review.verdicts or review.comment):
            reviews[review.path] = review
        try:
            with replacing(self.path, "utf-8-sig") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                writer.writerows(map(without_formula, each.texts()) for each in reviews.values())
        except OSError as error:
            raise OutputError(f"The review can't be written to {self.path}: {error.strerror}.") from error
        return reviews


def find(reviews: Mapping[str, Review], path: str) -> Review | None:
    """The review of an image."""
    return reviews.get(_key(path))


def _key(path: str) -> str:
    """As a UTF-8 file holds it: a file name may be no UTF-8."""
    return path.encode("utf-8", "backslashreplace").decode()
