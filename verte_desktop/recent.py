"""Files, folders and weights that were opened lately, for the menus."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from verte_desktop.actions import Choice
from verte_desktop.session import settings
from verte_desktop.session.session import Session
from verte_desktop.session.settings import Settings


class Recent:
    """Remembers what the session opens, and offers it again."""

    def __init__(self, session: Session, store: Settings) -> None:
        self._session, self._store = session, store
        session.opened.connect(self._opened)
        session.weights_changed.connect(self._weights_changed)

    def files(self) -> list[Choice]:
        """Recent files and folders."""
        names = self._store.get(settings.RECENT_FILES)
        return [Choice(name, partial(self._session.open, [Path(name)])) for name in names]

    def weights(self) -> list[Choice]:
        """The shipped weights and recent ones."""
        if self._store.is_fixed(settings.WEIGHTS):
            return []
        used, choose = self._session.shown.weights, self._session.choose_weights
        by_default = used is not None and used.is_shipped
        name_of_used = None if used is None else _joined(used.paths)
        return [
            Choice("The weights of the program", choose, by_default),
            *(
                Choice(
                    name.replace("\n", " + "),
                    partial(choose, *map(Path, name.split("\n"))),
                    not by_default and name == name_of_used,
                )
                for name in self._store.get(settings.RECENT_WEIGHTS)
            ),
        ]

    def is_remembering(self) -> bool:
        """Whether files and folders are remembered."""
        return self._store.get(settings.REMEMBER_RECENT)

    def toggle(self) -> None:
        """Remember files from now on, or no longer; those of before are forgotten."""
        self._store.set(settings.REMEMBER_RECENT, not self.is_remembering())
        self.clear()

    def clear(self) -> None:
        """Forget the files and folders."""
        self._store.set(settings.RECENT_FILES, [])

    def _opened(self, paths: list[Path]) -> None:
        if self.is_remembering():
            self._store.add_recent(settings.RECENT_FILES, [str(path) for path in paths])

    def _weights_changed(self) -> None:
        used = self._session.shown.weights
        if used is not None and not used.is_shipped:
            self._store.add_recent(settings.RECENT_WEIGHTS, [_joined(used.paths)])


def _joined(paths: tuple[Path, ...]) -> str:
    """One line of the recent weights; a path holds no newline."""
    return "\n".join(map(str, paths))
