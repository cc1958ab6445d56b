from __future__ import annotations

import json

import numpy as np
import pytest
import statsmodels.api as sm
from matplotlib.figure import Figure
from scipy.special import expit
from sklearn.metrics import brier_score_loss

from train.evaluation.figures.bootstrap import SAMPLES, person_counts
from train.evaluation.figures.logistic import CLIP, intercepts_in_the_large, logit, recalibration_lines
from train.evaluation.people.cohort import CLINICAL, People, Unit
from train.evaluation.sections.calibration import Figures, groups, section

pytestmark = pytest.mark.filterwarnings("error")


def cohort(people: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and scores that are too extreme and too low."""
    rng = np.random.default_rng(17)
    logits = rng.normal(-1.0, 1.4, people)
    labels = rng.uniform(size=people) < 1 / (1 + np.exp(-(0.7 * logits + 0.4)))
    return labels.astype(float), 1 / (1 + np.exp(-logits))


def counts_of(people: int) -> np.ndarray:
    return person_counts(np.array([f"{index:03}" for index in range(people)]))


def test_figures_are_those_of_r() -> None:
    labels, scores = cohort()
    counts = counts_of(300)
    lines = recalibration_lines(labels, logit(scores), counts)
    figures = Figures.of(labels, scores, counts, lines[:, 1])
    # R 4.2.2 with rms 6.5-0; d holds scores p and labels y of cohort() with 17 digits:
    #   val.prob(d$p, d$y, pl = FALSE)[c("Intercept", "Slope", "Brier")]
    #   coef(glm(y ~ offset(qlogis(p)), binomial, d))
    #   sum(d$p) / sum(d$y)
    #   1 - mean((d$p - d$y)^2) / (mean(d$y) * (1 - mean(d$y)))
    assert lines[0].tolist() == pytest.approx([0.296072143399621, 0.616056115386973], abs=1e-7)
    assert figures.slope.value == lines[0, 1]
    assert figures.brier.value == pytest.approx(0.225895961357380, abs=1e-12)
    assert figures.intercept.value == pytest.approx(0.668977234702174, abs=1e-7)
    assert figures.expected_observed.value == pytest.approx(0.722375657443681, abs=1e-12)
    assert figures.scaled_brier.value == pytest.approx(0.0684275787131496, abs=1e-12)


def test_every_resample_is_statsmodels_and_scikit_learns() -> None:
    labels, scores = cohort()
    logits, counts = logit(scores), counts_of(300)
    lines = recalibration_lines(labels, logits, counts)
    intercepts = intercepts_in_the_large(labels, logits, counts)
    binomial = sm.families.Binomial()
    for row in (0, 1, 2, 700, 1333, SAMPLES):
        repeated = np.repeat(np.arange(300), counts[row])
        y, x = labels[repeated], logits[repeated]
        line = sm.GLM(y, sm.add_constant(x), binomial).fit(tol=1e-12)
        assert lines[row].tolist() == pytest.approx(line.params.tolist(), abs=1e-9)
        large = sm.GLM(y, np.ones_like(x), binomial, offset=x).fit(tol=1e-12)
        assert intercepts[row] == pytest.approx(large.params[0], abs=1e-9)
        alone = Figures.of(labels, scores, counts[row : row + 1], lines[row : row + 1, 1])
        expected = brier_score_loss(labels, scores, sample_weight=counts[row])
        assert alone.brier.value == pytest.approx(expected, abs=1e-12)
        assert alone.expected_observed.value == pytest.approx(scores[repeated].sum() / y.sum(), abs=1e-12)
        scaled = 1 - expected / brier_score_loss(y, np.full_like(y, y.mean()))
        assert alone.scaled_brier.value == pytest.approx(scaled, abs=1e-12)
    # The resamples spread as far as the theory of the regression says.
    line = sm.GLM(labels, sm.add_constant(logits), binomial).fit()
    assert lines.std(axis=0).tolist() == pytest.approx(line.bse.tolist(), rel=0.15)


def test_a_slope_is_found_exactly_where_the_classes_overlap() -> None:
    rng = np.random.default_rng(1)
    solved = left = 0
    for trial in range(40):
        people = int(rng.integers(2, 25))
        spread = (1e-4, 1.0, 5.0, 20.0)[trial % 4]
        x = logit(expit(rng.normal(rng.normal() * 3, spread, people)))
        if trial % 3 == 0:
            x = np.round(x)
        steepness = (0, 1, 4)[trial % 3] / spread
        y = (rng.uniform(size=people) < expit(steepness * (x - x.mean()))).astype(float)
        counts = counts_of(people)[:40]
        lines, intercepts = recalibration_lines(y, x, counts), intercepts_in_the_large(y, x, counts)
        for (intercept, slope), large, row in zip(lines, intercepts, counts, strict=True):
            without, with_it = x[(row > 0) & (y == 0)], x[(row > 0) & (y == 1)]
            if not len(without) or not len(with_it):
                assert np.isnan([intercept, slope, large]).all()
                continue
            # At the greatest likelihood the residuals are at right angles to what is fitted.
            assert row @ (y - expit(x + large)) == pytest.approx(0, abs=1e-7)
            if without.max() <= with_it.min() or with_it.max() <= without.min():
                assert np.isnan([intercept, slope]).all()
                left += 1
            else:
                residuals = row * (y - expit(intercept + slope * x))
                assert [residuals.sum(), residuals @ (x - x.mean())] == pytest.approx([0, 0], abs=1e-7)
                solved += 1
    assert min(solved, left) > 300


def test_groups_keep_ties_together_and_have_wilsons_intervals() -> None:
    labels = np.array([1.0] * 3 + [0.0] * 7 + [0.0] * 10 + [1.0] * 10)
    scores = np.repeat([0.2, 0.1, 0.9], 10)
    found = groups(labels, scores)
    assert [(each.people, each.share) for each in found] == [(10, 0.0), (10, 0.3), (10, 1.0)]
    assert [each.score for each in found] == pytest.approx([0.1, 0.2, 0.9])
    # R 4.2.2: Hmisc::binconf(c(0, 3, 10), c(10, 10, 10), method = "wilson")
    wilson = [(0.0, 0.277532799862889), (0.107791267406301, 0.603221852538855), (0.722467200137111, 1.0)]
    for each, limits in zip(found, wilson, strict=True):
        assert (each.low, each.high) == pytest.approx(limits, abs=1e-12)
    labels, scores = cohort(305)
    sizes = [each.people for each in groups(labels, scores)]
    assert (len(sizes), sum(sizes)) == (10, 305)
    assert set(sizes) <= {30, 31}
    assert len(groups(labels[:1], scores[:1])) == 1


def people_of(labels: np.ndarray, scores: np.ndarray, alone: np.ndarray) -> People:
    units = tuple(
        Unit(f"{index:03}", 1, 70.0, "F", 25.0, {"pvf": label}, {"pvf": score})
        for index, (label, score) in enumerate(zip(labels.tolist(), scores.tolist(), strict=True))
    )
    return People(units, ("pvf",), {}, {"pvf": {CLINICAL: alone}}, None)


def test_the_section() -> None:
    labels, scores = cohort()
    labels[7] = np.nan
    found = section(people_of(labels, scores, np.full(300, np.nanmean(labels))))
    plain = json.loads(json.dumps(found.plain, allow_nan=False))["pvf"]
    assert (plain["people"], plain["with_condition"]) == (299, int(np.nansum(labels)))
    for name in ("intercept", "slope", "expected_observed", "brier", "scaled_brier"):
        interval = plain["score"][name]
        assert interval["low"] < interval["value"] < interval["high"]
    # The prevalence for everybody: right on the whole, without a slope, and no better than itself.
    clinical = plain[CLINICAL]
    assert clinical["intercept"]["value"] == pytest.approx(0, abs=1e-9)
    assert clinical["expected_observed"]["value"] == pytest.approx(1)
    assert clinical["scaled_brier"]["value"] == pytest.approx(0, abs=1e-12)
    assert clinical["slope"]["value"] is None
    assert any("everybody has the same probability" in each for each in found.words)
    own, alone = found.tables[0].rows
    assert own[:2] == ("pVF-score", f"{plain['with_condition']}/299")
    assert own[3] == f"{plain['score']['slope']['value']:.3f} " + (
        f"[{plain['score']['slope']['low']:.3f}, {plain['score']['slope']['high']:.3f}]"
    )
    assert alone[3] == "-"
    assert len(plain["groups"]) == 10
    figure = Figure()
    found.pictures[0].draw(figure)
    upper, lower = figure.axes
    assert upper.get_lines()[-1].get_xydata().tolist() == [
        [each["score"], each["share"]] for each in plain["groups"]
    ]
    assert sum(bar.get_height() for bar in lower.patches[:40]) == 299 - plain["with_condition"]


SEPARATED = np.array([0.0, 0.1, 0.2, 0.8, 0.9, 1.0])


@pytest.mark.parametrize(
    ("labels", "scores", "sentence", "known"),
    [
        ([], [], "It needs people with and without prevalent vertebral fracture.", None),
        ([1.0], [0.4], "It needs people with and without prevalent vertebral fracture.", None),
        ([0.0] * 6, SEPARATED, "It needs people with and without prevalent vertebral fracture.", None),
        ([np.nan] * 6, SEPARATED, "It needs people with and without prevalent vertebral fracture.", None),
        ([0, 0, 0, 1, 1, 1], SEPARATED, "The slope of the pVF-score is left out. It diverges", "brier"),
        ([0, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1], "The slope of the pVF-score is left out.", "brier"),
        ([0, 1, 0, 1, 1, 1], [0.3] * 6, "for everybody has the same probability", "intercept"),
        ([0, 1, 0, 1, 1, 0], SEPARATED, "resamples give no slope of the pVF-score", "slope"),
        (
            [0, 0, 0, 1, 0, 0],
            SEPARATED,
            "because everybody or nobody in them has prevalent vertebral fracture, or people are separated",
            "slope",
        ),
    ],
)
def test_what_can_not_be_told_is_said(
    labels: list[float], scores: np.ndarray, sentence: str, known: str | None
) -> None:
    people = people_of(np.array(labels, float), np.array(scores, float), np.full(len(labels), np.nan))
    found = section(people)
    assert any(sentence in each for each in found.words)
    plain = json.loads(json.dumps(found.plain, allow_nan=False))["pvf"]
    assert plain[CLINICAL] is None
    assert (plain["score"] is None) == (known is None) == (not found.pictures) == (not found.tables)
    if known is not None:
        assert plain["score"][known]["value"] is not None
        assert any("Calibration of age, sex and BMI alone for prevalent" in each for each in found.words)
        if "slope of the pVF-score is left out" in sentence:
            assert plain["score"]["slope"]["value"] is None
        figure = Figure()
        found.pictures[0].draw(figure)
        figure.canvas.draw()


def test_scores_of_0_and_1_have_a_logit() -> None:
    assert expit(logit(np.array([0.0, 0.3, 1.0]))).tolist() == pytest.approx([CLIP, 0.3, 1 - CLIP], rel=1e-9)
