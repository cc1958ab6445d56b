"""What the tests of an archive share: a real one, and images that have all that a score needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from benchmarks import peer
from benchmarks.peer import Orthanc, free_port
from train.simulator.dicom import Patient, Pixels, write_image

__all__ = ["Orthanc", "free_port", "image", "started"]


@contextmanager
def started(folder: Path) -> Iterator[Orthanc]:
    """One with an empty archive; the test is left out where there is no such program."""
    if peer.program() is None:
        pytest.skip("needs Orthanc with its DICOMweb plug-in")
    with peer.started(folder) as made:
        yield made


def spine(seed: int, shape: tuple[int, int] = (300, 160)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    blocks = 900 * ((rows // 30) % 2) * (abs(columns - shape[1] // 2) < 30)
    return (1200 + 2 * columns + blocks + rng.integers(0, 50, shape)).astype(np.uint16)


def image(path: Path, seed: int, patient_id: str = "P-1", height: float | None = 1.6) -> Path:
    """A radiograph that has all that a score needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    patient = Patient(patient_id, "Hong^Gildong", 71, "F", height, 60.0 if height else None)
    return write_image(path, patient, Pixels(spine(seed), 0.2))
