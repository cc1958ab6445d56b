"""The reader's verdicts on rows of a scores.csv, in a CSV of their own beside it.

They are apart from scores.csv because that one is made anew by every run.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from verte_core.batch.columns import score_texts
from verte_core.batch.record import ImageRecord
from verte_core.errors import OutputError, VerteError
from verte_core.files import replacing, with_formula, without_formula
from verte_core.results import TASKS

COLUMNS = ("path", "verdict", "comment", *(f"{task}_score" for task in TASKS), "model_id", "reviewed")


@dataclass(frozen=True)
class Review:
    """What a reader said of one image, and of which scores; all texts.

    Attributes:
        verdict: ``confirmed``, ``refuted`` or empty.
        scores: by task, as scores.csv has them.
        reviewed: when, local time, ISO 8601.
    """

    path: str
    verdict: str
    comment: str
    scores: dict[str, str]
    model_id: str
    reviewed: str

    @classmethod
    def of(cls, record: ImageRecord, verdict: str, comment: str) -> Review:
        """A review made now."""
        now = datetime.now().isoformat(timespec="seconds")
        return cls(_key(record.path), verdict, comment, score_texts(record), record.model_id, now)

    @classmethod
    def from_cells(cls, cells: dict[str, str]) -> Review:
        """A review as the file has it, by column."""
        scores = {task: cells[f"{task}_score"] for task in TASKS}
        texts = (cells["path"], cells["verdict"], cells["comment"])
        return cls(*texts, scores, cells["model_id"], cells["reviewed"])

    def texts(self) -> list[str]:
        """In the order of ``COLUMNS``."""
        scores = (self.scores[task] for task in TASKS)
        return [self.path, self.verdict, self.comment, *scores, self.model_id, self.reviewed]

    def is_of(self, record: ImageRecord) -> bool:
        """Whether the scores that it was said of are still those of the record."""
        return (self.scores, self.model_id) == (score_texts(record), record.model_id)


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
                if tuple(reader.fieldnames or ()) != COLUMNS:
                    raise VerteError(f"{self.path} is there, but is no table of reviews; move it away.")
                rows = [{name: with_formula(cells[name] or "") for name in COLUMNS} for cells in reader]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, csv.Error) as error:
            raise VerteError(f"The reviews {self.path} can't be read: {error}.") from error
        return {row["path"]: Review.from_cells(row) for row in rows}

    def set(self, record: ImageRecord, verdict: str, comment: str) -> dict[str, Review]:
        """Write what a reader says of an image; neither verdict nor comment takes it back. All reviews then.

        Raises:
            VerteError: as ``read``.
            OutputError: when it can't be written.
        """
        reviews = self.read()
        reviews.pop(_key(record.path), None)
        if verdict or comment:
            review = Review.of(record, verdict, comment)
            reviews[review.path] = review
        try:
            with replacing(self.path, "utf-8-sig") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                writer.writerows(map(without_formula, each.texts()) for each in reviews.values())
        except OSError as error:
            raise OutputError(f"The review can't be written to {self.path}: {error.strerror}.") from error
        return reviews


def find(reviews: dict[str, Review], path: str) -> Review | None:
    """The review of an image."""
    return reviews.get(_key(path))


def _key(path: str) -> str:
    """As a UTF-8 file holds it: a file name may be no UTF-8."""
    return path.encode("utf-8", "backslashreplace").decode()
