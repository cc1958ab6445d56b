"""Which images a table names, results that are read back, heatmaps that fail, and runs that end early."""

import csv
import dataclasses
import json
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from batches import write_images

from verte_core import files
from verte_core.batch import journal, run
from verte_core.batch.journal import Journal
from verte_core.batch.record import ImageRecord, Source
from verte_core.cli import main
from verte_core.clinical import ClinicalInputs
from verte_core.errors import OutputError, VerteError
from verte_core.reading import radiograph
from verte_core.results import Provenance, Score
from verte_core.scoring.scorer import Encoded, Scorer


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


FAILURES = {
    "full disk": (OSError(28, "No space left on device"), "can't be written: No space left on device."),
    "memory": (MemoryError(), "There is not enough memory for this image."),
    "GPU": (RuntimeError("a fault of the GPU"), "The program failed on this image (RuntimeError)."),
    "picture": (cv2.error("a fault of OpenCV"), "The program failed on this image (error)."),
    "sentence": (OutputError("The heatmap is not to be."), "The heatmap is not to be."),
}


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("failure", FAILURES)
def test_a_heatmap_that_fails_costs_no_score(
    tmp_path: Path,
    spine: npt.NDArray[np.uint16],
    weights_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: str,
) -> None:
    error, reason = FAILURES[failure]
    images, out, maps = (
        write_images(tmp_path / "images", spine, 4),
        tmp_path / "scores.csv",
        tmp_path / "maps",
    )
    command = ["score", str(tmp_path / "images"), "--model", str(weights_file), "--heatmaps", str(maps)]

    assert main([*command, "--out", str(tmp_path / "whole.csv")]) == 0
    pictures = {path.name: path.read_bytes() for path in maps.iterdir()}
    shutil.rmtree(maps)
    capsys.readouterr()

    with monkeypatch.context() as broken:
        if failure == "full disk":
            write = files.write

            def full(path: Path, data: bytes) -> None:
                if path.name.startswith("02"):
                    raise error
                write(path, data)

            broken.setattr(files, "write", full)
        else:
            explain, third = Scorer.explain, radiograph.load(images[2]).id

            def faulty(scorer: Scorer, encoded: Encoded, *given: Any) -> Any:
                if encoded.image_id == third and given[-1] == "pvf":
                    raise error
                return explain(scorer, encoded, *given)

            broken.setattr(Scorer, "explain", faulty)
        assert main([*command, "--json", "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert [json.loads(line)["status"] for line in said.out.splitlines()] == ["scored"] * 4
    assert "verte: 1 of the images that were scored lack a heatmap:" in said.err
    assert f"{images[2]}\n    no heatmap: " in said.err and reason in said.err
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    # The heatmap of the other score is there, unless it failed too.
    lost = {name for name in pictures if name.startswith("02") and (failure == "full disk" or "pvf" in name)}
    assert {path.name for path in maps.iterdir()} == pictures.keys() - lost
    assert said.err.count("-score: ") == len(lost)
    assert [bool(record.without_heatmap) for record in journal.read(out)] == [False, False, True, False]

    # It alone is scored again, and then nothing is.
    for expected in (1, 0):
        assert main([*command, "--json", "--out", str(out)]) == 0
        said = capsys.readouterr()
        assert len(said.out.splitlines()) == expected and "lack a heatmap" not in said.err
        assert {path.name: path.read_bytes() for path in maps.iterdir()} == pictures
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_heatmaps_that_fail_are_told_without_results_too(
    tmp_path: Path,
    spine: npt.NDArray[np.uint16],
    weights_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    images, maps = write_images(tmp_path / "images", spine, 2), tmp_path / "maps"
    images[0].write_bytes(b"no image")
    command = ["score", str(tmp_path / "images"), "--model", str(weights_file), "--heatmaps", str(maps)]

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write", full)
    assert main(command) == 1
    said = capsys.readouterr()
    assert "1 scored, 1 refused." in said.out
    assert said.err.count("no heatmap: pVF-score: The heatmap") == 1 and str(images[1]) in said.err


@pytest.mark.usefixtures("one_thread")
def test_an_interrupted_run_leaves_the_rows_that_are_done(
    tmp_path: Path,
    spine: npt.NDArray[np.uint16],
    weights_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    images, out = write_images(tmp_path / "in", spine, 5), tmp_path / "scores.csv"
    command = ["score", str(tmp_path / "in"), "--model", str(weights_file), "--out", str(out)]
    add, stop_after = Journal.add, 0

    def add_and_interrupt(kept: Journal, record: ImageRecord) -> None:
        add(kept, record)
        if record.path == str(images[stop_after]):
            signal.raise_signal(signal.SIGINT)

    def rows() -> list[str]:
        with out.open(newline="", encoding="utf-8-sig") as file:
            return [Path(row["path"]).name for row in csv.DictReader(file)]

    monkeypatch.setattr(Journal, "add", add_and_interrupt)
    for stop_after, remain in ((1, 3), (3, 1)):
        assert main(command) == 1
        said = capsys.readouterr().err
        assert f"{out} has the rows of {stop_after + 1} of 5 images; {remain} remain" in said
        assert rows() == [each.name for each in images[: stop_after + 1]]
        assert len(journal.read(out)) == stop_after + 1
    monkeypatch.setattr(Journal, "add", add)
    assert main(command) == 0
    assert "4 of 5 images were scored before" in capsys.readouterr().err
    assert rows() == [each.name for each in images]


@pytest.mark.usefixtures("one_thread")
def test_a_run_interrupted_before_its_first_row_leaves_a_former_table(
    tmp_path: Path,
    spine: npt.NDArray[np.uint16],
    weights_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_images(tmp_path / "in", spine, 2)
    out = tmp_path / "scores.csv"
    command = ["score", str(tmp_path / "in"), "--model", str(weights_file), "--out", str(out)]
    assert main(command) == 0
    former = out.read_bytes()
    # Another choice takes no row over.
    interrupted = lambda *_, **__: (signal.raise_signal(signal.SIGINT), time.sleep(1))  # noqa: E731
    monkeypatch.setattr(Scorer, "encode_all", interrupted)
    assert main([*command, "--protocol", "radiograph"]) == 1
    assert "verte: 2 remain" in capsys.readouterr().err
    assert out.read_bytes() == former
