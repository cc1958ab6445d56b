"""The population: who is imaged, how dense the bone is, and whether a vertebra is fractured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SPLITS = ("train", "val", "test")
GENANT_LOSS = {1: (0.20, 0.25), 2: (0.25, 0.40), 3: (0.40, 0.65)}
"""Fraction of height lost by grade: Genant HK et al., J Bone Miner Res 1993;8:1137."""
OSTEOPOROSIS_T = -2.5
"""WHO 1994: osteoporosis is a T-score at or below this."""


@dataclass(frozen=True)
class Fracture:
    """One fracture before it has a level: Genant type (wedge, biconcave, crush), fraction of height lost."""

    kind: str
    loss: float


@dataclass(frozen=True)
class Person:
    """One simulated person. Units: years, metres, kilograms; t_score is the lowest of the usual sites."""

    person_id: str
    split: str
    age: float
    sex: str
    height_m: float
    weight_kg: float
    t_score: float
    fractures: tuple[Fracture, ...]

    @property
    def bmi(self) -> float:
        """Body mass index in kg/m2 from the recorded height and weight, one decimal."""
        return round(self.weight_kg / self.height_m**2, 1)

    @property
    def osteo(self) -> int:
        """1 when the lowest T-score is at or below -2.5."""
        return int(self.t_score <= OSTEOPOROSIS_T)


def draw_person(rng: np.random.Generator, person_id: str) -> Person:
    """Draw one person of a hospital cohort: mean age about 65 (40-95), 70 % women, BMI about N(24.5, 3.5).

    The T-score falls with age, female sex and low BMI, and the fracture odds rise with age and low T-score;
    coefficients are tuned so that osteoporosis is near 30 % and fracture near 20 %, and so that age, sex and
    BMI alone tell about as much as they do in life (AUROC about 0.74 and 0.68).
    """
    split = SPLITS[int(np.searchsorted([0.6, 0.8], rng.random(), side="right"))]
    sex = "F" if rng.random() < 0.7 else "M"
    age = round(_truncated_normal(rng, 65.0, 11.5, 40.0, 95.0), 1)
    target_bmi = _truncated_normal(rng, 24.5, 3.5, 16.0, 40.0)
    height_m = round(_truncated_normal(rng, 1.57 if sex == "F" else 1.70, 0.06, 1.35, 1.95), 2)
    weight_kg = round(target_bmi * height_m**2, 1)
    t_mean = -1.42 - 0.040 * (age - 65.0) - 0.65 * (sex == "F") + 0.085 * (target_bmi - 24.5)
    t_score = round(float(np.clip(rng.normal(t_mean, 1.0), -5.5, 3.0)), 2)
    fractures: tuple[Fracture, ...] = ()
    odds = np.exp(-2.08 - 0.55 * (t_score + 1.0) + 0.045 * (age - 65.0))
    if rng.random() < odds / (1.0 + odds):
        count = 1 + int(rng.choice(3, p=[0.60, 0.27, 0.13]))
        fractures = tuple(_draw_fracture(rng) for _ in range(count))
    return Person(person_id, split, age, sex, height_m, weight_kg, t_score, fractures)


def _draw_fracture(rng: np.random.Generator) -> Fracture:
    kind = str(rng.choice(["wedge", "biconcave", "crush"], p=[0.58, 0.27, 0.15]))
    grade = 1 + int(rng.choice(3, p=[0.25, 0.45, 0.30]))
    low, high = GENANT_LOSS[grade]
    # Keep clear of the grade's edges: heights are measured back from rounded points.
    loss = low + 0.002 + (high - low - 0.004) * rng.random()
    return Fracture(kind, float(loss))


def _truncated_normal(rng: np.random.Generator, mean: float, sd: float, low: float, high: float) -> float:
    while True:
        value = float(rng.normal(mean, sd))
        if low <= value <= high:
            return value
