from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

from scripts import make_samples
from train.__main__ import main
from verte_core.reading import radiograph


def test_a_ct_volume_becomes_a_lateral_projection(tmp_path: Path) -> None:
    # 160 mm wide, 200 mm deep, 120 mm high: soft tissue with a column of bone near the back, air around.
    volume = np.full((80, 100, 60), -1000, np.float32)
    volume[5:75, 10:90, :] = 40
    volume[35:45, 20:35, :] = 400
    nibabel.Nifti1Image(volume, np.diag([2.0, 2.0, 2.0, 1.0])).to_filename(tmp_path / "ct.nii.gz")
    pixels = make_samples.project(tmp_path / "ct.nii.gz")
    assert pixels.dtype == np.uint16
    assert abs(pixels.shape[0] - 120 / make_samples.SPACING_MM) < 12
    file = make_samples.write_projection(make_samples.TOTALSEGMENTATOR, pixels, tmp_path)
    image = radiograph.load(file)
    assert (image.header.age, image.header.sex, image.header.height_cm) == (None, None, None)
    assert image.protocol == "radiograph"
    middle = image.pixels[image.pixels.shape[0] // 2].astype(float)
    bone = np.argmax(middle) / len(middle)
    assert bone < 0.4 or bone > 0.6  # the column stands near one side, not in the middle
    assert middle.max() > 1.2 * np.median(middle)


def test_the_truth_of_a_simulated_sample_fits_its_reduced_image(tmp_path: Path) -> None:
    cohort = tmp_path / "cohort"
    assert main(["simulate", str(cohort), "--people", "1", "--seed", "4", "--workers", "1"]) == 0
    file = make_samples.add_simulated(cohort, {}, "sample", tmp_path)
    truth = json.loads(file.with_suffix(".json").read_text())
    image = radiograph.load(file)
    assert image.pixels.shape == (truth["height"], truth["width"])
    assert image.pixels.shape[0] <= make_samples.MAX_HEIGHT
    assert image.header.patient_name is not None
    assert "SIMULATED" in image.header.patient_name
    original = json.loads((cohort / "truth.jsonl").read_text().splitlines()[0])
    body, before = truth["vertebrae"][0]["points"], original["vertebrae"][0]["points"]
    scale = truth["height"] / original["height"]
    for name, point in body.items():
        assert (np.array(point) + 0.5) / scale - 0.5 == pytest.approx(np.array(before[name]), abs=0.6)
    with pytest.raises(LookupError, match="simulate more people"):
        make_samples.add_simulated(cohort, {"age": "12"}, "sample", tmp_path)
