from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
import statsmodels.api as sm
from builders import metadata, tiny_model
from scipy.special import expit
from scipy.special import logit as exact_logit

from train.evaluation.figures.logistic import intercepts_in_the_large, logit, recalibration_lines
from train.evaluation.recalibration import recalibrated, write
from verte_core.clinical import ClinicalInputs
from verte_core.errors import DataError
from verte_core.network import saving, weights
from verte_core.network.metadata import Calibration
from verte_core.network.weights import Weights
from verte_core.reading.radiograph import Radiograph, load
from verte_core.results import OperatingPoints, Provenance, Result, sigmoid
from verte_core.scoring.scorer import Scorer
from verte_core.training.metrics import operating_points

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.filterwarnings("error")]
TASKS = ("pvf", "osteo")
PEOPLE = 60


def results(scorer: Scorer, image: Radiograph) -> list[Result]:
    """Of one image with the ages, sexes and BMIs of so many people."""
    rng = np.random.default_rng(2)
    encoded = scorer.encode(image)
    inputs = [
        ClinicalInputs(float(age), "FM"[sex], float(bmi))
        for age, sex, bmi in zip(
            rng.uniform(40, 95, PEOPLE), rng.integers(0, 2, PEOPLE), rng.uniform(15, 45, PEOPLE), strict=True
        )
    ]
    return scorer.score_all([encoded] * PEOPLE, inputs)


def scores_of(found: list[Result], task: str) -> np.ndarray:
    return np.array([each.scores[task].value for each in found])


@pytest.fixture
def image(tmp_path: Path) -> Radiograph:
    picture = np.random.default_rng(3).integers(0, 255, (90, 70), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "picture.png"), picture)
    return load(tmp_path / "picture.png")


def test_a_recalibrated_file(tmp_path: Path, image: Radiograph) -> None:
    old = {"pvf": Calibration(0.6, -0.4), "osteo": Calibration(1.7, 0.3)}
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    saving.save(first, tiny_model().state_dict(), metadata(calibration=old, training={"epochs": 3}))
    before = results(Scorer(weights.load(first), "cpu"), image)
    scores = {task: scores_of(before, task) for task in TASKS}
    labels, points = {}, {}
    for task in TASKS:
        ranks = np.argsort(np.argsort(scores[task])) / PEOPLE
        labels[task] = (np.random.default_rng(5).uniform(size=PEOPLE) < 0.2 + 0.6 * ranks).astype(float)
        # Their thresholds are scores of the split themselves.
        points[task] = operating_points(labels[task], scores[task])
    saving.save(
        first,
        tiny_model().state_dict(),
        metadata(calibration=old, training={"epochs": 3}, operating_points=points),
    )
    source = weights.load(first)
    before = results(Scorer(source, "cpu"), image)

    write(second, source, labels, scores, Provenance.SIMULATED)
    found = weights.load(second)
    after = results(Scorer(found, "cpu"), image)
    assert found.id != source.id
    assert found.arrays.keys() == source.arrays.keys() and found.graph == source.graph
    assert all(np.array_equal(array, source.arrays[name]) for name, array in found.arrays.items())
    for task in TASKS:
        x = exact_logit(scores[task])
        line = sm.GLM(labels[task], sm.add_constant(x), sm.families.Binomial()).fit(tol=1e-12)
        b, a = line.params
        mapped = scores_of(after, task)
        assert mapped.tolist() == pytest.approx(expit(a * x + b).tolist(), abs=1e-9)
        was, now = old[task], found.metadata.calibration[task]
        composed = (a * was.slope, a * was.intercept + b)
        assert (now.slope, now.intercept) == pytest.approx(composed, rel=1e-7)
        once = np.ones((1, PEOPLE), np.uint16)
        line_after = recalibration_lines(labels[task], logit(mapped), once)[0]
        assert line_after.tolist() == pytest.approx([0, 1], abs=1e-7)
        assert intercepts_in_the_large(labels[task], logit(mapped), once)[0] == pytest.approx(0, abs=1e-7)
        zones = [each.scores[task].zone for each in before]
        assert [each.scores[task].zone for each in after] == zones
        assert set(zones) == {"low", "indeterminate", "high"}
        fitted = f"slope {a:.3f}, intercept {b:.3f}, fitted on 60 people, {int(labels[task].sum())} with"
        assert fitted in found.metadata.card["Calibration"]
        assert found.metadata.operating_points[task].low_sensitivity == points[task].low_sensitivity
    assert "simulated validation split" in found.metadata.card["Calibration"]
    rest = {"calibration": old, "operating_points": points, "card": source.metadata.card}
    assert dataclasses.replace(found.metadata, **rest) == source.metadata


