"""The other images of the person on the screen: scored one after another, beside the reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from verte_core.errors import VerteError
from verte_desktop.session import slow_steps
from verte_desktop.session.entry import Entry
from verte_desktop.session.side_work import SideWork

if TYPE_CHECKING:
    from verte_core.reading.isolated import Readers
    from verte_core.results import OperatingPoints, Result, Score
    from verte_core.scoring.scorers import Scorers

Found = list[tuple[Path, "Result | None", str]]
"""Of each image its scores, or why there are none."""


class PersonWork(SideWork):
    """Scores what is not scored yet."""

    def score(
        self,
        readers: Readers,
        scorers: Scorers,
        entries: Sequence[Entry],
        done: Callable[[Found], None],
    ) -> None:
        """Score images, each with what its own header and table say of the person at that time."""
        wanted = [(each.path, each.draft, each.given) for each in entries]

        def work(stop: Event) -> Found:
            step = self.step_of(stop)
            found: Found = []
            for number, (path, draft, given) in enumerate(wanted):
                step(number, len(wanted))
                try:
                    result = slow_steps.score_file(readers, scorers, path, draft, given, stop.is_set).result
                except VerteError as error:
                    found.append((path, None, str(error)))
                else:
                    found.append((path, result, "" if result else "Age, sex or BMI is missing."))
            return found

        self.ask("Scoring the person's other images", work, done)


def of_person(entries: Sequence[Entry], current: Entry) -> list[Entry]:
    """The images of the current one's person in the same study, itself with them, in their order."""
    whose = current.header.person if current.header else None
    if whose is None:
        return [current]
    return [each for each in entries if each.header is not None and each.header.person == whose]


def mean(
    entries: Sequence[Entry], weights_id: str, points: dict[str, OperatingPoints]
) -> tuple[int, dict[str, Score]]:
    """How many of the images these weights have scored, and the person's scores by task."""
    from verte_core.results import mean_score

    results = [each.result for each in entries if each.result and each.result.weights_id == weights_id]
    tasks = [task for task in points if results and all(task in each.scores for each in results)]
    return len(results), {
        task: mean_score([each.scores[task] for each in results], points[task]) for task in tasks
    }
