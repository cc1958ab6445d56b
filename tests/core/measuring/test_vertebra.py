"""Heights and grades from six points: the limits, the neighbours, and the truth of a simulated spine."""

import json
from pathlib import Path

import pytest

from verte_core.measuring.items import Line, Measurements, Scale, grade_said, said
from verte_core.measuring.truth import beside
from verte_core.measuring.vertebra import POINTS, Vertebra, from_truth, grade, ratios

SAMPLES = Path(__file__).parents[3] / "resources" / "samples"
NAMES = ("simulated-fracture", "simulated-no-fracture", "simulated-vfa")


def body(level: str, anterior: float, middle: float, posterior: float, top: float = 0.0) -> Vertebra:
    """Upright, of the given heights in pixels."""
    ends = {"anterior": (40.0, anterior), "mid": (20.0, middle), "posterior": (0.0, posterior)}
    points = []
    for name in POINTS:
        where, side = name.split("_")
        column, height = ends[where]
        points.append((top - height / 2 if side == "superior" else top + height / 2, column))
    return Vertebra(level, tuple(points))


@pytest.mark.parametrize("name", NAMES)
def test_the_true_corners_give_the_true_heights_and_grades(name: str) -> None:
    truth = json.loads((SAMPLES / f"{name}.json").read_text())
    bodies = from_truth(truth["vertebrae"])
    for own, known in zip(bodies, truth["vertebrae"], strict=True):
        heights = own.heights(truth["pixel_spacing_mm"])
        assert heights == pytest.approx((known["ha_mm"], known["hm_mm"], known["hp_mm"]), abs=0.05)
        found = grade(own, bodies)
        assert (found.grade, found.type) == (
            known["genant_grade"],
            "" if known["genant_type"] == "none" else known["genant_type"],
        )


@pytest.mark.parametrize(
    ("loss", "expected"), [(0.199, 0), (0.201, 1), (0.249, 1), (0.251, 2), (0.399, 2), (0.401, 3), (0.9, 3)]
)
@pytest.mark.parametrize("kind", ["wedge", "biconcave", "crush"])
def test_the_limits(loss: float, expected: int, kind: str) -> None:
    kept = 100 * (1 - loss)
    heights = {"wedge": (kept, 99, 100), "biconcave": (99, kept, 100), "crush": (kept, kept, kept)}[kind]
    neighbours = [body("T12", 100, 100, 100, -200), body("L2", 100, 100, 100, 200)]
    found = grade(body("L1", *heights), neighbours)
    assert (found.grade, found.type) == (expected, kind if expected else "")
    assert found.loss == pytest.approx(loss) and found.by_neighbours


def test_points_on_each_other_make_no_error() -> None:
    flat = Vertebra("L1", ((5.0, 5.0),) * 6)
    found = grade(flat, [body("L2", 100, 100, 100, 200), flat])
    assert found.grade == 3 and found.type == "crush"
    assert grade(body("L2", 100, 100, 100), [flat]).grade == 0


def test_without_a_neighbour_no_crush_is_seen_and_that_is_said() -> None:
    alone = body("L1", 50, 50, 50)
    assert grade(alone, [alone]) == grade(alone, []) and not grade(alone, []).by_neighbours
    measured = Measurements("x", (alone,))
    assert "a crush would not show" in grade_said(alone, measured)
    assert "Hp/neighbours" not in ratios(alone, [alone])
    unnamed = body("", 50, 50, 50)
    assert not grade(unnamed, [body("L1", 100, 100, 100)]).by_neighbours


def test_a_fractured_neighbour_is_no_measure() -> None:
    neighbours = [body("T12", 60, 60, 60), body("L2", 100, 100, 100)]
    assert grade(body("L1", 75, 75, 75), neighbours).type == "crush"


def test_angles_lengths_and_the_scale() -> None:
    corner = Line("angle", ((0, 0), (0, 10), (10, 10)))
    assert corner.degrees() == pytest.approx(90)
    assert Line("angle", ((0, 0), (0, 10), (0, 20))).degrees() == pytest.approx(180)
    parted = Line("cobb", ((0, 0), (0, 10), (5, 10), (15, 0)))
    # Whichever way the second line was drawn, and at most 90.
    assert parted.degrees() == pytest.approx(45)
    assert Line("cobb", ((0, 0), (0, 10), (15, 0), (5, 10))).degrees() == pytest.approx(45)
    length = Line("length", ((0, 0), (3, 4)))
    plain = Measurements("x", (length,))
    assert said(length, plain, Scale()) == "Length: 5.0 pixels"
    assert said(length, plain, Scale(0.5)) == "Length: 2.5 mm"
    calibrated = plain.with_item(Line("calibration", ((0, 0), (0, 50)), 100.0))
    scale = calibrated.scale(Scale(0.5, "of the header"))
    assert scale.mm == pytest.approx(2) and "calibration line" in scale.remark
    assert said(length, calibrated, scale) == "Length: 10.0 mm"


def test_a_level_is_measured_once() -> None:
    first = Measurements("x", (body("L1", 10, 10, 10),))
    again = first.with_item(body("L1", 20, 20, 20)).with_item(body("T12", 5, 5, 5))
    assert [each.level for each in again.vertebrae] == ["T12", "L1"]
    assert again.vertebrae[1].heights().anterior == 20


def test_truth_beside_an_image(tmp_path: Path) -> None:
    known = beside(SAMPLES / "simulated-fracture.dcm")
    assert known is not None and known["vertebrae"][0]["level"] == "L3"
    assert beside(SAMPLES / "ct-lumbar-totalsegmentator.dcm") is None
    image = tmp_path / "images" / "a.dcm"
    image.parent.mkdir()
    assert beside(image) is None
    (tmp_path / "truth.jsonl").write_text(json.dumps({"path": "images/a.dcm", "vertebrae": []}) + "\n")
    assert beside(image) == {"path": "images/a.dcm", "vertebrae": []}
    # Of another program, beside the image.
    image.with_suffix(".json").write_text('{"anything": 1}')
    assert beside(image) is None
