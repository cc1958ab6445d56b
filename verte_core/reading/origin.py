"""What a header says that an image is of: its kind, body part and view.

No element is filled by all makers, and each is wrong in some files, so they are judged together: what one
says and none denies is believed, what two say against each other is left to the reader with a note. A word
about the whole study counts only where nothing is said of the image itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from verte_core.image_types import KINDS, Protocol
from verte_core.reading import vocabulary
from verte_core.reading.header import OWN_MANUFACTURER, Elements, items, text, texts
from verte_core.reading.orientation import Directions
from verte_core.reading.vocabulary import Region, View

CHECK_VIEW = "please check that the view is lateral"
"""The end of the note on an image of which a header says several views."""
_RADIOGRAPH_MODALITIES = ("CR", "DX", "RG")
_OPEN_MODALITIES = ("RF", "DR", "OT", "SC", "")
"""Of projections and of whatever else; DR is no term of DICOM, but written."""
_VFA_WORDS = re.compile(
    r"\b(vfa|iva|lva|i?dxa|dexa|bmd|vertebral fracture assessment|instant vertebral"
    r"|lateral vertebral assessment|densitomet\w*|hologic|lunar|prodigy)\b",
    re.IGNORECASE,
)
"""Vertebral fracture assessment is IVA to Hologic and LVA to GE Lunar; BMD is DICOM's modality for DXA."""
_SAID_OF_THE_IMAGE = ("SeriesDescription", "ProtocolName", "BodyPartExamined")
_SAID_OF_THE_DEVICE = ("Modality", "StudyDescription", "Manufacturer", "ManufacturerModelName")
_OTHER_STORAGE = {
    "1.2.840.10008.5.1.4.1.1.1.2": "MG",
    "1.2.840.10008.5.1.4.1.1.1.2.1": "MG",
    "1.2.840.10008.5.1.4.1.1.1.3": "IO",
    "1.2.840.10008.5.1.4.1.1.1.3.1": "IO",
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.2.1": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.4.1": "MR",
    "1.2.840.10008.5.1.4.1.1.6.1": "US",
    "1.2.840.10008.5.1.4.1.1.12.1": "XA",
    "1.2.840.10008.5.1.4.1.1.12.1.1": "XA",
    "1.2.840.10008.5.1.4.1.1.20": "NM",
    "1.2.840.10008.5.1.4.1.1.128": "PT",
}
"""SOP classes (PS3.4 B.5) that name a modality by themselves."""
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_OF_A_FILM = ("SI", "DF")
"""ConversionType of scanned and digitized film (PS3.3 C.8.6.1)."""
_NAMES = {
    "BodyPartExamined": "body part",
    "AnatomicRegionSequence": "anatomic region",
    "ViewPosition": "view position",
    "ViewCodeSequence": "view",
    "SeriesDescription": "series",
    "ProtocolName": "protocol",
    "StudyDescription": "study",
    "RequestedProcedureDescription": "requested procedure",
    "PerformedProcedureStepDescription": "performed procedure",
}
_OF_THE_STUDY = ("StudyDescription", "RequestedProcedureDescription", "PerformedProcedureStepDescription")
_LONGEST_WORDS = 60
_NEITHER = "neither a radiograph nor a DXA image"

Meaning = TypeVar("Meaning", Region, View)


class _Evidence(NamedTuple, Generic[Meaning]):
    """What one element means, and the words to say it by: ``body part KNEE (BodyPartExamined)``."""

    words: str
    meanings: set[Meaning]


