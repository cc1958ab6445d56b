"""The one error family. The message of each error is the sentence that a clinician reads."""

from __future__ import annotations

import traceback
from pathlib import Path


class VerteError(Exception):
    """Anything a user can cause or meet; ``str(error)`` is a whole sentence that names the cause.

    Attributes:
        kind: the cause in a few words without values, such as "not an image", by which errors are counted.
    """

    kind = "other"

    def __init__(self, message: str, kind: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind or self.kind


class ImageError(VerteError):
    """An image that can't be opened, or that does not suit the weights."""

    kind = "damaged"


class ClinicalError(VerteError):
    """Age, sex, BMI or a table of them that is missing, malformed or out of range."""

    kind = "clinical values"


class WeightsError(VerteError):
    """A weights file that is not ours, damaged, or of another schema version."""

    kind = "weights"


class DataError(VerteError):
    """A manifest, configuration or training set that can't be used; may list several problems."""


class OutputError(VerteError):
    """A result that can't be written: full disk, missing folder, no permission."""


def fault_of_program(error: BaseException) -> VerteError:
    """What is said of an image on which the program itself failed: it must not cost the images after it."""
    kind = type(error).__name__
    return VerteError(f"The program failed on this image ({kind}).", kind="fault of the program")


def scrubbed(error: BaseException) -> str:
    """Type and places of an exception for a log: no message, which may name a patient, and no folders."""
    frames = traceback.extract_tb(error.__traceback__)
    places = "; ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    cause = f", caused by {scrubbed(error.__cause__)}" if error.__cause__ else ""
    return f"{type(error).__name__} at {places or 'an unknown place'}{cause}"


def printable(text: str) -> str:
    """What a file says as a part of a sentence: a blank stands for whatever can't be printed."""
    return "".join(each if each.isprintable() else " " for each in text)
