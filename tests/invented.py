"""People made up by a seeded generator, for the analyses of the evaluation."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from train.evaluation.people.cohort import CLINICAL, People, Unit
from train.simulator.people import draw_person
from verte_core.results import OperatingPoints, Provenance

POINTS = OperatingPoints(low=0.3, high=0.7, low_sensitivity=0.9, high_specificity=0.9)


def units(number: int) -> list[Unit]:
    """About a third have each condition; scores come in steps of 0.01, so that some are tied."""
    rng = np.random.default_rng(number)
    found = []
    for index in range(number):
        labels = {task: float(rng.random() < 0.35) for task in ("pvf", "osteo")}
        scores = {
            task: float(np.round(1 / (1 + np.exp(0.7 - 1.6 * label - rng.normal())), 2))
            for task, label in labels.items()
        }
        fractured = labels["pvf"] == 1
        groups = {
            "manufacturer": ("North", "South")[index % 2],
            "grade": str(rng.integers(1, 4)) if fractured else "0",
        }
        age, bmi = float(rng.integers(50, 90)), float(np.round(rng.uniform(16, 36), 1))
        sex, weight = "FFM"[index % 3], float(rng.integers(40, 100))
        person = f"P{index:05d}"
        found.append(Unit(person, 1, age, sex, bmi, labels, scores, weight_kg=weight, groups=groups))
    return found


def followed(count: int, **changes: object) -> People:
    """The simulator's people with their follow-up, their labels seen through noise as scores.

    Args:
        count: how many.
        changes: of the fields of People.
    """
    rng = np.random.default_rng(5)
    found = []
    for index in range(count):
        person = draw_person(rng, f"P{index:05}")
        labels = {"pvf": float(person.fractured), "osteo": float(person.osteo)}
        seen = {task: 1 / (1 + math.exp(2.0 - 3 * x + rng.normal())) for task, x in labels.items()}
        until = (person.followup_years, float(person.fracture_event))
        found.append(Unit(person.person_id, 1, person.age, person.sex, person.bmi, labels, seen, *until))
    points = dict.fromkeys(("pvf", "osteo"), OperatingPoints(0.2, 0.5, 0.9, 0.9))
    return dataclasses.replace(
        People(tuple(found), ("pvf", "osteo"), points, {}, Provenance.SIMULATED), **changes
    )


def cohort(found: list[Unit], points: OperatingPoints = POINTS) -> People:
    """With one comparator, the age, for either task."""
    ages = np.array([unit.age for unit in found], np.float64)
    tasks = ("pvf", "osteo")
    return People(
        units=tuple(found),
        tasks=tasks,
        operating_points=dict.fromkeys(tasks, points),
        comparators={task: {CLINICAL: ages / 100} for task in tasks},
        provenance=Provenance.SIMULATED,
    )
