"""The headings of a table, as people write them, and which column each of them means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from difflib import SequenceMatcher

WORDS: Mapping[str, tuple[str, ...]] = {
    "path": ("path", "file", "filename", "filepath", "경로", "파일", "파일명", "파일이름", "파일경로"),
    "sop_instance_uid": ("sopinstanceuid",),
    "age": ("age", "나이", "연령", "만나이"),
    "sex": ("sex", "gender", "성별", "성"),
    "bmi": ("bmi", "bodymassindex", "체질량지수"),
    "height_cm": ("height", "bodyheight", "키", "신장"),
    "weight_kg": ("weight", "bodyweight", "몸무게", "체중"),
}
"""What the headings of each column are, without blanks, units and signs, in lower case."""

_UNITS: Mapping[str, tuple[str, ...]] = {
    "age": ("years", "year", "yrs", "yr", "y", "yearsold", "세", "만", "살"),
    "bmi": ("kg/m2", "kg/m^2", "kgm2"),
    "height_cm": ("cm", "centimetres", "centimeters"),
    "weight_kg": ("kg", "kgs", "kilograms"),
}
_FREELY = ("path", "sex")
"""What stands in brackets is no unit here: "Sex (F/M)"."""
_BRACKETS = re.compile(r"[(\[{<]([^)\]}>]*)[)\]}>]")
_SIGNS = re.compile(r"[\s_.,:;'\"*#\-\ufeff]+")
_ALIKE = 0.8
"""Share of letters in common from which on a word is taken for a misspelt one."""


def canonical(heading: str) -> str:
    """The column that a heading means; of any other, the heading in lower case with ``_`` for blanks.

    Case, blanks, signs and the right unit make no difference: "Age (years)", "BMI [kg/m2]", "Height(cm)",
    "몸무게/체중". With another unit it is another heading.
    """
    plain = _plain(heading)
    inside = [_SIGNS.sub("", each) for each in _BRACKETS.findall(plain)]
    base = _SIGNS.sub("", _BRACKETS.sub(" ", plain))
    for column, words in WORDS.items():
        units = _UNITS.get(column, ())
        fits = column in _FREELY or all(each in (*words, *units) for each in inside)
        if fits and (all(part in words for part in base.split("/")) or _without_unit(base, units) in words):
            return column
    return re.sub(r"[\s_]+", "_", plain.strip())


def like(heading: str) -> str | None:
    """The clinical column that a heading looks like, though it is none: "agee", "patient_age", "height_m"."""
    plain = _plain(heading)
    base = _SIGNS.sub("", _BRACKETS.sub(" ", plain))
    parts = set(re.split(r"[^0-9a-z]+", plain))
    for column in ("sex", *_UNITS):
        for word in WORDS[column]:
            if not word.isascii():
                if len(word) > 1 and word in base:
                    return column
            elif word in parts or _misspelt(base, word):
                return column
    return None


def _plain(heading: str) -> str:
    """One of several ways to write the same: Korean syllables in their parts, ``㎝``, capitals."""
    return unicodedata.normalize("NFKC", heading).casefold().replace("\ufeff", "").strip()


def _without_unit(base: str, units: tuple[str, ...]) -> str:
    return next((base.removesuffix(unit) for unit in units if base.endswith(unit)), base)


def _misspelt(base: str, word: str) -> bool:
    return base[:1] == word[0] and SequenceMatcher(None, base, word).ratio() >= _ALIKE
