"""An image opened from a batch is read as the batch read it: with its table, its override and its values."""

from collections.abc import Callable
from pathlib import Path

import pytest
from desktop.batch_steps import choose_row, click, column, ended, open_batch, start
from desktop.support import WAIT, OpenWindow, save_weights, settled, write_dicom
from pytestqt.qtbot import QtBot

from verte_core.batch import clinical_table
from verte_core.cli import main
from verte_desktop.batch.table import STATUS
from verte_desktop.wording import status


def test_a_table_names_images_and_gives_their_values(
    qtbot: QtBot, tmp_path: Path, folder: Path, open_window: OpenWindow, answer: Callable[[Path], None]
) -> None:
    table = tmp_path / "clinical.csv"
    table.write_text("path,age,sex,bmi\nspines/0.dcm,50,M,31\nspines/gone.dcm,50,M,31\n")
    window = open_window()
    batch = start(qtbot, window, answer, table, "score_table")
    ended(qtbot, window)
    assert column(batch, STATUS) == ["scored", "refused"]
    assert (tmp_path / "clinical-scores.csv").exists()
    choose_row(qtbot, batch, "0.dcm", double=True)
    qtbot.waitUntil(lambda: window.session.shown.result is not None, timeout=WAIT)
    session, record = window.session, batch.model.records[0]
    result = session.shown.result
    assert result is not None and result.inputs is not None
    assert (result.inputs.age, result.inputs.sex, result.inputs.bmi) == (50, "M", 31)
    assert result.scores["pvf"].value == pytest.approx(record.scores["pvf"].value, abs=1e-4)
    assert window.form.origins["age"].text() == "from table"
    session.edit("age", "60")
    session.restore_draft()
    assert session.shown.draft.age == "50" and not session.shown.draft.is_edited()


@pytest.mark.parametrize("source", ["window", "terminal"])
def test_a_refused_row_opens_with_what_the_table_says_of_its_uid(
    qtbot: QtBot,
    tmp_path: Path,
    weights_file: Path,
    open_window: OpenWindow,
    answer: Callable[[Path], None],
    source: str,
) -> None:
    images, table, out = tmp_path / "spines", tmp_path / "clinical.csv", tmp_path / "spines-scores.csv"
    images.mkdir()
    write_dicom(images / "a.dcm", 1, SOPInstanceUID="1.2.3", PatientAge=None)
    table.write_text("sop_instance_uid,bmi\n1.2.3,31\n")
    window = open_window()
    if source == "window":
        batch = open_batch(window, answer, images)
        batch.choice.choose((images,), table)
        settled(qtbot, window)
        click(qtbot, batch.start_button)
    else:
        command = ["score", str(images), "--model", str(weights_file), "--table", str(table)]
        assert main([*command, "--out", str(out)]) == 1
        batch = open_batch(window, answer, out, "open_results")
    ended(qtbot, window)
    assert column(batch, STATUS) == ["refused"]
    choose_row(qtbot, batch, "a.dcm", double=True)
    session = window.session
    qtbot.waitUntil(lambda: session.shown.encoded is not None, timeout=WAIT)
    assert session.shown.draft.bmi == "31" and window.form.origins["bmi"].text() == "from table"
    session.edit("age", "70")
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)
    assert session.shown.result is not None and session.shown.result.inputs is not None
    assert session.shown.result.inputs.bmi == 31


