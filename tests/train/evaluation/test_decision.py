from __future__ import annotations

import json

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix

from train.evaluation.figures.bootstrap import SAMPLES, person_counts
from train.evaluation.people.cohort import CLINICAL, People, Unit
from train.evaluation.sections.decision import SHOWN, THRESHOLDS, net_benefits, section

pytestmark = pytest.mark.filterwarnings("error")


def cohort(people: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, scores in steps of 0.05, so that many are at a threshold, and probabilities that know less."""
    rng = np.random.default_rng(9)
    labels = (rng.uniform(size=people) < 0.3).astype(float)
    scores, alone = (np.clip(rng.normal(0.25 + shift * labels, 0.15), 0, 1) for shift in (0.35, 0.1))
    return labels, np.round(scores * 20) / 20, alone


def people_of(labels: np.ndarray, scores: np.ndarray, alone: np.ndarray) -> People:
    units = tuple(
        Unit(f"{index:03}", 1, 70.0, "F", 25.0, {"osteo": label}, {"osteo": score})
        for index, (label, score) in enumerate(zip(labels.tolist(), scores.tolist(), strict=True))
    )
    return People(units, ("osteo",), {}, {"osteo": {CLINICAL: alone}}, None)


def test_net_benefit_worked_by_hand() -> None:
    scores = np.array([0.9, 0.7, 0.5, 0.4, 0.2, 0.2, 0.1, 0.1, 0.05, 0.0])
    labels = np.array([1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    thresholds = np.array([0.2, 0.5, 0.75])
    counts = np.ones((2, 10), np.uint16)
    # The first person twice, the last not at all.
    counts[1, [0, 9]] = 2, 0
    # At 0.2 three of four with the condition and three of six without are acted on: 3/10 - 3/10 * 0.2/0.8;
    # at 0.5 two and one: 2/10 - 1/10 * 1; at 0.75 one and none: 1/10. With the first twice one more each.
    expected = [[0.225, 0.1, 0.1], [0.325, 0.2, 0.2]]
    for found, values in zip(net_benefits(labels, scores, counts, thresholds), expected, strict=True):
        assert found.tolist() == pytest.approx(values)
    # Everybody: 4/10 - 6/10 * 0.25, 4/10 - 6/10, 4/10 - 6/10 * 3; then 5/10 and 5/10.
    expected = [[0.25, -0.2, -1.4], [0.375, 0.0, -1.0]]
    for found, values in zip(net_benefits(labels, np.ones(10), counts, thresholds), expected, strict=True):
        assert found.tolist() == pytest.approx(values)


def test_every_resample_is_the_definition() -> None:
    labels, scores, _ = cohort()
    counts = person_counts(np.arange(120).astype(str))
    found = net_benefits(labels, scores, counts, THRESHOLDS)
    assert found.shape == (1 + SAMPLES, 60)
    for row in (0, 1, 999, SAMPLES):
        for index in (0, 4, 9, 24, 29, 59):
            t = THRESHOLDS[index]
            table = confusion_matrix(labels, scores >= t, sample_weight=counts[row].astype(int))
            _, false_positive, _, true_positive = table.ravel()
            expected = true_positive / 120 - false_positive / 120 * t / (1 - t)
            assert found[row, index] == pytest.approx(expected, abs=1e-12)


def test_the_section() -> None:
    labels, scores, alone = cohort()
    labels[3] = np.nan
    found = section(people_of(labels, scores, alone))
    plain = json.loads(json.dumps(found.plain, allow_nan=False))
    assert plain["thresholds"] == [each / 100 for each in range(1, 61)]
    curves = plain["osteo"]
    for name in ("score", "treat_all", CLINICAL, "difference"):
        assert len(curves[name]) == 60
    at = plain["thresholds"].index(0.3)
    own, clinical, difference = (curves[name][at] for name in ("score", CLINICAL, "difference"))
    assert difference["value"] == pytest.approx(own["value"] - clinical["value"])
    assert 0 < difference["low"] < difference["value"] < difference["high"]
    # Paired, so that the difference is known better than its parts would say.
    apart = np.hypot(own["high"] - own["low"], clinical["high"] - clinical["low"])
    assert difference["high"] - difference["low"] < 0.95 * apart
    rows = found.tables[0].rows
    assert [row[0] for row in rows] == [f"{each:.2f}" for each in SHOWN]
    assert rows[3][4] == f"{difference['value']:+.3f} [{difference['low']:+.3f}, {difference['high']:+.3f}]"
    figure = Figure()
    found.pictures[0].draw(figure)
    figure.canvas.draw()
    drawn = {line.get_label(): line.get_ydata() for line in figure.axes[0].get_lines()}
    assert set(drawn) == {"everybody", CLINICAL, "score", "nobody"}
    assert drawn["score"].tolist() == [each["value"] for each in curves["score"]]

    same = section(people_of(labels, scores, scores)).plain["osteo"]
    assert isinstance(same, dict)
    assert {json.dumps(each) for each in same["difference"]} == {
        json.dumps({"value": 0.0, "low": None, "high": None, "samples": SAMPLES})
    }


def test_a_perfect_score_has_the_prevalence_as_net_benefit() -> None:
    labels, _, alone = cohort()
    plain = section(people_of(labels, labels, alone), np.array([0.1, 0.5])).plain["osteo"]
    assert isinstance(plain, dict)
    assert [each["value"] for each in plain["score"]] == pytest.approx([labels.mean()] * 2)
    assert plain["treat_all"][1]["value"] == pytest.approx(2 * labels.mean() - 1)


@pytest.mark.parametrize("labels", [[], [1.0], [0.0, 0.0, np.nan], [np.nan, np.nan]])
def test_without_both_classes_there_is_a_sentence(labels: list[float]) -> None:
    half = np.full(len(labels), 0.5)
    found = section(people_of(np.array(labels), half, half))
    assert found.words[1:] == (
        "Decision curves of the osteo-score are left out. They need people with and without osteoporosis.",
    )
    plain = found.plain["osteo"]
    assert isinstance(plain, dict)
    assert plain["score"] is plain["difference"] is None
    assert plain["people"] == int(np.sum(~np.isnan(labels)))
    assert found.tables == found.pictures == ()


def test_without_the_clinical_model_its_curve_is_left_out() -> None:
    labels, scores, alone = cohort()
    alone[5] = np.nan
    found = section(people_of(labels, scores, alone))
    assert "Not everybody has that probability." in found.words[-1]
    plain = json.loads(json.dumps(found.plain, allow_nan=False))["osteo"]
    assert plain[CLINICAL] is plain["difference"] is None
    assert found.tables[0].rows[0][3:] == ("-", "-")
    figure = Figure()
    found.pictures[0].draw(figure)
    assert {line.get_label() for line in figure.axes[0].get_lines()} == {"everybody", "score", "nobody"}
