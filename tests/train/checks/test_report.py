from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pydicom
import pytest

from train.__main__ import main
from train.checks import twins as near_copies
from train.checks.twins import twins
from train.examples.headers import SIGNATURE, facts_of
from train.simulator.dicom import Patient, Pixels, write_image


@pytest.fixture
def cohort(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> Path:
    """Four people: one frontal by its header, one without a BMI, one a windowed copy of another's film."""
    folder = tmp_path / "films"
    folder.mkdir()
    views = {"a": "LL", "b": "LL", "c": "AP"}
    for number, (name, view) in enumerate(views.items()):
        pixels = np.roll(spine, 60 * number, 1)
        size = (1.6, 60.0) if name != "b" else (None, None)
        who = Patient(f"P{number}", "", 60.0 + number, "F", *size)
        write_image(folder / f"{name}.dcm", who, Pixels(pixels, 0.2 + number / 100))
        header = pydicom.dcmread(folder / f"{name}.dcm")
        header.ViewPosition, header.StudyDate, header.Manufacturer = view, f"202{number}0101", "Film & Co <1>"
        header.save_as(folder / f"{name}.dcm")
    copied = cv2.resize(spine, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(folder / "copy.png"), (np.sqrt(copied / copied.max()) * 255).astype(np.uint8))
    (tmp_path / "labels.csv").write_text(
        "path,pvf,osteo,person_id,age,sex,bmi\n"
        "a.dcm,1,,,,,\nb.dcm,0,1,,,,\nc.dcm,0,0,,,,\ncopy.png,0,0,other,70,M,25\n"
    )
    return folder


def make(cohort: Path, *options: str) -> int:
    table, out = cohort.parent / "labels.csv", cohort.parent / "manifest.csv"
    return main(["manifest", str(cohort), "--table", str(table), "--out", str(out), *options])


def test_a_page_of_a_cohort(cohort: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = cohort.parent / "page.html"
    assert make(cohort, "--keep-incomplete", "--report", str(page)) == 0
    assert "4 images; people:" in capsys.readouterr().out
    text = page.read_text(encoding="utf-8")
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)))
    for sentence in (
        "all 4 4 1 3 0 1 2 1",
        "year 2020 1 1",
        "year not stated 1 1",
        "maker Film &amp; Co &lt;1&gt; 3 3",
        "ViewPosition AP 1 1",
        "kind of image radiograph 3 3",
        "sex F 3 3",
        "pixel spacing, mm 3 0.2 ",
        "Of another view or part by their header, or perhaps so: 1 film.",
        "Look the same, though of different people: 1 pair",
        "a.dcm, copy.png",
        "Some of the images are simulated.",
        "Lengths are those at the detector",
    ):
        assert sentence in plain, sentence
    assert re.search(r"(train|val|test) \d 0 0 1 1", plain), "one person has no BMI"
    # All of it is in the page, so that it opens from a disk without a network.
    assert not re.search(r'(?:src|href)="(?!#|data:)', text)
    assert len(re.findall(r"<image[^>]*data:image/png", text.replace("\n", " "))) >= 4 + 12 + 1 + 2


def test_who_lacks_a_bmi_is_left_out_unless_asked(cohort: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make(cohort) == 0
    assert "b.dcm: Missing: BMI" in capsys.readouterr().out
    assert make(cohort, "--keep-incomplete") == 0
    assert "b.dcm,person-000002," in (cohort.parent / "manifest.csv").read_text()


def test_a_page_that_can_not_be_written(cohort: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make(cohort, "--report", str(cohort.parent / "no" / "page.html")) == 1
    assert "page.html can't be written: its folder is not there." in capsys.readouterr().err
    assert (cohort.parent / "manifest.csv").exists(), "the manifest is made all the same"


def test_near_copies_are_found_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (10, *SIGNATURE)).astype(np.uint8)
    images[7] = images[2] // 2
    images[9] = images[2] // 2 + 90
    people = [str(number) for number in range(10)]
    people[9] = "2"
    whole = [(pair.first, pair.second) for pair in twins([each.tobytes() for each in images], people)]
    assert whole == [(2, 7), (7, 9)], "9 and 2 are of one person"
    monkeypatch.setattr(near_copies, "_BLOCK", 3)
    blocks = [(pair.first, pair.second) for pair in twins([each.tobytes() for each in images], people)]
    assert sorted(blocks) == whole
    assert list(twins([], [])) == []
    assert list(twins([bytes(2048)] * 2, ["a", "b"])) == [], "of what is all black nothing is known"


def test_scaled_and_windowed_copies_look_the_same(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> None:
    signatures = []
    windowed = np.clip((spine.astype(np.float32) - 300) / 3200, 0, 1) * 255
    for name, pixels in (
        ("whole", spine),
        ("windowed", windowed.astype(np.uint8)),
        ("small", cv2.resize(spine, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)),
        ("mirrored", spine[:, ::-1]),
    ):
        path = tmp_path / f"{name}.png"
        cv2.imwrite(str(path), pixels)
        signatures.append(facts_of(path, with_signature=True).signature)
    found = {(pair.first, pair.second) for pair in twins(signatures, list("abcd"))}
    assert found == {(0, 1), (0, 2), (1, 2)}
