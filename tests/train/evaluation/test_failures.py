from __future__ import annotations

import json
import math
from pathlib import Path

from train.evaluation.people.image_scores import ImageResult
from train.evaluation.sections.failures import section
from verte_core.clinical import ClinicalInputs
from verte_core.training.dataset import Example

INPUTS = ClinicalInputs(60.0, "F", 22.0)
ROWS = (("B", 0, math.nan), ("A", 1, math.nan), ("B", math.nan, math.nan), ("A", 0, math.nan), ("C", 1, 1))
EXAMPLES = [
    Example(Path(f"{line}.png"), person, "test", INPUTS, {"pvf": pvf, "osteo": osteo}, line)
    for line, (person, pvf, osteo) in enumerate((*ROWS, ("A", math.nan, math.nan)), start=2)
]
IMAGES = [
    *(ImageResult(line, {"pvf": 0.2, "osteo": 0.4}) for line in range(2, 6)),
    ImageResult(6, {}, "The file is not an image.", "not an image"),
    ImageResult(8, {}, "The image is constant.", "constant"),
]


def test_failures() -> None:
    examples = EXAMPLES
    made = section(examples, IMAGES)
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
    rows = section([examples[0]] * 25, many).tables[1].rows
    assert len(rows) == 21
    assert rows[-1] == ("other reasons", "", 5)
    whole = section(examples[:4], IMAGES[:4])
    assert (len(whole.words), len(whole.tables)) == (1, 1)
