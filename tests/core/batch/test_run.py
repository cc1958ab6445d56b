"""Which images a table names, results that are read back, and reviews."""

import csv
import dataclasses
from pathlib import Path

import pytest

from verte_core.batch import journal, reviews, run
from verte_core.batch.record import ImageRecord, Source
from verte_core.batch.reviews import Reviews
from verte_core.clinical import ClinicalInputs
from verte_core.errors import VerteError
from verte_core.results import Provenance, Score


def test_a_table_names_images_as_seen_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("in/a.dcm", "b.dcm", "c.dcm"):
        (tmp_path / name).touch()
    table = tmp_path / "clinical.csv"
    table.write_text(f"path,sop_instance_uid,age\nin\\a.dcm,1.2,60\n{tmp_path / 'b.dcm'},,61\n,1.3,62\n")
    images, values_of = run.find((), table)
    assert images == [tmp_path / "in/a.dcm", tmp_path / "b.dcm"]
    assert [values_of(image, None).age for image in images] == [60, 61]
    images, values_of = run.find((tmp_path,), table)
    assert len(images) == 3 and values_of(tmp_path / "c.dcm", "1.3").age == 62


def test_a_table_without_paths_needs_a_folder(tmp_path: Path) -> None:
    table = tmp_path / "clinical.csv"
    table.write_text("sop_instance_uid,age\n1.2,60\n")
    with pytest.raises(VerteError, match="no column path"):
        run.find((), table)
    with pytest.raises(VerteError, match="no image"):
        run.find((tmp_path,), None)


def test_results_without_a_journal_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VerteError, match=r"no rows of scores\.csv"):
        journal.read(tmp_path / "scores.csv")
    with pytest.raises(VerteError, match="can't be read"):
        journal.read(tmp_path / "gone" / "scores.csv")
    (tmp_path / "scores.csv.rows-1.jsonl").mkdir()
    with pytest.raises(VerteError, match=r"journal .*rows-1\.jsonl can't be read"):
        journal.read(tmp_path / "scores.csv")


def row(path: str, pvf: float = 0.25) -> ImageRecord:
    scores = {task: Score(value, value, value, "low") for task, value in (("pvf", pvf), ("osteo", 0.5))}
    record = ImageRecord(path, "id", Provenance.SIMULATED, "auto", source=Source(None, None))
    return dataclasses.replace(record.scored(scores), inputs=ClinicalInputs(60.0, "F", 25.0))


def test_reviews_survive_any_text_and_two_readers(tmp_path: Path) -> None:
    first, second = Reviews(tmp_path / "scores.csv"), Reviews(tmp_path / "scores.csv")
    texts = ["", "=1+1", "'=1", "'", 'a,b;"c"\nd', "-", "ü"]
    for index, text in enumerate(texts):
        (first, second)[index % 2].set(row(f"/{index}.dcm"), "confirmed", text)
    first.set(row("/\udcff.dcm"), "refuted", "no UTF-8")
    found = second.read()
    assert [reviews.find(found, f"/{index}.dcm").comment for index in range(len(texts))] == texts  # type: ignore[union-attr]
    assert reviews.find(found, "/\udcff.dcm").verdict == "refuted"  # type: ignore[union-attr]
    with first.path.open(newline="", encoding="utf-8-sig") as file:
        assert not any(cell.startswith(("=", "-")) for line in csv.reader(file) for cell in line)
    one = found["/0.dcm"]
    assert one.is_of(row("/0.dcm")) and not one.is_of(row("/0.dcm", 0.3))
    assert "/0.dcm" not in second.set(row("/0.dcm"), "", "")
    assert {each.name for each in tmp_path.iterdir()} == {"scores.csv.review.csv"}


def test_another_file_is_not_overwritten_by_reviews(tmp_path: Path) -> None:
    kept = Reviews(tmp_path / "scores.csv")
    kept.path.write_text("mine\n")
    with pytest.raises(VerteError, match="no table of reviews"):
        kept.set(row("/a.dcm"), "confirmed", "")
    assert kept.path.read_text() == "mine\n"
