"""What the window asks of an archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from verte_core.errors import VerteError
from verte_desktop.session import settings
from verte_desktop.session.side_work import SideWork

if TYPE_CHECKING:
    from verte_core.pacs.archive import Archive, Query, Study
    from verte_core.pacs.nodes import DicomwebNode, DimseNode, Nodes

MOST_STUDIES = 500


class ArchiveWork(SideWork):
    """What is asked of an archive.

    Args:
        folder: for the images that come; it is gone with the program.
    """

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder

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


def _file() -> Path:
    return settings.folder() / "nodes.toml"


def _connected(name: str, node: DicomwebNode | DimseNode) -> Archive:
    from verte_core.extras import PACS, needed
    from verte_core.pacs.connecting import connect

    with needed(PACS):
        return connect(name, node)
