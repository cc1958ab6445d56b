"""Peak memory of scoring the largest radiograph of the published range, beside that of a small one."""

from __future__ import annotations

import json
import resource
import tempfile
from pathlib import Path

import numpy as np

from train.simulator.dicom import Patient, Pixels, write_image
from verte_core.clinical import ClinicalInputs
from verte_core.network import shipped, weights
from verte_core.reading import radiograph
from verte_core.scoring.scorer import Scorer


def main() -> None:
    """Print the two peaks in MiB as JSON."""
    scorer = Scorer(weights.load(shipped.path()), "cpu")
    with tempfile.TemporaryDirectory() as folder:
        _score(scorer, Path(folder), (300, 200))
        base = _peak()
        _score(scorer, Path(folder), (8383, 3520))
        print(json.dumps({"base_mib": base, "peak_mib": _peak()}))


def _score(scorer: Scorer, folder: Path, shape: tuple[int, int]) -> None:
    rows = np.arange(shape[0], dtype=np.uint16)[:, None]
    pixels = rows * 5 + np.arange(shape[1], dtype=np.uint16)
    patient = Patient("1", "A^B", 70, "F", 1.6, 60)
    file = write_image(folder / "image.dcm", patient, Pixels(pixels, spacing_mm=0.15, bits_stored=16))
    inputs = ClinicalInputs(70, "F", 23.4)
    encoded = scorer.encode(radiograph.load(file))
    scorer.score(encoded, inputs)
    for task in scorer.tasks:
        encoded.placement.map_to_source(scorer.explain(encoded, inputs, task))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
