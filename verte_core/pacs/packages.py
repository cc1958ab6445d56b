"""The packages of the extra ``pacs``, and what is said where they are not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from verte_core.errors import VerteError

PACKAGES = ("dicomweb_client", "highdicom", "prometheus_client", "pynetdicom", "requests", "tomli_w")


@contextmanager
def needed() -> Iterator[None]:
    """Around what imports them.

    Raises:
        VerteError: naming one that is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name not in PACKAGES:
            raise
        raise VerteError(
            f"An archive and results as DICOM need the package {name}: pip install 'verte-desktop[pacs]'."
        ) from None
