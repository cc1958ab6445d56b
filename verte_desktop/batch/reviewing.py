"""What the reader says of the rows of a batch: kept at once, and taken back one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from verte_core.errors import VerteError
from verte_desktop.batch.table import Model
from verte_desktop.session import problems

if TYPE_CHECKING:
    from pathlib import Path

    from verte_core.batch.record import ImageRecord
    from verte_core.batch.reviews import Review, Reviews


class Reviewing(QObject):
    """The reviews of the lines of a table; ``changed`` tells of each other one, and of a problem.

    Attributes:
        problem: why reviews can't be read or written, in a sentence.
    """

    changed = Signal()

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._model = model
        self._reviews: Reviews | None = None
        self._former: list[list[tuple[ImageRecord, Review | None]]] = []
        self.problem = ""

    def begin(self) -> None:
        """Leave the former lines."""
        self._reviews, self._former = None, []
        self._tell("")

    def read(self, results: Path) -> None:
        """Take the reviews of a scores.csv; not before its lines are there, and with them what this needs."""
        from verte_core.batch.reviews import Reviews

        reviews = Reviews(results)
        try:
            self._model.set_reviews(reviews.read())
            self._reviews = reviews
            self._tell("")
        except VerteError as error:
            # Nothing is written over a file that can't be read.
            self._tell(str(error))

    @property
    def can_write(self) -> bool:
        """Whether a review can be kept."""
        return self._reviews is not None

    def word(self, record: ImageRecord, task: str) -> str:
        """The verdict on a score of a line; one on a former score is none on this."""
        review = self._model.review(record)
        verdict = review.verdicts.get(task) if review else None
        return verdict.word if verdict and verdict.is_of(record, task) else ""

    def comment(self, record: ImageRecord) -> str:
        """The comment on a line."""
        return self._model.comment(record)

    def save(
        self, record: ImageRecord, words: Mapping[str, str], comment: str, of_person: bool = False
    ) -> bool:
        """Keep verdicts by task, empty to take one back, and a comment; whether that could be done.

        ``of_person`` gives the verdicts to all scored images of the person; the comment is of the one image.
        """
        reviews = self._reviews
        if reviews is None:
            return False
        others = [each for each in self.of_person(record) if each is not record] if of_person else []
        former = [(each, self._model.review(each)) for each in (record, *others)]
        for each in (record, *others):
            own = comment if each is record else self.comment(each)
            given = {task: word for task, word in words.items() if task in each.scores}
            if not self._write(each, partial(reviews.set, each, given, own)):
                return False
        self._former.append(former)
        self._tell("")
        return True

    def of_person(self, record: ImageRecord) -> list[ImageRecord]:
        """The scored lines of a line's person in the same study, by the same weights; at least itself."""
        if record.person is None:
            return [record]
        whose = record.person, record.model_id
        return [
            each for each in self._model.records if each.scores and (each.person, each.model_id) == whose
        ] or [record]

    def undoes(self) -> str:
        """On which line ``undo`` takes something back; empty when nothing was said since these lines came."""
        return self._model.name(self._former[-1][0][0]) if self._former else ""

    def undo(self) -> ImageRecord | None:
        """Take back what was said last; the line that it was said of."""
        reviews = self._reviews
        if reviews is None or not self._former:
            return None
        for each, former in reversed(self._former[-1]):
            if not self._write(each, partial(reviews.put, each.path, former)):
                return None
        record, _ = self._former.pop()[0]
        self._tell("")
        return record

    def _write(self, record: ImageRecord, write: Callable[[], dict[str, Review]]) -> bool:
        try:
            self._model.set_reviews(write(), record)
        except VerteError as error:
            self._tell(problems.describe(error).sentence)
            return False
        return True

    def _tell(self, problem: str) -> None:
        self.problem = problem
        self.changed.emit()
