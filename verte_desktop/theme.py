"""The look: palettes of our own, because not every platform follows a wish for dark."""

from __future__ import annotations

import re
from html import escape

from PySide6.QtCore import QByteArray, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from verte_core.resources_folder import RESOURCES
from verte_desktop.language import said

BACKGROUND = "#1b1e22"
PANEL = "#23272d"
FIELD = "#15171a"
LINE = "#3a4048"
TEXT = "#e4e7eb"
QUIET = "#9aa4b0"
ACCENT = "#5aa9e6"
WARNING = "#f0b849"
ERROR = "#ff8a7a"
BUTTON = "#2e343b"
CHOSEN, CHECKED, DISABLED, PROBLEM = "#2f5f88", "#2c4a63", "#6b737d", "#4a2522"
ZONES = {"low": "#8fa5c0", "indeterminate": "#d9b24a", "high": "#ef7f6d"}
"""By zone; the word of the zone always stands beside its colour. Low is no green: it rules nothing out."""
IMAGE_GROUND = "#15171a"
"""Behind an image, whatever the theme: films are read in the dark."""
_LIGHT = {
    "BACKGROUND": "#ffffff",
    "PANEL": "#f2f4f6",
    "FIELD": "#ffffff",
    "LINE": "#c3c9d0",
    "TEXT": "#1b1f24",
    "QUIET": "#57606a",
    "ACCENT": "#1f6fb2",
    "WARNING": "#8a5a00",
    "ERROR": "#b3261e",
    "BUTTON": "#e6e9ed",
    "CHOSEN": "#2f78b8",
    "CHECKED": "#cfe3f5",
    "DISABLED": "#9aa3ad",
    "PROBLEM": "#fbe3e0",
    "ZONES": {"low": "#45617f", "indeterminate": "#8a6500", "high": "#b3382a"},
}

_DARK = {name: globals()[name] for name in _LIGHT}

_LONGEST_TOOLTIP = 600
_FRAME = 32
"""Pixels for the title that a desktop puts on a window."""
_LONG_WORD = re.compile(r"\S{40}(?=\S)")

_CHECK = (RESOURCES / "icons" / "check.svg").as_posix()


def _style() -> str:
    return f"""
QToolTip {{ color: {TEXT}; background: {PANEL}; border: 1px solid {LINE}; padding: 3px; }}
QMenu {{ background: {PANEL}; border: 1px solid {LINE}; }}
QMenu::item:selected {{ background: {CHOSEN}; }}
QMenu::item:disabled {{ color: {DISABLED}; }}
QToolBar {{ border: 0; border-bottom: 1px solid {LINE}; spacing: 2px; padding: 3px; }}
QToolButton {{ padding: 4px 8px; border: 1px solid transparent; border-radius: 4px; }}
QToolButton:hover {{ background: {LINE}; }}
QToolButton:checked {{ background: {CHECKED}; border-color: {ACCENT}; }}
QToolButton:focus {{ border-color: {ACCENT}; }}
QToolButton#qt_toolbar_ext_button {{ padding: 1px; width: 14px; }}
QSplitter::handle {{ background: {LINE}; }}
QStatusBar {{ border-top: 1px solid {LINE}; }}
QStatusBar::item {{ border: 0; }}
QStatusBar QToolButton {{ padding: 1px 10px; border-color: {QUIET}; }}
QLineEdit, QComboBox {{ border: 1px solid {LINE}; border-radius: 3px; padding: 3px 5px; }}
QLineEdit {{ background: {FIELD}; }}
QLineEdit:focus, QComboBox:focus {{ border-color: {ACCENT}; }}
QLineEdit:disabled {{ background: {PANEL}; }}
QCheckBox {{ spacing: 7px; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {QUIET}; border-radius: 3px; }}
QCheckBox::indicator:checked {{ background: #2f7ab8; image: url("{_CHECK}"); }}
QCheckBox::indicator:disabled {{ border-color: {LINE}; }}
QCheckBox:focus {{ color: {ACCENT}; }}
QPushButton:focus, QPushButton:checked {{
    border: 1px solid {ACCENT}; border-radius: 3px; padding: 4px 10px; }}
QPushButton:checked {{ background: {CHECKED}; }}
QListView:focus {{ border-left: 2px solid {ACCENT}; }}
QTabWidget::pane {{ background: {PANEL}; border: 1px solid {LINE}; }}
#line {{ color: {LINE}; }}
#quiet {{ color: {QUIET}; }}
#error {{ color: {ERROR}; }}
#heading {{ font-weight: 600; }}
#notice {{ color: {WARNING}; border: 1px solid {WARNING}; border-radius: 4px; padding: 6px; }}
#problem {{ background: {PROBLEM}; border-bottom: 1px solid {ERROR}; }}
"""


