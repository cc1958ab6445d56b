"""The language of the window: texts of its own by Qt Linguist, sentences of the core by their patterns.

The core, its files and the terminal speak English, whatever the language of the window: what stands in a
journal or a table is read by other programs, too. So the sentences of the core are translated where they are
shown. Decided in docs/adr/0023.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from verte_core.resources_folder import RESOURCES

FOLDER = RESOURCES / "languages"
SYSTEM, ENGLISH, KOREAN = "system", "en", "ko"
LANGUAGES = {ENGLISH: "English", KOREAN: "한국어"}
"""Each in its own words."""
_CORE = "verte_core"
"""The context of the core's sentences; those of the window have none."""
_FEW_LETTERS, _LONGEST_PHRASE = 12, 60
_current = ENGLISH


def install(application: QCoreApplication, wanted: str) -> None:
    """Speak a language from now on: one of ``LANGUAGES``, or that of the system if it is one of them."""
    global _current
    system = QLocale.system().name().partition("_")[0]
    _current = next((each for each in (wanted, system) if each in LANGUAGES), ENGLISH)
    for former in application.findChildren(QTranslator):
        application.removeTranslator(former)
        former.deleteLater()
    _line.cache_clear()
    if _current == ENGLISH:
        return
    of_qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for path in (Path(of_qt) / f"qtbase_{_current}.qm", FOLDER / f"{_current}.qm"):
        translator = QTranslator(application)
        if translator.load(str(path)):
            application.installTranslator(translator)


def current() -> str:
    """The language that is spoken: a key of ``LANGUAGES``."""
    return _current


def tr(text: str, **values: object) -> str:
    """A text of the window in its language, with values in the place of their names in braces.

    Qt Linguist's lupdate finds the texts by this name, so each stands as it is where it is said.
    """
    found = QCoreApplication.translate("", text) if _current != ENGLISH else text
    return found.format(**values) if values else found


def noop(text: str) -> str:
    """A text as it is, that ``tr`` translates later; lupdate knows it by the name that is given to it."""
    return text


QT_TR_NOOP = noop
"""Around a text of a table that is made before the language is known."""


def said(text: str) -> str:
    """What the core says, in the language of the window: whole lines or sentences, with values in them.

    What no pattern fits, such as a patient's name, stays as it is.
    """
    if _current == ENGLISH or not text:
        return text
    return "\n".join(_line(each) for each in text.split("\n"))


@cache
def _line(line: str) -> str:
    whole = _sentence(line)
    if whole is not None:
        return whole
    head, colon, rest = line.partition(": ")
    if colon and _line(rest) != rest:
        return f"{_sentence(head) or head}: {_line(rest)}"
    # Several sentences of which each has a pattern.
    parts = re.split(r"(?<=[.!?])\s+", line)
    for split in range(len(parts) - 1, 0, -1):
        first, rest = " ".join(parts[:split]), " ".join(parts[split:])
        found = _sentence(first)
        if found is not None:
            return f"{found} {_line(rest)}"
    return f"{parts[0]} {_line(' '.join(parts[1:]))}" if len(parts) > 1 else line


def _sentence(text: str) -> str | None:
    for context in (_CORE, ""):
        exact = QCoreApplication.translate(context, text)
        if exact != text:
            return exact
    for pattern, source, is_weak in _patterns():
        # A few words such as "and" would fit any sentence that holds them.
        if is_weak and (len(text) > _LONGEST_PHRASE or re.search(r"[.!?] ", text)):
            continue
        fits = pattern.fullmatch(text)
        if fits:
            translated = QCoreApplication.translate(_CORE, source)
            if translated != source:
                return _filled(translated, [_sentence(each) or each for each in fits.groups()])
    return None


def _filled(translated: str, values: list[str]) -> str:
    """Values in the places ``{0}``, ``{1}``, in whatever order the language has them."""
    return re.sub(r"\{(\d+)\}", lambda place: values[int(place[1])], translated)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, bool], ...]:
    """The core's sentences with values, those with most words of their own first; and which have few."""
    sources = json.loads((Path(FOLDER) / "core.json").read_text(encoding="utf-8"))
    found = []
    for source in sorted(sources, key=lambda each: -len(re.sub(r"\{\d+\}", "", each))):
        parts = re.split(r"\{\d+\}", source)
        if len(parts) > 1:
            own = sum(map(len, re.findall(r"[A-Za-z]+", " ".join(parts))))
            pattern = re.compile("(.*?)".join(map(re.escape, parts)), re.DOTALL)
            found.append((pattern, source, own < _FEW_LETTERS))
    return tuple(found)
