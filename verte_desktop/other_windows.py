"""The windows beside the main one: each is made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMainWindow, QWidget

from verte_core.errors import VerteError
from verte_desktop import about, actions, wording
from verte_desktop.actions import Command
from verte_desktop.archive.nodes_dialog import NodesDialog
from verte_desktop.archive.query_window import QueryWindow
from verte_desktop.archive.send_dialog import SendDialog
from verte_desktop.language import tr
from verte_desktop.panels import dialogs
from verte_desktop.panels.header_browser import HeaderBrowser
from verte_desktop.panels.preferences import Preferences, keys_of
from verte_desktop.session import problems, settings
from verte_desktop.session.problems import Problem
from verte_desktop.session.session import Session
from verte_desktop.session.settings import Settings

if TYPE_CHECKING:
    from verte_desktop.comparing.window import ComparingWindow
    from verte_desktop.inspection.gallery import GalleryWindow
    from verte_desktop.inspection.window import InspectionWindow

Window = TypeVar("Window", bound=QWidget)


class OtherWindows(QObject):
    """Opens them, and holds those that stay when they are closed.

    Args:
        parent: the main window.
        tell: says for a while what was done.
        changed: called when a preference has changed.
    """

    def __init__(
        self,
        parent: QMainWindow,
        session: Session,
        store: Settings,
        commands: Sequence[Command[Any]],
        tell: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._parent, self._session, self._store = parent, session, store
        self._commands, self._tell, self._changed = commands, tell, changed
        self._query: QueryWindow | None = None
        self._inspection: InspectionWindow | None = None
        self._comparing: ComparingWindow | None = None
        self._gallery: GalleryWindow | None = None

    def inspect(self) -> InspectionWindow:
        """Show the window that looks closely at the scores."""
        if self._inspection is None:
            from verte_desktop.inspection.window import InspectionWindow

            self._inspection = self._kept(
                InspectionWindow(self._session, self._store, self._session.inspection)
            )
        self._bring(self._inspection)
        return self._inspection

    def compare(self) -> ComparingWindow:
        """Show the window that lays a prior beside the image."""
        if self._comparing is None:
            from verte_desktop.comparing.window import ComparingWindow

            session = self._session
            self._comparing = self._kept(
                ComparingWindow(session, self._store, session.comparing, self.query_archive)
            )
        self._bring(self._comparing)
        return self._comparing

    def gallery(self) -> GalleryWindow:
        """Show the window of a folder's heatmaps."""
        if self._gallery is None:
            from verte_desktop.inspection.gallery import GalleryWindow

            session = self._session
            self._gallery = self._kept(GalleryWindow(session, self._store, session.gallery, self._open_image))
        self._session.need_weights()
        self._bring(self._gallery)
        return self._gallery

    def _open_image(self, path: Path) -> None:
        self._session.open([path])
        self._bring(self._parent)

    def query_archive(self) -> None:
        """Show the window that looks for studies in the archive."""
        if self._query is None:
            self._query = QueryWindow(self._parent, self._session.archive, self._session.open)
        self._query.list_nodes()
        self._bring(self._query)

    def send_results(self) -> None:
        """Show what an archive would get of this result, to be sent or saved."""
        session = self._session
        dialog = SendDialog(self._parent, session, session.archive, self._tell, session.own_folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def edit_nodes(self) -> None:
        """Show the dialog that changes the archive's nodes."""
        try:
            dialog = NodesDialog(self._parent, self._session.archive, self._nodes_changed)
        except VerteError as error:
            self._session.report(Problem(str(error), ""))
            return
        dialog.open()

    def edit_preferences(self) -> Preferences:
        """Show the preferences."""
        dialog = Preferences(self._parent, self._store, self._commands, self._changed)
        dialog.show()
        return dialog

    def show_card(self) -> None:
        """Show what the weights say of themselves."""
        shown = self._session.shown
        assert shown.scorer is not None
        rows = wording.cards(shown.scorer)
        if shown.weights_replaced:
            rows.insert(1, (rows[0][0], tr("On disk"), wording.REPLACED))
        card = dialogs.table_window(self._parent, tr("Model card"), rows)
        # It must not stand beside the scores of other weights.
        self._session.weights_changed.connect(card.close)
        card.show()

    def show_header(self) -> None:
        """List the elements of the image's header."""
        self._session.read_header(self._list_header)

    def show_log(self) -> None:
        """Show the program's log."""
        text = problems.read_log() or tr("The log is empty.")
        title = tr("Log, in {path}", path=problems.log_path())
        dialogs.text_window(self._parent, title, text).show()

    def show_about(self) -> None:
        """Say what the program is, and of which version."""
        dialogs.text_window(self._parent, tr("About VERTE Desktop"), about.text()).show()

    def show_manual(self) -> None:
        """Open the manual for readers."""
        dialogs.manual_window(self._parent, tr("Manual"), about.MANUAL).show()

    def show_licences(self) -> None:
        """List the licences of the program, and of what it is made with."""
        dialogs.table_window(self._parent, tr("Licences"), about.licences()).show()

    def show_shortcuts(self) -> None:
        """List keys and mouse."""
        store = self._store
        drags = (settings.LEFT_DRAG, settings.MIDDLE_DRAG, settings.RIGHT_DRAG)
        commands = actions.with_keys(self._commands, keys_of(store))
        rows = actions.shortcut_rows(commands, [(each.title, store.get(each)) for each in drags])
        dialogs.table_window(self._parent, tr("Keys and mouse"), rows).show()

    def _list_header(self, rows: list[tuple[str, str, str, str]]) -> None:
        if not rows:
            no_header = tr("This image is a plain picture, so it has no DICOM header.")
            self._session.report(Problem(no_header, ""))
            return
        browser = HeaderBrowser(self._parent, rows)
        # It must not stand beside another image.
        self._session.image_changed.connect(browser.close)
        browser.show()

    def _nodes_changed(self) -> None:
        if self._query is not None:
            self._query.list_nodes()

    def _kept(self, window: Window) -> Window:
        """A window of its own in the bar of the desktop, which goes with the main one."""
        self._parent.destroyed.connect(window.deleteLater)
        return window

    def close(self) -> None:
        """Close those that are windows of their own."""
        for window in (self._inspection, self._comparing, self._gallery):
            if window is not None:
                window.close()

    def _bring(self, window: QWidget) -> None:
        window.show()
        window.raise_()
        window.activateWindow()
