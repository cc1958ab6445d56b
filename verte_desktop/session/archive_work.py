"""What the window asks of an archive: on a thread of its own, one thing at a time, and dropped at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from verte_core.errors import VerteError
from verte_desktop.session import problems, settings
from verte_desktop.session.problems import Problem
from verte_desktop.session.tasks import Jobs, Tasks

if TYPE_CHECKING:
    from verte_core.pacs.archive import Archive, Query, Study
    from verte_core.pacs.nodes import DicomwebNode, DimseNode, Nodes

T = TypeVar("T")

MOST_STUDIES = 500


class ArchiveWork(QObject):
    """One question at a time; answers arrive on the thread of the window.

    Args:
        folder: for the images that come; it is gone with the program.

    Attributes:
        doing: what the reader waits for, in words; empty when nothing.
        problem: why the last question has no answer.
    """

    changed = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.doing = ""
        self.problem: Problem | None = None
        self._folder = folder
        self._tasks = Tasks(self)
        self._jobs = Jobs(self._tasks)

    def nodes(self) -> Nodes:
        """Those of the file, by name; none without a file.

        Raises:
            VerteError: when the file can't be used.
        """
        from verte_core.extras import PACS, needed

        with needed(PACS):
            from verte_core.pacs import nodes

            path = _file()
            return nodes.read(path) if path.exists() else {}

    def save_nodes(self, known: Nodes) -> None:
        """Write them.

        Raises:
            VerteError: when the file can't be read or written.
        """
        from verte_core.pacs import nodes

        nodes.write(_file(), known)

    def echo(self, name: str, node: DicomwebNode | DimseNode, done: Callable[[str], None]) -> None:
        """Ask whether a node answers."""
        self.ask(f"Asking {name}", lambda _: _connected(name, node).echo(), done)

    def send(self, name: str, paths: Sequence[Path]) -> None:
        """Store files on a node; on the thread that calls.

        Raises:
            VerteError: when one of them is not stored, with all reasons.
        """
        from verte_core.pacs.nodes import chosen
        from verte_core.pacs.sending import refused_simulated

        node = chosen(self.nodes(), name)
        refused = refused_simulated(name, node, paths)
        if refused is not None:
            raise refused
        errors = [str(each) for each in _connected(name, node).send(paths) if each is not None]
        if errors:
            raise VerteError(" ".join(errors))

    def connected(self, name: str) -> Archive:
        """The archive of a node of the file.

        Raises:
            VerteError: when there is no such node, or something that it names is not there.
        """
        from verte_core.pacs.nodes import chosen

        return _connected(name, chosen(self.nodes(), name))

    def search(self, name: str, query: Query, done: Callable[[list[Study]], None]) -> None:
        """Look for studies, the newest first."""

        def ask(_: Event) -> list[Study]:
            found = self.connected(name).studies(query, MOST_STUDIES)
            return sorted(found, key=lambda study: study.date, reverse=True)

        self.ask(f"Looking in {name}", ask, done)

    def fetch(self, name: str, study_uid: str, done: Callable[[list[Path]], None]) -> None:
        """Bring the radiographs and DXA images of a study."""

        def ask(stop: Event) -> list[Path]:
            from verte_core.dicom_results.simulated import is_own

            archive = self.connected(name)
            instances = [each for each in archive.instances(study_uid) if not is_own(each.description)]
            if not instances:
                raise VerteError("This study has no radiograph and no DXA image.")
            folder = Path(mkdtemp(dir=self._folder))
            paths = []
            for instance in instances:
                if stop.is_set():
                    break
                paths.append(folder / f"{instance.uid}.dcm")
                archive.fetch(instance, paths[-1])
            return paths

        self.ask(f"Fetching from {name}", ask, done)

    def ask(self, doing: str, work: Callable[[Event], T], done: Callable[[T], None]) -> None:
        """Do something slow; what was asked before is dropped. ``work`` sees when it is dropped itself."""
        self._jobs.drop()
        stop = Event()
        self._say(doing, None)

        def came(answer: T) -> None:
            self._say("", None)
            done(answer)

        def failed(error: BaseException) -> None:
            self._say("", problems.describe(error))

        self._jobs.run(lambda: work(stop), came, failed, stop=stop.set)

    def cancel(self) -> None:
        """Drop the question: of its answer nothing will come."""
        self._jobs.drop()
        self._say("", None)

    def close(self) -> None:
        """Drop all; what runs now ends on its own."""
        self._jobs.drop()
        self._tasks.close()

    def join(self) -> None:
        """Wait, after ``close``, for the thread to end."""
        self._tasks.join()

    def _say(self, doing: str, problem: Problem | None) -> None:
        self.doing, self.problem = doing, problem
        self.changed.emit()


def _file() -> Path:
    return settings.folder() / "nodes.toml"


def _connected(name: str, node: DicomwebNode | DimseNode) -> Archive:
    from verte_core.extras import PACS, needed
    from verte_core.pacs.connecting import connect

    with needed(PACS):
        return connect(name, node)
