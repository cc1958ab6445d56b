"""What needs the packages of an extra, and what is said where they are not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from verte_core.errors import VerteError

PACS, INSPECT = "pacs", "inspect"
_PACKAGES = {
    PACS: ("dicomweb_client", "highdicom", "prometheus_client", "pynetdicom", "requests", "tomli_w"),
    INSPECT: ("pytorch_grad_cam", "torch", "torchvision", "sklearn", "ttach"),
}
_PURPOSES = {
    PACS: "An archive and results as DICOM need",
    INSPECT: "Other heatmap methods than Grad-CAM need",
}


@contextmanager
def needed(extra: str) -> Iterator[None]:
    """Around what imports the packages of an extra.

    Raises:
        VerteError: naming one that is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name not in _PACKAGES[extra]:
            raise
        raise VerteError(
            f"{_PURPOSES[extra]} the package {name}: pip install 'verte-desktop[{extra}]'."
        ) from None
