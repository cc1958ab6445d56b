from __future__ import annotations

import dataclasses
import math
from itertools import zip_longest
from pathlib import Path

import pytest
from builders import box

from train.evaluation.people.extras import Extras, read_extras
from train.evaluation.people.gather import gather
from train.evaluation.people.image_scores import ImageResult
from train.evaluation.people.truth import CohortTruth, Facts
from verte_core.clinical import ClinicalInputs
from verte_core.errors import DataError
from verte_core.results import OperatingPoints, Provenance
from verte_core.training.dataset import Example, Manifest, Split

NAN = math.nan
POINTS = {task: OperatingPoints(0.3, 0.6, 0.9, 0.9) for task in ("pvf", "osteo", "density")}

MANIFEST = """\
path,person_id,split,age,sex,bmi,pvf,osteo,followup_years,fracture_event,weight_kg
a.png,B,test,61,F,22,0,,3.5,1,
b.png,A,test,72.5,M,25,1,,,,80
c.png,B,test,60,F,21,,,3.50,1,55.5
d.png,A,test,72,M,26,0,,,,
e.png,C,test,50,M,30,1,1,0,0,90
f.png,D,train,50,M,30,,1,9,0,
g.png,A,test,73,M,26,,,,,
"""


def read(text: str) -> Manifest:
    """A manifest without a look at its images."""
    names, *rows = [line.split(",") for line in text.splitlines()]
    examples = []
    for line, values in enumerate(rows, start=2):
        row = dict(zip_longest(names, values, fillvalue=""))
        inputs = ClinicalInputs(float(row.get("age") or 60), "M" if row.get("sex") == "M" else "F", 22.0)
        inputs = dataclasses.replace(inputs, bmi=float(row.get("bmi") or 22))
        labels = {task: float(row.get(task) or "nan") for task in ("pvf", "osteo")}
        split: Split = "train" if row.get("split") == "train" else "test"
        path = Path(row.get("path", ""))
        examples.append(Example(path, row["person_id"], split, inputs, labels, line, row))
    return Manifest(Path("manifest.csv"), "", tuple(names), examples)


IMAGES = [
    ImageResult(2, {"pvf": 0.2, "osteo": 0.4}, manufacturer="GE", protocol="radiograph"),
    ImageResult(3, {"pvf": 0.9, "osteo": 0.1}, manufacturer="GE", protocol="radiograph"),
    ImageResult(4, {"pvf": 0.6, "osteo": 0.6}, protocol="radiograph"),
    ImageResult(5, {"pvf": 0.1, "osteo": 0.5}, manufacturer="GE", protocol="radiograph"),
    ImageResult(6, {}, "The file is not an image.", "not an image"),
    ImageResult(8, {}, "The image is constant.", "constant"),
]
TRUTH = CohortTruth(
    [[box(1, 1, grade), box(9, 9, 0)] for grade in (0, 1, 0, 3, 2, 0)],
    "",
    frozenset(Path(f"{name}.png") for name in "abcdef"),
    tuple(
        Facts(("T9", "T8"), hardware, "SIEMENS", "drawn")
        for hardware in ("none", "none", "none", "screws", "none", "none")
    ),
)