def kind(dataset: Elements) -> Protocol | None:
    """``"vfa"`` or ``"radiograph"``, or ``None`` when nothing tells.

    Words for densitometry count wherever they stand, but Modality CR, DX or RG is outranked only by what is
    said of the image itself: a study may hold a DXA beside it, and its maker make more than densitometers.
    """
    modality = _stated_modality(dataset)
    is_radiograph = modality in _RADIOGRAPH_MODALITIES
    if not (is_radiograph or modality in _OPEN_MODALITIES or _VFA_WORDS.search(modality)):
        return None
    keywords = _SAID_OF_THE_IMAGE if is_radiograph else (*_SAID_OF_THE_IMAGE, *_SAID_OF_THE_DEVICE)
    words = " ".join(text(dataset, keyword) or "" for keyword in keywords).replace("_", " ")
    if _VFA_WORDS.search(words):
        return "vfa"
    return "radiograph" if is_radiograph else None


def unfit(
    dataset: Elements, of: Protocol | None, directions: Directions | None, notes: list[str]
) -> str | None:
    """Why the header says that this is no lateral image of the thoracic or lumbar spine, as one sentence.

    ``None`` when nothing tells against it; ``notes`` get a sentence for each thing that is odd or unsure.

    Args:
        dataset: the header.
        of: by ``kind``.
        directions: where rows and columns point, by ``orientation.directions``.
        notes: for the reader.
    """
    view = _views(dataset, directions)
    reason = (
        _modality(dataset, of, notes)
        or _capture(dataset, of, notes)
        or _species(dataset)
        or _region(dataset, of, view.is_lateral, notes)
        or view.against
    )
    if reason is None:
        notes.extend(view.doubts)
    if text(dataset, "PresentationIntentType") == "FOR PROCESSING":
        notes.append("The image is raw detector data (FOR PROCESSING) and may look unlike a radiograph.")
    if text(dataset, "LossyImageCompression") == "01":
        notes.append("The pixel data has been compressed with loss.")
    return reason


def _modality(dataset: Elements, of: Protocol | None, notes: list[str]) -> str | None:
    stated = _stated_modality(dataset)
    by_class = _OTHER_STORAGE.get(text(dataset, "SOPClassUID") or "")
    if stated in _OPEN_MODALITIES and by_class:
        return f"The header says SOP class of {by_class} (SOPClassUID), so this is {_NEITHER}."
    if stated not in (*_RADIOGRAPH_MODALITIES, *_OPEN_MODALITIES) and of is None:
        return f"The header says modality {_short(stated)} (Modality), so this is {_NEITHER}."
    if stated == "RF":
        notes.append("The header says modality RF: an image of fluoroscopy may look unlike a radiograph.")
    return None


def _stated_modality(dataset: Elements) -> str:
    return (text(dataset, "Modality") or "").upper()


def _capture(dataset: Elements, of: Protocol | None, notes: list[str]) -> str | None:
    captured = (text(dataset, "SOPClassUID") or "").startswith(_SECONDARY_CAPTURE)
    secondary = "SECONDARY" in [word.upper() for word in texts(dataset, "ImageType")]
    if not captured and not secondary:
        return None
    if text(dataset, "Manufacturer") == OWN_MANUFACTURER:
        return (
            "The header says secondary capture by VERTE Desktop (Manufacturer): this is a picture that the"
            " program made, and no radiograph."
        )
    # Densitometers send what stands on their screen, and films are captured by scanners.
    if of != "vfa" and text(dataset, "ConversionType") not in _OF_A_FILM:
        notes.append("The header says secondary capture: the image may be a picture of a screen.")
    return None


def _species(dataset: Elements) -> str | None:
    if text(dataset, "AnatomicalOrientationType") == "QUADRUPED":
        return "The header says quadruped (AnatomicalOrientationType), so this is not an image of a person."
    return None


# The body part


