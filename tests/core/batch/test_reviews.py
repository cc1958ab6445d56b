"""A verdict is of one score of one image, and outlives neither that score nor its weights in silence."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from verte_core.batch import reviews
from verte_core.batch.record import ImageRecord, Source
from verte_core.batch.reviews import Reviews, Verdict
from verte_core.clinical import ClinicalInputs
from verte_core.errors import VerteError
from verte_core.results import Provenance, Score


def row(path: str, pvf: float = 0.25, osteo: float = 0.5) -> ImageRecord:
    scores = {task: Score(value, value, value, "low") for task, value in (("pvf", pvf), ("osteo", osteo))}
    record = ImageRecord(path, "id", Provenance.SIMULATED, "auto", source=Source(None, None))
    return replace(record.scored(scores), inputs=ClinicalInputs(60.0, "F", 25.0))


def test_reviews_survive_any_text_and_two_readers(tmp_path: Path) -> None:
    first, second = Reviews(tmp_path / "scores.csv"), Reviews(tmp_path / "scores.csv")
    texts = ["", "=1+1", "'=1", "'", 'a,b;"c"\nd', "-", "ü"]
    for index, text in enumerate(texts):
        (first, second)[index % 2].set(row(f"/{index}.dcm"), {"pvf": "confirmed"}, text)
    first.set(row("/\udcff.dcm"), {"osteo": "refuted"}, "no UTF-8")
    found = second.read()
    assert [reviews.find(found, f"/{index}.dcm").comment for index in range(len(texts))] == texts  # type: ignore[union-attr]
    assert reviews.find(found, "/\udcff.dcm").verdicts["osteo"].word == "refuted"  # type: ignore[union-attr]
    with first.path.open(newline="", encoding="utf-8-sig") as file:
        assert not any(cell.startswith(("=", "-")) for line in csv.reader(file) for cell in line)
    assert "/0.dcm" not in second.set(row("/0.dcm"), {"pvf": ""}, "")
    assert {each.name for each in tmp_path.iterdir()} == {"scores.csv.review.csv"}


def test_a_verdict_on_one_score_leaves_the_other_with_what_it_was_said_of(tmp_path: Path) -> None:
    kept = Reviews(tmp_path / "scores.csv")
    old, new = row("/a.dcm", 0.25, 0.5), row("/a.dcm", 0.3, 0.5)
    kept.set(old, {"pvf": "confirmed"}, "both")
    kept.set(new, {"osteo": "refuted"}, "both")
    verdicts = kept.read()["/a.dcm"].verdicts
    assert verdicts == {"pvf": Verdict("confirmed", "0.25", "id"), "osteo": Verdict("refuted", "0.5", "id")}
    assert verdicts["pvf"].is_of(old, "pvf") and not verdicts["pvf"].is_of(new, "pvf")
    assert verdicts["osteo"].is_of(new, "osteo")
    assert not verdicts["osteo"].is_of(replace(new, model_id="other"), "osteo")
    with kept.path.open(newline="", encoding="utf-8-sig") as file:
        (line,) = csv.DictReader(file)
    del line["reviewed"]
    assert line == {
        "path": "/a.dcm",
        "pvf_verdict": "confirmed",
        "osteo_verdict": "refuted",
        "comment": "both",
        "pvf_score": "0.25",
        "osteo_score": "0.5",
        "pvf_model_id": "id",
        "osteo_model_id": "id",
    }


FORMER = "path,verdict,comment,pvf_score,osteo_score,model_id,reviewed\n"


def test_a_former_verdict_on_a_row_is_given_to_no_score_that_it_may_not_have_meant(tmp_path: Path) -> None:
    kept = Reviews(tmp_path / "scores.csv")
    kept.path.write_text(
        f"{FORMER}/two.dcm,refuted,wedge,0.25,0.5,id,2026-01-02T03:04:05\n"
        "/one.dcm,confirmed,,,0.5,id,2026-01-02T03:04:05\n/said.dcm,,only words,0.1,0.2,id,\n"
    )
    found = kept.read()
    assert found["/two.dcm"].verdicts == {}
    assert found["/two.dcm"].comment == "[refuted: said of the whole row, with weights id] wedge"
    assert found["/one.dcm"].verdicts == {"osteo": Verdict("confirmed", "0.5", "id")}
    assert found["/said.dcm"].comment == "only words"
    # A change of one row loses nothing of the others, and is read again as it is.
    kept.set(row("/said.dcm"), {"pvf": "confirmed"}, "only words")
    assert kept.read() | {"/said.dcm": found["/said.dcm"]} == found
    assert kept.path.read_text("utf-8-sig").splitlines()[0] == ",".join(reviews.COLUMNS)


@pytest.mark.parametrize(
    "text", ["mine\n", "path;verdict\n", "path,comment,reviewed,my_column\n", "path,verdict\n"]
)
def test_another_file_is_not_overwritten_by_reviews(tmp_path: Path, text: str) -> None:
    kept = Reviews(tmp_path / "scores.csv")
    kept.path.write_text(text)
    with pytest.raises(VerteError, match="no table of reviews"):
        kept.set(row("/a.dcm"), {"pvf": "confirmed"}, "")
    assert kept.path.read_text() == text
