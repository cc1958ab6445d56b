"""The gate's arithmetic, and what a weights file says of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import metadata, tiny_model

from verte_core.errors import WeightsError
from verte_core.network import saving, weights
from verte_core.network.appearance import LENGTH, appearance
from verte_core.network.gate import BIAS, REFERENCES, WEIGHT, Gate, GateRules, normalised

CHANNELS = tiny_model().image_head.in_features
RULES = GateRules(2, 0.9, ("usual", "upside down", "other"), 0.0, "nobody")
BRIGHT_BELOW = np.repeat(np.linspace(0, 1, 1024, dtype=np.float32)[:, None], 512, axis=1)


def arrays(count: int = 4) -> dict[str, np.ndarray]:
    """References of the first channel, and a head that knows the picture from itself upside down."""
    references = np.zeros((count, CHANNELS), np.float16)
    references[:, 0] = 1
    usual, turned = (appearance(each) for each in (BRIGHT_BELOW, BRIGHT_BELOW[::-1].copy()))
    weight = np.stack([usual - turned, turned - usual, np.zeros_like(usual)])
    return {REFERENCES: references, WEIGHT: weight, BIAS: np.array([0, 0, -9.0], np.float32)}


def features(*channels: int) -> np.ndarray:
    made = np.zeros((1, CHANNELS), np.float32)
    made[0, list(channels)] = 3.0
    return made


@pytest.mark.parametrize(
    ("channels", "image", "value", "unlike", "look"),
    [
        ((0,), BRIGHT_BELOW, 1.0, False, ""),
        ((0,), BRIGHT_BELOW[::-1].copy(), 1.0, True, "upside down"),
        ((0, 1), BRIGHT_BELOW, 0.7071, True, ""),
        ((5,), BRIGHT_BELOW[::-1].copy(), 0.0, True, "upside down"),
    ],
)
def test_far_pictures_and_other_looks_are_unlike(
    channels: tuple[int, ...], image: np.ndarray, value: float, unlike: bool, look: str
) -> None:
    (found,) = Gate(RULES, arrays()).likeness(features(*channels), [image])
    assert found.value == pytest.approx(value, abs=1e-3)
    assert (found.unlike, found.look) == (unlike, look)
    assert bool(found.notice) == unlike
    assert ("upside down" in found.notice) == (look == "upside down")


def test_features_of_length_zero_are_no_error() -> None:
    assert np.isfinite(normalised(np.zeros((2, 5), np.float32))).all()
    (found,) = Gate(RULES, arrays()).likeness(np.zeros((1, CHANNELS), np.float32), [BRIGHT_BELOW])
    assert found.unlike


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    saving.save(path, tiny_model().state_dict(), metadata(gate=RULES), arrays())
    loaded = weights.load(path)
    assert loaded.metadata.gate == RULES
    assert set(loaded.gate_arrays) == {REFERENCES, WEIGHT, BIAS}
    assert not any(name.startswith("gate.") for name in loaded.arrays)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({REFERENCES: np.zeros((4, CHANNELS + 1), np.float16)}, "unexpected shape or type: gate.references"),
        ({REFERENCES: np.zeros((0, CHANNELS), np.float16)}, "has 0 references"),
        ({WEIGHT: np.zeros((2, LENGTH), np.float32)}, "unexpected shape or type: gate.looks.weight"),
        ({BIAS: np.zeros(3, np.int64)}, "unexpected shape or type: gate.looks.bias"),
        ({WEIGHT: None}, r"1 tensors are missing \(gate.looks.weight\)"),
        ({"gate.more": np.zeros(1, np.float32)}, r"1 are too many \(gate.more\)"),
        ({BIAS: np.array([np.nan, 0, 0], np.float32)}, "not finite"),
    ],
)
def test_a_gate_that_does_not_fit_is_named(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    path = tmp_path / "w.safetensors"
    made = {name: array for name, array in (arrays() | changes).items() if array is not None}
    saving.save(path, tiny_model().state_dict(), metadata(gate=RULES), made)
    with pytest.raises(WeightsError, match=says):
        weights.load(path)


def test_arrays_without_rules_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    saving.save(path, tiny_model().state_dict(), metadata(), arrays())
    with pytest.raises(WeightsError, match="3 are too many"):
        weights.load(path)


def test_members_with_other_preprocessing_do_not_score_together(tmp_path: Path) -> None:
    from verte_core.scoring.scorer import Scorer

    other = replace(metadata().preprocessing, crop_rows=0.1)
    files = []
    for number, changes in enumerate(({}, {"preprocessing": other})):
        path = tmp_path / f"{number}.safetensors"
        saving.save(path, tiny_model(number).state_dict(), metadata(**changes))
        files.append(weights.load(path))
    with pytest.raises(WeightsError, match="different preprocessing"):
        Scorer(files, "cpu")