def _region(dataset: Elements, of: Protocol | None, is_lateral: bool, notes: list[str]) -> str | None:
    own = _evidence(dataset, ("BodyPartExamined", "SeriesDescription", "ProtocolName"), vocabulary.regions)
    own[1:1] = _coded(dataset, "AnatomicRegionSequence", vocabulary.regions)
    # Only where the image itself says nothing.
    found = own or _evidence(dataset, _OF_THE_STUDY, vocabulary.regions)
    named = set[Region]().union(*(each.meanings for each in found))
    other = next((each for each in found if not each.meanings & {"thoracolumbar", "spine"}), None)
    if "thoracolumbar" in named or ("spine" in named and "cervical" not in named):
        if other is not None:
            spine = next(each for each in found if each.meanings & {"thoracolumbar", "spine"})
            notes.append(
                f"The header says {spine.words}, but also {other.words}: please check that it shows it."
            )
        elif named - {"thoracolumbar", "spine"}:
            several = next(each for each in found if each.meanings - {"thoracolumbar", "spine"})
            notes.append(
                f"The header says {several.words}, which names several parts of the body: please check that"
                " it shows the thoracic or lumbar spine."
            )
        return None
    if not named:
        return None
    first = next(each for each in found if each.meanings - {"spine"})
    if named == {"trunk"} and is_lateral:
        notes.append(
            f"The header says {first.words}: a lateral view of it may show only a part of the spine."
        )
        return None
    kind_of_image = (
        "an image of the thoracic or lumbar spine" if "cervical" in named else KINDS[of or "radiograph"]
    )
    return f"The header says {first.words}, so this is not {kind_of_image}."


# The view


class _Views(NamedTuple):
    is_lateral: bool
    against: str | None
    doubts: list[str]


def _views(dataset: Elements, directions: Directions | None) -> _Views:
    own = _evidence(dataset, ("ViewPosition",), vocabulary.views)
    own += _coded(dataset, "ViewCodeSequence", vocabulary.views)
    if directions is not None and directions.view is not None:
        own.append(_Evidence[View](directions.words, {directions.view}))
    own += _evidence(dataset, ("SeriesDescription", "ProtocolName"), vocabulary.views)
    plain = [each for each in own if len(each.meanings) == 1]
    lateral = next((each for each in plain if "lateral" in each.meanings), None)
    other = next((each for each in plain if "lateral" not in each.meanings), None)
    if lateral is not None:
        doubt = [f"The header says {lateral.words}, but also {other.words}: {CHECK_VIEW}."] if other else []
        return _Views(True, None, doubt)
    several = next((each for each in own if "lateral" in each.meanings), None)
    if several is None:
        other = next(iter(own), None)
    if other is not None:
        return _Views(False, f"The header says {other.words}, so this is not a lateral view.", [])
    of_study = own or _evidence(dataset, _OF_THE_STUDY, vocabulary.views)
    first = next((each for each in of_study if each.meanings != {"lateral"}), None)
    doubt = (
        [f"The header says {first.words}: please check that this view is the lateral one."] if first else []
    )
    return _Views(not doubt and bool(of_study), None, doubt)


def _evidence(
    dataset: Elements, keywords: tuple[str, ...], means: Callable[[str], set[Meaning]]
) -> list[_Evidence[Meaning]]:
    found = ((keyword, text(dataset, keyword) or "") for keyword in keywords)
    said = [_Evidence(_in_words(keyword, stated), means(stated)) for keyword, stated in found]
    return [each for each in said if each.meanings]


def _coded(dataset: Elements, keyword: str, means: Callable[[str], set[Meaning]]) -> list[_Evidence[Meaning]]:
    """The same of a sequence of codes, by their meanings in words."""
    stated = " ".join(filter(None, (text(item, "CodeMeaning") for item in items(dataset, keyword))))
    meanings = means(stated)
    return [_Evidence(_in_words(keyword, stated), meanings)] if meanings else []


def _in_words(keyword: str, stated: str) -> str:
    return f"{_NAMES[keyword]} {_short(stated)} ({keyword})"


def _short(stated: str) -> str:
    words = " ".join(stated.split())
    return words if len(words) <= _LONGEST_WORDS else f"{words[: _LONGEST_WORDS - 1]}…"
