"""What the header says that an image is of: spine or not, lateral or not, radiograph or DXA."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, SecondaryCaptureImageStorage

FIT, UNSURE, UNFIT = "fit", "unsure", "unfit"

# Written by technologists and devices of several countries; each stands alone in SeriesDescription.
SERIES = {
    FIT: [
        "L-SPINE LAT", "L-Spine Lateral", "LSPINE LAT", "L SPINE LAT.", "L_SPINE_LAT", "LSpine_Lateral",
        "LSpineLat",
        "L-S SPINE LAT", "LS SPINE LATERAL", "L/S SPINE LAT STANDING", "T-SPINE LAT", "T SPINE LATERAL",
        "TSPINE LL",
        "TL-spine lateral", "T-L SPINE LATERAL", "TLSPINE LAT", "T/L SPINE LAT", "D-SPINE LAT",
        "DORSAL SPINE LATERAL",
        "Thoracic spine lateral", "LUMBAR SPINE LATERAL", "Lumbar Lat", "LUMBOSACRAL SPINE LAT",
        "LUMBAR FLEXION",
        "Thoracic and Lumbar Spine LAT", "L-SPINE FLEX", "L-spine Extension", "L-SPINE LAT (FLEXION)",
        "WHOLE SPINE LAT",
        "Full Spine Lateral EOS", "SPINE LAT", "Spine", "L-SPINE", "L-SPINE 2 VIEWS", "L5-S1 LAT SPOT",
        "L-SP LAT",
        "SCOLIOSIS LATERAL", "THORACOLUMBAR LATERAL", "TL JUNCTION LAT", "XTABLE LAT L-SPINE",
        "LT LAT L SPINE",
        "L-SPINE LLAT", "LUMBAR SPINE L5-S1 LATERAL", "L-SPINE LEFT LATERAL DECUBITUS", "VFA lateral",
        "LVA Lateral Spine",
        "Rt. Lateral Lumbar", "lumbosacral", "요추 측면", "요추측면", "흉추 측면", "척추 측면",
        "요천추 측면", "흉요추 측면",
        "요추LAT", "요추 굴곡", "요추 신전", "L-spine 측면", "허리 측면", "요추 측면(수술 전후)",
        "척추 전체 측면",
        "腰椎側面", "胸椎 側面", "腰椎侧位", "LWS seitlich", "BWS seitl.", "RACHIS LOMBAIRE PROFIL",
        "COLUMNA LUMBAR LATERAL", "", "ROUTINE", "Series 1", "LATERAL", "PORTABLE LAT", "측면",
    ],
    UNSURE: [
        "L-SPINE AP/LAT", "L-spine AP & LAT", "LUMBAR SPINE AP AND LATERAL", "L-SPINE APLAT",
        "T-SPINE LAT/AP",
        "요추 정면/측면", "L-SPINE AP+LAT", "C-SPINE/L-SPINE LAT", "CTLSPINE LAT",
        "CERVICOTHORACIC SPINE LAT",
        "L-SPINE AND PELVIS LAT", "T-SPINE/CHEST LAT", "CHEST LATERAL", "CHEST LAT", "Thorax lateral",
        "흉부 측면",
        "ABDOMEN LAT", "복부 측면", "L-SPINE LAT + HIP",
    ],
    UNFIT: [
        "KNEE AP", "KNEE LAT", "Knee_Standing", "RT KNEE", "BOTH KNEES", "HAND PA", "Hands", "FOOT LAT",
        "ANKLE LAT", "HIP AP",
        "PELVIS AP", "SKULL LAT", "SHOULDER", "ELBOW LAT", "WRIST", "CHEST PA", "CHEST",
        "Chest AP Portable", "CXR",
        "ABDOMEN SUPINE", "KUB", "RIBS", "FEMUR LAT", "C-SPINE LAT", "CSPINE", "C SPINE LATERAL",
        "Cervical Spine Lat",
        "CERVICAL LATERAL", "NECK LAT", "HWS seitlich", "SACRUM LAT", "COCCYX LAT", "S-SPINE LAT", "SI JOINT",
        "PNS", "TMJ", "Paranasal sinuses", "L-SPINE AP", "LSPINE PA", "L-Spine A-P", "T-SPINE AP",
        "Lumbar AP Standing",
        "WHOLE SPINE AP", "Scoliosis PA", "L-SPINE OBL", "L-SPINE OBLIQUE", "L SPINE BOTH OBLIQUES",
        "L-SPINE RPO",
        "L-spine LPO", "L-SPINE RT BENDING", "L-SPINE LATERAL BENDING", "LUMBAR SPINE FRONTAL", "AP Spine",
        "Left Hip",
        "Femur Neck", "Forearm", "LSPINEAP", "LSpineAP", "무릎 측면", "무릎", "슬관절", "고관절",
        "골반 정면", "손", "양손",
        "발", "좌측 발", "발목 측면", "손목", "어깨", "두개골 측면", "흉부 정면", "흉부", "복부",
        "경추 측면", "천추 측면", "요추 정면",
        "요추 사위", "요추 전후", "흉추 정면", "척추 정면", "팔꿈치", "늑골", "腰椎正面", "頚椎 側面",
        "膝 側面", "腰椎 斜位",
        "KNIE SEITL.", "RACHIS LOMBAIRE FACE", "TORAX PA", "C-ARM KNEE", "MAMMO", "LOWER EXT LAT",
    ],
}  # fmt: skip
CORPUS = [(words, verdict) for verdict, several in SERIES.items() for words in several]


def verdict(image: Any) -> str:
    if image.unfit:
        assert image.unfit.startswith("The header says ") and image.unfit.endswith(".")
        return UNFIT
    return UNSURE if image.notes else FIT


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 150 and len({words for words, _ in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize(("words", "expected"), CORPUS)
def test_descriptions_of_series(opened: Any, words: str, expected: str) -> None:
    assert verdict(opened(SpecificCharacterSet="ISO_IR 192", SeriesDescription=words)) == expected
    assert verdict(opened(SpecificCharacterSet="ISO_IR 192", ProtocolName=words.lower())) == expected


@pytest.mark.parametrize(
    ("elements", "expected", "words"),
    [
        ({"BodyPartExamined": "KNEE"}, UNFIT, "(BodyPartExamined), so this is not a spine radiograph."),
        ({"BodyPartExamined": "hand"}, UNFIT, "body part hand"),
        ({"BodyPartExamined": "CSPINE", "ViewPosition": "LL"}, UNFIT, "so this is not an image of the thor"),
        ({"BodyPartExamined": "CSPINE", "SeriesDescription": "SPINE LAT"}, UNFIT, "CSPINE"),
        ({"BodyPartExamined": "SPINE", "SeriesDescription": "C-SPINE LAT"}, UNFIT, "series C-SPINE LAT"),
        ({"BodyPartExamined": "SSPINE"}, UNFIT, "SSPINE"),
        ({"BodyPartExamined": "CTSPINE"}, UNSURE, "several parts"),
        *(
            ({"BodyPartExamined": part, "ViewPosition": "LL"}, FIT, "")
            for part in ("LSPINE", "TSPINE", "SPINE", "TLSPINE", "LSSPINE", "lspine", "L-SPINE")
        ),
        ({"BodyPartExamined": "CHEST", "ViewPosition": "PA"}, UNFIT, "body part CHEST"),
        ({"BodyPartExamined": "CHEST"}, UNFIT, "body part CHEST"),
        ({"BodyPartExamined": "CHEST", "ViewPosition": "LL"}, UNSURE, "only a part of the spine"),
        ({"BodyPartExamined": "CHEST", "SeriesDescription": "T-SPINE LAT"}, UNSURE, "but also body part CH"),
        ({"BodyPartExamined": "KNEE", "SeriesDescription": "L-SPINE LAT"}, UNSURE, "but also body part KNEE"),
        ({"StudyDescription": "Knee AP/Lat"}, UNFIT, "study Knee AP/Lat"),
        ({"StudyDescription": "Knee AP/Lat", "SeriesDescription": "L-SPINE LAT"}, FIT, ""),
        ({"StudyDescription": "CHEST, KNEE AP", "BodyPartExamined": "LSPINE", "ViewPosition": "LL"}, FIT, ""),
        ({"StudyDescription": "L-spine AP/LAT"}, UNSURE, "please check that this view is the lateral one"),
        ({"StudyDescription": "L-spine AP"}, UNSURE, "this view is the lateral one"),
        ({"StudyDescription": "L-spine AP", "ViewPosition": "LL"}, FIT, ""),
        ({"StudyDescription": "L-spine LAT"}, FIT, ""),
        *(
            ({"ViewPosition": view}, UNFIT, f"position {view} (ViewPosition), so this is not a lateral")
            for view in ("AP", "PA", "ap", "RLO", "LLO", "RPO", "LAO", "OBLIQUE", "AXIAL")
        ),
        *(({"ViewPosition": view}, FIT, "") for view in ("LL", "RL", "LATERAL", "LAT", "lat", "LLD", "")),
        ({"ViewPosition": "LL", "SeriesDescription": "L-SPINE AP/LAT"}, FIT, ""),
        ({"ViewPosition": "AP", "SeriesDescription": "L-SPINE AP/LAT"}, UNFIT, "view position AP"),
        ({"ViewPosition": "AP", "SeriesDescription": "L-SPINE LAT"}, UNSURE, "but also view position AP"),
        ({"ViewPosition": "LL", "SeriesDescription": "L-SPINE AP"}, UNSURE, "but also series L-SPINE AP"),
        ({"PatientOrientation": ["L", "F"]}, UNFIT, r"patient orientation L\F (PatientOrientation), so"),
        ({"PatientOrientation": ["R", "H"]}, UNFIT, r"R\H"),
        ({"PatientOrientation": ["L", "F"], "ViewPosition": "LL"}, UNSURE, r"also patient orientation L\F"),
        ({"PatientOrientation": ["A", "F"]}, FIT, ""),
        ({"PatientOrientation": ["P", "F"], "SeriesDescription": "L-SPINE AP/LAT"}, FIT, ""),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}, UNFIT, r"image orientation L\F"),
        *(
            ({"Modality": modality}, UNFIT, f"modality {modality} (Modality), so this is neither")
            for modality in ("MG", "CT", "MR", "US", "NM", "PT", "XA", "IO", "PX", "XC", "SM")
        ),
        *(
            ({"Modality": modality, "StudyDescription": "BMD", "Manufacturer": "HOLOGIC"}, UNFIT, modality)
            for modality in ("MG", "CT")
        ),
        *(({"Modality": modality}, FIT, "") for modality in ("CR", "DX", "RG", "BMD", "OT", "dx", "")),
        ({"Modality": "RF"}, UNSURE, "modality RF"),
        ({"Modality": "", "SOPClassUID": CTImageStorage}, UNFIT, "SOP class of CT"),
        ({"SOPClassUID": SecondaryCaptureImageStorage}, UNSURE, "picture of a screen"),
        ({"ImageType": ["DERIVED", "SECONDARY"]}, UNSURE, "picture of a screen"),
        ({"ImageType": ["DERIVED", "PRIMARY"]}, FIT, ""),
        ({"SOPClassUID": SecondaryCaptureImageStorage, "ConversionType": "DF"}, FIT, ""),
        ({"SOPClassUID": SecondaryCaptureImageStorage, "SeriesDescription": "VFA lateral"}, FIT, ""),
        (
            {"SOPClassUID": SecondaryCaptureImageStorage, "Manufacturer": "VERTE Desktop"},
            UNFIT,
            "secondary capture by VERTE Desktop",
        ),
        ({"Manufacturer": "VERTE Desktop"}, FIT, ""),
        ({"AnatomicalOrientationType": "QUADRUPED"}, UNFIT, "not an image of a person"),
        ({"Modality": "BMD", "SeriesDescription": "Left Hip"}, UNFIT, "so this is not a DXA VFA image."),
    ],
)  # fmt: skip
def test_elements_are_judged_together(
    opened: Any, elements: dict[str, Any], expected: str, words: str
) -> None:
    image = opened(**elements)
    assert verdict(image) == expected
    assert words in (image.unfit or " ".join(image.notes))


@pytest.mark.parametrize(
    ("keyword", "meaning", "expected"),
    [
        ("ViewCodeSequence", "lateral", FIT),
        ("ViewCodeSequence", "left lateral", FIT),
        ("ViewCodeSequence", "antero-posterior", UNFIT),
        ("ViewCodeSequence", "postero-anterior", UNFIT),
        ("ViewCodeSequence", "right posterior oblique", UNFIT),
        ("AnatomicRegionSequence", "Lumbar spine", FIT),
        ("AnatomicRegionSequence", "Thoracic spine", FIT),
        ("AnatomicRegionSequence", "Cervical spine", UNFIT),
        ("AnatomicRegionSequence", "Knee", UNFIT),
        ("AnatomicRegionSequence", "Hip joint", UNFIT),
    ],
)
def test_codes(opened: Any, keyword: str, meaning: str, expected: str) -> None:
    code = Dataset()
    code.CodeMeaning = meaning
    image = opened(**{keyword: Sequence([code])})
    assert verdict(image) == expected
    assert expected == FIT or f"{meaning} ({keyword})" in image.unfit


@pytest.mark.parametrize(
    ("elements", "protocol"),
    [
        ({"Modality": "CR"}, "radiograph"),
        ({"Modality": "DX", "ManufacturerModelName": "Discovery XR"}, "radiograph"),
        ({"Modality": "OT"}, None),
        ({"Modality": "OT", "SeriesDescription": "Lateral_VFA"}, "vfa"),
        ({"Modality": "CR", "SeriesDescription": "IVA"}, "vfa"),
        ({"Modality": "DX", "ProtocolName": "Instant Vertebral Assessment"}, "vfa"),
        ({"Modality": "OT", "Manufacturer": "Hologic"}, "vfa"),
        ({"Modality": "", "Manufacturer": "Hologic"}, "vfa"),
        ({"Modality": "OT", "ManufacturerModelName": "Lunar iDXA"}, "vfa"),
        ({"Modality": "OT", "ManufacturerModelName": "Prodigy Advance"}, "vfa"),
        ({"Modality": "OT", "StudyDescription": "DXA"}, "vfa"),
        ({"Modality": "BMD"}, "vfa"),
        ({"Modality": "CR", "SeriesDescription": "Interval study, private ward"}, "radiograph"),
        # Neither the study nor a maker outranks the modality.
        (
            {"Modality": "DX", "StudyDescription": "L-spine, BMD (DXA)", "SeriesDescription": "L-SPINE LAT"},
            "radiograph",
        ),
        ({"Modality": "DX", "StudyDescription": "Instant Vertebral Assessment"}, "radiograph"),
        ({"Modality": "DX", "Manufacturer": "Hologic"}, "radiograph"),
        ({"Modality": "CR", "ManufacturerModelName": "Lunar iDXA"}, "radiograph"),
        ({"Modality": "MG", "Manufacturer": "HOLOGIC, Inc."}, None),
    ],
)  # fmt: skip
def test_kind_of_image(opened: Any, elements: dict[str, str], protocol: str | None) -> None:
    assert opened(**elements).protocol == protocol


@pytest.mark.parametrize(
    ("elements", "word"),
    [
        ({"PresentationIntentType": "FOR PROCESSING"}, "FOR PROCESSING"),
        ({"LossyImageCompression": "01"}, "with loss"),
    ],
)
def test_notes(opened: Any, elements: dict[str, Any], word: str) -> None:
    (note,) = opened(**elements).notes
    assert word in note and note.endswith(".")


def test_a_long_description_is_shortened(opened: Any) -> None:
    sentence = opened(SeriesDescription="KNEE " + "x" * 59).unfit
    assert f"series KNEE {'x' * 54}… (" in sentence


@pytest.mark.parametrize(
    ("elements", "choice", "sentence"),
    [
        ({}, "radiograph", None),
        ({"Modality": "OT"}, "vfa", None),
        ({"BodyPartExamined": "KNEE"}, "auto", None),
        (
            {"BodyPartExamined": "KNEE"},
            "radiograph",
            "Scored as a spine radiograph on the reader's word. The header says body part KNEE"
            " (BodyPartExamined), so this is not a spine radiograph.",
        ),
        (
            {"Modality": "BMD"},
            "radiograph",
            "Scored as a spine radiograph on the reader's word. The header says that it is a DXA VFA image.",
        ),
    ],
)
def test_overruling_is_said(opened: Any, elements: dict[str, str], choice: Any, sentence: str | None) -> None:
    assert opened(**elements).overruling(choice) == sentence