def test_an_image_at_a_threshold_stays_at_it() -> None:
    rng = np.random.default_rng(8)
    # As of a network: single precision.
    logits = rng.normal(0, 6, 40).astype(np.float32).astype(float)
    labels = (rng.uniform(size=40) < expit(logits / 4)).astype(float)
    scores = np.array([sigmoid(each) for each in logits])
    for low, high in zip(scores, scores[::-1], strict=True):
        points = OperatingPoints(float(low), float(high), 0.9, 0.9)
        given = metadata(operating_points={"pvf": points, "osteo": OperatingPoints(0.0, 1.0, 1.0, 1.0)})
        source = Weights("", given, {name: each.numpy() for name, each in tiny_model().state_dict().items()})
        found = recalibrated(source, {"pvf": labels}, {"pvf": scores})
        now = found.calibration["pvf"]
        mapped = [sigmoid(now.slope * each + now.intercept) for each in logits]
        zones = [found.operating_points["pvf"].zone(each) for each in mapped]
        assert zones == [points.zone(each) for each in scores]
        assert found.calibration["osteo"] == Calibration()
        assert found.operating_points["osteo"] == given.operating_points["osteo"]
    # No threshold at all stays none.
    ends = recalibrated(source, {"osteo": labels}, {"osteo": scores})
    assert ends.operating_points == given.operating_points
    assert ends.calibration == {"pvf": Calibration(), "osteo": now}
    # People whose label or score is not known have no part in it.
    more = {"pvf": np.append(labels, [np.nan, 1.0])}, {"pvf": np.append(scores, [0.5, np.nan])}
    assert recalibrated(source, *more) == found


@pytest.mark.parametrize(
    ("provenance", "split"),
    [
        (Provenance.SIMULATED, "the simulated validation split"),
        (Provenance.MIXED, "the partly simulated validation split"),
        (None, "the validation split"),
    ],
)
def test_the_card_says_what_the_people_were_and_not_what_the_weights_learned_from(
    weights_file: Path, provenance: Provenance | None, split: str
) -> None:
    values = {"osteo": np.array([0.0, 1, 0, 1])}, {"osteo": np.array([0.1, 0.2, 0.3, 0.4])}
    found = recalibrated(weights.load(weights_file), *values, provenance)
    assert f"Platt scaling on {split}," in found.card["Calibration"]


@pytest.mark.parametrize(
    ("labels", "scores", "sentence"),
    [
        ([], [], "needs people with and without osteoporosis"),
        ([1, 1, np.nan], [0.2, 0.4, 0.3], "needs people with and without osteoporosis"),
        ([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], "separates those with osteoporosis perfectly"),
        ([0, 1, 0, 1], [0.3] * 4, "have the same score"),
        ([1, 1, 0, 1, 0], [0.1, 0.2, 0.3, 0.4, 0.5], "have lower scores there than those without"),
        ([0, 1, 0, 1, 0, 1, 1, 0], [0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4], "have lower scores"),
    ],
)
def test_what_can_not_be_recalibrated_is_said(
    tmp_path: Path, weights_file: Path, labels: list[float], scores: list[float], sentence: str
) -> None:
    values = {"osteo": np.array(labels, float)}, {"osteo": np.array(scores, float)}
    with pytest.raises(DataError, match=rf"osteo-score: .*{sentence}"):
        write(tmp_path / "out.safetensors", weights.load(weights_file), *values)
    assert not (tmp_path / "out.safetensors").exists()
