from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from invented import POINTS, cohort, units
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score, roc_auc_score

from train.evaluation.figures.areas import compare
from train.evaluation.figures.bootstrap import person_counts
from train.evaluation.figures.proportions import at_prevalence, wilson
from train.evaluation.people.cohort import CLINICAL, People
from train.evaluation.people.comparators import OSTA, osta
from train.evaluation.sections.discrimination import section

pytestmark = pytest.mark.filterwarnings("error")


def with_osta(people: People) -> People:
    values = -osta(people.values("age"), people.values("weight_kg"))
    comparators = {**people.comparators, "osteo": {**people.comparators["osteo"], OSTA: values}}
    return dataclasses.replace(people, comparators=comparators)


def test_the_section() -> None:
    found = units(200)
    found[0] = dataclasses.replace(found[0], labels={"pvf": math.nan, "osteo": 1.0})
    found[1:150] = [dataclasses.replace(each, weight_kg=math.nan) for each in found[1:150]]
    people = with_osta(cohort(found))
    made = section(people, {"osteo": 0.1}, ("A reason.",))
    plain = json.loads(json.dumps(made.plain, allow_nan=False))

    labels, scores = people.labels("pvf")[1:], people.scores("pvf")[1:]
    pvf = plain["pvf"]
    assert (pvf["people"], pvf["positives"]) == (199, labels.sum())
    assert pvf["auroc"]["value"] == pytest.approx(roc_auc_score(labels, scores))
    assert pvf["auprc"]["value"] == pytest.approx(average_precision_score(labels, scores))
    beside = pvf["comparators"][CLINICAL]
    expected = roc_auc_score(labels, scores) - roc_auc_score(labels, people.values("age")[1:])
    assert beside["auroc_difference"]["value"] == pytest.approx(expected)
    assert pvf["at_prevalence"] is None
    high = pvf["operating_points"]["high"]
    positive = scores >= 0.7
    assert high["sensitivity"] == wilson(int(labels[positive].sum()), int(labels.sum())).plain()
    assert high["ppv"] == wilson(int(labels[positive].sum()), int(positive.sum())).plain()

    # The score beside OSTA is taken on those whose weight is known, not on all.
    heavy = np.r_[0, 150:200]
    beside = plain["osteo"]["comparators"][OSTA]
    assert beside["score"]["people"] == beside["comparator"]["people"] == 51
    expected = roc_auc_score(people.labels("osteo")[heavy], people.scores("osteo")[heavy])
    assert beside["score"]["auroc"]["value"] == pytest.approx(expected)
    women = sum(found[index].sex == "F" for index in heavy)
    assert any(f"51 people, {women} of them women" in each for each in made.words)
    assert "A reason." in made.words
    assert any("set on the weights' validation split, not on these people" in each for each in made.words)

    captions = [table.caption.split(",")[0] for table in made.tables]
    assert captions[0] == "Discrimination" and len(captions) == 5
    assert all(len(row) == len(table.header) for table in made.tables for row in table.rows)
    ppv = plain["osteo"]["at_prevalence"]["high"]["ppv"]
    assert made.tables[-1].rows[1][:4] == (
        "osteo-score", "high", "0.1", f"{ppv['value']:.3f} [{ppv['low']:.3f}, {ppv['high']:.3f}]"
    )  # fmt: skip
    assert made.plain == section(people, {"osteo": 0.1}, ("A reason.",)).plain


def test_the_pictures() -> None:
    people = cohort(units(80))
    roc, precision_recall = section(people).pictures
    assert (roc.name, precision_recall.name) == ("roc", "precision-recall")
    figure = Figure()
    roc.draw(figure)
    labels, scores = people.labels("pvf"), people.scores("pvf")
    left = figure.axes[0]
    lines = {str(line.get_label()): line.get_xydata() for line in left.lines}
    assert np.trapezoid(*lines["pVF-score"].T[::-1]) == pytest.approx(roc_auc_score(labels, scores))
    sensitivity = (scores[labels == 1] >= POINTS.low).mean()
    specificity = (scores[labels == 0] < POINTS.low).mean()
    assert lines["low operating point"].tolist()[0] == pytest.approx([1 - specificity, sensitivity])
    assert f"AUROC with 95 % intervals: pVF-score: {roc_auc_score(labels, scores):.3f}" in roc.caption
    figure = Figure()
    precision_recall.draw(figure)
    lines = {str(line.get_label()): line.get_xydata() for line in figure.axes[0].lines}
    recall, precision = lines["pVF-score"].T
    # From the most recall down: each step is as high as the precision at its greater recall.
    area = -np.sum(np.diff(recall) * precision[:-1])
    assert area == pytest.approx(average_precision_score(labels, scores))


