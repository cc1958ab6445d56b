"""The reader's verdicts on rows of a scores.csv, in a CSV of their own beside it.

They are apart from scores.csv because that one is made anew by every run.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

from verte_core.batch.pipeline import Row
from verte_core.errors import OutputError, VerteError
from verte_core.files import replacing, with_formula, without_formula


@dataclass(frozen=True)
class Review:
    """What a reader said of one image, and of which scores; all texts.

    Attributes:
        verdict: ``confirmed``, ``refuted`` or empty.
        reviewed: when, local time, ISO 8601.
    """

    path: str
    verdict: str
    comment: str
    pvf_score: str
    osteo_score: str
    model_id: str
    reviewed: str

    @classmethod
    def of(cls, row: Row, verdict: str, comment: str) -> Review:
        """A review made now."""
        now = datetime.now().isoformat(timespec="seconds")
        return cls(_key(row.path), verdict, comment, *_scores(row), now)

    def is_of(self, row: Row) -> bool:
        """Whether the scores that it was said of are still those of the row."""
        return (self.pvf_score, self.osteo_score, self.model_id) == _scores(row)


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
        names = [field.name for field in fields(Review)]
        try:
            with self.path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.DictReader(file, strict=True)
                if reader.fieldnames != names:
                    raise VerteError(f"{self.path} is there, but is no table of reviews; move it away.")
                rows = [{name: with_formula(cells[name] or "") for name in names} for cells in reader]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, csv.Error) as error:
            raise VerteError(f"The reviews {self.path} can't be read: {error}.") from error
        return {row["path"]: Review(**row) for row in rows}

    def set(self, row: Row, verdict: str, comment: str) -> dict[str, Review]:
        """Write what a reader says of a row; neither verdict nor comment takes it back. All reviews then.

        Raises:
            VerteError: as ``read``.
            OutputError: when it can't be written.
        """
        reviews = self.read()
        reviews.pop(_key(row.path), None)
        if verdict or comment:
            review = Review.of(row, verdict, comment)
            reviews[review.path] = review
        try:
            with replacing(self.path, "utf-8-sig") as file:
                writer = csv.writer(file)
                writer.writerow([field.name for field in fields(Review)])
                writer.writerows(map(without_formula, asdict(each).values()) for each in reviews.values())
        except OSError as error:
            raise OutputError(f"The review can't be written to {self.path}: {error.strerror}.") from error
        return reviews


def find(reviews: dict[str, Review], path: str) -> Review | None:
    """The review of an image."""
    return reviews.get(_key(path))


def _scores(row: Row) -> tuple[str, str, str]:
    pvf, osteo = ("" if score is None else str(score) for score in (row.pvf_score, row.osteo_score))
    return pvf, osteo, row.model_id


def _key(path: str) -> str:
    """As a UTF-8 file holds it: a file name may be no UTF-8."""
    return path.encode("utf-8", "backslashreplace").decode()
