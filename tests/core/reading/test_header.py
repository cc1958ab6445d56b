"""Facts of the header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dicom_files import dataset, write

from verte_core.reading.header import SIMULATED_COMMENT
from verte_core.reading.radiograph import Header, load

pytestmark = [  # malformed on purpose
    pytest.mark.filterwarnings("ignore:Invalid value for VR"),
    pytest.mark.filterwarnings("ignore:Unknown encoding"),
]


STUDY = "PatientBirthDate and StudyDate"


@pytest.mark.parametrize(
    ("elements", "age", "source", "noted"),
    [
        ({"PatientAge": "067Y"}, 67.0, "PatientAge", None),
        ({"PatientAge": "018M"}, 1.5, "PatientAge", None),
        ({"PatientAge": "052W"}, 52 * 7 / 365.25, "PatientAge", None),
        ({"PatientAge": "010D"}, 10 / 365.25, "PatientAge", None),
        *(
            ({"PatientAge": written}, 65.0, "PatientAge", None)
            for written in ("65Y", "065y", "65Y ", "65 Y", "0065Y", "780M", "65 Years", "780 months")
        ),
        # No unit, or no whole number: nothing is guessed.
        *(
            ({"PatientAge": written}, None, None, "not a number with a unit")
            for written in ("65", "65A", "Y065", "-65Y", "65.5Y", "3380W", "Y", "65Y 3M")
        ),
        *(
            ({"PatientAge": written}, None, None, "stands for an unknown age")
            for written in ("000Y", "0Y", "999Y", "121Y")
        ),
        ({"PatientAge": "000Y", "PatientBirthDate": "19500615", "StudyDate": "20200615"}, 70, STUDY, "000Y"),
        ({"PatientAge": "999Y", "PatientBirthDate": "19500615", "StudyDate": "20200615"}, 70, STUDY, "999Y"),
        ({"PatientAge": "000D"}, 0.0, "PatientAge", None),
        ({"PatientAge": "65", "PatientBirthDate": "19500615", "StudyDate": "20200615"}, 70, STUDY, "unit"),
        ({"PatientBirthDate": "19500615", "StudyDate": "20200614"}, 69.0, STUDY, None),
        ({"PatientBirthDate": "19500615", "StudyDate": "20200615"}, 70.0, STUDY, None),
        ({"PatientBirthDate": "1950.06.15", "StudyDate": "20200615"}, 70.0, STUDY, None),
        # A year apart is no contradiction, two are.
        (
            {"PatientAge": "69Y", "PatientBirthDate": "19500615", "StudyDate": "20200615"},
            69,
            "PatientAge",
            None,
        ),
        (
            {"PatientAge": "71Y", "PatientBirthDate": "19500615", "StudyDate": "20200615"},
            71,
            "PatientAge",
            None,
        ),
        (
            {"PatientAge": "72Y", "PatientBirthDate": "19500615", "StudyDate": "20200615"},
            70,
            STUDY,
            "is 72, by",
        ),
        (
            {"PatientAge": "085Y", "PatientBirthDate": "19790315", "StudyDate": "20240601"},
            45,
            STUDY,
            "45 was",
        ),
        ({"PatientAge": "065M", "PatientBirthDate": "19590315", "StudyDate": "20240601"}, 65, STUDY, "5.42"),
        # Dates that stand in for others.
        (
            {"PatientAge": "70Y", "PatientBirthDate": "19000101", "StudyDate": "20200101"},
            70,
            "PatientAge",
            None,
        ),
        (
            {"PatientAge": "70Y", "PatientBirthDate": "19500101", "StudyDate": "19000101"},
            70,
            "PatientAge",
            None,
        ),
        ({"PatientBirthDate": "19000101", "StudyDate": "20200101"}, None, None, "stands in"),
        ({"PatientBirthDate": "19000101", "StudyDate": "19000101"}, None, None, "stands in"),
        ({"PatientBirthDate": "00010101", "StudyDate": "20200101"}, None, None, "stands in"),
        ({"PatientBirthDate": "20500101", "StudyDate": "20200101"}, None, None, "is after StudyDate"),
        (
            {"PatientAge": "70Y", "PatientBirthDate": "20500101", "StudyDate": "20200101"},
            70,
            "PatientAge",
            "is after StudyDate",
        ),
        ({"PatientBirthDate": "19501399", "StudyDate": "20200101"}, None, None, None),
        ({"PatientBirthDate": "19500101"}, None, None, None),
        # Other dates of the image.
        *(
            (
                {"PatientBirthDate": "19590315", "StudyDate": "", keyword: "20240601"},
                65,
                f"PatientBirthDate and {keyword}",
                None,
            )
            for keyword in ("SeriesDate", "AcquisitionDate", "ContentDate")
        ),
        (
            {"PatientBirthDate": "19590315", "StudyDate": "19000101", "ContentDate": "20240601"},
            65,
            "PatientBirthDate and ContentDate",
            None,
        ),
        ({}, None, None, None),
    ],
)
def test_age(
    opened: Any, elements: dict[str, str], age: float | None, source: str | None, noted: str | None
) -> None:
    image = opened(**elements)
    assert (image.header.age, image.header.age_source) == (
        pytest.approx(age) if age is not None else None,
        source,
    )
    assert len(image.notes) == (noted is not None)
    assert noted is None or noted in image.notes[0]


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
    [
        ("1.62", "58.5", 162.0, 58.5),
        ("0", "0", None, None),
        ("168", "70", None, 70.0),
        ("-1.6", "-60", None, None),
    ],
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
        AccessionNumber="A17",
        BodyPartExamined="LSPINE",
        ViewPosition="LL",
        Manufacturer="Acme",
        SeriesDescription="L-spine lateral",
    )
    assert image.header == Header(
        patient_name="Doe Jane",
        patient_id="42",
        study_date="2024-01-31",
        accession_number="A17",
        modality="CR",
        body_part="LSPINE",
        view_position="LL",
        manufacturer="Acme",
        series_description="L-spine lateral",
        sop_instance_uid="1.2.3",
    )


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


@pytest.mark.parametrize(
    ("size", "weight", "noted"),
    [
        ("63", "60", "perhaps inches"),
        ("168", "60", "perhaps centimetres"),
        ("1680", "60", "perhaps millimetres"),
        ("5.25", "60", "can't be metres, and"),
        ("1.60", "132", "BMI of 51.6: is the weight in pounds (60 kg)?"),
    ],
)
def test_other_units_are_asked_for_and_not_converted(opened: Any, size: str, weight: str, noted: str) -> None:
    image = opened(PatientSize=size, PatientWeight=weight)
    (note,) = image.notes
    assert noted in note
    assert image.header.weight_kg == float(weight)
    assert image.header.height_cm == (160 if size == "1.60" else None)


def stored(tmp_path: Path, elements: dict[str, str], **replaced: bytes) -> Any:
    """Open an image in which the value of each keyword, in ``elements`` as long, is replaced in the file."""
    path = write(tmp_path / "image.dcm", dataset(**elements))
    data = path.read_bytes()
    for keyword, value in replaced.items():
        assert data.count(elements[keyword].encode()) == 1 and len(value) == len(elements[keyword])
        data = data.replace(elements[keyword].encode(), value)
    path.write_bytes(data)
    return load(path)


def test_a_height_with_its_unit_counts_as_absent(tmp_path: Path) -> None:
    assert stored(tmp_path, {"PatientSize": "1.6200"}, PatientSize=b"1.62 m").header.height_cm is None


def test_decimal_commas(tmp_path: Path) -> None:
    header = stored(
        tmp_path,
        {"PatientSize": "1.62", "PatientWeight": "58.5"},
        PatientSize=b"1,62",
        PatientWeight=b"58,5",
    ).header
    assert (header.height_cm, header.weight_kg) == (162.0, 58.5)


ESCAPE = b"\x1b$)C"
HONG, GILDONG = "홍".encode("euc_kr"), "길동".encode("euc_kr")
EUC = HONG + b"^" + GILDONG
ESCAPED = ESCAPE + HONG + b"^" + ESCAPE + GILDONG
HANJA = ESCAPE + "洪".encode("euc_kr") + b"^" + ESCAPE + "吉洞".encode("euc_kr")


@pytest.mark.parametrize(
    ("charset", "name", "shown"),
    [
        (
            "\\ISO 2022 IR 149",
            b"Hong^Gildong=" + HANJA + b"=" + ESCAPED,
            "Hong Gildong (洪 吉洞, 홍 길동)",
        ),
        ("ISO 2022 IR 149", ESCAPED, "홍 길동"),
        # Wrong, but common.
        *((charset, EUC, "홍 길동") for charset in ("ISO_IR 149", "ISO IR 149", "KS_C_5601-1987", "EUC-KR")),
        ("ISO_IR 149", ESCAPED, "홍 길동"),
        *((charset, EUC, "홍 길동") for charset in ("", "ISO_IR 6", "ISO_IR 100", "ISO_IR 192", "NONSENSE")),
        *((charset, "홍^길동".encode(), "홍 길동") for charset in ("", "ISO_IR 100", "ISO_IR 192", "UTF-8")),
        ("", b"Kim=" + "金".encode("euc_kr") + b"=" + "김".encode("euc_kr"), "Kim (金, 김)"),
        # Others.
        ("ISO_IR 192", "Müller^Jürgen".encode("latin-1"), "Müller Jürgen"),
        ("ISO_IR 100", "Müller^Jürgen".encode("latin-1"), "Müller Jürgen"),
        ("", "Ærøskøbing^Åse".encode("latin-1"), "Ærøskøbing Åse"),
        ("", "HÄÄ^ÄÄNI".encode("latin-1"), "HÄÄ ÄÄNI"),
        ("GB18030", "Wang^XiaoDong=王^小东".encode("gb18030"), "Wang XiaoDong (王 小东)"),
        (
            "ISO_IR 192",
            "Yamada^Tarou=山田^太郎=やまだ^たろう".encode(),
            "Yamada Tarou (山田 太郎, やまだ たろう)",
        ),
        ("ISO_IR 192", "=홍^길동".encode(), "홍 길동"),
        ("ISO_IR 192", b"Doe^Jane^Q^Dr.^MD", "Dr. Doe Jane Q MD"),
        ("ISO_IR 192", b"Doe^Jane==", "Doe Jane"),
        ("ISO_IR 192", b"^^^==", None),
    ],
)
def test_names(tmp_path: Path, charset: str, name: bytes, shown: str | None) -> None:
    values = (
        {"PatientName": name, "SpecificCharacterSet": charset.encode()} if charset else {"PatientName": name}
    )
    even = {keyword: value + b" " * (len(value) % 2) for keyword, value in values.items()}
    placeholders = {keyword: keyword[0] * len(value) for keyword, value in even.items()}
    assert stored(tmp_path, placeholders, **even).header.patient_name == shown


def test_malformed_optional_elements_count_as_absent(tmp_path: Path) -> None:
    ds = dataset(PatientSize="1.62", WindowCenter="12", WindowWidth="34", PatientAge="067Y")
    data = write(tmp_path / "image.dcm", ds).read_bytes()
    damaged = data.replace(b"1.62", b"1;62").replace(b"12", b"1x", 1).replace(b"067Y", b"\xff\xfe\0Y")
    (tmp_path / "image.dcm").write_bytes(damaged)
    header = load(tmp_path / "image.dcm").header
    assert (header.height_cm, header.age) == (None, None)
