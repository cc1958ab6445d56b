"""persons.csv: the mean of a person's images of one study, and nobody who can't be told apart."""

import csv
from pathlib import Path

import pytest
from desktop.support import save_weights, write_dicom

from verte_core.cli import main
from verte_core.reading.radiograph import load

STUDY, OTHER = "1.2.3.1", "1.2.3.2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two films of one study, one of another of the same patient, one without an id."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, seed, patient, study in (
        ("a", 1, "ID-1", STUDY),
        ("b", 2, "ID-1", STUDY),
        ("c", 3, "ID-1", OTHER),
        ("d", 4, "ID-2", STUDY),
        ("e", 5, None, STUDY),
    ):
        write_dicom(folder / f"{name}.dcm", seed, PatientID=patient, StudyInstanceUID=study)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_the_mean_over_a_study(folder: Path, tmp_path: Path) -> None:
    model, out = save_weights(tmp_path / "w.safetensors"), tmp_path / "scores.csv"
    assert main(["score", str(folder), "--model", str(model), "--out", str(out)]) == 0
    images = {Path(each["path"]).stem: each for each in rows(out)}
    persons = rows(tmp_path / "persons.csv")
    assert [each["images"] for each in persons] == ["2", "1", "1"]
    first = persons[0]
    for task in ("pvf", "osteo"):
        values = [float(images[name][f"{task}_score"]) for name in "ab"]
        assert float(first[f"{task}_score"]) == pytest.approx(sum(values) / 2, abs=1e-4)
        assert float(first[f"{task}_lowest"]) == min(values)
        assert float(first[f"{task}_highest"]) == max(values)
    assert [Path(each).stem for each in first["paths"].split("; ")] == ["a", "b"]
    # Nobody's name or number, unless it is asked for.
    assert "ID-1" not in (tmp_path / "persons.csv").read_text() and "patient_id" not in first
    assert main(["score", str(folder), "--model", str(model), "--out", str(out), "--identify"]) == 0
    assert [each["patient_id"] for each in rows(tmp_path / "persons.csv")] == ["ID-1", "ID-1", "ID-2"]


def test_a_table_of_another_program_is_left_alone(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = save_weights(tmp_path / "w.safetensors")
    (tmp_path / "persons.csv").write_text("name,telephone\n")
    assert main(["score", str(folder), "--model", str(model), "--out", str(tmp_path / "scores.csv")]) == 2
    assert "persons.csv is there and was not written by this program" in capsys.readouterr().err
    assert (tmp_path / "persons.csv").read_text() == "name,telephone\n"
    other = tmp_path / "ward.csv"
    assert main(["score", str(folder), "--model", str(model), "--out", str(other)]) == 0
    assert (tmp_path / "ward-persons.csv").exists()


def test_who_is_one_person(folder: Path) -> None:
    whose = {each.stem: load(each).header.person for each in sorted(folder.iterdir())}
    assert whose["a"] == whose["b"] and whose["e"] is None
    assert len({whose[name] for name in "acd"}) == 3
