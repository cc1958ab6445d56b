"""Names of persons, and text whose character set the header does not tell or tells wrongly."""

from __future__ import annotations

import re
from contextlib import suppress

from verte_core.errors import printable

REPLACED = "\N{REPLACEMENT CHARACTER}"
"""Stands where the stated character set had no letter for a byte."""
_ONE_SCRIPT = re.compile("[가-힣]*|[一-鿿豈-﫿]*")
_ESCAPES = re.compile("\x1b[ -/]+[0-~]")
"""Of ISO 2022. They are left where a character set is stated that has none, such as the wrong ISO_IR 149."""


def shown(name: str) -> str | None:
    """A PN value (PS3.5 6.2.1.1) as it is read aloud: family name first, other scripts behind it.

    ``Hong^Gildong=洪^吉洞=홍^길동`` becomes ``Hong Gildong (洪 吉洞, 홍 길동)``. ``None`` for an empty name.
    """
    groups = [_in_order(group) for group in name.split("=")]
    first, *others = dict.fromkeys(filter(None, groups)) or [""]
    return f"{first} ({', '.join(others)})" if others else first or None


def legible(text: str) -> str:
    """One line of text; what was taken for Latin-1, but is plainly UTF-8 or Hangul in EUC-KR, read anew."""
    text = _ESCAPES.sub("", text)
    if not text.isascii():
        with suppress(UnicodeEncodeError):  # of another character set already
            text = decoded(text.encode("latin-1"))
    return printable(text)


def decoded(stored: bytes) -> str:
    """Bytes of an unknown character set: UTF-8, else EUC-KR if that gives plain Korean, else Latin-1."""
    try:
        return stored.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        korean = stored.decode("euc_kr")
    except UnicodeDecodeError:
        return stored.decode("latin-1")
    return korean if _is_plainly_korean(korean) else stored.decode("latin-1")


def _is_plainly_korean(text: str) -> bool:
    """Whether Hangul stands by itself, and Hanja, if any, in a group of its own.

    Two accented letters of another language may look like one syllable, but then within a word; and Chinese
    like Hanja among Hangul.
    """
    groups = [re.sub(r"[\0-\x7f]", "", group) for group in text.split("=")]
    alone = not re.search(r"[A-Za-z][가-힣](?![가-힣])|(?<![가-힣])[가-힣][A-Za-z]", text)
    there = re.search("[가-힣]", text)
    return bool(there) and alone and all(map(_ONE_SCRIPT.fullmatch, groups))


def _in_order(group: str) -> str:
    """Prefix, family, given and middle name, suffix, of a group's family^given^middle^prefix^suffix."""
    family, given, middle, prefix, suffix = (part.strip() for part in (group.split("^") + [""] * 5)[:5])
    return " ".join(filter(None, (prefix, family, given, middle, suffix)))
