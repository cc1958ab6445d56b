"""Facts of the header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dicom_files import dataset, write

from verte_core.reading.header import SIMULATED_COMMENT
from verte_core.reading.radiograph import Header, load

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR")  # malformed on purpose


@pytest.mark.parametrize(
    ("elements", "age", "source"),
    [
        ({"PatientAge": "067Y"}, 67.0, "PatientAge"),
        ({"PatientAge": "018M"}, 1.5, "PatientAge"),
        ({"PatientAge": "052W"}, 52 * 7 / 365.25, "PatientAge"),
        ({"PatientAge": "010D"}, 10 / 365.25, "PatientAge"),
        ({"PatientBirthDate": "19500615", "StudyDate": "20200614"}, 69.0, "PatientBirthDate and StudyDate"),
        ({"PatientBirthDate": "19500615", "StudyDate": "20200615"}, 70.0, "PatientBirthDate and StudyDate"),
        ({"PatientAge": "70Y", "PatientBirthDate": "19000101", "StudyDate": "20200101"}, 70.0, "PatientAge"),
        ({"PatientBirthDate": "20500101", "StudyDate": "20200101"}, None, None),
        ({"PatientBirthDate": "19501399", "StudyDate": "20200101"}, None, None),
        ({"PatientBirthDate": "19500101"}, None, None),
        ({}, None, None),
    ],
)
def test_age(opened: Any, elements: dict[str, str], age: float | None, source: str | None) -> None:
    header = opened(**elements).header
    assert (header.age, header.age_source) == (pytest.approx(age) if age is not None else None, source)


def test_age_without_unit_is_not_guessed(opened: Any) -> None:
    image = opened(PatientAge="67")
    assert image.header.age is None
    assert any("PatientAge" in note for note in image.notes)


@pytest.mark.parametrize(
    ("sex", "read"),
    [
        ("F", "F"),
        ("M", "M"),
        ("f", "F"),
        ("m ", "M"),
        ("O", None),
        ("o", None),
        ("U", None),
        ("1", None),
        ("", None),
    ],
)
def test_sex(opened: Any, sex: str, read: str | None) -> None:
    assert opened(PatientSex=sex).header.sex == read


@pytest.mark.parametrize(
    ("size", "weight", "height_cm", "weight_kg"),
    [("1.62", "58.5", 162.0, 58.5), ("0", "0", None, None), ("168", "70", None, 70.0)],
)
def test_height_and_weight(
    opened: Any, size: str, weight: str, height_cm: float | None, weight_kg: float | None
) -> None:
    image = opened(PatientSize=size, PatientWeight=weight)
    assert (image.header.height_cm, image.header.weight_kg) == (height_cm, weight_kg)
    assert any("168" in note for note in image.notes) == (size == "168")


def test_texts(opened: Any) -> None:
    image = opened(
        PatientName="Doe^Jane",
        PatientID=" 42 ",
        StudyDate="20240131",
        BodyPartExamined="LSPINE",
        ViewPosition="LL",
        Manufacturer="Acme",
        SeriesDescription="L-spine lateral",
    )
    assert image.header == Header(
        patient_name="Doe^Jane",
        patient_id="42",
        study_date="2024-01-31",
        modality="CR",
        body_part="LSPINE",
        view_position="LL",
        manufacturer="Acme",
        series_description="L-spine lateral",
        sop_instance_uid="1.2.3",
    )


@pytest.mark.parametrize(
    ("elements", "spacing"),
    [
        ({"PixelSpacing": [0.2, 0.1], "ImagerPixelSpacing": [0.3, 0.3]}, (0.2, 0.1)),
        ({"ImagerPixelSpacing": [0.143, 0.143]}, (0.143, 0.143)),
        ({"PixelSpacing": [0, 0]}, None),
        ({}, None),
    ],
)
def test_spacing(opened: Any, elements: dict[str, Any], spacing: tuple[float, float] | None) -> None:
    assert opened(**elements).spacing == spacing


@pytest.mark.parametrize(
    ("elements", "protocol"),
    [
        ({"Modality": "CR"}, "radiograph"),
        ({"Modality": "DX", "ManufacturerModelName": "Discovery XR"}, "radiograph"),
        ({"Modality": "OT"}, None),
        ({"Modality": "OT", "SeriesDescription": "Lateral_VFA"}, "vfa"),
        ({"Modality": "DX", "StudyDescription": "Instant Vertebral Assessment"}, "vfa"),
        ({"Modality": "CR", "SeriesDescription": "IVA"}, "vfa"),
        ({"Modality": "OT", "Manufacturer": "Hologic"}, "vfa"),
        ({"Modality": "OT", "ManufacturerModelName": "Lunar iDXA"}, "vfa"),
        ({"Modality": "OT", "ManufacturerModelName": "Prodigy Advance"}, "vfa"),
        ({"Modality": "BMD"}, "vfa"),
        ({"Modality": "CR", "SeriesDescription": "Interval study, private ward"}, "radiograph"),
    ],
)  # fmt: skip
def test_protocol(opened: Any, elements: dict[str, str], protocol: str | None) -> None:
    assert opened(**elements).protocol == protocol


@pytest.mark.parametrize(
    ("elements", "word"),
    [
        ({"Modality": "CT"}, "modality CT"),
        ({"ViewPosition": "AP"}, "not lateral"),
        ({"PresentationIntentType": "FOR PROCESSING"}, "FOR PROCESSING"),
        ({"ImagerPixelSpacing": [0.1, 0.1]}, "magnified"),
    ],
)
def test_notes(opened: Any, elements: dict[str, Any], word: str) -> None:
    (note,) = opened(**elements).notes
    assert word in note and note.endswith(".")


@pytest.mark.parametrize(
    ("elements", "simulated"),
    [
        ({"ImageComments": SIMULATED_COMMENT}, True),
        ({"DerivationDescription": f"{SIMULATED_COMMENT} Resampled."}, True),
        ({"Manufacturer": "VERTE Desktop"}, True),
        ({"ImageComments": "Phantom", "Manufacturer": "SIMULATED"}, False),
        ({}, False),
    ],
)
def test_a_simulated_image_says_so(opened: Any, elements: dict[str, str], simulated: bool) -> None:
    assert opened(**elements).header.is_simulated is simulated


def test_malformed_optional_elements_count_as_absent(tmp_path: Path) -> None:
    ds = dataset(PatientSize="1.62", WindowCenter="12", WindowWidth="34", PatientAge="067Y")
    data = write(tmp_path / "image.dcm", ds).read_bytes()
    damaged = data.replace(b"1.62", b"1,62").replace(b"12", b"1x", 1).replace(b"067Y", b"\xff\xfe\0Y")
    (tmp_path / "image.dcm").write_bytes(damaged)
    header = load(tmp_path / "image.dcm").header
    assert (header.height_cm, header.age) == (None, None)
