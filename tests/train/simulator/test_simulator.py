from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import rankdata

from train.simulator import simulate
from train.simulator.anatomy import genant_grade
from train.simulator.bodies import draw_bodies
from train.simulator.cohort_folder import COLUMNS, SIMULATOR_VERSION
from train.simulator.hardware import draw_hardware, shown
from train.simulator.people import Fracture, Person, draw_person
from train.simulator.scene import COVERAGES, Scene, draw_anatomy, draw_scene
from train.simulator.shooting import person_seeds
from train.simulator.soft import draw_soft
from verte_core.errors import DataError

PROTOCOLS = ("radiograph", "vfa")
SEED = 51
"""Among the radiographs of its first three people: MONOCHROME1, fracture, osteoporosis, and both facings."""


def person_at(index: int, protocol: str = "radiograph", seed: int = SEED) -> Person:
    return draw_person(np.random.default_rng(person_seeds(seed, index, protocol)[0]), "P")


def scenes_of(index: int, person: Person, protocol: str = "radiograph", films: int = 1) -> list[Scene]:
    _, anatomy, seeds, _ = person_seeds(SEED, index, protocol)
    spine = draw_anatomy(anatomy, person)
    return [draw_scene(spine, film, person, protocol) for film in seeds.spawn(films)]


def hazard_ratio(people: list[Person], exposed: list[bool]) -> float:
    """Univariate Cox by the partial likelihood (Breslow's ties)."""
    order = np.argsort([-p.followup_years for p in people])
    event = np.array([p.fracture_event for p in people])[order]
    x = np.array(exposed, float)[order]

    def loss(beta: float) -> float:
        return -float((event * (beta * x - np.log(np.cumsum(np.exp(beta * x))))).sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 4), method="bounded").x))


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [person_at(i) for i in range(6000)]


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
    assert 0.12 < fractured.mean() < 0.20
    assert 0.70 < clinical_auroc(people, osteo) < 0.78
    assert 0.63 < clinical_auroc(people, fractured) < 0.73
    assert 62 < np.mean([p.age for p in people]) < 68
    assert np.mean([p.sex == "F" for p in people]) == pytest.approx(0.7, abs=0.03)
    assert np.mean([len(p.fractures) > 1 for p in people if p.fractures]) == pytest.approx(0.4, abs=0.07)
    shares = [np.mean([p.split == name for p in people]) for name in ("train", "val", "test")]
    assert shares == pytest.approx([0.6, 0.2, 0.2], abs=0.03)
    films = [p.films for p in people]
    assert np.mean(films) == pytest.approx(2.8, abs=0.08)
    assert (min(films), max(films)) == (1, 6)
    hardware = [p.hardware for p in people]
    assert 0.02 < np.mean([h == "screws" for h in hardware]) < 0.03
    assert 0.02 < np.mean([p.hardware == "cement" for p in people if p.fractures]) < 0.09
    assert all(p.fractures for p in people if p.hardware == "cement")


def test_incident_fractures_are_as_published(people: list[Person]) -> None:
    assert np.mean([p.fracture_event for p in people]) == pytest.approx(0.13, abs=0.015)
    assert np.median([p.followup_years for p in people]) == pytest.approx(5.4, abs=0.2)
    # The published confidence intervals, about 2.5-4 and 1.9-3.6; ours must lie near the middle.
    assert 2.6 < hazard_ratio(people, [bool(p.fractures) for p in people]) < 3.9
    assert 2.1 < hazard_ratio(people, [p.osteo == 1 for p in people]) < 3.2


def test_fractures_gather_at_the_thoracolumbar_junction(people: list[Person]) -> None:
    levels = [f.level for p in people for f in p.fractures]
    assert 0.45 < np.mean([level in ("T11", "T12", "L1") for level in levels]) < 0.70
    assert {f.kind for p in people for f in p.fractures} == {"wedge", "biconcave", "crush"}
    assert all(len({f.level for f in p.weak}) == len(p.weak) for p in people)


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
def test_fractures_are_well_inside_or_not_shown_and_others_below_twenty_percent(protocol: str) -> None:
    shown = []
    for i in range(150):
        person = person_at(i, protocol)
        for scene in scenes_of(i, person, protocol, films=2):
            size = np.array([scene.field.height, scene.field.width])
            inside = 0
            for v in scene.spine.vertebrae:
                rows = scene.field.to_stored(v.to_plane(v.local_points()))[:, 0] / size[0]
                if v.grade and (max(rows) < scene.field.borders[0] or min(rows) > 1 - scene.field.borders[1]):
                    assert v not in scene.visible()
                elif v.grade:
                    points = scene.field.to_stored(v.to_plane(v.local_points()))
                    assert (points > 0.05 * size).all()
                    assert (points < 0.95 * size - 1).all()
                    inside += 1
                else:
                    assert max(1 - v.ha / v.hp, 1 - v.hm / v.hp) < 0.17
            assert scene.pvf == bool(inside)
            if person.fractures:
                shown.append(scene.pvf)
    assert np.mean(shown) > 0.8


