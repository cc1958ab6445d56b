"""A picture that is unlike what the weights learned from: the window says so, and every file made of it."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from desktop.support import OpenWindow, save_weights

from verte_core.batch.clinical_table import ClinicalValues
from verte_core.batch.columns import cells
from verte_core.batch.pipeline import score_images
from verte_core.network import saving, weights
from verte_core.network.appearance import LENGTH
from verte_core.network.gate import BIAS, REFERENCES, WEIGHT, GateRules
from verte_core.results import UNLIKE
from verte_core.scoring.scorers import Scorers
from verte_desktop import wording
from verte_desktop.batch import table


def gated(path: Path, least_likeness: float, least_usual: float) -> Path:
    """Small weights whose gate takes every picture for a frontal one, if its limit says so."""
    own = weights.load(save_weights(path))
    channels = own.arrays["image_head.weight"].shape[1]
    arrays = {
        REFERENCES: np.ones((1, channels), np.float16),
        WEIGHT: np.zeros((2, LENGTH), np.float32),
        BIAS: np.zeros(2, np.float32),
    }
    rules = GateRules(1, least_likeness, ("usual", "frontal"), least_usual)
    saving.rewrite(path, own, dataclasses.replace(own.metadata, gate=rules), arrays)
    return path


@pytest.mark.parametrize(
    ("least_likeness", "least_usual", "says"),
    [(-1.0, -1.0, ""), (1.0, -1.0, UNLIKE), (-1.0, 1.0, f"{UNLIKE} It looks like a frontal image.")],
)
def test_the_window_says_it_above_the_scores(
    tmp_path: Path,
    image: Path,
    open_window: OpenWindow,
    least_likeness: float,
    least_usual: float,
    says: str,
) -> None:
    window = open_window(image, model=gated(tmp_path / "w.safetensors", least_likeness, least_usual))
    shown = window.session.shown
    assert shown.result is not None, "it is scored all the same"
    assert window.results.unlike.text() == says
    assert window.results.unlike.isVisible() == bool(says)
    above = window.results.unlike.geometry().bottom() <= window.results.cards["pvf"].geometry().top()
    assert above or not says
    assert wording.unlike(shown) == says
    assert (says in wording.notes(shown)) == bool(says)
    assert (UNLIKE in wording.as_text(shown)) == bool(says)


def test_the_batch_marks_it(tmp_path: Path, folder: Path) -> None:
    loaded = weights.load(gated(tmp_path / "w.safetensors", -1.0, 1.0))
    values = ClinicalValues(71.0, "F", 25.0)
    outcomes = score_images(Scorers.of_files([loaded], "cpu"), sorted(folder.iterdir()), lambda *_: values)
    records = [record for record, _ in outcomes]
    marks = {Path(each.path).name: table.COLUMNS[table.UNLIKE].text(None, each) for each in records}  # type: ignore[arg-type]
    assert marks == {"0.dcm": "frontal", "1.dcm": "frontal", "2.dcm": "frontal", "broken.dcm": ""}
    row = cells(records[0])
    assert row["unlike"] == "frontal" and -1 <= float(str(row["likeness"])) <= 1
    assert UNLIKE in str(row["notes"])
    assert cells(records[-1])["unlike"] is None
