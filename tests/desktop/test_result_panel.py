"""What is said beside a score: figures of unseen people, no advice of simulated weights."""

import dataclasses
from pathlib import Path

import pytest
from desktop.support import OpenWindow, save_weights
from PySide6.QtGui import QColor

from verte_core.network import saving, weights
from verte_core.results import OperatingPoints, Provenance, Score
from verte_desktop import theme, wording

CARD = {
    "Evaluation": "50 people",
    "Evaluation: pVF-score": "50 people, 9 with it\nlow threshold: sensitivity 0.744 (0.637 to 0.827)",
}


def changed(path: Path, **fields: object) -> Path:
    """The weights of a file with other fields, in its place."""
    own = weights.load(path)
    saving.rewrite(path, own, dataclasses.replace(own.metadata, **fields))  # type: ignore[arg-type]
    return path


def test_sensitivity_beside_a_score_is_that_of_unseen_people(
    tmp_path: Path, image: Path, open_window: OpenWindow
) -> None:
    points = {task: OperatingPoints(0.2, 0.6, 0.9, 0.9) for task in ("pvf", "osteo")}
    model = changed(save_weights(tmp_path / "a.safetensors"), card=CARD, operating_points=points)
    window = open_window(image, model=model)
    tips = {task: card.bar.toolTip() for task, card in window.results.cards.items()}
    assert "not seen" in tips["pvf"] and "sensitivity 0.744 (0.637 to 0.827)" in tips["pvf"]
    assert "90%" not in tips["pvf"] and "Low below 0.20, high from 0.60" in tips["pvf"]
    # Without figures, where the number comes from is said.
    assert "90% of those affected" in tips["osteo"] and "on the validation split" in tips["osteo"]
    assert "not known" in tips["osteo"]


def test_figures_of_one_file_are_not_those_of_several(
    tmp_path: Path, image: Path, open_window: OpenWindow
) -> None:
    models = [changed(save_weights(tmp_path / "a.safetensors"), card=CARD)]
    models.append(save_weights(tmp_path / "b.safetensors", (4, 4)))
    window = open_window(image, model=models)
    assert "on the validation split" in window.results.cards["pvf"].bar.toolTip()
    assert "0.744" not in window.results.cards["pvf"].bar.toolTip()


def test_shipped_cards_have_the_figures() -> None:
    from verte_core.network import shipped
    from verte_core.results import evaluation_of

    for protocol in ("radiograph", "vfa"):
        card = weights.load(shipped.path(protocol)).metadata.card  # type: ignore[arg-type]
        assert all("low threshold: sensitivity" in card[evaluation_of(task)] for task in ("pvf", "osteo"))


def test_the_low_zone_is_no_green() -> None:
    hue = QColor(theme.ZONES["low"]).hue()
    assert not 60 <= hue <= 195


@pytest.mark.parametrize(
    ("trained_on", "advised"),
    [(Provenance.CLINICAL, True), (Provenance.MIXED, False), (Provenance.SIMULATED, False)],
)
def test_advice_only_of_weights_that_say_something_about_a_patient(
    tmp_path: Path, image: Path, open_window: OpenWindow, trained_on: Provenance, advised: bool
) -> None:
    points = {task: OperatingPoints(0.0, 0.0, 0.9, 0.9) for task in ("pvf", "osteo")}
    path = save_weights(tmp_path / "a.safetensors")
    window = open_window(image, model=changed(path, trained_on=trained_on, operating_points=points))
    card = window.results.cards["pvf"]
    assert card.zone.text() == "high zone"
    assert (card.advice.text() == "Assessment for vertebral fracture is recommended.") == advised
    assert ("is recommended" in wording.as_text(window.session.shown)) == advised
    assert card.advice.isVisible() == advised and window.results.notice.isVisible() == (not advised)


def test_nothing_follows_from_a_low_score() -> None:
    low = Score(0.1, 0.1, 0.1, "low")
    assert wording.advice("pvf", low, Provenance.CLINICAL) == ""