def test_a_spine_bent_further_than_the_field_is_wide_can_be_drawn() -> None:
    who, anatomy, films, _ = person_seeds(1, 101, "vfa")
    person = draw_person(np.random.default_rng(who), "V")
    scene = draw_scene(draw_anatomy(anatomy, person), films.spawn(2)[1].spawn(3)[0], person, "vfa")
    assert scene.pvf == 0, "all its weak levels lie beside the field"
    for event in person.weak:
        body = next(v for v in scene.spine.vertebrae if v.level == event.level)
        assert scene.field.misses(body.points(), sideways=True)
        assert not scene.field.misses(body.points())


def test_field_and_other_bodies_do_not_tell_of_a_fracture() -> None:
    # A person whose field lies the same whether or not L1 collapses.
    for i in range(30):
        weak = (Fracture("L1", "crush", 0.45),)
        plain = replace(person_at(i), weak=weak, fractured=False, hardware="none")
        for a, b in zip(
            scenes_of(i, plain, films=2), scenes_of(i, replace(plain, fractured=True), films=2), strict=True
        ):
            assert not a.pvf
            assert sum(v.grade > 0 for v in b.spine.vertebrae) == 1
            for name in ("height", "width", "spacing", "borders", "turn", "facing", "coverage"):
                assert getattr(a.field, name) == getattr(b.field, name)
            for v, w in zip(a.spine.vertebrae, b.spine.vertebrae, strict=True):
                assert w.grade or (v.ha, v.hm, v.hp, v.depth) == (w.ha, w.hm, w.hp, w.depth)


def test_a_person_has_one_anatomy_in_all_films() -> None:
    for i in range(10):
        first, *others = scenes_of(i, person_at(i), films=4)
        for other in others:
            enlarged = other.spine.magnification / first.spine.magnification
            assert other.field != first.field
            for v, w in zip(first.spine.vertebrae, other.spine.vertebrae, strict=True):
                assert (v.kind, v.grade, v.lips, v.nodes) == (w.kind, w.grade, w.lips, w.nodes)
                for name in ("ha", "hm", "hp", "reference", "depth", "disc"):
                    assert getattr(w, name) == pytest.approx(getattr(v, name) * enlarged)


def test_radiographs_cover_what_was_published() -> None:
    fields = [s.field for i in range(120) for s in scenes_of(i, person_at(i), films=3)]
    shares = [np.mean([f.coverage == name for f in fields]) for name in COVERAGES]
    assert shares == pytest.approx([0.55, 0.33, 0.12], abs=0.07)
    assert all(1024 <= f.height <= 8383 and 850 <= f.width <= 3520 for f in fields)


def test_look_alikes_come_with_age_and_not_with_fractures() -> None:
    wear: dict[str, list[tuple[float, bool]]] = {"young": [], "old": []}
    for i in range(400):
        person = person_at(i)
        spine = draw_anatomy(person_seeds(SEED, i, "radiograph")[1], replace(person, fractured=False))
        lips = float(np.mean([v.lips for v in spine.vertebrae[:8]]))
        wear["old" if person.age > 65 else "young"].append((lips, bool(person.fractures)))
    young, old = (np.array(wear[name]) for name in ("young", "old"))
    assert old[:, 0].mean() > 1.5 * young[:, 0].mean()
    fractured = old[:, 1] == 1
    assert old[fractured, 0].mean() == pytest.approx(old[~fractured, 0].mean(), rel=0.35)


