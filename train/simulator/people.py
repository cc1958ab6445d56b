"""The population: who is imaged, how dense the bone is, which vertebrae are fractured, and what follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SPLITS = ("train", "val", "test")
GENANT_LOSS = {1: (0.20, 0.25), 2: (0.25, 0.40), 3: (0.40, 0.65)}
"""Fraction of height lost by grade: Genant HK et al., J Bone Miner Res 1993;8:1137."""
OSTEOPOROSIS_T = -2.5
"""WHO 1994: osteoporosis is a T-score at or below this."""
LEVEL_WEIGHT = {
    "L5": 0.3, "L4": 0.6, "L3": 1.0, "L2": 2.0, "L1": 4.2, "T12": 4.0, "T11": 2.0,
    "T10": 0.8, "T9": 0.6, "T8": 0.9, "T7": 0.9, "T6": 0.5, "T5": 0.25, "T4": 0.15,
}  # fmt: skip
"""How often each level fractures, relative: a peak at the thoraco-lumbar junction and a low one at T7-T8."""
MAX_FILMS = 6


@dataclass(frozen=True)
class Fracture:
    """One fracture: level, Genant type (wedge, biconcave, crush), fraction of height lost."""

    level: str
    kind: str
    loss: float


@dataclass(frozen=True)
class Person:
    """One simulated person. Units: years, metres, kilograms; t_score is the lowest of the usual sites.

    age: at the first film. weak: the fractures that the person has, or would have: drawn for everybody, so
    that a film can be aimed without looking at whether they happened. hardware: none, screws, or cement in
    the lowest fracture. films: radiographs taken. followup_years, fracture_event: time to the first incident
    fracture (1) or to the end of observation (0).
    """

    person_id: str
    split: str
    age: float
    sex: str
    height_m: float
    weight_kg: float
    t_score: float
    weak: tuple[Fracture, ...]
    fractured: bool
    hardware: str
    films: int
    followup_years: float
    fracture_event: int

    @property
    def bmi(self) -> float:
        """Body mass index in kg/m2 from the recorded height and weight, one decimal."""
        return round(self.weight_kg / self.height_m**2, 1)

    @property
    def osteo(self) -> int:
        """1 when the lowest T-score is at or below -2.5."""
        return int(self.t_score <= OSTEOPOROSIS_T)

    @property
    def fractures(self) -> tuple[Fracture, ...]:
        """The prevalent fractures."""
        return self.weak if self.fractured else ()


def draw_person(rng: np.random.Generator, person_id: str) -> Person:
    """Draw one person of a hospital cohort: mean age about 65 (40-95), 70 % women, BMI about N(24.5, 3.5).

    The T-score falls with age, female sex and low BMI, and the fracture odds rise with age and low T-score;
    coefficients are tuned so that osteoporosis is near 30 % and fracture near 16 %, and so that age, sex and
    BMI alone tell about as much as they do in life (AUROC about 0.76 and 0.70). The hazard of an incident
    fracture is tuned to VERTE-X (JBMR 2023;38:887): 13 % in a median of 5.4 years, hazard ratios near 3.2
    with a prevalent fracture and 2.6 with osteoporosis.
    """
    split = SPLITS[int(np.searchsorted([0.6, 0.8], rng.random(), side="right"))]
    sex = "F" if rng.random() < 0.7 else "M"
    age = round(_truncated_normal(rng, 65.0, 11.5, 40.0, 95.0), 1)
    target_bmi = _truncated_normal(rng, 24.5, 3.5, 16.0, 40.0)
    height_m = round(_truncated_normal(rng, 1.57 if sex == "F" else 1.70, 0.06, 1.35, 1.95), 2)
    weight_kg = round(target_bmi * height_m**2, 1)
    t_mean = -1.42 - 0.040 * (age - 65.0) - 0.65 * (sex == "F") + 0.085 * (target_bmi - 24.5)
    t_score = round(float(np.clip(rng.normal(t_mean, 1.0), -5.5, 3.0)), 2)
    odds = np.exp(-2.45 - 0.55 * (t_score + 1.0) + 0.045 * (age - 65.0))
    fractured = bool(rng.random() < odds / (1.0 + odds))
    weak = _draw_fractures(rng)
    hardware = "screws" if rng.random() < 0.025 else "none"
    if rng.random() < 0.05 and fractured:
        hardware = "cement"
    share = 0.78 ** np.arange(MAX_FILMS)
    films = 1 + int(rng.choice(MAX_FILMS, p=share / share.sum()))
    hazard = 0.0150 * np.exp(0.72 * fractured - 0.42 * (t_score + 1.5) + 0.006 * (age - 65.0))
    until_event = rng.exponential(1 / hazard)
    observed = float(np.clip(rng.gamma(6.5, 0.935), 0.3, 14.0))
    return Person(
        person_id,
        split,
        age,
        sex,
        height_m,
        weight_kg,
        t_score,
        weak,
        fractured,
        hardware,
        films,
        round(max(min(until_event, observed), 0.01), 2),
        int(until_event <= observed),
    )


def _draw_fractures(rng: np.random.Generator) -> tuple[Fracture, ...]:
    """One to three, on different levels."""
    weight = np.array(list(LEVEL_WEIGHT.values()))
    count = 1 + int(rng.choice(3, p=[0.60, 0.27, 0.13]))
    levels = rng.choice(list(LEVEL_WEIGHT), size=count, replace=False, p=weight / weight.sum())
    return tuple(_draw_fracture(rng, str(level)) for level in levels)


def _draw_fracture(rng: np.random.Generator, level: str) -> Fracture:
    kind = str(rng.choice(["wedge", "biconcave", "crush"], p=[0.58, 0.27, 0.15]))
    grade = 1 + int(rng.choice(3, p=[0.25, 0.45, 0.30]))
    low, high = GENANT_LOSS[grade]
    # Keep clear of the grade's edges: heights are measured back from rounded points.
    loss = low + 0.002 + (high - low - 0.004) * rng.random()
    return Fracture(level, kind, float(loss))


def _truncated_normal(rng: np.random.Generator, mean: float, sd: float, low: float, high: float) -> float:
    while True:
        value = float(rng.normal(mean, sd))
        if low <= value <= high:
            return value
