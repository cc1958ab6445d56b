from __future__ import annotations

import numpy as np
import pytest
from lifelines.utils import concordance_index

from train.evaluation.figures.bootstrap import SAMPLES, person_counts
from train.evaluation.figures.concordance import weighted_concordances


def by_hand(years: np.ndarray, event: np.ndarray, risk: np.ndarray) -> float:
    agreeing = pairs = 0.0
    for i in np.flatnonzero(event):
        for j in range(len(years)):
            if years[j] > years[i] or (years[j] == years[i] and not event[j]):
                pairs += 1
                agreeing += 1.0 if risk[i] > risk[j] else 0.5 if risk[i] == risk[j] else 0.0
    return agreeing / pairs


@pytest.mark.parametrize("levels", [6, 10**9])
def test_every_resample_is_lifelines_index(levels: int) -> None:
    # More events than are taken at once, and with few levels ties of times, of events and of predictors.
    rng = np.random.default_rng(8)
    years = np.ceil(rng.uniform(0, 1, 420) * levels) / levels
    event = (rng.uniform(size=420) < 0.7).astype(float)
    risks = np.round((rng.uniform(size=(2, 420)) - 0.4 * years) * levels) / levels
    counts = person_counts(np.arange(420).astype(str))
    values = weighted_concordances(years, event, risks, counts)
    assert values.shape == (2, 1 + SAMPLES)
    for risk, of_risk in zip(risks, values, strict=True):
        assert of_risk[0] == pytest.approx(by_hand(years, event, risk), abs=1e-12)
        for row in (0, 1, 700, SAMPLES):
            drawn = np.repeat(np.arange(420), counts[row])
            expected = concordance_index(years[drawn], -risk[drawn], event[drawn])
            assert of_risk[row] == pytest.approx(expected, abs=1e-12)


def test_an_event_and_an_end_at_one_time_are_compared_and_two_events_not() -> None:
    counts = np.array([[1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 0, 2], [0, 0, 0]], np.uint16)
    years, event, risks = np.array([2.0, 2, 2]), np.array([1.0, 1, 0]), np.array([[3.0, 1, 2]])
    # Of the three only 1 and 2 are compared with the one without an event: the first agrees.
    found = weighted_concordances(years, event, risks, counts)
    assert found[0].tolist() == pytest.approx([0.5, np.nan, 0.0, np.nan, np.nan], nan_ok=True)
    assert np.isnan(weighted_concordances(years, event * 0, risks, counts)).all()