def test_hardware_and_cement_are_near_white() -> None:
    person = replace(person_at(0), fractured=True, weak=(Fracture("L2", "wedge", 0.3),))
    for hardware in ("screws", "cement"):
        scene = scenes_of(0, replace(person, hardware=hardware))[0]
        assert shown(scene, hardware) == hardware
        image = np.zeros(scene.field.shape, np.float32)
        draw_hardware(image, scene, hardware, np.random.default_rng(1))
        assert image.max() > 0.8
        assert (image > 0.4).mean() < 0.05


def test_bone_density_shows_in_bone_alone() -> None:
    person = person_at(0)
    scene = scenes_of(0, person)[0]
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
    unlike = [path for path in files if path.parts[0] == "unlike"]
    assert len(unlike) == 2
    assert len(files) == 2 + len(read(cohort)) + len(unlike)
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
        assert ds.Manufacturer == truth["manufacturer"]
        assert truth["simulator"] == SIMULATOR_VERSION
        assert truth["coverage"] in COVERAGES
        assert truth["source"] in ("drawn", "ct-lidc", "ct-totalsegmentator")
        assert truth["hardware"] in ("none", "screws", "cement")
        assert not [v for v in truth["vertebrae"] if v["level"].startswith("C")]
        assert ds.PatientAge == f"{int(float(row['age'])):03d}Y"
        assert ds.PatientSex == row["sex"]
        assert ds.PatientWeight / ds.PatientSize**2 == pytest.approx(float(row["bmi"]), abs=0.051)
        assert ds.PatientOrientation[0] == ("A" if truth["facing"] == "right" else "P")
        for v in truth["vertebrae"]:
            assert genant_grade(loss_from_points(v, truth["pixel_spacing_mm"])) == v["genant_grade"]


def test_the_films_of_a_person_agree(cohort: Path) -> None:
    by_person: dict[str, list[dict[str, str]]] = {}
    for row, _, _ in read(cohort):
        by_person.setdefault(row["person_id"], []).append(row)
    assert len(by_person) == 3
    # One VFA image each; of the radiographs, some people have several.
    several = sum(len(rows) > 1 for rows in by_person.values())
    assert several >= 1 if cohort.parent.name.startswith("radiograph") else several == 0
    for rows in by_person.values():
        for column in set(COLUMNS) - {"path", "age", "pvf"}:
            assert len({row[column] for row in rows}) == 1
        ages = [float(row["age"]) for row in rows]
        assert max(ages) - min(ages) < 0.5


def test_header_does_not_tell_the_labels(cohort: Path) -> None:
    for _, truth, ds in read(cohort):
        del ds.PixelData
        words = str(ds).lower()
        assert not [w for w in ("fract", "osteo", "genant", "t-score", "density", "pvf") if w in words]
        assert str(truth["t_score"]) not in [str(e.value) for e in ds]


def test_truth_lies_on_the_picture(cohort: Path) -> None:
    """The endplate lines are bright against the disc just outside them, also where the file is inverted.

    Films from CT are looked at in `test_ct`; grain and mottle hide some lines.
    """
    brighter = []
    for _, truth, ds in read(cohort):
        if truth["source"] != "drawn":
            continue
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
    assert len(brighter) >= 10
    assert np.mean(brighter) > 0.8


def test_the_cohort_is_varied(cohort: Path) -> None:
    images = read(cohort)
    if cohort.parent.name.startswith("radiograph"):
        assert {ds.PhotometricInterpretation for _, _, ds in images} == {"MONOCHROME1", "MONOCHROME2"}
        assert {truth["facing"] for _, truth, _ in images} == {"left", "right"}
        assert {row["pvf"] for row, _, _ in images} == {row["osteo"] for row, _, _ in images} == {"0", "1"}
        assert {truth["manufacturer"] for _, truth, _ in images} == {"GE-LIKE", "DONGKANG-LIKE"}
    else:
        assert all(378 <= ds.Columns <= 567 and 912 <= ds.Rows <= 1656 for _, _, ds in images)


@pytest.mark.parametrize(
    "wrong", [{"protocol": "ct"}, {"people": 0}, {"seed": -1}, {"seed": 2**32}, {"workers": 0}]
)
def test_refuses_wrong_requests(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"^The .*\.$"):
        simulate(tmp_path, **{"people": 1, "seed": 1, "progress": False, **wrong})


def test_says_that_a_folder_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="can't be made"):
        simulate(tmp_path / "file", 1, 1, progress=False)
