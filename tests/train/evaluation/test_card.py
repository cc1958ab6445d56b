"""The model card with the figures of an evaluation."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import metadata, tiny_model

from train.evaluation import card
from verte_core.errors import DataError
from verte_core.network import saving, weights

FIGURE = {"value": 0.85512, "low": 0.8, "high": 0.9}


def save_weights(path: Path) -> Path:
    saving.save(path, tiny_model().state_dict(), metadata())
    return path


def report_of(path: Path, **changes: Any) -> dict[str, Any]:
    at = {"sensitivity": FIGURE, "specificity": {"value": 0.75, "low": 0.7, "high": 0.8}}
    found = {
        "people": 50,
        "positives": 8,
        "auroc": FIGURE,
        "comparators": {"age, sex and BMI": {"auroc_difference": {"value": 0.1, "low": None, "high": None}}},
        "operating_points": {"low": at, "high": at},
    }
    line = {"score": {"intercept": {"value": None, "low": None, "high": None}, "slope": FIGURE}}
    return {
        "weights": "others",
        "weights_id": weights.load(path).id,
        "cohort": "simulated",
        "manifest_sha256": "ab" * 32,
        "split": "all",
        "persons_score": "mean of the images' scores",
        "intervals": "95 %, 2000 resamples of people, seed 1111",
        "version": "0.1.0",
        "failures": {"evaluated": {"people": 50, "images": 140}},
        "discrimination": {"pvf": found, "osteo": found},
        "calibration": {"pvf": line},
        "heatmaps": {"pointing": {"low": {"all": {"share": FIGURE}}}},
        **changes,
    }


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("cohort", "people"),
    [
        ("simulated", "50 simulated people"),
        ("mixed", "50 partly simulated people"),
        ("not stated", "50 people"),
    ],
)
def test_the_card_says_what_the_people_were(tmp_path: Path, cohort: str, people: str) -> None:
    made = save_weights(tmp_path / "made.safetensors")
    found = card.evaluation(weights.load(made), report_of(made, cohort=cohort), "report.json")
    assert found["Evaluation"].startswith(f"{people}, 140 images")
    assert f"{people}, 8 with" in found["Evaluation: pVF-score"]


def test_a_filled_card(tmp_path: Path) -> None:
    made = save_weights(tmp_path / "made.safetensors")
    report = write(tmp_path / "report.json", report_of(made))
    said = card.fill(made, report, tmp_path / "filled.safetensors")

    before, after = weights.load(made), weights.load(tmp_path / "filled.safetensors")
    assert after.id in said and after.id != before.id
    assert before.arrays.keys() == after.arrays.keys() and before.graph == after.graph
    assert all(np.array_equal(array, after.arrays[name]) for name, array in before.arrays.items())
    added = {
        name: after.metadata.card[name] for name in after.metadata.card.keys() - before.metadata.card.keys()
    }
    assert dataclasses.replace(after.metadata, card=before.metadata.card) == before.metadata
    assert added["Evaluation"].startswith(
        "50 simulated people, 140 images, split all of manifest abababababab"
    )
    assert before.id in added["Evaluation"]
    assert added["Evaluation: pVF-score"].splitlines() == [
        "50 simulated people, 8 with prevalent vertebral fracture",
        "AUROC 0.855 (0.800 to 0.900)",
        "above age, sex and BMI by 0.100",
        "low threshold: sensitivity 0.855 (0.800 to 0.900), specificity 0.750 (0.700 to 0.800)",
        "high threshold: sensitivity 0.855 (0.800 to 0.900), specificity 0.750 (0.700 to 0.800)",
        "calibration: intercept unknown, slope 0.855 (0.800 to 0.900)",
        "peak of the heatmap on a fracture, low threshold: 0.855 (0.800 to 0.900) of true positives",
    ]
    assert "calibration" not in added["Evaluation: osteo-score"]
    assert "heatmap" not in added["Evaluation: osteo-score"]


def test_filled_again_the_card_has_the_new_figures_alone(tmp_path: Path) -> None:
    path = save_weights(tmp_path / "made.safetensors")
    card.fill(path, write(tmp_path / "first.json", report_of(path)), path)
    again = report_of(path, heatmaps={"pointing": "there is no truth file"}, cohort="not stated")
    del again["discrimination"]["osteo"]
    card.fill(path, write(tmp_path / "second.json", again), path)
    filled = weights.load(path).metadata.card
    assert again["weights_id"] in filled["Evaluation"]
    assert "heatmap" not in filled["Evaluation: pVF-score"]
    assert "simulated" not in filled["Evaluation"] + filled["Evaluation: pVF-score"]
    assert "Evaluation: osteo-score" not in filled


def test_reports_that_do_not_fit(tmp_path: Path) -> None:
    path = save_weights(tmp_path / "made.safetensors")
    own = weights.load(path)
    trained = dataclasses.replace(own.metadata, training={"manifest_sha256": "ab" * 32})
    saving.rewrite(path, own, trained)
    whole = report_of(path)
    cut = tmp_path / "cut.json"
    cut.write_text(json.dumps(whole)[:200])
    for report, says in (
        (
            write(tmp_path / "a.json", whole | {"weights_id": "0123"}),
            "is of others (0123), not of these weights",
        ),
        (write(tmp_path / "b.json", whole), "people that these weights learned from"),
        (write(tmp_path / "c.json", {"weights_id": own.id}), "c.json is damaged or of another form"),
        (write(tmp_path / "d.json", [1]), "d.json is not the report.json of an evaluation"),
        (cut, "or it is cut short"),
        (tmp_path / "none.json", "none.json can't be read: No such file"),
    ):
        with pytest.raises(DataError) as error:
            card.fill(path, report, tmp_path / "out.safetensors")
        assert says in str(error.value)
    assert not (tmp_path / "out.safetensors").exists()
    card.fill(path, write(tmp_path / "e.json", whole | {"split": "test"}), tmp_path / "out.safetensors")
