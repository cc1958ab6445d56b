"""By what an image and its person are known again, whatever their table and their file names say.

Copies of one image hide behind other headers, and one person behind several names of a table; both would
stand in several splits. What is kept of an image are hashes: no name, no id, no date.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from tqdm import tqdm

from verte_core import __version__, files
from verte_core.reading import radiograph
from verte_core.reading.isolated import Readers
from verte_core.reading.radiograph import Header, Radiograph
from verte_core.training.fingerprints import FINGERPRINTS, fingerprints

IDENTITIES = "identities.json"
_NOBODY = re.compile(
    r"\W*(anon(ymous|ymi[sz]ed)?|de-?identified|(no|un|not)[ _-]?(id|known|name|given)"
    r"|none|null|nil|n/?a|removed|missing|blank|0+|xx+)\W*|[\W_]+",
    re.IGNORECASE,
)
"""What stands for PatientID where there is none; it is nobody's."""


@dataclass(frozen=True)
class Identity:
    """Hashes of one image, each None where the image does not say.

    Attributes:
        content: of the file.
        pixels: of the grey levels as read, whatever their encoding; None for an image that can't be read.
        instance: of the SOP Instance UID.
        study: of the Study Instance UID.
        patient: of PatientID, with IssuerOfPatientID.
    """

    content: str
    pixels: str | None = None
    instance: str | None = None
    study: str | None = None
    patient: str | None = None


def patient_of(header: Header) -> str | None:
    """The PatientID, with its issuer behind it; None where nothing, or a word for nothing, stands there."""
    if not header.patient_id or _NOBODY.fullmatch(header.patient_id):
        return None
    return " of ".join(filter(None, (header.patient_id, header.issuer_of_patient_id)))


def identity_of(image: Radiograph) -> Identity:
    """That of an image that was read."""
    levels = hashlib.sha256(repr(image.pixels.shape).encode())
    levels.update(image.pixels.astype("<u2").tobytes())
    header = image.header
    stated = (header.sop_instance_uid, header.study_instance_uid, patient_of(header))
    return Identity(image.id, levels.hexdigest(), *map(_hidden, stated))


def identities(paths: Sequence[Path], folder: Path) -> list[Identity]:
    """Those of images, in order; an image that can't be read is known by its file alone.

    Args:
        paths: existing files.
        folder: made when it is not there, to remember what was read; when it can't be read or written, every
            image is read.

    Raises:
        OSError: for a file that can't be read.
    """
    contents = fingerprints(paths, folder / FINGERPRINTS)
    known = _recall(folder)
    unknown = [path for path, content in zip(paths, contents, strict=True) if content not in known]
    with Readers() as readers:
        reading = tqdm(readers.map(_read, unknown), "identifying", len(unknown), unit="image", leave=False)
        found = {each.content: each for each in reading if isinstance(each, Identity)}
    if found:
        remember([*known.values(), *found.values()], folder)
    everything = known | found
    return [everything.get(content, Identity(content)) for content in contents]


def remember(images: Sequence[Identity], folder: Path) -> None:
    """Keep them in ``folder`` for ``identities``, where that can be written."""
    # Another version may read other grey levels from the same file.
    memory = {"version": __version__, "images": [astuple(each) for each in images]}
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        files.write(folder / IDENTITIES, json.dumps(memory).encode())


def _recall(folder: Path) -> dict[str, Identity]:
    try:
        memory = json.loads((folder / IDENTITIES).read_text())
        images = [Identity(*each) for each in memory["images"]] if memory["version"] == __version__ else []
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return {each.content: each for each in images}


def _read(path: Path) -> Identity:
    return identity_of(radiograph.load(path))


def _hidden(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()


def copies(images: Mapping[str, Identity]) -> Iterator[tuple[str, str, str]]:
    """Of images by name, each that repeats an earlier one, that one, and in a word what is equal in both."""
    for kind in ("content", "pixels"):
        for name, earlier in _repeated(images, kind):
            if kind == "content" or images[name].content != images[earlier].content:
                yield name, earlier, "image" if kind == "content" else "pixels"


_PERSONAL = {"instance": "SOPInstanceUID", "study": "StudyInstanceUID", "patient": "PatientID"}
"""What two people can't have in common, with its name; copies are told as such."""


def strangers(images: Mapping[str, Identity], people: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Images that one person alone can have, though ``people`` says two.

    Args:
        images: by name.
        people: whose each is, by name.

    Yields:
        A name, an earlier one, and what they have in common, once for each name.
    """
    told = set()
    for kind, words in _PERSONAL.items():
        for name, earlier in _repeated(images, kind):
            if people[name] != people[earlier] and name not in told:
                told.add(name)
                yield name, earlier, words


def _repeated(images: Mapping[str, Identity], kind: str) -> Iterator[tuple[str, str]]:
    first: dict[str, str] = {}
    for name, image in images.items():
        value = getattr(image, kind)
        if value is not None and first.setdefault(value, name) != name:
            yield name, first[value]