@pytest.mark.parametrize("source", ["window", "terminal"])
def test_an_override_of_a_batch_holds_for_an_image_opened_from_it(
    qtbot: QtBot,
    tmp_path: Path,
    weights_file: Path,
    open_window: OpenWindow,
    answer: Callable[[Path], None],
    source: str,
) -> None:
    images, out = tmp_path / "vfa", tmp_path / "vfa-scores.csv"
    images.mkdir()
    write_dicom(images / "a.dcm", 1, SeriesDescription="Vertebral Fracture Assessment")
    write_dicom(images / "b.dcm", 2, SeriesDescription="Vertebral Fracture Assessment", PatientAge=None)
    write_dicom(images / "c.dcm", 3)
    window = open_window()
    if source == "window":
        batch = open_batch(window, answer, images)
        batch.choice.protocol.setCurrentText("A spine radiograph, whatever its header says")
        settled(qtbot, window)
        click(qtbot, batch.start_button)
    else:
        command = ["score", str(images), "--model", str(weights_file), "--protocol", "radiograph"]
        assert main([*command, "--out", str(out)]) == 1
        batch = open_batch(window, answer, out, "open_results")
    ended(qtbot, window)
    assert column(batch, STATUS) == ["scored", "refused", "scored"]
    session = window.session

    def shown() -> tuple[str, str, str]:
        panel = window.results.read_as
        return panel.text(), panel.styleSheet(), status(session.entries[0])

    choose_row(qtbot, batch, "a.dcm", double=True)
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)
    result = session.shown.result
    assert result is not None
    assert result.scores["pvf"].value == pytest.approx(batch.model.records[0].scores["pvf"].value, abs=1e-4)
    carried = shown()
    assert "overruling the header" in carried[0] and "header overruled" in carried[2]
    assert not window.problem_bar.isVisible() and not session.shown.is_misfit()
    # Opened again it is refused, as after an override by hand, and that one looks the same.
    session.reopen()
    qtbot.waitUntil(window.problem_bar.override_button.isVisible, timeout=WAIT)
    click(qtbot, window.problem_bar.override_button)
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)
    assert shown() == carried

    # One that was refused for its values can be completed.
    choose_row(qtbot, batch, "b.dcm", double=True)
    qtbot.waitUntil(lambda: len(session.entries) == 2 and session.shown.encoded is not None, timeout=WAIT)
    session.edit("age", "70")
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)
    assert "overruling the header" in window.results.read_as.text()
    # Nothing was overridden where the header says the same.
    choose_row(qtbot, batch, "c.dcm", double=True)
    qtbot.waitUntil(lambda: len(session.entries) == 3 and session.shown.result is not None, timeout=WAIT)
    assert "as its header says" in window.results.read_as.text()
    # Other weights are asked anew.
    choose_row(qtbot, batch, "a.dcm", double=True)
    qtbot.waitUntil(lambda: session.current == 0 and session.shown.result is not None, timeout=WAIT)
    session.choose_weights(save_weights(tmp_path / "b.safetensors", clinical_hidden=()))
    qtbot.waitUntil(window.problem_bar.override_button.isVisible, timeout=WAIT)


BAD_VALUES: dict[str, tuple[str, str, dict[str, str]]] = {
    "age": ("12,F,22,,", "Age 12 years is outside", {"age": "60"}),
    "sex": ("60,2,22,,", "Sex must be F or M, not '2'", {"sex": "F"}),
    "bmi": ("60,F,5,,", "BMI 5 kg/m2 is outside", {"bmi": "22"}),
    "height": ("60,F,,1.7,60", "Height 1.7 cm is outside", {"height": "170"}),
    "weight": ("60,F,,170,1e300", "Weight 1e+300 kg is outside", {"weight": "60"}),
    "computed": ("60,F,,230,20", "BMI 3.78072 kg/m2 is outside", {"height": "170", "weight": "60"}),
}
"""Cells of a row, what is said beside the field, and what mends it."""


@pytest.mark.parametrize("kind", BAD_VALUES)
def test_a_row_with_a_bad_value_opens_with_its_field_marked(
    qtbot: QtBot,
    tmp_path: Path,
    folder: Path,
    open_window: OpenWindow,
    answer: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    # A table with another word is refused by now; the rows of earlier versions still hold it.
    monkeypatch.setattr(clinical_table, "read_sex", str.upper)
    cells, sentence, mend = BAD_VALUES[kind]
    table = tmp_path / "clinical.csv"
    table.write_text(f"path,age,sex,bmi,height_cm,weight_kg\nspines/0.dcm,{cells}\nspines/1.dcm,50,M,31,,\n")
    window = open_window()
    batch = start(qtbot, window, answer, table, "score_table")
    ended(qtbot, window)
    assert column(batch, STATUS) == ["refused", "scored"]
    session, form, field = window.session, window.form, "bmi" if kind == "computed" else kind
    choose_row(qtbot, batch, "0.dcm", double=True)
    qtbot.waitUntil(lambda: session.shown.encoded is not None, timeout=WAIT)
    assert session.shown.result is None and session.problem is None
    marked = {name: label.text() for name, label in form.errors.items() if label.text()}
    assert marked.keys() == {field} and marked[field].startswith(sentence)
    # The window goes on: the field can be mended, and the next row opens.
    for name, text in mend.items():
        session.edit(name, text)
    qtbot.waitUntil(lambda: session.shown.result is not None, timeout=WAIT)
    assert not any(label.text() for label in form.errors.values())
    choose_row(qtbot, batch, "1.dcm", double=True)
    qtbot.waitUntil(
        lambda: session.shown.result is not None and session.shown.draft.age == "50", timeout=WAIT
    )
