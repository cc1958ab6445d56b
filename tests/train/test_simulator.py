from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from scipy.stats import rankdata

from train.simulator import simulate
from train.simulator.anatomy import genant_grade
from train.simulator.bones import draw_bodies
from train.simulator.cohort import COLUMNS, person_seeds
from train.simulator.people import Fracture, Person, draw_person
from train.simulator.scene import Scene, draw_scene
from train.simulator.soft import draw_soft

PROTOCOLS = ("radiograph", "vfa")
SEED = 345
"""Among its first three radiographs: one MONOCHROME1, one fracture, one osteoporosis, and both facings."""


def person_at(index: int, protocol: str = "radiograph", seed: int = SEED) -> Person:
    return draw_person(np.random.default_rng(person_seeds(seed, index, protocol)[0]), "P")


def scene_of(index: int, person: Person, protocol: str = "radiograph") -> Scene:
    return draw_scene(person_seeds(SEED, index, protocol)[1], person, protocol)


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [person_at(i) for i in range(3000)]


@pytest.fixture(scope="module", params=PROTOCOLS)
def cohort(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp(request.param)
    return simulate(out, 3, SEED, request.param, workers=1, progress=False)


def read(manifest: Path) -> list[tuple[dict[str, str], dict[str, Any], pydicom.Dataset]]:
    with manifest.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    truths = [json.loads(line) for line in (manifest.parent / "truth.jsonl").read_text().splitlines()]
    return [
        (row, truth, pydicom.dcmread(manifest.parent / row["path"]))
        for row, truth in zip(rows, truths, strict=True)
    ]


def upright(ds: pydicom.Dataset) -> np.ndarray:
    inverted = ds.PhotometricInterpretation == "MONOCHROME1"
    return 4095 - ds.pixel_array if inverted else ds.pixel_array


def loss_from_points(vertebra: dict[str, Any], spacing: float) -> float:
    at = {name: np.array(point) for name, point in vertebra["points"].items()}
    front, middle, back = (
        float(np.hypot(*(at[a] - at[b]))) * spacing
        for a, b in (
            ("anterior_superior", "anterior_inferior"),
            ("mid_superior", "mid_inferior"),
            ("posterior_superior", "posterior_inferior"),
        )
    )
    assert front == pytest.approx(vertebra["ha_mm"], abs=0.02)
    assert middle == pytest.approx(vertebra["hm_mm"], abs=0.02 + 0.02 * middle)
    assert back == pytest.approx(vertebra["hp_mm"], abs=0.02)
    losses = {"wedge": 1 - front / back, "biconcave": 1 - middle / back}
    losses["crush"] = 1 - back / vertebra["hp_before_mm"]
    return losses.get(vertebra["genant_type"], max(losses.values()))


def auroc(truth: np.ndarray, score: np.ndarray) -> float:
    ranks, positive = rankdata(score), int(truth.sum())
    return (ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * (len(truth) - positive))


def clinical_auroc(people: list[Person], truth: np.ndarray) -> float:
    """AUROC of a linear discriminant on age, sex and BMI, fitted on one half and tested on the other."""
    x = np.array([(1.0, p.age, p.sex == "F", p.bmi) for p in people])
    half = len(people) // 2
    weights = np.linalg.lstsq(x[:half], truth[:half].astype(float), rcond=None)[0]
    return auroc(truth[half:], x[half:] @ weights)


def test_population_is_as_tuned(people: list[Person]) -> None:
    osteo = np.array([p.osteo == 1 for p in people])
    fractured = np.array([bool(p.fractures) for p in people])
    assert 0.26 < osteo.mean() < 0.34
    assert 0.17 < fractured.mean() < 0.24
    assert 0.70 < clinical_auroc(people, osteo) < 0.78
    assert 0.63 < clinical_auroc(people, fractured) < 0.73
    assert 62 < np.mean([p.age for p in people]) < 68
    assert np.mean([p.sex == "F" for p in people]) == pytest.approx(0.7, abs=0.03)
    assert np.mean([len(p.fractures) > 1 for p in people if p.fractures]) == pytest.approx(0.4, abs=0.07)
    shares = [np.mean([p.split == name for p in people]) for name in ("train", "val", "test")]
    assert shares == pytest.approx([0.6, 0.2, 0.2], abs=0.03)


def test_grades_are_genants(people: list[Person]) -> None:
    assert [genant_grade(x) for x in (0.0, 0.19, 0.20, 0.249, 0.25, 0.39, 0.40, 0.65)] == [
        0,
        0,
        1,
        1,
        2,
        2,
        3,
        3,
    ]
    grades = [genant_grade(f.loss) for p in people for f in p.fractures]
    assert np.bincount(grades, minlength=4) / len(grades) == pytest.approx([0, 0.25, 0.45, 0.30], abs=0.06)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_fractures_are_well_inside_and_others_below_twenty_percent(protocol: str) -> None:
    for i in range(150):
        person = person_at(i, protocol)
        scene = scene_of(i, person, protocol)
        assert scene.pvf == bool(person.fractures)
        size = np.array([scene.field.height, scene.field.width])
        for v in scene.spine.vertebrae:
            if v.grade:
                points = scene.field.to_stored(v.to_plane(v.local_points()))
                assert (points > 0.05 * size).all()
                assert (points < 0.95 * size - 1).all()
            else:
                assert max(1 - v.ha / v.hp, 1 - v.hm / v.hp) < 0.17


def test_field_and_other_bodies_do_not_tell_of_a_fracture() -> None:
    # A person whose field lies the same whether or not L1 collapses.
    for i in range(30):
        person = replace(person_at(i), fractures=())
        plain = scene_of(i, person)
        broken = scene_of(i, replace(person, fractures=(Fracture("crush", 0.45),)))
        assert broken.pvf
        for name in ("height", "width", "spacing", "borders", "turn", "facing"):
            assert getattr(plain.field, name) == getattr(broken.field, name)
        for a, b in zip(plain.spine.vertebrae, broken.spine.vertebrae, strict=True):
            assert b.grade or (a.ha, a.hm, a.hp, a.depth) == (b.ha, b.hm, b.hp, b.depth)


def test_bone_density_shows_in_bone_alone() -> None:
    person = person_at(0)
    scene = scene_of(0, person)
    dense, porous = replace(person, t_score=1.0), replace(person, t_score=-4.0)
    soft = [draw_soft(scene, p, np.random.default_rng(1)) for p in (dense, porous)]
    assert np.array_equal(*soft)
    bone = [np.zeros_like(soft[0]) for _ in range(2)]
    for image, p in zip(bone, (dense, porous), strict=True):
        draw_bodies(image, scene, p.t_score, np.random.default_rng(1))
    x, y = scene.field.axes()
    for v in scene.visible():
        row, col = np.abs(y[:, 0] - v.centre[1]).argmin(), np.abs(x[0] - v.centre[0]).argmin()
        middle = [image[row - 9 : row + 10, col - 9 : col + 10].mean() for image in bone]
        assert middle[0] > 2 * middle[1] > 0


def test_files_do_not_depend_on_the_number_of_workers(cohort: Path, tmp_path: Path) -> None:
    again = simulate(tmp_path, 3, SEED, cohort.parent.name[:-1], workers=2, progress=False)
    files = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert len(files) == 5
    for name in files:
        assert (again.parent / name).read_bytes() == (cohort.parent / name).read_bytes(), name


def test_seeds_and_protocols_do_not_share_people() -> None:
    drawn = [
        (p.age, p.height_m, p.weight_kg, p.t_score)
        for seed, protocol in ((1, "radiograph"), (2, "radiograph"), (1, "vfa"))
        for p in (person_at(i, protocol, seed) for i in range(200))
    ]
    assert len(set(drawn)) == 600


def test_manifest_truth_and_header_agree(cohort: Path) -> None:
    assert cohort.read_text().splitlines()[0] == ",".join(COLUMNS)
    for row, truth, ds in read(cohort):
        assert row["path"] == truth["path"]
        assert row["person_id"] == truth["person_id"] == ds.PatientID
        assert (ds.Rows, ds.Columns) == (truth["height"], truth["width"])
        spacing = (ds.get("ImagerPixelSpacing") or ds.PixelSpacing)[0]
        assert spacing == truth["pixel_spacing_mm"]
        assert int(row["osteo"]) == (truth["t_score"] <= -2.5)
        assert int(row["pvf"]) == any(v["genant_grade"] > 0 for v in truth["vertebrae"])
        assert ds.PatientAge == f"{int(float(row['age'])):03d}Y"
        assert ds.PatientSex == row["sex"]
        assert ds.PatientWeight / ds.PatientSize**2 == pytest.approx(float(row["bmi"]), abs=0.051)
        assert ds.PatientOrientation[0] == ("A" if truth["facing"] == "right" else "P")
        for v in truth["vertebrae"]:
            assert genant_grade(loss_from_points(v, truth["pixel_spacing_mm"])) == v["genant_grade"]


def test_header_does_not_tell_the_labels(cohort: Path) -> None:
    for _, truth, ds in read(cohort):
        del ds.PixelData
        words = str(ds).lower()
        assert not [w for w in ("fract", "osteo", "genant", "t-score", "density", "pvf") if w in words]
        assert str(truth["t_score"]) not in [str(e.value) for e in ds]


def test_truth_lies_on_the_picture(cohort: Path) -> None:
    """The endplate lines are bright against the disc just outside them, also where the file is inverted."""
    brighter = []
    for _, truth, ds in read(cohort):
        image = upright(ds).astype(float)
        for v in truth["vertebrae"]:
            at = {name: np.array(point) for name, point in v["points"].items()}
            assert (at["anterior_superior"][1] > at["posterior_superior"][1]) == (truth["facing"] == "right")
            axis = at["mid_inferior"] - at["mid_superior"]
            step = axis / np.hypot(*axis) / truth["pixel_spacing_mm"]
            for point, out in ((at["mid_superior"], -step), (at["mid_inferior"], step)):
                line = [image[tuple(np.rint(point - out * mm).astype(int))] for mm in (0.5, 1.0, 1.5)]
                disc = [image[tuple(np.rint(point + out * mm).astype(int))] for mm in (2.5, 3.0, 3.5)]
                brighter.append(np.mean(line) > np.mean(disc))
    assert np.mean(brighter) > 0.9


def test_the_cohort_is_varied(cohort: Path) -> None:
    images = read(cohort)
    if cohort.parent.name.startswith("radiograph"):
        assert {ds.PhotometricInterpretation for _, _, ds in images} == {"MONOCHROME1", "MONOCHROME2"}
        assert {truth["facing"] for _, truth, _ in images} == {"left", "right"}
        assert {row["pvf"] for row, _, _ in images} == {row["osteo"] for row, _, _ in images} == {"0", "1"}
    else:
        assert all(378 <= ds.Columns <= 567 and 912 <= ds.Rows <= 1656 for _, _, ds in images)


@pytest.mark.parametrize("wrong", [{"protocol": "ct"}, {"people": 0}, {"seed": -1}, {"seed": 2**32}])
def test_refuses_wrong_requests(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        simulate(tmp_path, **{"people": 1, "seed": 1, "progress": False, **wrong})
