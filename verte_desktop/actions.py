"""How a table of commands becomes the menus, the toolbar, the shortcuts and the F1 list of a window."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolButton

from verte_desktop import theme
from verte_desktop.language import QT_TR_NOOP, said, tr

Window = TypeVar("Window", bound=QMainWindow)

IMAGE_OPEN, PREPARED, RESULT, WEIGHTS = "image", "prepared", "result", "weights"
LISTED, BUSY, ROW, MEASURED = "listed", "busy", "row", "measured"
NEEDS = {
    IMAGE_OPEN: "Open an image first.",
    PREPARED: "The model has not seen an image yet.",
    RESULT: "There are no scores of what is shown.",
    WEIGHTS: "The model is not loaded yet.",
    LISTED: "Open an image first.",
    BUSY: "Nothing runs.",
    ROW: "The image is no row of a batch.",
    MEASURED: "No measurement is chosen.",
}
"""What a command needs, and what its tooltip says while that is missing."""


@dataclass(frozen=True)
class Command(Generic[Window]):
    """One command.

    Attributes:
        keys: the first is shown in the menus; there may be none.
        slot: called with the window.
        button: the short text of its toolbar button; without one it has none.
        needs: a key of ``NEEDS``.
        checkable: it is on or off.
        submenu: of the menu, by its title.
    """

    id: str
    menu: str
    text: str
    keys: tuple[str, ...]
    slot: Callable[[Window], object]
    button: str = ""
    needs: str = ""
    checkable: bool = False
    submenu: str = ""


@dataclass(frozen=True)
class Choice:
    """One line of a submenu whose lines change."""

    text: str
    slot: Callable[[], object]
    checked: bool = False


Submenus = Mapping[str, Callable[[Window], list[Choice]]]
"""What stands above the commands of a submenu when it is opened, by its title."""

DRAGS = {
    "window": "Window width (across) and level (up and down)",
    "pan": "Move the image",
    "zoom": "Zoom at the pointer",
}
"""What a drag of the mouse does, by its name in the settings."""
BARRED = QT_TR_NOOP("Fixed by the administrator of this computer.")
MOUSE = (("Wheel", "Zoom at the pointer"), ("Double click", "Fit to the window"))
"""The mouse on the image beside what is dragged, for the F1 list."""


def with_keys(
    commands: Sequence[Command[Window]], changed: Mapping[str, tuple[str, ...]]
) -> tuple[Command[Window], ...]:
    """The commands with the keys that the reader gave them, by id."""
    return tuple(replace(each, keys=changed.get(each.id, each.keys)) for each in commands)


def set_keys(actions: Mapping[str, QAction], commands: Sequence[Command[Window]]) -> None:
    """Give the actions the keys of the commands."""
    for command in commands:
        actions[command.id].setShortcuts([QKeySequence(keys) for keys in command.keys])


def build(
    window: Window, commands: Sequence[Command[Window]], submenus: Submenus[Window]
) -> dict[str, QAction]:
    """The actions of a window by id, with its menus and its toolbar filled."""
    actions = {}
    toolbar = window.addToolBar(tr("Tools"))
    toolbar.setMovable(False)
    menus: dict[str, QMenu] = {}
    for command in commands:
        action = QAction(said(command.text), window)
        action.setCheckable(command.checkable)
        action.setObjectName(command.id)
        action.setShortcuts([QKeySequence(keys) for keys in command.keys])
        action.triggered.connect(lambda _=False, slot=command.slot: slot(window))
        if command.menu not in menus:
            if menus:
                toolbar.addSeparator()
            menus[command.menu] = window.menuBar().addMenu(f"&{said(command.menu)}")
            menus[command.menu].setToolTipsVisible(True)
        menu = menus[command.menu]
        if command.submenu:
            if command.submenu not in menus:
                menus[command.submenu] = _submenu(window, menu, command.submenu, submenus)
            menu = menus[command.submenu]
        menu.addAction(action)
        if command.button:
            action.setIconText(said(command.button))
            toolbar.addAction(action)
            toolbar.widgetForAction(action).setAccessibleName(said(command.text))
        actions[command.id] = action
    more = toolbar.findChild(QToolButton, "qt_toolbar_ext_button")
    if more is not None:
        # Qt's own arrow is black on whatever ground.
        more.setIcon(theme.more_icon())
        more.setAccessibleName(tr("More buttons"))
    return actions


def _submenu(window: Window, menu: QMenu, title: str, submenus: Submenus[Window]) -> QMenu:
    submenu = menu.addMenu(said(title))
    submenu.setToolTipsVisible(True)
    choices: list[QAction] = []

    def refill() -> None:
        for former in choices:
            submenu.removeAction(former)
            former.deleteLater()
        choices.clear()
        first = submenu.actions()[0]
        for choice in submenus[title](window):
            # Two ampersands are one; one would mark a key.
            action = QAction(said(choice.text).replace("&", "&&"), submenu)
            action.setCheckable(choice.checked)
            action.setChecked(choice.checked)
            action.triggered.connect(lambda _=False, slot=choice.slot: slot())
            choices.append(action)
        if choices:
            separator = QAction(submenu)
            separator.setSeparator(True)
            choices.append(separator)
        submenu.insertActions(first, choices)

    submenu.aboutToShow.connect(refill)
    return submenu


def enable(
    actions: dict[str, QAction],
    commands: Sequence[Command[Window]],
    missing: dict[str, str],
    barred: Container[str] = (),
) -> None:
    """Enable what can be done now; the tooltip of the rest says what is missing, by need.

    ``barred`` are the ids of commands that an administrator has taken away.
    """
    for command in commands:
        action = actions[command.id]
        if command.id in barred:
            action.setEnabled(False)
            action.setToolTip(theme.tooltip(f"{said(command.text)}\n{tr(BARRED)}"))
            continue
        action.setEnabled(command.needs not in missing)
        hint = f"{said(command.text)} ({command.keys[0]})" if command.keys else said(command.text)
        reason = f"\n{said(missing[command.needs])}" if command.needs in missing else ""
        action.setToolTip(theme.tooltip(hint + reason))


def shortcut_rows(
    commands: Sequence[Command[Window]], drags: Sequence[tuple[str, str]]
) -> list[tuple[str, str, str]]:
    """Group, keys and meaning of every command and mouse binding; each drag with its key of ``DRAGS``."""
    rows = [(said(each.menu), " / ".join(each.keys), said(each.text)) for each in commands if each.keys]
    mouse = [*((how, DRAGS[what]) for how, what in drags), *MOUSE]
    return rows + [(said("Mouse"), said(how), said(what)) for how, what in mouse]
