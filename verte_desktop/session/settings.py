"""What the program remembers: one table. Only the recent files, which can be turned off, name a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar, cast

from PySide6.QtCore import QByteArray, QSettings

T = TypeVar("T")


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One remembered value: its key and what it is until it is set; the default's type is its type."""

    key: str
    default: T


GEOMETRY = Setting("window/geometry", QByteArray())
BATCH_GEOMETRY = Setting("batch/geometry", QByteArray())
PANES = Setting("window/panes", QByteArray())
HEATMAP_OPACITY = Setting("heatmap/opacity", 0.5)
REMEMBER_RECENT = Setting("recent/remember", True)
RECENT_FILES: Setting[list[str]] = Setting("recent/files", [])
RECENT_WEIGHTS: Setting[list[str]] = Setting("recent/weights", [])

_MOST_RECENT = 10


class Settings:
    """Reads and writes Settings, in an INI file of the user."""

    def __init__(self) -> None:
        self._store = _store()

    def get(self, setting: Setting[T]) -> T:
        """The stored value, or the default where none is stored or it is of another type."""
        value = self._store.value(setting.key, setting.default, type=type(setting.default))
        return cast(T, setting.default if value is None else value)

    def set(self, setting: Setting[T], value: T) -> None:
        """Store a value."""
        self._store.setValue(setting.key, value)

    def add_recent(self, setting: Setting[list[str]], paths: list[str]) -> None:
        """Put paths in front of a list of recent ones, which another window may have changed meanwhile."""
        self._store.sync()
        self.set(setting, list(dict.fromkeys([*paths, *self.get(setting)]))[:_MOST_RECENT])
        self._store.sync()


def folder() -> Path:
    """Where the settings are kept."""
    return Path(_store().fileName()).parent


def _store() -> QSettings:
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "VERTE Desktop", "verte-desktop")