def test_a_score_beside_itself_does_not_differ() -> None:
    people = cohort(units(60))
    labels, scores = people.labels("pvf"), people.scores("pvf")
    counts = person_counts(people.ids)
    same = compare(labels, scores, np.log(scores + 1), counts)
    assert (same.p_delong, same.p_auroc, same.p_auprc) == (1, 1, 1)
    assert f"{same.auroc_difference:+}" == "+0.000 [-]"
    # One that parts the classes differs from one that knows nothing by as much in every resample.
    apart = compare(labels, labels, np.zeros(60), counts)
    assert apart.auroc_difference.value == 0.5
    assert apart.plain()["p_delong"] is apart.plain()["p_auroc"] is None


def test_other_prevalence_is_bayes() -> None:
    people = cohort(units(300))
    labels, positive = people.labels("pvf"), people.scores("pvf") >= 0.5
    counts = person_counts(people.ids)
    own = at_prevalence(labels, positive, counts, labels.mean())
    assert own[0].value == pytest.approx(labels[positive].mean())
    assert own[1].value == pytest.approx(1 - labels[~positive].mean())
    # By hand for one resample.
    rare, _ = at_prevalence(labels, positive, counts[[0, 7]], 0.02)
    weights = counts[7].astype(float)
    sensitivity = np.average(positive[labels == 1], weights=weights[labels == 1])
    fall_out = np.average(positive[labels == 0], weights=weights[labels == 0])
    here, _ = at_prevalence(labels, positive, counts[[7]], 0.02)
    assert here.value == pytest.approx(0.02 * sensitivity / (0.02 * sensitivity + 0.98 * fall_out))
    assert rare.value < own[0].value


@pytest.mark.parametrize("number", [0, 1, 12])
def test_one_class_is_sentences(number: int) -> None:
    found = [dataclasses.replace(each, labels={"pvf": 1.0, "osteo": math.nan}) for each in units(number)]
    made = section(cohort(found), {"pvf": 1.5, "osteo": 0.2})
    plain = json.loads(json.dumps(made.plain, allow_nan=False))
    assert plain["pvf"]["auroc"]["value"] is None
    assert plain["osteo"]["people"] == 0
    assert made.pictures == ()
    for sentence in (
        "pVF-score: AUROC and AUPRC are left out. They need people with and without prevalent vertebral "
        "fracture.",
        "osteo-score: AUROC and AUPRC are left out. They need people with and without osteoporosis.",
        "pVF-score: PPV and NPV at a prevalence of 1.5 are left out. A prevalence must be more than 0 and "
        "less than 1.",
    ):
        assert sentence in made.words


def test_a_prevalence_without_its_score_is_a_sentence() -> None:
    made = section(dataclasses.replace(cohort(units(20)), tasks=("osteo",)), {"pvf": 0.1, "osteo": 0.2})
    assert "pVF-score: PPV and NPV at a prevalence of 0.1 are left out. There is no such score." in made.words
    assert list(made.plain) == ["osteo"]


def test_a_comparator_known_of_nobody_is_a_sentence() -> None:
    people = cohort(units(40))
    nothing = {task: {CLINICAL: np.full(40, math.nan)} for task in people.tasks}
    made = section(dataclasses.replace(people, comparators=nothing))
    json.dumps(made.plain, allow_nan=False)
    assert any(
        each.startswith(f"pVF-score: the comparison with {CLINICAL} is left out.") for each in made.words
    )
    assert len(made.pictures) == 2
    assert made.plain["pvf"]["auroc"]["value"] is not None


def test_perfect_separation_has_figures_without_intervals() -> None:
    people = cohort([dataclasses.replace(each, scores=each.labels) for each in units(40)])
    made = section(people)
    assert made.tables[0].rows[0][3:] == ("1.000 [-]", "1.000 [-]")
