"""BUU-LSPINE: films with lines, sex and age in the name."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from train.adopt.buu_lspine import adopt, is_fractured
from verte_core.errors import DataError
from verte_core.training.dataset import read_manifest


def lines(lost: dict[int, float] | None = None, from_right: bool = False) -> np.ndarray:
    """The endplates of a straight column (11, 2, 2); lost: share of the left height by body."""
    made, top = [], 100.0
    for body in range(5):
        height = 90.0
        left = height * (1 - (lost or {}).get(body, 0.0))
        made.append([(400.0, top + (height - left)), (520.0, top)])
        made.append([(400.0, top + height), (520.0, top + height)])
        top += height + 25
    made.append([(400.0, top), (520.0, top)])
    return np.array(made)[:, ::-1] if from_right else np.array(made)


def write(folder: Path, name: str, points: np.ndarray, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (800, 600)).astype(np.uint8)
    cv2.imwrite(str(folder / f"{name}.jpg"), pixels)
    with (folder / f"{name}.csv").open("w", newline="") as file:
        csv.writer(file).writerows([*row.ravel().tolist(), 0] for row in points)


@pytest.mark.parametrize("from_right", [False, True])
@pytest.mark.parametrize(("loss", "fractured"), [(0.0, False), (0.15, False), (0.25, True), (0.6, True)])
def test_a_fifth_of_the_height_makes_a_fracture(loss: float, fractured: bool, from_right: bool) -> None:
    assert is_fractured(lines({1: loss}, from_right)) is fractured


def test_a_crushed_body_is_seen_against_its_neighbours() -> None:
    squeezed = lines()
    squeezed[5:, :, 1] -= 30
    assert is_fractured(squeezed)
    assert not is_fractured(lines())


def test_films_get_a_manifest_and_others_a_reason(tmp_path: Path) -> None:
    films = tmp_path / "LA"
    for number in range(6):
        write(films, f"{number:04d}-F-0{50 + number}Y1", lines({2: 0.3} if number % 2 else None), number)
    write(films, "0100-M-013Y1", lines(), 100)
    write(films, "0101-M-060Y1", lines()[:5], 101)
    write(films, "another", lines(), 102)
    (films / "0102-F-070Y1.jpg").write_bytes((films / "0000-F-050Y1.jpg").read_bytes())
    said = adopt(tmp_path, tmp_path / "out")
    assert "6 images of 6 people" in said and "pvf: 3 with, 3 without, 0 unknown" in said
    for reason in (
        "0100-M-013Y1.jpg: it is of a person of 13 years",
        "0101-M-060Y1.jpg: 0101-M-060Y1.csv has 5 lines, not the 11",
        "another.jpg: its name is not of the form",
        "0102-F-070Y1.jpg: it has no 0102-F-070Y1.csv",
    ):
        assert reason in said
    manifest = read_manifest(tmp_path / "out" / "manifest.csv")
    assert [each.cells["sex"] for each in manifest.examples] == ["F"] * 6
    assert all(each.inputs is None for each in manifest.examples), "nobody's BMI is known"


def test_another_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no films as in BUU-LSPINE"):
        adopt(tmp_path, tmp_path / "out")
