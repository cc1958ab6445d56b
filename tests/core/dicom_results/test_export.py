from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import highdicom
import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from PySide6.QtWidgets import QApplication

from train.simulator.dicom import Patient, Pixels, write_image
from verte_core.dicom_results import structured_report as sr
from verte_core.errors import ImageError
from verte_core.reading import radiograph
from verte_desktop.terminal import main

Run = Callable[..., tuple[int, dict[str, list[pydicom.Dataset]]]]
needs_dciodvfy = pytest.mark.skipif(not shutil.which("dciodvfy"), reason="needs dicom3tools")


@pytest.fixture
def image(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> Path:
    patient = Patient("P-4711", "Hong^Gildong", 93, "F", 1.6, 60.0)
    (tmp_path / "images").mkdir()
    return write_image(tmp_path / "images" / "gildong.dcm", patient, Pixels(spine, 0.2))


@pytest.fixture
def run(tmp_path: Path, weights_file: Path, one_thread: None, qapp: QApplication) -> Run:
    def export(*arguments: object) -> tuple[int, dict[str, list[pydicom.Dataset]]]:
        out = tmp_path / "out"
        shutil.rmtree(out, ignore_errors=True)
        given = ["export", *map(str, arguments), "--out", str(out), "--model", str(weights_file)]
        status = main([*given, "--device", "cpu"])
        made: dict[str, list[pydicom.Dataset]] = {}
        for path in sorted(out.iterdir()):
            made.setdefault(path.stem.rpartition("_")[2], []).append(pydicom.dcmread(path))
        return status, made

    return export


def words(report: pydicom.Dataset) -> str:
    return " ".join(str(each.value) for each in report.iterall() if each.keyword == "TextValue")


def test_the_report_reads_back_with_every_value(
    run: Run, image: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, made = run(image, "--sr")
    assert status == 0 and made.keys() == {"sr"}
    said = capsys.readouterr().out
    document = highdicom.sr.EnhancedSR.from_dataset(made["sr"][0])
    assert (document.CompletionFlag, document.PreliminaryFlag) == ("COMPLETE", "PRELIMINARY")
    assert document.VerificationFlag == "UNVERIFIED"
    groups = document.content.get_image_measurement_groups()
    found = {}
    for group in groups:
        (measured,) = group.get_measurements()
        (zone,) = (
            each for each in group.get_qualitative_evaluations() if each.name.scheme_designator == sr.SCHEME
        )
        found[measured.name.value] = (float(measured.value), zone.value.meaning)
        assert group.finding_type is None
    said_in_it = words(made["sr"][0])
    assert "age 93 years, sex F" in said_in_it and "sensitivity" in said_in_it
    for task, name in (("pvf", "pVF-score"), ("osteo", "osteo-score")):
        value, zone = found[sr.SCORES[task].value]
        shown = said.split(name)[1].split()
        assert f"{value:.3f}" == shown[0] and zone.lower().startswith(shown[1])
    assert "trained on simulated images" in said_in_it and "not to be used to rule out" in said_in_it


def test_a_capture_shows_image_and_heatmaps_and_is_never_scored(run: Run, image: Path) -> None:
    status, made = run(image, "--sc")
    (capture,) = made["sc"]
    assert status == 0
    pixels = capture.pixel_array
    assert pixels.shape[2] == 3 and np.ptp(pixels.astype(int), axis=2).max() > 50
    assert len(capture.PixelData) <= 2 * 1024**2
    data = BytesIO()
    capture.save_as(data)
    path = image.with_name("capture.dcm")
    path.write_bytes(data.getvalue())
    with pytest.raises(ImageError, match="only grey images"):
        radiograph.load(path)
    capture.PhotometricInterpretation, capture.SamplesPerPixel = "MONOCHROME2", 1
    del capture.PlanarConfiguration
    capture.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    capture.PixelData = np.ascontiguousarray(pixels[:, :, 0]).tobytes()
    capture.save_as(path)
    assert "a picture that the program made" in str(radiograph.load(path).unfit)


def test_one_result_has_one_uid_and_another_has_others(run: Run, image: Path) -> None:
    uids = [
        {what: made[0].SOPInstanceUID for what, made in run(image, *more)[1].items()}
        for more in ((), (), ("--age", "60"))
    ]
    assert uids[0].keys() == {"sr", "sc", "pdf"}
    assert uids[0] == uids[1]
    assert not set(uids[0].values()) & set(uids[2].values())


def test_the_page_is_a_pdf_of_its_length(run: Run, image: Path) -> None:
    (page,) = run(image, "--pdf")[1]["pdf"]
    content = page.EncapsulatedDocument[: page.EncapsulatedDocumentLength]
    assert content.startswith(b"%PDF") and content.rstrip().endswith(b"%%EOF")
    assert page.StudyInstanceUID == pydicom.dcmread(image).StudyInstanceUID


def test_a_deidentified_export_names_nobody(run: Run, image: Path, tmp_path: Path) -> None:
    status, made = run(image, "--deidentify")
    assert status == 0 and len(made) == 3
    source = pydicom.dcmread(image)
    for path in (tmp_path / "out").iterdir():
        stored = path.read_bytes()
        for word in ("Hong", "Gildong", "gildong", "P-4711", source.StudyInstanceUID, source.SOPInstanceUID):
            assert word.encode() not in stored and word not in path.name
    assert "age over 89 years" in words(made["sr"][0]) and "age 93" not in words(made["sr"][0])
    assert len({each[0].StudyInstanceUID for each in made.values()}) == 1


def test_what_has_no_study_is_named_and_costs_nothing_else(
    run: Run, image: Path, spine: npt.NDArray[np.uint16], capsys: pytest.CaptureFixture[str]
) -> None:
    import cv2

    cv2.imwrite(str(image.with_name("picture.png")), spine)
    image.with_name("text.dcm").write_text("no image")
    table = image.parent.parent / "clinical.csv"
    table.write_text("path,age,sex,bmi\npicture.png,60,F,24\n")
    status, made = run(image.parent, "--sr", "--table", table)
    said = capsys.readouterr()
    assert status == 1 and len(made["sr"]) == 1
    assert "not written: The image is no DICOM file" in said.out
    assert "1 of the images that were scored have no results written" in said.err
    assert "Traceback" not in said.out + said.err


@needs_dciodvfy
@pytest.mark.parametrize("more", [(), ("--deidentify",), ("--form", "comprehensive 3d")])
def test_objects_conform(run: Run, image: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    run(image, *more)
    for path in (tmp_path / "out").iterdir():
        said = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True)
        errors = [line for line in said.stderr.splitlines() if line.startswith("Error")]
        assert errors == [] and said.stderr, path.name
