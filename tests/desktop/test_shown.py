"""Nothing stands in a ``Shown`` beside what it was not made from, whatever is changed."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from desktop.support import WAIT, OpenWindow
from pytestqt.qtbot import QtBot

from verte_core.clinical import ClinicalInputs
from verte_core.results import Provenance, Result
from verte_desktop.session.clinical_draft import Draft
from verte_desktop.session.shown import Shown
from verte_desktop.session.slow_steps import Heatmap

DRAFT = Draft(age="70", sex="F", bmi="25")


def radiograph(image_id: str, protocol: str | None = None) -> Any:
    return SimpleNamespace(id=image_id, protocol=protocol, unfit=None)


def weights(weights_id: str, needs_clinical: bool = True) -> Any:
    scorer: Any = SimpleNamespace(
        weights_id=weights_id,
        needs_clinical=needs_clinical,
        metadata=SimpleNamespace(protocol="radiograph"),
    )
    return scorer


def encoded(image_id: str = "image", weights_id: str = "weights") -> Any:
    return SimpleNamespace(image_id=image_id, weights_id=weights_id)


def result(image_id: str = "image", weights_id: str = "weights", age: float | None = 70) -> Result:
    inputs = None if age is None else ClinicalInputs(age, "F", 25)
    return Result(image_id, weights_id, inputs, Provenance("simulated"), {})


def heatmap(of: Result, task: str = "pvf") -> Heatmap:
    return Heatmap(of, task, np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint8))


@pytest.fixture
def whole() -> Shown:
    """An image with its scores and their heatmap."""
    made = result()
    return Shown(
        radiograph=radiograph("image"),
        draft=DRAFT,
        scorer=weights("weights"),
        encoded=encoded(),
        result=made,
        heatmap_wanted=True,
        heatmap=heatmap(made),
    )


def test_what_belongs_together_stands(whole: Shown) -> None:
    assert whole.encoded is not None and whole.result is not None and whole.heatmap is not None


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"radiograph": None}, (False, False, False)),
        ({"radiograph": radiograph("other")}, (False, False, False)),
        ({"scorer": None}, (False, False, False)),
        ({"scorer": weights("other")}, (False, False, False)),
        ({"encoded": None}, (False, False, False)),
        ({"encoded": encoded("other")}, (False, False, False)),
        ({"encoded": encoded(weights_id="other")}, (False, False, False)),
        ({"draft": Draft()}, (True, False, False)),
        ({"draft": replace(DRAFT, age="71")}, (True, False, False)),
        ({"draft": replace(DRAFT, bmi_unknown=True)}, (True, False, False)),
        ({"scorer": weights("weights", needs_clinical=False)}, (True, False, False)),
        ({"result": None}, (True, False, False)),
        ({"result": result("other")}, (True, False, False)),
        ({"result": result(weights_id="other")}, (True, False, False)),
        ({"result": result(age=60)}, (True, False, False)),
        ({"result": result(age=None)}, (True, False, False)),
        ({"result": result()}, (True, True, False)),
        ({"heatmap_wanted": False}, (True, True, False)),
        ({"heatmap_task": "osteo"}, (True, True, False)),
        ({"heatmap": heatmap(result())}, (True, True, False)),
        ({"weights_replaced": True}, (True, True, True)),
        ({"draft": replace(DRAFT, bmi="25.0")}, (True, True, True)),
    ],
)
def test_what_no_longer_belongs_goes(
    whole: Shown, change: dict[str, Any], left: tuple[bool, bool, bool]
) -> None:
    changed = replace(whole, **change)
    assert (changed.encoded is not None, changed.result is not None, changed.heatmap is not None) == left


@pytest.mark.parametrize(
    ("header", "read_as", "is_misfit", "is_overruled"),
    [
        (None, "auto", False, False),
        (None, "radiograph", False, False),
        ("radiograph", "auto", False, False),
        ("radiograph", "radiograph", False, False),
        ("vfa", "auto", True, False),
        ("vfa", "vfa", True, False),
        ("vfa", "radiograph", False, True),
    ],
)
def test_kind_of_image(header: str | None, read_as: Any, is_misfit: bool, is_overruled: bool) -> None:
    shown = Shown(radiograph=radiograph("image", header), scorer=weights("weights"), read_as=read_as)
    assert (shown.is_misfit(), shown.is_overruled()) == (is_misfit, is_overruled)
    assert not Shown(radiograph=radiograph("image", header)).is_misfit()


def test_a_key_in_the_form_leaves_the_image_alone(qtbot: QtBot, image: Path, open_window: OpenWindow) -> None:
    window = open_window(image)
    session, told = window.session, []
    for name in ("image_changed", "draft_changed", "result_changed", "heatmap_changed", "weights_changed"):
        getattr(session, name).connect(lambda name=name: told.append(name))
    session.edit("age", "60")
    assert sorted(set(told)) == ["draft_changed", "result_changed"] and len(told) == 2
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)
    assert "image_changed" not in told and "heatmap_changed" not in told
