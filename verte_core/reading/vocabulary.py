"""What the words of a header name: regions of the body and views, in English, Korean and some others.

Technologists and devices write them in their own ways (``L-SPINE LAT``, ``LSpine_Lateral``, ``요추 측면``),
so words are looked for anywhere in a text, without case, and what one word has named is not read as another:
the thorax of THORACOLUMBAR is no chest, the side of LATERAL BENDING no lateral view.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, TypeVar

Region = Literal["thoracolumbar", "spine", "cervical", "trunk", "elsewhere"]
"""``spine`` is any part of it; ``trunk`` is chest or abdomen, whose lateral view shows the spine."""
View = Literal["lateral", "frontal", "oblique"]

_JOIN = r"[-./ ]{0,2}"
_REGIONS: tuple[tuple[str, tuple[Region, ...]], ...] = (
    # Longer words go first, since each takes its letters away from those after it.
    (
        rf"C{_JOIN}T{_JOIN}L?{_JOIN}SPINES?|CERVICO{_JOIN}THORACIC|SWIMMER'?S?|경흉추",
        ("cervical", "thoracolumbar"),
    ),
    (
        rf"CERVICAL{_JOIN}(?:SPINES?|VERTEBRAE?)?|C{_JOIN}(?:SPINES?|SPN?)|NECK|ODONTOID|HWS|경추|경부"
        r"|頸椎|頚椎|颈椎|(?<![가-힣])목(?![가-힣])",
        ("cervical",),
    ),
    (
        rf"(?:(?:THORACO|DORSO){_JOIN}LUMB[A-Z]*|LUMBO{_JOIN}SACRAL|LUMBAR|THORACIC|DORSAL"
        rf"|[TDL]{_JOIN}[LS]|[TDL]){_JOIN}(?:SPINES?|SPN?|VERTEBRAE?|COLUMN)",
        ("thoracolumbar",),
    ),
    (
        rf"(?:THORACO|DORSO){_JOIN}LUMB[A-Z]*|LUMBO{_JOIN}SACRAL"
        # A bar is left where LUMBAR SPINE was found before.
        r"|(?:THORACIC|DORSAL)[-/&+, ]*(?:AND )?(?:LUMBAR|\|)"
        rf"|LUMBAR|LUMBAL|LOMB[A-Z]+|T{_JOIN}L{_JOIN}JUNCTION|TLJ|LOW(?:ER)? BACK"
        r"|[TL]\d{1,2}[-/][TLS]\d{1,2}|LWS|BWS|LENDENWIRBEL[A-ZÄÖÜ]*|BRUSTWIRBEL[A-ZÄÖÜ]*|VFA|LVA|IVA"
        r"|요천추|흉요추|요추|흉추|허리|腰椎|胸椎|胸腰椎",
        ("thoracolumbar",),
    ),
    (
        # The limbs, pelvis, head and breast.
        rf"S{_JOIN}SPINES?|SACRAL{_JOIN}SPINES?"
        r"|KNEES?|PATELLAE?|HIPS?|PELVIC|PELVIS[A-Z]*|FEMUR|FEMORAL|THIGHS?|TIBIA|FIBULA|LEGS?|ANKLES?"
        r"|FOOT|FEET|TOES?|CALCANE[A-Z]*|HEELS?|HANDS?|FINGERS?|THUMBS?|WRISTS?|FOREARMS?|RADIUS|ULNA|ELBOWS?"
        rf"|HUMERUS|(?<!C-)(?<!C )ARMS?|SHOULDERS?|CLAVICLES?|SCAPULAE?|AC{_JOIN}JOINTS?|SKULL|HEAD|BRAIN"
        r"|FACIAL|ORBITS?|SINUS(?:ES)?|PNS|NASAL|NOSE|JAW|MANDIBLE|MAXILLA|TMJ|TEETH|DENTAL|PANORAM[A-Z]*"
        r"|SELLA|MASTOIDS?|ADENOIDS?|AIRWAY|BREASTS?|MAMMO[A-Z]*|RIBS?|STERNUM|EXTREMIT(?:Y|IES)"
        r"|(?:UPPER|LOWER) (?:EXT|LIMBS?)|BONE AGE|SCANOGRAM|HEART|CARDIAC|KIDNEYS?|IVP|BLADDER|URETHRA"
        rf"|ESOPHAGUS|STOMACH|UGI|COLON|SACRUM|SACRAL|COCCYX|S\.?I{_JOIN}JOINTS?|SACRO{_JOIN}ILIAC[A-Z]*"
        r"|KNIE|BECKEN|HÜFTE|SCHULTER|SCHÄDEL|RODILLA|CADERA|GENOU|HANCHE|BASSIN"
        r"|무릎|슬관절|슬부|슬개골|고관절|엉덩이|골반|대퇴|허벅지|하지|다리|종아리|경골|비골|발목|족관절|발가락"
        r"|발(?![생견행표])|족부|종골|손목|손가락|손(?!상)|수부|완관절|수근|주관절|팔꿈치|상완|전완|팔(?![가-힣])"
        r"|상지|사지|어깨|견관절|쇄골|견갑골|두개|머리|두부|안면|부비동|턱|하악|악관절|치아|유방|늑골|갈비"
        r"|흉골|골연령|천추|천골|천장관절|미골|미추|꼬리뼈"
        r"|膝|股関節|髋|骨盤|骨盆|手(?![術术])|足|肩|頭部|頭蓋|头颅|肘|踝",
        ("elsewhere",),
    ),
    (
        r"[A-Z]*SPINES?|SPINAL|VERTEBRA[A-Z]*|SCOLIO[A-Z]*|KYPHO[A-Z]*|WIRBELS[A-ZÄÖÜ]*|RACHIS|COLUMNA|COLONNA"
        r"|척추|척주|등뼈|脊椎|脊柱",
        ("spine",),
    ),
    (
        r"CHEST[A-Z]*|THORAX|THORACIC|TORAX|TORACE|CXR|LUNGS?|ABDOMEN[A-Z]*|ABD|KUB|TRUNK|TORSO"
        r"|흉부|가슴|폐(?![가-힣])|복부|胸部|腹部|胸片",
        ("trunk",),
    ),
)
_VIEWS: tuple[tuple[str, tuple[View, ...]], ...] = (
    # To bend sidewards shows in a frontal view only.
    (rf"(?:(?:LAT(?:ERAL)?|SIDE|RT|LT|RIGHT|LEFT)[-. ]{{1,2}})?BENDING|측굴|측방{_JOIN}굴곡", ("frontal",)),
    # Lying on a side, with the beam along the table: a frontal chest, but a lateral spine.
    (r"(?:(?:LEFT|RIGHT|LT|RT|L|R)[-. ]{1,2})?(?:LAT(?:ERAL)?[-. ]{1,2})?DECUB[A-Z]*|LLD|RLD|측와위?", ()),
    (
        r"OBL[A-Z]*|[RL][AP]O|RLO|LLO|SCHRÄG|(?:POSTERO|ANTERO)[- ]?LATERAL|사위|사면|사방향|빗면|斜位",
        ("oblique",),
    ),
    (
        r"A[-./]?P\.?|P[-./]?A\.?|FRONTAL|CORONAL|ANTERO[- ]?POSTERIOR|POSTERO[- ]?ANTERIOR|FRENTE|FACE"
        # 전후 is also "before and after", of an operation.
        r"|AXIAL|정면|(?<!수술)(?<!수술 )(?<!치료)(?<!치료 )전후|후전|正面|正位",
        ("frontal",),
    ),
    (
        r"(?:L|R|LT|RT|X)?LAT(?:ERAL[A-Z]*|L)?S?|(?:MEDIO|LATERO)[- ]?(?:LATERAL|MEDIAL)|LL|RL|SAGITTAL"
        r"|CROSS[- ]?TABLE|SEITL[A-Z]*|PROFILE?|PERFIL|FLEX[A-Z]*|EXTENSION|EXT"
        r"|측면|측방|굴곡|신전|側面|側位|侧位|側方",
        ("lateral",),
    ),
)
_Meaning = TypeVar("_Meaning")


def _compiled(word: str) -> re.Pattern[str]:
    # Digits and underscores may touch a word (L_SPINE2V), other letters may not (BILATERAL).
    return re.compile(rf"(?<![A-ZÄÖÜ])(?:{word})(?![A-ZÄÖÜ])")


_REGION_WORDS = [(_compiled(word), regions) for word, regions in _REGIONS]
_VIEW_WORDS = [(_compiled(word), views) for word, views in _VIEWS]


def regions(text: str) -> set[Region]:
    """The regions of the body that a text names."""
    return _named(text, _REGION_WORDS)


def views(text: str) -> set[View]:
    """The views that a text names; a decubitus tells none."""
    return _named(text, _VIEW_WORDS)


def _named(text: str, words: list[tuple[re.Pattern[str], tuple[_Meaning, ...]]]) -> set[_Meaning]:
    rest, found = _plain(text), set[_Meaning]()
    for word, meanings in words:
        rest, number = word.subn(" | ", rest)
        if number:
            found.update(meanings)
    return found


def _plain(text: str) -> str:
    """In upper case, with words parted that are joined by case (``LSpineLat``), or in ``SPINEAPLAT``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", text))
    return re.sub(r"(?<=SPINE)(?=[A-RT-Z])|(?<=\bAP)(?=LAT)", " ", parted.upper().replace("_", " "))
