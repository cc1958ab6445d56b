from __future__ import annotations

import csv
import hashlib
import os
import pickle
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pydicom
import pytest
import torch

from train.simulator.dicom import Patient, Pixels, Series, write_image
from verte_core import preprocess
from verte_core.errors import DataError, OutputError
from verte_core.preprocess import DEFAULT
from verte_core.reading import radiograph
from verte_core.training import dataset
from verte_core.training.dataset import Radiographs, clinical_statistics, read_manifest
from verte_core.training.identities import IDENTITIES
from verte_core.training.image_cache import CACHE_FOLDER, FINGERPRINTS, cached_images

PERSON = Patient("1", "DOE^JANE", 71.0, "F", 1.60, 60.0)


def write_manifest(folder: Path, rows: list[list[object]]) -> Path:
    path = folder / "manifest.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([dataset.COLUMNS, *rows])
    return path


@pytest.fixture
def cohort(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> Path:
    rows: list[list[object]] = []
    for index, split in enumerate(["train", "train", "train", "val", "test"]):
        cv2.imwrite(str(tmp_path / f"{index}.png"), spine + index)
        rows.append(
            [f"{index}.png", f"P{index}", split, 50 + 10 * index, "FM"[index % 2], 20 + index, index % 2, ""]
        )
    return write_manifest(tmp_path, rows)


def test_reads_what_is_there(cohort: Path) -> None:
    manifest = read_manifest(cohort)
    examples = manifest.examples
    assert [example.split for example in examples] == ["train", "train", "train", "val", "test"]
    assert examples[1].inputs.sex == "M"
    assert examples[1].labels["pvf"] == 1.0
    assert np.isnan(examples[0].labels["osteo"])
    assert manifest.sha256 == hashlib.sha256(cohort.read_bytes()).hexdigest()
    assert manifest.of("val") == [examples[3]]


def test_examples_keep_their_line_and_all_their_cells(cohort: Path) -> None:
    header, first, *rest = cohort.read_text().splitlines()
    text = [
        f"{header},followup_years",
        "",
        f"{first},5.5",
        *(f"{row}," for row in rest if ",val," not in row),
    ]
    cohort.write_text("\n".join(text) + "\n")
    manifest = read_manifest(cohort)
    assert [example.line for example in manifest.examples] == [3, 4, 5, 6]
    assert manifest.columns == (*dataset.COLUMNS, "followup_years")
    assert [example.cells["followup_years"] for example in manifest.examples] == ["5.5", "", "", ""]
    with pytest.raises(DataError, match="has no rows of the split val"):
        manifest.of("val")


def test_rows_with_too_few_or_too_many_cells_are_named(cohort: Path) -> None:
    header, first, _, *rest = cohort.read_text().splitlines()
    cohort.write_text("\n".join([header, f"{first},more", "", "1.png", "", *rest]) + "\n")
    with pytest.raises(DataError) as caught:
        read_manifest(cohort)
    for expected in (
        "line 2: it has more cells than the header has columns.",
        "line 4: person_id is empty.",
        "line 4: split must be train, val or test, not ''.",
    ):
        assert expected in str(caught.value)


def test_names_every_problem_at_once(cohort: Path) -> None:
    folder = cohort.parent
    write_manifest(
        folder,
        [
            ["0.png", "A", "train", 60, "F", 22, 0, 1],
            ["1.png", "A", "test", 60, "F", 22, 0, 1],
            ["nowhere.png", "B", "train", 60, "F", 22, 0, 1],
            ["2.png", "C", "holdout", 60, "F", 22, 0, 1],
            ["3.png", "D", "val", 7, "F", 22, 0, 1],
            ["4.png", "E", "val", 60, "F", 22, 2, 1],
            ["4.png", "F", "val", "old", "F", 22, 1, 1],
        ],
    )
    with pytest.raises(DataError) as caught:
        read_manifest(cohort)
    text = str(caught.value)
    for expected in (
        "line 3: person A is in two splits",
        "line 4: there is no file 'nowhere.png'",
        "line 5: split must be train, val or test, not 'holdout'",
        "line 7: pvf must be 0, 1 or empty, not '2'",
        "line 6: age 7 years is outside the accepted range of 18 to 110 years",
        "line 8: age must be a number, not 'old'",
        "line 8: the image of line 7 again",
    ):
        assert expected in text


def as_dicom(folder: Path, name: str, patient: str, pixels: npt.NDArray[np.uint16], **elements: str) -> None:
    write_image(folder / name, Patient(patient, "X", 60.0, "F", 1.6, 60.0), Pixels(pixels, 0.2))
    header = pydicom.dcmread(folder / name)
    for keyword, value in elements.items():
        setattr(header, keyword, value)
    header.save_as(folder / name)


def test_one_person_under_two_names_is_refused(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> None:
    """Whatever tells it, and each pair once; what looks like an id and is none tells nothing."""
    as_dicom(tmp_path, "0.dcm", "A1", spine)
    as_dicom(tmp_path, "1.dcm", "A1", spine + 1)
    as_dicom(tmp_path, "2.dcm", "A2", spine + 2, SOPInstanceUID="1.2.3")
    as_dicom(tmp_path, "3.dcm", "A3", spine + 3, SOPInstanceUID="1.2.3")
    as_dicom(tmp_path, "4.dcm", "A4", spine + 4, StudyInstanceUID="1.2.5")
    as_dicom(tmp_path, "5.dcm", "A5", spine + 5, StudyInstanceUID="1.2.5")
    as_dicom(tmp_path, "6.dcm", "Anonymous", spine + 6, StudyInstanceUID="1.2.6")
    as_dicom(tmp_path, "7.dcm", "Anonymous", spine + 7, StudyInstanceUID="1.2.7")
    as_dicom(tmp_path, "8.dcm", "", spine + 5, SOPInstanceUID="1.2.8", StudyInstanceUID="1.2.9")
    manifest = write_manifest(
        tmp_path, [[f"{index}.dcm", f"P{index}", "train", 60, "F", 22, 0, 1] for index in range(9)]
    )
    for _ in range(2):  # the second time from what is remembered
        with pytest.raises(DataError) as caught:
            read_manifest(manifest)
        assert str(caught.value).splitlines()[1:] == [
            "line 3: persons P1 and P0 are one: the StudyInstanceUID is that of line 2.",
            "line 5: persons P3 and P2 are one: the SOPInstanceUID is that of line 4.",
            "line 7: persons P5 and P4 are one: the StudyInstanceUID is that of line 6.",
            "line 10: the pixels of line 7 again under another header.",
        ]
    remembered = (manifest.with_name(CACHE_FOLDER) / IDENTITIES).read_text()
    assert "A1" not in remembered and "1.2.3" not in remembered


def test_one_patient_in_two_studies_is_one_person(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> None:
    for index, issuer in enumerate(("North", "North", "South")):
        study = f"1.2.{index}"
        as_dicom(
            tmp_path, f"{index}.dcm", "A", spine + index, StudyInstanceUID=study, IssuerOfPatientID=issuer
        )
    rows = [[f"{index}.dcm", f"P{index}", "train", 60, "F", 22, 0, 1] for index in range(3)]
    with pytest.raises(DataError, match="P1 and P0 are one: the PatientID is that of line 2") as caught:
        read_manifest(write_manifest(tmp_path, rows))
    assert len(str(caught.value).splitlines()) == 2
    rows[1][1] = "P0"
    assert len(read_manifest(write_manifest(tmp_path, rows)).examples) == 3


def test_the_same_pixels_in_another_format_are_a_copy(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), spine)
    cv2.imwrite(str(tmp_path / "b.tif"), spine)
    rows = [["a.png", "A", "train", 60, "F", 22, 0, 1], ["b.tif", "A", "train", 60, "F", 22, 0, 1]]
    with pytest.raises(DataError, match="line 3: the pixels of line 2 again under another header"):
        read_manifest(write_manifest(tmp_path, rows))


def test_blank_cells_name_nobody_and_trimmed_ones_the_same(cohort: Path) -> None:
    rows = list(csv.reader(cohort.open()))
    rows[1][1], rows[2][1], rows[3][1], rows[4][1] = " ", "P \u00e9", " P e\u0301 ", "P \u00e9\t"
    write_manifest(cohort.parent, rows[1:])
    with pytest.raises(DataError) as caught:
        read_manifest(cohort)
    assert str(caught.value).splitlines()[1:] == [
        "line 2: person_id is empty.",
        "line 5: person P \u00e9 is in two splits.",
    ]


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "a/" * 3000, "a\0b", "", "."])
def test_names_that_no_file_can_have(cohort: Path, name: str) -> None:
    write_manifest(cohort.parent, [[name, "A", "train", 60, "F", 22, 0, 1]])
    with pytest.raises(DataError, match=r"line 2: there is no file '") as caught:
        read_manifest(cohort)
    assert len(str(caught.value)) < 300


