"""Thresholds and epochs are chosen by person, as the report counts."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from builders import TINY
from processes import ALONE, QUICK, blobs

from verte_core.network.fusion_net import FusionNet
from verte_core.results import sigmoid
from verte_core.training.loop import Epoch, Trainer
from verte_core.training.people import by_person, label_of, score_of
from verte_core.training.prediction import Predictions, predict

PEOPLE = ("b", "a", "b", "c", "b")
SCORES = np.array([[0.2, 0.9], [0.5, 0.1], [0.6, 0.2], [0.4, 0.3], [0.7, 0.1]])
LABELS = np.array([[0, np.nan], [0, np.nan], [1, np.nan], [np.nan, 1], [np.nan, 0.0]])


def test_a_person_is_the_mean_of_the_images_and_positive_where_any_is() -> None:
    scores, labels = by_person(PEOPLE, SCORES, LABELS)
    assert scores == pytest.approx(np.array([[0.5, 0.4], [0.5, 0.1], [0.4, 0.3]]))
    assert np.array_equal(labels, [[1, 0], [0, np.nan], [np.nan, 1]], equal_nan=True)
    assert score_of([0.2, 0.6]) == pytest.approx(0.4)
    assert score_of([0.2, 0.6], "max") == 0.6
    assert math.isnan(label_of([math.nan, math.nan]))
    nobody = by_person((), np.empty((0, 2)), np.empty((0, 2)))
    assert [part.shape for part in nobody] == [(0, 2), (0, 2)]


def test_figures_are_of_people_and_the_loss_of_images() -> None:
    """One person of many films that go wrong weighs as much as one of a single film."""
    logits = np.array([[2.0], [-3.0], [-3.0], [-3.0], [-1.0], [0.0]])
    labels = np.array([[1.0], [1.0], [1.0], [1.0], [0.0], [0.0]])
    of_images = Predictions(logits, labels)
    of_people = Predictions(logits, labels, ("a", "b", "b", "b", "c", "d"))
    assert of_images.auroc() == [2 / 8]
    assert of_people.auroc() == [2 / 4]
    one, other = of_images.figures(["pvf"]), of_people.figures(["pvf"])
    assert one["val_loss"] == other["val_loss"]
    assert other["val_auroc_pvf"] == other["val_auroc_mean"] == 2 / 4
    scores, _ = of_people.by_person()
    assert scores[1, 0] == pytest.approx(sigmoid(-3.0))


def test_an_epoch_is_chosen_by_person_and_the_losses_stay() -> None:
    settings = dataclasses.replace(QUICK, epochs=2)
    people = tuple("abcd"[index % 4] for index in range(12))

    def history(people: tuple[str, ...] | None) -> list[Epoch]:
        torch.manual_seed(0)
        epochs: list[Epoch] = []
        trainer = Trainer(FusionNet(TINY), blobs(32, 1), blobs(12, 2), settings, ALONE, people=people)
        trainer.train(epochs.append)
        return epochs

    alone, together = history(None), history(people)
    for one, other in zip(alone, together, strict=True):
        for figure in ("loss", "val_loss"):
            assert one.history[-1][figure] == other.history[-1][figure], "bit by bit"
    last = together[-1]
    expected = predict(FusionNet(TINY), blobs(12, 2), ALONE, people=people)
    assert last.predictions.people == expected.people == people
    assert len(last.predictions.by_person()[0]) == 4
    assert last.history[-1]["val_auroc_mean"] != alone[-1].history[-1]["val_auroc_mean"]


def test_the_history_of_one_film_a_person_is_that_of_films(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(40, 2)), (rng.random((40, 2)) < 0.4).astype(float)
    people = tuple(f"P{index}" for index in range(40))
    assert Predictions(logits, labels).figures("ab") == Predictions(logits, labels, people).figures("ab")
