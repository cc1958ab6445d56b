"""What a cohort's images say of themselves, read by processes that need no torch for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from verte_core.reading import radiograph
from verte_core.reading.header import Header
from verte_core.training.identities import Identity, identity_of


@dataclass(frozen=True)
class Facts:
    """Of one image that can be read.

    Attributes:
        header: of a picture, all None.
        notes: of ``Radiograph``.
        unfit: of ``Radiograph``.
        identity: by which it is known again.
    """

    header: Header
    notes: tuple[str, ...]
    unfit: str | None
    identity: Identity


def facts_of(path: Path) -> Facts:
    """The facts of an image that can be read.

    Raises:
        ImageError: as ``radiograph.load``.
    """
    image = radiograph.load(path)
    return Facts(image.header, image.notes, image.unfit, identity_of(image))