def test_files_that_are_no_manifest(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    for content, says in (
        ("나이".encode("cp949"), "is not in UTF-8; save it again"),
        (",".join([*dataset.COLUMNS, "age"]).encode(), "has these columns twice: age"),
        (b'"' + b"x" * 200_000, "field larger than"),
    ):
        path.write_bytes(content)
        with pytest.raises(DataError, match=says):
            read_manifest(path)
    for name in (".", "/dev/zero", "x" * 300, "a\0"):
        with pytest.raises(DataError, match=r"^The manifest [^\n]* can't be read: [^\n]*\.$"):
            read_manifest(tmp_path / name)


def test_cells_that_a_spreadsheet_would_run_are_read_back(cohort: Path) -> None:
    rows = list(csv.reader(cohort.open()))
    (cohort.parent / "0.png").rename(cohort.parent / "=0.png")
    rows[1][:2] = ["'=0.png", "'=P"]
    write_manifest(cohort.parent, rows[1:])
    first = read_manifest(cohort).examples[0]
    assert (first.path.name, first.person_id) == ("=0.png", "=P")


def test_a_missing_column_and_an_empty_manifest(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("path,age\n")
    with pytest.raises(DataError, match="lacks these columns: person_id, split, sex"):
        read_manifest(tmp_path / "manifest.csv")
    with pytest.raises(DataError, match="has no rows"):
        read_manifest(write_manifest(tmp_path, []))


def test_cached_images_are_the_prepared_ones(cohort: Path, tmp_path: Path) -> None:
    paths = [example.path for example in read_manifest(cohort).examples[:3]]
    cache = tmp_path / "cache"
    images = cached_images(paths, DEFAULT["radiograph"], cache)
    prepared, _ = preprocess.prepare(radiograph.load(paths[2]).pixels, "radiograph")
    assert len(images) == 3
    assert images[2].dtype == np.uint8
    assert np.abs(images[2] / 255.0 - prepared).max() <= 0.5 / 255 + 1e-6
    (made,) = cache.glob("*.uint8")
    stamp = made.stat().st_mtime_ns
    moved = [path.rename(path.with_name(f"moved-{path.name}")) for path in paths]
    cached_images(moved, DEFAULT["radiograph"], cache)
    assert made.stat().st_mtime_ns == stamp, "known by content, wherever the files lie"
    with made.open("r+b") as file:
        file.truncate(1024 * 512)
    again = cached_images(moved, DEFAULT["radiograph"], cache)
    assert len(again) == 3, "a cache that was cut short is built again"
    assert (again[2] == np.round(prepared * 255)).all()
    cached_images(moved, DEFAULT["vfa"], cache)
    assert len(list(cache.glob("*.uint8"))) == 2


def test_a_changed_image_is_prepared_again(cohort: Path, tmp_path: Path) -> None:
    paths = [example.path for example in read_manifest(cohort).examples[:2]]
    cached_images(paths, DEFAULT["radiograph"], tmp_path)
    cv2.imwrite(str(paths[0]), np.asarray(cv2.imread(str(paths[0]), cv2.IMREAD_UNCHANGED))[::-1])
    again = cached_images(paths, DEFAULT["radiograph"], tmp_path)
    prepared, _ = preprocess.prepare(radiograph.load(paths[0]).pixels, "radiograph")
    assert (again[0] == np.round(prepared * 255)).all()


def test_cached_images_are_sent_to_other_processes_by_name(cohort: Path, tmp_path: Path) -> None:
    paths = [example.path for example in read_manifest(cohort).examples[:2]]
    images = cached_images(paths, DEFAULT["radiograph"], tmp_path)
    sent = pickle.dumps(images)
    assert len(sent) < 1000
    assert (pickle.loads(sent)[1] == images[1]).all()


def test_images_that_cannot_be_used_are_all_named(cohort: Path, tmp_path: Path) -> None:
    examples = read_manifest(cohort).examples[:3]
    examples[0].path.write_bytes(b"")
    examples[2].path.write_bytes(b"not an image at all")
    with pytest.raises(DataError, match=r"(?s)0\.png: .*2\.png: "):
        cached_images([example.path for example in examples], DEFAULT["radiograph"], tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [FINGERPRINTS]


def test_a_cache_that_cannot_be_written_is_a_sentence(cohort: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    paths = [example.path for example in read_manifest(cohort).examples[:2]]
    with pytest.raises(OutputError, match=r"image cache in .* can't be written"):
        cached_images(paths, DEFAULT["radiograph"], tmp_path / "cache")


def test_items_are_standardised_by_the_training_split(cohort: Path, tmp_path: Path) -> None:
    examples = read_manifest(cohort).examples[:3]
    statistics = clinical_statistics(examples)
    images = np.zeros((3, 1024, 512), np.uint8)
    images[1] = 255
    items = Radiographs(examples, images, statistics, ("osteo", "pvf"))
    image, clinical, labels, cell_targets = items[1]
    assert image.shape == (1, 1024, 512)
    assert image.max() == 1.0
    assert clinical.tolist() == pytest.approx([0.0, 0.0, 0.0])  # mean age, M, mean BMI
    assert torch.isnan(labels[0])
    assert labels[1] == 1.0
    assert cell_targets.shape == (2, 0, 0)


def test_a_cache_knows_which_images_say_that_they_are_simulated(
    spine: npt.NDArray[np.uint16], tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("a.dcm", "b.png", "c.dcm")]
    write_image(paths[0], PERSON, Pixels(spine, 0.2))
    cv2.imwrite(str(paths[1]), spine)
    clinic = Series(manufacturer="Clinic")
    write_image(paths[2], PERSON, Pixels(spine + 1, 0.2, derivation=""), clinic)
    cache = tmp_path / "cache"

    def flags() -> tuple[bool, ...]:
        images = cached_images(paths, DEFAULT["radiograph"], cache)
        assert pickle.loads(pickle.dumps(images)).simulated == images.simulated
        return images.simulated

    assert flags() == (True, False, False)
    (pixels,), (beside,) = cache.glob("*.uint8"), set(cache.glob("*.json")) - {cache / FINGERPRINTS}
    made = pixels.stat().st_mtime_ns
    assert flags() == (True, False, False)
    assert pixels.stat().st_mtime_ns == made, "nothing is read twice"
    for damage in (None, "", "[true]", '{"simulated": [true]}', '{"simulated": [1, 0, 0]}', "null"):
        if damage is None:
            beside.unlink()  # as an earlier version left it
        else:
            beside.write_text(damage)
        os.utime(pixels, ns=(made, made))
        assert flags() == (True, False, False)
        assert pixels.stat().st_mtime_ns != made, "built again"
