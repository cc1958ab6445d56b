"""What the program remembers: one table. Only the recent files, which can be turned off, name a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from PySide6.QtCore import QByteArray, QSettings

T = TypeVar("T")


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One remembered value: its key and what it is until it is set; the default's type is its type.

    Attributes:
        title: what the preferences call it; without one they do not show it.
        group: below which heading.
        choices: the values that it may have, and what they are called; without any, all of its type.
        limits: of a number, the least and the greatest, and the step.
        next_start: whether a change takes effect when the program is started again.
        kind: of a text: ``folder``, or ``files`` for several on a line each.
    """

    key: str
    default: T
    title: str = ""
    group: str = ""
    choices: Mapping[T, str] = field(default_factory=dict)
    limits: tuple[float, float, float] | None = None
    next_start: bool = False
    kind: str = ""


SYSTEM = "system"
_LOOK, _IMAGES, _FILES, _KEYS = "Look", "Images and heatmaps", "Files", "Mouse"
_DRAGS = {"window": "Window width and level", "pan": "Move the image", "zoom": "Zoom"}

GEOMETRY = Setting("window/geometry", QByteArray())
BATCH_GEOMETRY = Setting("batch/geometry", QByteArray())
INSPECTION_GEOMETRY = Setting("inspection/geometry", QByteArray())
GALLERY_GEOMETRY = Setting("gallery/geometry", QByteArray())
COMPARING_GEOMETRY = Setting("comparing/geometry", QByteArray())
COMPARING_HANGING = Setting("comparing/hanging", "")
PANES = Setting("window/panes", QByteArray())
WELCOMED = Setting("window/welcomed", False)
LANGUAGE = Setting(
    "look/language",
    SYSTEM,
    "Language",
    _LOOK,
    {SYSTEM: "Of the system", "en": "English", "ko": "한국어"},
    next_start=True,
)
THEME = Setting(
    "look/theme",
    "dark",
    "Colours of the window",
    _LOOK,
    {"dark": "Dark", "light": "Light", SYSTEM: "Of the system"},
    next_start=True,
)
BANNER = Setting("look/banner", True, "Patient's data on the screen at the start", _LOOK)
HEATMAP_OPACITY = Setting("heatmap/opacity", 0.5, "Opacity of heatmaps", _IMAGES, limits=(0.1, 1.0, 0.1))
HEATMAP_COLOURS = Setting(
    "heatmap/colours",
    "turbo",
    "Colours of heatmaps",
    _IMAGES,
    {
        "turbo": "Turbo",
        "inferno": "Inferno (even to the eye)",
        "magma": "Magma (even to the eye)",
        "viridis": "Viridis (even to the eye)",
        "cividis": "Cividis (even to the eye)",
    },
)
LEFT_DRAG = Setting("mouse/left", "window", "Left drag", _KEYS, _DRAGS)
MIDDLE_DRAG = Setting("mouse/middle", "pan", "Middle drag", _KEYS, _DRAGS)
RIGHT_DRAG = Setting("mouse/right", "zoom", "Right drag", _KEYS, _DRAGS)
REMEMBER_RECENT = Setting("recent/remember", True, "Remember recent files", _FILES)
RECENT_FILES: Setting[list[str]] = Setting("recent/files", [])
RECENT_WEIGHTS: Setting[list[str]] = Setting("recent/weights", [])
WEIGHTS: Setting[list[str]] = Setting(
    "weights/files", [], "Weights at the start (without any, the program's own)", _FILES, kind="files"
)
MAY_OVERRULE = Setting("weights/overrule", True, "An image may be read against its header", _FILES)
OPEN_FOLDER = Setting("folders/open", "", "Folder of images", _FILES, kind="folder")
SAVE_FOLDER = Setting("folders/save", "", "Folder of what is saved", _FILES, kind="folder")
SHORTCUTS: Setting[list[str]] = Setting("shortcuts/changed", [])
"""Each the id of a command, a blank, and its keys as ``QKeySequence`` writes them; none for no key."""
SHOWN: tuple[Setting[Any], ...] = (
    *(LANGUAGE, THEME, BANNER),
    *(HEATMAP_OPACITY, HEATMAP_COLOURS),
    *(LEFT_DRAG, MIDDLE_DRAG, RIGHT_DRAG),
    *(WEIGHTS, MAY_OVERRULE, OPEN_FOLDER, SAVE_FOLDER, REMEMBER_RECENT),
)
"""What the preferences show, in their order."""
ADMINISTRATORS_FILE = "VERTE_DESKTOP_SETTINGS"
"""The environment variable that names the administrator's file, in place of its usual path."""

_MOST_RECENT = 10


class Settings:
    """Reads and writes Settings, in an INI file of the user.

    What an administrator has fixed in a file for the whole machine goes before, and can't be changed.
    """

    def __init__(self) -> None:
        self._store = _store()
        self._fixed = QSettings(str(administrators_file()), QSettings.Format.IniFormat)

    def get(self, setting: Setting[T]) -> T:
        """The fixed value, else the stored one, or the default where that is of another kind."""
        for store in (self._fixed, self._store):
            if store.contains(setting.key):
                value = store.value(setting.key, setting.default, type=type(setting.default))
                if value is not None and _is_possible(setting, value):
                    return cast(T, value)
        return setting.default

    def set(self, setting: Setting[T], value: T) -> None:
        """Store a value; one that an administrator has fixed stays as it is."""
        if not self.is_fixed(setting):
            self._store.setValue(setting.key, value)

    def is_fixed(self, setting: Setting[T]) -> bool:
        """Whether an administrator has fixed it."""
        return bool(self._fixed.contains(setting.key))

    def add_recent(self, setting: Setting[list[str]], paths: list[str]) -> None:
        """Put paths in front of a list of recent ones, which another window may have changed meanwhile."""
        self._store.sync()
        self.set(setting, list(dict.fromkeys([*paths, *self.get(setting)]))[:_MOST_RECENT])
        self._store.sync()


def _is_possible(setting: Setting[Any], value: Any) -> bool:
    if setting.limits is not None:
        return bool(setting.limits[0] <= value <= setting.limits[1])
    return not setting.choices or value in setting.choices


def administrators_file() -> Path:
    """The file whose values go before those of the user; it need not be there."""
    named = os.environ.get(ADMINISTRATORS_FILE)
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "VERTE Desktop" / "settings.ini"
    if sys.platform == "darwin":
        return Path("/Library/Application Support/VERTE Desktop/settings.ini")
    return Path("/etc/verte-desktop/settings.ini")


def folder() -> Path:
    """Where the settings are kept."""
    return Path(_store().fileName()).parent


def _store() -> QSettings:
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "VERTE Desktop", "verte-desktop")
