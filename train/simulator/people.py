"""The population: who is imaged, how dense the bone is, which vertebrae are fractured, and what follows.

Where a number has no source it is ours, tuned until the cohort as a whole is as ``draw_person`` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

SPLITS = ("train", "val", "test")
SPLIT_EDGES = (0.6, 0.8)
"""Of the people: 60 % train, 20 % validate, 20 % test."""
GENANT_LOSS = {1: (0.20, 0.25), 2: (0.25, 0.40), 3: (0.40, 0.65)}
"""Fraction of height lost by grade: Genant HK et al., J Bone Miner Res 1993;8:1137."""
GRADE_SHARES = (0.25, 0.45, 0.30)
"""Of fractures, by grade from 1; ours."""
KIND_SHARES = {"wedge": 0.58, "biconcave": 0.27, "crush": 0.15}
"""Of fractures, by Genant's type; ours."""
FRACTURE_KINDS = tuple(KIND_SHARES)
OSTEOPOROSIS_T = -2.5
"""WHO 1994: osteoporosis is a T-score at or below this."""
LEVEL_WEIGHT = {
    "L5": 0.3, "L4": 0.6, "L3": 1.0, "L2": 2.0, "L1": 4.2, "T12": 4.0, "T11": 2.0,
    "T10": 0.8, "T9": 0.6, "T8": 0.9, "T7": 0.9, "T6": 0.5, "T5": 0.25, "T4": 0.15,
}  # fmt: skip
"""How often each level fractures, relative: a peak at the thoraco-lumbar junction and a low one at T7-T8."""
COUNT_SHARES = (0.60, 0.27, 0.13)
"""Of people with fractures: one, two or three."""
MAX_FILMS = 6
FILM_RATIO = 0.78
"""People with one film more, for each with a given number of films; it makes 2.8 in the mean."""


class _Normal(NamedTuple):
    """A normal distribution cut off at both ends."""

    mean: float
    sd: float
    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        while True:
            value = float(rng.normal(self.mean, self.sd))
            if self.low <= value <= self.high:
                return value


WOMEN = 0.7
AGE_YEARS = _Normal(65.0, 11.5, 40.0, 95.0)
BMI = _Normal(24.5, 3.5, 16.0, 40.0)
HEIGHT_M = {"F": _Normal(1.57, 0.06, 1.35, 1.95), "M": _Normal(1.70, 0.06, 1.35, 1.95)}

T_MEAN, T_PER_YEAR, T_OF_WOMEN, T_PER_BMI = -1.42, -0.040, -0.65, 0.085
"""Mean T-score of men of mean age and BMI, and what a year, being a woman and 1 kg/m2 add."""
T_SD, T_RANGE = 1.0, (-5.5, 3.0)
LOG_ODDS, LOG_ODDS_PER_T, LOG_ODDS_PER_YEAR = -2.45, -0.55, 0.045
"""Of a prevalent fracture at mean age and T -1, and what a T-score and a year add."""
SCREWS, CEMENT = 0.025, 0.05
"""Of all people, and of those with a fracture."""
HAZARD_PER_YEAR = 0.0150
"""Of an incident fracture at mean age and T -1.5 without a prevalent one."""
LOG_HAZARD_FRACTURED, LOG_HAZARD_PER_T, LOG_HAZARD_PER_YEAR = 0.72, -0.42, 0.006
FOLLOWUP_SHAPE, FOLLOWUP_SCALE, FOLLOWUP_RANGE = 6.5, 0.935, (0.3, 14.0)
"""Years of observation: a gamma distribution, cut off."""


@dataclass(frozen=True)
class Fracture:
    """One fracture: level, Genant type (of FRACTURE_KINDS), fraction of height lost."""

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
    split = SPLITS[int(np.searchsorted(SPLIT_EDGES, rng.random(), side="right"))]
    sex = "F" if rng.random() < WOMEN else "M"
    age = round(AGE_YEARS.draw(rng), 1)
    bmi = BMI.draw(rng)
    height_m = round(HEIGHT_M[sex].draw(rng), 2)
    older = age - AGE_YEARS.mean
    t_mean = T_MEAN + T_PER_YEAR * older + T_OF_WOMEN * (sex == "F") + T_PER_BMI * (bmi - BMI.mean)
    t_score = round(float(np.clip(rng.normal(t_mean, T_SD), *T_RANGE)), 2)
    odds = np.exp(LOG_ODDS + LOG_ODDS_PER_T * (t_score + 1.0) + LOG_ODDS_PER_YEAR * older)
    fractured = bool(rng.random() < odds / (1.0 + odds))
    weak = _draw_fractures(rng)
    hardware = "screws" if rng.random() < SCREWS else "none"
    if rng.random() < CEMENT and fractured:
        hardware = "cement"
    film_weights = FILM_RATIO ** np.arange(MAX_FILMS)
    films = 1 + int(rng.choice(MAX_FILMS, p=film_weights / film_weights.sum()))
    hazard = HAZARD_PER_YEAR * np.exp(
        LOG_HAZARD_FRACTURED * fractured + LOG_HAZARD_PER_T * (t_score + 1.5) + LOG_HAZARD_PER_YEAR * older
    )
    until_event = rng.exponential(1 / hazard)
    observed = float(np.clip(rng.gamma(FOLLOWUP_SHAPE, FOLLOWUP_SCALE), *FOLLOWUP_RANGE))
    return Person(
        person_id,
        split,
        age,
        sex,
        height_m,
        weight_kg=round(bmi * height_m**2, 1),
        t_score=t_score,
        weak=weak,
        fractured=fractured,
        hardware=hardware,
        films=films,
        followup_years=round(max(min(until_event, observed), 0.01), 2),
        fracture_event=int(until_event <= observed),
    )


def _draw_fractures(rng: np.random.Generator) -> tuple[Fracture, ...]:
    """One to three, on different levels."""
    weight = np.array(list(LEVEL_WEIGHT.values()))
    count = 1 + int(rng.choice(len(COUNT_SHARES), p=COUNT_SHARES))
    levels = rng.choice(list(LEVEL_WEIGHT), size=count, replace=False, p=weight / weight.sum())
    return tuple(_draw_fracture(rng, str(level)) for level in levels)


def _draw_fracture(rng: np.random.Generator, level: str) -> Fracture:
    kind = str(rng.choice(FRACTURE_KINDS, p=list(KIND_SHARES.values())))
    grade = 1 + int(rng.choice(len(GRADE_SHARES), p=GRADE_SHARES))
    low, high = GENANT_LOSS[grade]
    # Keep clear of the grade's edges: heights are measured back from rounded points.
    loss = low + 0.002 + (high - low - 0.004) * rng.random()
    return Fracture(level, kind, float(loss))