def test_people() -> None:
    manifest = read(MANIFEST)
    examples = manifest.of("test")
    people = gather(manifest, examples, IMAGES, ("pvf", "osteo"), POINTS, "mean", TRUTH)
    assert (people.tasks, people.provenance, people.comparators) == (("pvf", "osteo"), "simulated", {})
    assert list(people.operating_points) == ["pvf", "osteo"]
    assert people.ids.tolist() == ["A", "B"]
    a, b = people.units
    assert (a.images, a.age, a.sex, a.bmi) == (2, 72.0, "M", 26.0)
    assert (b.images, b.age, b.sex, b.bmi) == (2, 60.0, "F", 21.0)
    assert people.labels("pvf").tolist() == [1.0, 0.0]
    assert people.labels("osteo").tolist() == pytest.approx([NAN, NAN], nan_ok=True)
    assert people.scores("pvf").tolist() == pytest.approx([0.5, 0.4])
    assert people.values("followup_years").tolist() == pytest.approx([NAN, 3.5], nan_ok=True)
    assert people.values("fracture_event").tolist() == pytest.approx([NAN, 1.0], nan_ok=True)
    assert people.values("weight_kg").tolist() == [80.0, 55.5]
    assert a.groups == {
        "manufacturer": "GE",
        "protocol": "radiograph",
        "hardware": "several",
        "source": "drawn",
        "grade": "3",
    }
    assert (b.groups["manufacturer"], b.groups["grade"]) == ("several", "0")

    most = gather(manifest, examples, IMAGES, ("pvf", "osteo"), POINTS, "max", TRUTH)
    assert most.scores("pvf").tolist() == [0.9, 0.6]
    assert most.scores("osteo").tolist() == [0.5, 0.6]

    # A manifest of the required columns alone, without a truth, of scores from a table.
    plain = "\n".join(line.rsplit(",", 3)[0] for line in MANIFEST.splitlines())
    manifest = read(plain)
    images = [ImageResult(each.number, each.scores, each.reason, each.kind) for each in IMAGES]
    unknown = gather(manifest, manifest.of("test"), images, ("pvf",), POINTS, "mean", CohortTruth(None, ""))
    assert [unit.groups for unit in unknown.units] == [{}, {}]
    assert math.isnan(unknown.units[1].followup_years)
    assert (unknown.provenance, unknown.stated, unknown.notice) == (None, "not stated", "")


@pytest.mark.parametrize(
    ("in_truth", "in_headers", "provenance", "which"),
    [
        ("abd", "c", Provenance.SIMULATED, "The images are"),
        ("", "abcd", Provenance.SIMULATED, "The images are"),
        ("abcd", "", Provenance.SIMULATED, "The images are"),
        ("a", "", Provenance.MIXED, "Some of the images are"),
        ("", "b", Provenance.MIXED, "Some of the images are"),
        # What was refused is in no figure, whatever it was.
        ("ef", "", None, ""),
    ],
)
def test_truth_and_headers_tell_what_of_the_cohort_is_simulated(
    in_truth: str, in_headers: str, provenance: Provenance | None, which: str
) -> None:
    manifest = read(MANIFEST)
    examples = manifest.of("test")
    images = [
        dataclasses.replace(image, is_simulated=example.path.stem in in_headers)
        for image, example in zip(IMAGES, examples, strict=True)
    ]
    truth = CohortTruth(None, "", frozenset(Path(f"{name}.png") for name in in_truth))
    people = gather(manifest, examples, images, ("pvf",), POINTS, "mean", truth)
    assert people.provenance is provenance
    assert people.stated == (provenance or "not stated")
    assert people.notice == (f"{which} simulated: the figures say nothing about patients." if which else "")


def test_problems_of_the_optional_columns_are_listed() -> None:
    assert read_extras(read(MANIFEST))[4] == Extras(3.5, 1.0, 55.5)
    rows = ["A,-1,0,", "A,x,1,", "A,inf,1,", "A,3,,", "A,,1,", "B,2,2,", "C,2,1,60", "C,3,1,61", "C,2,0,60"]
    rows += ["C,,,60", "D,1,0,5", "D,1,0,heavy", "E,1", "D,1,0,nan"]
    manifest = read("person_id,followup_years,fracture_event,weight_kg\n" + "\n".join(rows))
    with pytest.raises(DataError) as raised:
        read_extras(manifest)
    differs = "followup_years or fracture_event of person C differs from line 8."
    assert str(raised.value).splitlines() == [
        "The manifest has these problems:",
        "line 2: followup_years must be a number of at least 0, not '-1'.",
        "line 3: followup_years must be a number of at least 0, not 'x'.",
        "line 4: followup_years must be a number of at least 0, not 'inf'.",
        "line 5: followup_years and fracture_event must both be given, or neither.",
        "line 6: followup_years and fracture_event must both be given, or neither.",
        "line 7: fracture_event must be 0, 1 or empty, not '2'.",
        f"line 9: {differs}",
        f"line 10: {differs}",
        f"line 11: {differs}",
        "line 12: weight_kg 5 kg is outside the accepted range of 20 to 300 kg.",
        "line 13: weight_kg must be a number, not 'heavy'.",
        "line 14: followup_years and fracture_event must both be given, or neither.",
        "line 15: weight_kg must be a number, not 'nan'.",
    ]
    manifest = read("person_id,fracture_event\nA,1\n")
    with pytest.raises(DataError, match="has a column fracture_event but no followup_years; give both"):
        read_extras(manifest)
