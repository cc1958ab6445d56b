"""The parts of a score add up to its log odds, whatever the network and the inputs."""

import math

import numpy as np
import pytest
from desktop.support import save_weights
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from verte_core.clinical import ClinicalInputs
from verte_core.network import weights
from verte_core.scoring.contributions import shapley
from verte_core.scoring.member import Member


@pytest.fixture(scope="module", params=[(8, 8), ()], ids=["with clinical", "image only"])
def member(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Member:
    path = save_weights(tmp_path_factory.mktemp("weights") / "w.safetensors", request.param)
    return Member(weights.load(path), "cpu")


@pytest.fixture(scope="module")
def features(member: Member) -> np.ndarray:
    image = np.random.default_rng(0).random((1, 1, 1024, 512), np.float32)
    return member.encode(image)[None, 0]


@pytest.mark.parametrize("task", ["pvf", "osteo"])
@pytest.mark.parametrize("inputs", [ClinicalInputs(71, "F", 22.5), ClinicalInputs(55, "M", 31.0)])
def test_the_parts_are_the_score(
    member: Member, features: np.ndarray, inputs: ClinicalInputs, task: str
) -> None:
    found = member.contributions(features, inputs, task)
    score = member.score([features], [inputs])[0][task].value
    assert 1 / (1 + math.exp(-found.total)) == pytest.approx(score, abs=1e-5)
    assert sum(found.parts().values()) == pytest.approx(found.total, abs=1e-6)
    assert bool(found.clinical) == member.needs_clinical and not found.is_bmi_assumed
    assert found.image == pytest.approx(float(found.cells.sum()))


def test_what_is_as_in_the_mean_moves_nothing(member: Member, features: np.ndarray) -> None:
    known = member.metadata.clinical_statistics
    found = member.contributions(features, ClinicalInputs(known.age_mean, "M", known.bmi_mean), "pvf")
    assert all(each == pytest.approx(0, abs=1e-6) for each in found.clinical.values())


def test_an_unknown_bmi_is_assumed_and_said(member: Member, features: np.ndarray) -> None:
    found = member.contributions(features, ClinicalInputs(71, "F", None), "pvf")
    assert found.is_bmi_assumed
    assert found.clinical.get("bmi", 0) == pytest.approx(0, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float32, 3, elements=st.floats(-3, 3, width=32)),
    arrays(np.float32, 3, elements=st.floats(-3, 3, width=32)),
)
def test_shapley_is_complete_and_linear_in_what_is_linear(variables: np.ndarray, slopes: np.ndarray) -> None:
    def linear(rows: np.ndarray) -> np.ndarray:
        return rows @ slopes

    np.testing.assert_allclose(shapley(linear, variables), variables * slopes, atol=1e-4)

    def bent(rows: np.ndarray) -> np.ndarray:
        return np.maximum(rows @ slopes, 0) + rows[:, 0] * rows[:, 1]

    whole = bent(variables[None])[0] - bent(np.zeros((1, 3), np.float32))[0]
    assert sum(shapley(bent, variables)) == pytest.approx(float(whole), abs=1e-3)
