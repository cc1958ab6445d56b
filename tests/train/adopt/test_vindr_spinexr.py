"""VinDr-SpineXR: the lateral images, and what radiologists marked on them."""

from pathlib import Path

import numpy as np
import pytest

from train.adopt.vindr_spinexr import adopt
from train.simulator.dicom import Patient, Pixels, Series, write_image
from verte_core.errors import DataError
from verte_core.resources_folder import RESOURCES
from verte_core.training.dataset import read_manifest

HEADER = "study_id,series_id,image_id,rad_id,lesion_type,xmin,ymin,xmax,ymax\n"


def image(path: Path, seed: int, view: str = "LL", age: float | None = 70.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 4095, (700, 400)).astype(np.uint16)
    series = Series(modality="DX", body_part="SPINE", view_position=view, description=f"SPINE {view}")
    write_image(path, Patient("x", "X^Y", age, "F"), Pixels(pixels, 0.5), series)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    samples = RESOURCES / "samples"
    (tmp_path / "train_images").mkdir()
    for name, number in (("simulated-fracture", "a"), ("simulated-no-fracture", "b")):
        target = tmp_path / "train_images" / f"{number}.dicom"
        target.write_bytes((samples / f"{name}.dcm").read_bytes())
    image(tmp_path / "train_images" / "c.dicom", 3, view="AP")
    image(tmp_path / "train_images" / "d.dicom", 4)
    rows = [
        "1,1,a,R1,Vertebral collapse,10,20,30,40",
        "1,1,a,R2,Osteophytes,10,20,30,40",
        "2,2,b,R1,No finding,,,,",
        "3,3,c,R1,No finding,,,,",
    ]
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "train.csv").write_text(HEADER + "\n".join(rows) + "\n")
    return tmp_path


def test_lateral_images_get_the_radiologists_label(data: Path) -> None:
    said = adopt(data, data / "out")
    assert "2 images of 2 people" in said and "pvf: 1 with, 1 without, 0 unknown" in said
    assert "d.dicom: the annotations do not name it" in said
    assert "c.dicom: " in said and "lateral" in said
    labels = {
        each.path.name: each.labels["pvf"] for each in read_manifest(data / "out" / "manifest.csv").examples
    }
    assert labels == {"a.dicom": 1.0, "b.dicom": 0.0}


def test_annotations_that_do_not_fit_are_named(data: Path) -> None:
    path = data / "annotations" / "train.csv"
    path.write_text(HEADER + "1,1,a,R1,Osteophytes,,,,\n")
    with pytest.raises(
        DataError, match="No image has the lesion 'Vertebral collapse'; these have Osteophytes"
    ):
        adopt(data, data / "out")
    path.unlink()
    with pytest.raises(DataError, match="holds no CSV with the columns image_id and lesion_type"):
        adopt(data, data / "out")
