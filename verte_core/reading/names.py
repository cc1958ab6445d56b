"""Names of persons, and text whose character set the header does not tell or tells wrongly."""

from __future__ import annotations

REPLACED = "\N{REPLACEMENT CHARACTER}"
"""Stands where the stated character set had no letter for a byte."""
_HANGUL = ("가", "힣")


def shown(name: str) -> str | None:
    """A PN value (PS3.5 6.2.1.1) as it is read aloud: family name first, the second and third group behind it.

    ``Hong^Gildong=洪^吉洞=홍^길동`` becomes ``Hong Gildong (洪 吉洞, 홍 길동)``. ``None`` when no letter is left.
    """
    groups = [_in_order(group) for group in name.split("=")]
    first, *others = dict.fromkeys(filter(None, groups)) or [""]
    return f"{first} ({', '.join(others)})" if others else first or None


def legible(text: str) -> str:
    """Text that was taken for Latin-1 but is plainly UTF-8, or plainly Hangul in EUC-KR; other text as it is."""
    if text.isascii():
        return text
    try:
        return decoded(text.encode("latin-1"))
    except UnicodeEncodeError:  # of another character set already
        return text


def decoded(stored: bytes) -> str:
    """Bytes of an unknown character set: UTF-8, else EUC-KR if that gives nothing but Hangul, else Latin-1."""
    try:
        return stored.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        korean = stored.decode("euc_kr")
    except UnicodeDecodeError:
        return stored.decode("latin-1")
    is_hangul = all(_HANGUL[0] <= letter <= _HANGUL[1] for letter in korean if not letter.isascii())
    return korean if is_hangul else stored.decode("latin-1")


def _in_order(group: str) -> str:
    """Prefix, family, given and middle name, suffix, of a group's family^given^middle^prefix^suffix."""
    family, given, middle, prefix, suffix = (part.strip() for part in (group.split("^") + [""] * 5)[:5])
    return " ".join(filter(None, (prefix, family, given, middle, suffix)))
