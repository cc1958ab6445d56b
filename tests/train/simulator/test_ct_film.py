"""Films projected from CT, among the drawn ones: the same form, the same rules, nothing that tells."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from train.simulator.cohort_folder import _make_person
from train.simulator.ct.collection import Collection
from train.simulator.ct_film import CT_SHARE, draw_ct_person, is_from_ct
from train.simulator.film import Film
from train.simulator.people import Fracture, Person, draw_person
from train.simulator.shooting import person_seeds

SEED = 51
WEAK = (Fracture("L1", "wedge", 0.45), Fracture("L2", "crush", 0.3))


def person_at(index: int) -> Person:
    return draw_person(np.random.default_rng(person_seeds(SEED, index, "radiograph")[0]), "P")


def films_of(index: int, person: Person, count: int) -> list[Film]:
    *_, films, ct = person_seeds(SEED, index, "radiograph")
    subject = draw_ct_person(ct, person, Collection())
    return [subject.film(seed) for seed in films.spawn(count)]


def is_ct(index: int) -> bool:
    return is_from_ct(person_seeds(SEED, index, "radiograph")[3])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[dict[str, Any], np.ndarray]]:
    """Truth and pixels, bone bright, of the first two CT people with several films and a fracture or none."""
    out = tmp_path_factory.mktemp("ct")
    (out / "images").mkdir()
    several = [i for i in range(200) if is_ct(i) and person_at(i).films in (2, 3)]
    chosen = [next(i for i in several if person_at(i).fractured == f) for f in (True, False)]
    images = []
    for i in chosen:
        for row, truth in _make_person(out, SEED, "radiograph", Collection(), i):
            ds = pydicom.dcmread(out / row["path"])
            assert row["pvf"] == any(v["genant_grade"] for v in truth["vertebrae"])
            assert (ds.Rows, ds.Columns) == (truth["height"], truth["width"])
            inverted = ds.PhotometricInterpretation == "MONOCHROME1"
            images.append((truth, 4095 - ds.pixel_array if inverted else ds.pixel_array))
    return images


def test_ct_has_its_share_of_people_whoever_they_are() -> None:
    of_ct = np.array([is_ct(i) for i in range(6000)])
    assert of_ct.mean() == pytest.approx(CT_SHARE, abs=0.015)
    people = [person_at(i) for i in range(6000)]
    for name in ("fractured", "osteo", "age"):
        values = np.array([float(getattr(p, name)) for p in people])
        assert abs(np.corrcoef(of_ct, values)[0, 1]) < 0.04


def test_truth_lies_on_bone(made: list[tuple[dict[str, Any], np.ndarray]]) -> None:
    brighter = []
    for truth, image in made:
        assert truth["source"].startswith("ct-")
        for v in truth["vertebrae"]:
            at = {name: np.array(point) for name, point in v["points"].items()}
            assert all((p > (0, 0)).all() and (p < np.array(image.shape) - 1).all() for p in at.values())
            assert (at["anterior_superior"][1] > at["posterior_superior"][1]) == (truth["facing"] == "right")
            axis = at["mid_inferior"] - at["mid_superior"]
            step = axis / np.hypot(*axis) / truth["pixel_spacing_mm"]
            for point, out in ((at["mid_superior"], -step), (at["mid_inferior"], step)):
                # As many looks in the body as at the endplate: by chance either is the brighter.
                plate, inner = (
                    image[tuple(np.rint(point - out * mm[:, None]).astype(int).T)].max()
                    for mm in (np.arange(-2, 2), np.arange(5, 9))
                )
                brighter.append(plate > inner)
    assert np.mean(brighter) > 0.8


def test_the_films_of_a_person_show_one_spine() -> None:
    compared = 0
    for i in range(6):
        person = replace(person_at(i), weak=WEAK, fractured=True)
        first, *others = films_of(i, person, 3)
        for other in others:
            assert other.source == first.source
            assert other.field != first.field
            again = {b.level: b for b in other.bodies}
            for b in first.bodies:
                if b.level in again:
                    c = again[b.level]
                    assert (b.kind, b.grade) == (c.kind, c.grade)
                    assert b.hm / b.reference == pytest.approx(c.hm / c.reference)
                    compared += 1
    assert compared > 6 * 2 * 3


def test_fractured_bodies_are_well_inside_or_not_in_the_picture() -> None:
    shown = []
    for i in range(40):
        person = replace(person_at(i), fractured=True)
        for film in films_of(i, person, 2):
            graded = [b for b in film.bodies if b.grade]
            assert film.pvf == bool(graded)
            shown.append(film.pvf)
            size = np.array([film.field.height, film.field.width])
            for b in graded:
                points = film.field.to_stored(b.points)
                assert (points > 0.05 * size).all()
                assert (points < 0.95 * size - 1).all()
            assert {b.level for b in graded} <= {event.level for event in person.weak}
    assert np.mean(shown) > 0.8


def test_the_field_does_not_tell_of_a_fracture() -> None:
    for i in range(10):
        plain = replace(person_at(i), fractured=False)
        for a, b in zip(films_of(i, plain, 1), films_of(i, replace(plain, fractured=True), 1), strict=True):
            assert a.field == b.field
            assert a.source == b.source
            assert not a.pvf


def test_the_same_person_gives_the_same_bytes(
    made: list[tuple[dict[str, Any], np.ndarray]], tmp_path: Path
) -> None:
    (tmp_path / "images").mkdir()
    index = int(made[0][0]["person_id"].split("-")[1])
    again = [
        json.dumps(truth) for _, truth in _make_person(tmp_path, SEED, "radiograph", Collection(), index)
    ]
    assert again == [json.dumps(truth) for truth, _ in made[: len(again)]]
    ds = pydicom.dcmread(tmp_path / made[0][0]["path"])
    flipped = ds.PhotometricInterpretation == "MONOCHROME1"
    assert np.array_equal(4095 - ds.pixel_array if flipped else ds.pixel_array, made[0][1])
