from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api
from invented import units

from train.evaluation.people.cohort import CLINICAL
from train.evaluation.people.comparators import OSTA, clinical_model, of_people, osta
from verte_core.clinical import ClinicalInputs
from verte_core.errors import DataError
from verte_core.training.dataset import Example

pytestmark = pytest.mark.filterwarnings("error")


def known(number: int) -> list[Example]:
    rng = np.random.default_rng(2)
    found = []
    for index in range(number):
        age, bmi = float(rng.integers(50, 90)), float(rng.uniform(18, 35))
        label = float(rng.random() < 1 / (1 + math.exp(-(age - 70) / 8 + (bmi - 26) / 6)))
        inputs = ClinicalInputs(age, "FM"[index % 2], bmi)
        found.append(Example(Path(f"{index}.png"), f"P{index}", "train", inputs, {"pvf": label}))
    return found


def relabelled(example: Example, label: float) -> Example:
    return dataclasses.replace(example, labels={"pvf": label})


def test_the_clinical_model_is_statsmodels() -> None:
    examples = known(120)
    model = clinical_model(examples, "pvf")
    inputs = [each.inputs for each in examples]
    rows = np.array([[each.age, each.sex == "F", each.bmi] for each in inputs], np.float64)
    design = statsmodels.api.add_constant(rows)
    fitted = statsmodels.api.Logit([each.labels["pvf"] for each in examples], design).fit(disp=0)
    assert model.predict(inputs) == pytest.approx(fitted.predict(design), abs=1e-6)
    unknown = ClinicalInputs(60, "F", None)
    assert np.isnan(model.predict([unknown, inputs[0]])).tolist() == [True, False]
    assert model.predict([]).shape == (0,)


def test_a_person_counts_once_and_the_unlabelled_not() -> None:
    examples = known(60)
    # The last person has many films, one of which shows a fracture, and one that nobody read.
    films = [relabelled(examples[-1], label) for label in (0.0, 0.0, 1.0, 0.0, math.nan)]
    once = clinical_model([*examples[:-1], relabelled(examples[-1], 1.0)], "pvf")
    assert clinical_model([*examples[:-1], *films], "pvf") == once


def test_training_labels_of_one_class_are_a_sentence() -> None:
    expected = (
        "The training split of the reference needs people with and without prevalent vertebral fracture."
    )
    for examples in ([], [relabelled(each, 1.0) for each in known(5)]):
        with pytest.raises(DataError) as caught:
            clinical_model(examples, "pvf")
        assert str(caught.value) == expected


def test_labels_that_age_alone_parts_still_give_probabilities() -> None:
    examples = [relabelled(each, float(each.inputs.age > 70)) for each in known(40)]
    found = clinical_model(examples, "pvf").predict([each.inputs for each in examples])
    assert ((found > 0.5) == [each.inputs.age > 70 for each in examples]).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_osta() -> None:
    # Truncated towards zero, and 5 kg over the age is 1 although 60.3 - 55.3 is less in binary.
    found = osta(np.array([55.3, 70.0, 70.0, 70.0]), np.array([60.3, 44.0, 66.0, math.nan]))
    assert found.tolist() == pytest.approx([1, -5, 0, math.nan], nan_ok=True)


def test_of_people() -> None:
    people = units(30)
    people[0] = dataclasses.replace(people[0], weight_kg=math.nan)
    found, reasons = of_people(people, ("pvf", "osteo"), [
        dataclasses.replace(each, labels={"pvf": each.labels["pvf"], "osteo": 1.0}) for each in known(60)
    ])  # fmt: skip
    assert found["pvf"].keys() == {CLINICAL}
    assert found["osteo"].keys() == {OSTA}
    assert np.isnan(found["osteo"][OSTA]).tolist() == [True] + [False] * 29
    # Higher is riskier, so the lightest of their age are.
    assert found["osteo"][OSTA][1] == -math.trunc((people[1].weight_kg - people[1].age) / 5)
    assert ((found["pvf"][CLINICAL] > 0) & (found["pvf"][CLINICAL] < 1)).all()
    assert reasons == (
        "osteo-score: age, sex and BMI alone are left out. The training split of the reference needs people "
        "with and without osteoporosis.",
    )
    light = [dataclasses.replace(each, weight_kg=math.nan) for each in people]
    assert OSTA not in of_people(light, ("pvf", "osteo"), known(60)[:0])[0]["osteo"]