def breakable(text: str) -> str:
    """A text in which words as long as a file's name can be broken; no line is narrower than a word."""
    return _LONG_WORD.sub("\\g<0>\u200b", text)


class _Label(QLabel):
    is_raw = False

    def text(self) -> str:
        return super().text().replace("\u200b", "")

    def setText(self, text: str) -> None:
        shown = text if self.is_raw else said(text)
        super().setText(breakable(shown) if self.wordWrap() else shown)


def label(text: str = "", role: str = "", wrap: bool = False, raw: bool = False) -> QLabel:
    """A plain text; ``role`` is ``heading``, ``quiet``, ``error`` or ``notice``.

    All texts are shown by it: what a file says may look like HTML, which Qt would render by itself. What the
    program says stands in the language of the window; ``raw`` leaves a patient's data as they are.
    """
    made = _Label()
    made.is_raw = raw
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setObjectName(role)
    made.setWordWrap(wrap)
    made.setText(text)
    return made


def tooltip(text: str) -> str:
    """A tooltip that shows a text as it stands, in lines of its own; of a long one, the beginning.

    Qt takes a tooltip that looks like HTML for HTML, and opens the files that it names. So every tooltip that
    is not written in the program's source goes through here.
    """
    text = said(text)
    shown = text if len(text) <= _LONGEST_TOOLTIP else f"{text[:_LONGEST_TOOLTIP]}…"
    return f'<p style="white-space: pre-wrap">{escape(shown, quote=False)}</p>' if shown else ""


def show(label: QLabel, text: str) -> None:
    """Set a label's text; without text it takes no room."""
    label.setText(text)
    label.setVisible(bool(text))


def more_icon() -> QIcon:
    """Two arrow heads to the right, for the buttons that a narrow window has no room for."""
    picture = QPixmap(24, 24)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(TEXT), 2.5))
    for left in (5, 12):
        painter.drawPolyline([QPointF(left, 6), QPointF(left + 6, 12), QPointF(left, 18)])
    painter.end()
    return QIcon(picture)


def place(window: QWidget, size: tuple[int, int], former: QByteArray) -> None:
    """As large as it was last, or as ``size``, but with its frame within the screen."""
    window.resize(*size)
    restored = window.restoreGeometry(former)
    room = window.screen().availableGeometry().adjusted(0, 0, 0, -_FRAME)
    if window.isMaximized() or window.isFullScreen():
        return
    window.resize(window.size().boundedTo(room.size()))
    if restored:
        last = QPoint(room.right() - window.width(), room.bottom() - window.height())
        window.move(
            max(min(window.x(), last.x()), room.left()), max(min(window.y(), last.y()), room.top() + _FRAME)
        )


def apply(app: QApplication, name: str = "dark") -> None:
    """Give the whole program its colours, before its first window: ``dark``, ``light`` or ``system``."""
    is_light = app.styleHints().colorScheme() == Qt.ColorScheme.Light
    globals().update(_LIGHT if name == "light" or (name == "system" and is_light) else _DARK)
    app.setStyle("Fusion")
    palette = QPalette()
    roles = QPalette.ColorRole
    colours = {
        roles.Window: PANEL,
        roles.WindowText: TEXT,
        roles.Base: FIELD,
        roles.AlternateBase: BACKGROUND,
        roles.Text: TEXT,
        roles.Button: BUTTON,
        roles.ButtonText: TEXT,
        roles.BrightText: ERROR,
        roles.ToolTipBase: PANEL,
        roles.ToolTipText: TEXT,
        roles.PlaceholderText: QUIET,
        roles.Highlight: CHOSEN,
        roles.HighlightedText: "#ffffff",
        roles.Link: ACCENT,
        roles.Light: LINE,
        roles.Midlight: LINE,
        roles.Mid: LINE,
        roles.Dark: BACKGROUND,
        roles.Shadow: "#000000",
        roles.Accent: ACCENT,
    }
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    for role in (roles.Text, roles.WindowText, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(DISABLED))
    app.setPalette(palette)
    app.setStyleSheet(_style())
