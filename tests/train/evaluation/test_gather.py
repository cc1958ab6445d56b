from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from builders import box

from train.evaluation.people.gather import Extras, failures_section, gather, read_extras
from train.evaluation.people.image_scores import ImageResult
from train.evaluation.people.pointing import Facts, Truth
from verte_core.clinical import ClinicalInputs
from verte_core.errors import DataError
from verte_core.results import OperatingPoints
from verte_core.training.dataset import Example

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


def read(text: str) -> dict[int, Example]:
    """The rows of the test split, without a look at the images."""
    names, *rows = [line.split(",") for line in text.splitlines()]
    examples = {}
    for number, values in enumerate(rows, start=2):
        row = dict(zip(names, values, strict=True))
        inputs = ClinicalInputs(float(row["age"]), "F" if row["sex"] == "F" else "M", float(row["bmi"]))
        labels = {task: float(row[task] or "nan") for task in ("pvf", "osteo")}
        if row["split"] == "test":
            examples[number] = Example(Path(row["path"]), row["person_id"], "test", inputs, labels)
    return examples


IMAGES = [
    ImageResult(2, {"pvf": 0.2, "osteo": 0.4}, manufacturer="GE", protocol="radiograph"),
    ImageResult(3, {"pvf": 0.9, "osteo": 0.1}, manufacturer="GE", protocol="radiograph"),
    ImageResult(4, {"pvf": 0.6, "osteo": 0.6}, protocol="radiograph"),
    ImageResult(5, {"pvf": 0.1, "osteo": 0.5}, manufacturer="GE", protocol="radiograph"),
    ImageResult(6, {}, "The file is not an image.", "not an image"),
    ImageResult(8, {}, "The image is constant.", "constant"),
]
TRUTH = Truth(
    [[box(1, 1, grade), box(9, 9, 0)] for grade in (0, 1, 0, 3, 2, 0)],
    "",
    True,
    tuple(
        Facts(("T9", "T8"), hardware, "SIEMENS", "drawn")
        for hardware in ("none", "none", "none", "screws", "none", "none")
    ),
)


def test_people(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(MANIFEST)
    people = gather(manifest, read(MANIFEST), IMAGES, ("pvf", "osteo"), POINTS, "mean", TRUTH)
    assert (people.tasks, people.simulated, people.comparators) == (("pvf", "osteo"), True, {})
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

    most = gather(manifest, read(MANIFEST), IMAGES, ("pvf", "osteo"), POINTS, "max", TRUTH)
    assert most.scores("pvf").tolist() == [0.9, 0.6]
    assert most.scores("osteo").tolist() == [0.5, 0.6]

    # A manifest of the required columns alone, without a truth, of scores from a table.
    plain = "\n".join(line.rsplit(",", 3)[0] for line in MANIFEST.splitlines())
    manifest.write_text(plain)
    images = [ImageResult(each.number, each.scores, each.reason, each.kind) for each in IMAGES]
    unknown = gather(manifest, read(plain), images, ("pvf",), POINTS, "mean", Truth(None, "", False))
    assert [unit.groups for unit in unknown.units] == [{}, {}]
    assert math.isnan(unknown.units[1].followup_years)
    assert not unknown.simulated


def test_problems_of_the_optional_columns_are_listed(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(MANIFEST)
    assert read_extras(manifest)[4] == Extras(3.5, 1.0, 55.5)
    rows = ["A,-1,0,", "A,x,1,", "A,inf,1,", "A,3,,", "A,,1,", "B,2,2,", "C,2,1,60", "C,3,1,61", "C,2,0,60"]
    rows += ["C,,,60", "D,1,0,5", "D,1,0,heavy", "E,1", "D,1,0,nan"]
    manifest.write_text("person_id,followup_years,fracture_event,weight_kg\n" + "\n".join(rows))
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
    manifest.write_text("person_id,fracture_event\nA,1\n")
    with pytest.raises(DataError, match="has a column fracture_event but no followup_years; give both"):
        read_extras(manifest)


def test_failures() -> None:
    examples = list(read(MANIFEST).values())
    made = failures_section(examples, IMAGES)
    assert made.words[0] == "4 of 6 images were evaluated, of 2 of 3 people."
    flow, refusals = made.tables
    assert flow.rows == (
        ("Images in the split", 6, 3, 2, 1),
        ("Images evaluated", 4, 2, 1, 0),
        ("Images refused", 2, 2, 1, 1),
        ("Images of people lost", 1, 1, 1, 1),
    )
    assert refusals.rows == (
        ("constant", "The image is constant.", 1),
        ("not an image", "The file is not an image.", 1),
    )
    plain = json.loads(json.dumps(made.plain, allow_nan=False))
    assert plain["refused_by_kind"] == {"constant": 1, "not an image": 1}
    assert plain["of_people_lost"] == {"images": 1, "people": 1, "pvf": 1, "osteo": 1}

    many = [ImageResult(number, {}, f"Reason {number:02d}.", "damaged") for number in range(25)]
    rows = failures_section([examples[0]] * 25, many).tables[1].rows
    assert len(rows) == 21
    assert rows[-1] == ("other reasons", "", 5)
    whole = failures_section(examples[:4], IMAGES[:4])
    assert (len(whole.words), len(whole.tables)) == (1, 1)
