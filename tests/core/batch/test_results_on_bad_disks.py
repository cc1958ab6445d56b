"""Full disks, folders that go, and outputs that are no file: a sentence each, and no row is lost."""

from __future__ import annotations

import csv
import json
import os
import resource
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from batches import write_images
from dicom_files import dataset, write
from PIL import Image

from verte_core.batch import journal
from verte_core.batch.journal import Journal, Reading
from verte_core.batch.record import ImageRecord
from verte_core.batch.scores_file import ScoresFile
from verte_core.cli import main
from verte_core.errors import OutputError, VerteError
from verte_core.files import state_of
from verte_core.results import Provenance


def refused(path: Path | str) -> ImageRecord:
    return ImageRecord(str(path), "id", Provenance.CLINICAL, "auto").refused(VerteError("No."))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("/dev/full", "is a device or a pipe; give the results the name of a file"),
        ("/dev/zero", "is a device or a pipe"),
        (".", "is a folder; give the results the name of a file"),
        ("n" * 250, "can't be written: File name too long."),
        ("n" * 300, "can't be written: File name too long."),
        ("gone/scores.csv", "can't be written: No such file or directory."),
        ("file/scores.csv", "can't be written: Not a directory."),
    ],
)
def test_an_output_that_is_no_file_is_a_sentence(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(VerteError) as caught:
        ScoresFile(tmp_path / name).__enter__()
    assert sentence in str(caught.value)


def test_a_file_without_line_ends_is_another_file(tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    with out.open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(VerteError, match="was not written by this program"):
        ScoresFile(out).__enter__()


SMALL = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
from verte_core.cli import main
sys.exit(main(["score", sys.argv[3], "--model", sys.argv[4], "--device", "cpu", "--out", sys.argv[1]]))
"""


@pytest.mark.parametrize("limit", [0, 100, 1500, 2600])
def test_a_disk_that_fills_at_any_byte_ends_with_one_sentence(
    tmp_path: Path, spine: npt.NDArray[np.uint16], weights_file: Path, limit: int
) -> None:
    assert resource.RLIMIT_FSIZE
    write_images(tmp_path / "images", spine, 4)
    out = tmp_path / "scores.csv"
    command = [sys.executable, "-c", SMALL, str(out), str(limit), str(tmp_path / "images"), str(weights_file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("verte: ")]
    assert "scores.csv can't be written: File too large." in said and "Traceback" not in done.stderr
    assert not out.exists()
    assert main(["score", str(tmp_path / "images"), "--model", str(weights_file), "--out", str(out)]) == 0
    assert len(journal.read(out)) == 4


def test_a_folder_that_goes_midway_is_a_sentence(tmp_path: Path) -> None:
    out = tmp_path / "results" / "scores.csv"
    out.parent.mkdir()
    with (
        pytest.raises(OutputError, match=r"can't be written: No such file or directory\.$"),
        ScoresFile(out) as file,
    ):
        shutil.rmtree(out.parent)
        file.add(refused("/a.dcm"))
    out.parent.mkdir()
    with ScoresFile(out) as file:
        file.missing([Path("/a.dcm")], lambda _: True)
        shutil.rmtree(out.parent)
        with pytest.raises(OutputError, match="No such file or directory"):
            file.finish([Path("/a.dcm")], lambda _: {})


def test_the_cause_is_not_replaced_by_what_closing_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave = Journal.__exit__

    def faulty(own: Journal, *_: object) -> None:
        leave(own)
        raise OSError(122, "Disk quota exceeded")

    monkeypatch.setattr(Journal, "__exit__", faulty)
    with pytest.raises(VerteError, match="The cause"), ScoresFile(tmp_path / "scores.csv"):
        raise VerteError("The cause.")
    with (
        pytest.raises(OutputError, match="can't be written: Disk quota exceeded"),
        ScoresFile(tmp_path / "scores.csv"),
    ):
        pass


def test_every_byte_of_a_line_counts(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv.rows-0.jsonl"
    with Journal(path) as file:
        file.add(refused("/a.dcm"))
        file.add(refused("/b.dcm"))
    first, second = path.read_bytes().splitlines(keepends=True)
    assert json.loads(first)["path"] == "/a.dcm"
    for at in range(len(first) - 1):
        damage = journal.Damage()
        path.write_bytes(first[:at] + bytes([first[at] ^ 1]) + first[at + 1 :] + second)
        found = [entry for _, entry in journal.entries(path, damage)]
        assert found == [refused("/b.dcm")] and damage.lines >= 1


@pytest.mark.parametrize(
    "line",
    [b"\0" * 500, b"\xff\xfe\n\xff", b"7", b"null", b"[" * 10**6, b'{"path":"/a.dcm"}', b"x" * (3 * 2**20)],
    ids=["zeros", "bytes", "number", "null", "nested", "no checksum", "longer than a line can be"],
)
def test_damaged_lines_are_passed_over_and_counted(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "scores.csv.rows-0.jsonl"
    with Journal(path) as file:
        file.add(refused("/a.dcm"))
    path.write_bytes(line + b"\n" + path.read_bytes())
    damage = journal.Damage()
    assert [entry for _, entry in journal.entries(path, damage)] == [refused("/a.dcm")]
    assert damage.lines == line.count(b"\n") + 1
    assert [record.path for record in journal.read(tmp_path / "scores.csv")] == ["/a.dcm"]


def test_damage_is_told(
    tmp_path: Path, spine: npt.NDArray[np.uint16], weights_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_images(tmp_path / "images", spine, 2)
    out = tmp_path / "scores.csv"
    command = ["score", str(tmp_path / "images"), "--model", str(weights_file), "--out", str(out)]
    assert main(command) == 0
    rows, path = out.read_bytes(), journal.path_of(out)
    path.write_bytes(b"\0\0\n{}\n" + path.read_bytes().split(b"\n", 1)[1])
    capsys.readouterr()
    assert main(command) == 0
    said = capsys.readouterr().err
    assert f"verte: Passed over in the journal of {out}: 2 damaged lines." in said
    assert "1 of 2 images were scored before." in said
    assert out.read_bytes() == rows


DEADLY = """
import sys
import readers_doubles
from verte_core import cli
from verte_core.reading import isolated, radiograph

radiograph.load = readers_doubles.load_or_do
isolated.os.cpu_count = lambda: 3
if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:]))
"""


def test_a_file_that_kills_runs_is_found_and_refused_by_name(
    tmp_path: Path, spine: npt.NDArray[np.uint16], weights_file: Path
) -> None:
    images = write_images(tmp_path / "images", spine, 5)
    images[2] = images[2].rename(images[2].with_name("kill-the-run.dcm"))
    out = tmp_path / "scores.csv"
    command = ["score", str(tmp_path / "images"), "--model", str(weights_file), "--out", str(out), "--json"]

    def life() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", DEADLY, *command],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
        )

    assert life().returncode == -9
    # With others at the same time, so it is read alone, and last.
    assert life().returncode == -9
    assert {record.path for record in journal.read(out)} == set(map(str, images)) - {str(images[2])}
    for _ in range(2):
        done = life()
        assert done.returncode == 1
        (row,) = map(json.loads, done.stdout.splitlines())
        assert (row["path"], row["status"]) == (str(images[2]), "refused")
        assert "A run ended without a word while this image alone was being read" in row["reason"]
        assert "the journal scores.csv.rows-0.jsonl is deleted" in row["reason"]
        assert "1  ended a run" in done.stderr
    with out.open(newline="", encoding="utf-8-sig") as file:
        assert [line["status"] for line in csv.DictReader(file)] == ["scored"] * 4 + ["refused"]
    # Another file gets another chance.
    images[2].write_bytes(images[1].read_bytes() + b"\0")
    assert main(command) == 0


def test_a_run_that_ends_alive_leaves_no_suspicion(tmp_path: Path) -> None:
    out, image = tmp_path / "scores.csv", tmp_path / "a.dcm"
    image.touch()
    with pytest.raises(KeyboardInterrupt), ScoresFile(out) as file, file.reading(image):
        raise KeyboardInterrupt
    with ScoresFile(out) as file:
        assert file.missing([image], lambda _: True) == [image] and file.suspects == {}
    with Journal(journal.path_of(out)) as begun:
        begun._write(journal._line(Reading(str(image), "begun", state_of(image), False)))
    with ScoresFile(out) as file:
        file.missing([image], lambda _: True)
        assert file.suspects == {image: Reading(str(image), "begun", state_of(image), False)}
        file.add(refused(image))
    with ScoresFile(out) as file:
        file.missing([image], lambda _: True)
        assert file.suspects == {}


def test_results_and_heatmaps_can_be_read_by_their_owner_alone(
    tmp_path: Path, spine: npt.NDArray[np.uint16], weights_file: Path
) -> None:
    write_images(tmp_path / "images", spine, 1)
    out, maps = tmp_path / "scores.csv", tmp_path / "maps"
    command = ["score", str(tmp_path / "images"), "--model", str(weights_file), "--out", str(out)]
    assert main([*command, "--heatmaps", str(maps)]) == 0
    made = [out, journal.path_of(out), *maps.iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    out.chmod(0o640)
    assert main([*command, "--heatmaps", str(maps)]) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_names_of_any_length_get_heatmaps_of_their_own(
    tmp_path: Path, spine: npt.NDArray[np.uint16], weights_file: Path
) -> None:
    (image,) = write_images(tmp_path / "one", spine, 1)
    data = image.read_bytes()
    image.unlink()
    long = "한" * 80
    names = ["A/IM0001", "B/IM0001", f"{long}a.dcm", f"{long}b.dcm", "c.dcm"]
    for name in names:
        (tmp_path / "one" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "one" / name).write_bytes(data)
    maps = tmp_path / "maps"
    command = ["score", str(tmp_path / "one"), "--model", str(weights_file), "--heatmaps", str(maps)]
    assert main(command) == 0
    made = [path.name for path in maps.iterdir()]
    assert len(made) == 2 * len(names) and max(len(name.encode()) for name in made) <= 255
    assert sum(name.startswith("c_") for name in made) == 2
    assert sum(name.startswith("한" * 60) for name in made) == 4


def test_notes_and_identity_reach_every_file(
    tmp_path: Path, spine: npt.NDArray[np.uint16], weights_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whose = {"PatientID": "=4711", "StudyDate": "20240131", "AccessionNumber": "환자7"}
    header = {"PatientAge": "062Y", "PatientSex": "F", "PatientSize": "1.6", "PatientWeight": "60"}
    levels = spine[::3, ::3].copy()
    image = write(
        tmp_path / "a.dcm",
        dataset(levels, SpecificCharacterSet="ISO_IR 192", LossyImageCompression="01", **whose, **header),
    )
    (tmp_path / "t.csv").write_text("path,age\na.dcm,80\n")
    out, maps = tmp_path / "scores.csv", tmp_path / "maps"
    command = [
        "score",
        str(image),
        "--model",
        str(weights_file),
        "--table",
        str(tmp_path / "t.csv"),
        "--json",
    ]
    command += ["--heatmaps", str(maps), "--out", str(out)]

    def life(*more: str) -> tuple[list[dict[str, object]], dict[str, str], str]:
        capsys.readouterr()
        assert main([*command, *more]) == 0
        with out.open(newline="", encoding="utf-8-sig") as file:
            (row,) = csv.DictReader(file)
        said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return said, row, journal.path_of(out).read_text()

    (line,), row, kept = life()
    notes = line["notes"]
    assert isinstance(notes, list) and "The pixel data has been compressed with loss." in notes
    assert "The age that was given is 80, but the header says 62 years; the one given is used." in notes
    assert row["notes"] == " ".join(notes) and row["sop_instance_uid"] == line["sop_instance_uid"] == "1.2.3"
    assert list(row)[-4:-2] == ["sop_instance_uid", "notes"] and "4711" not in kept
    for path in maps.iterdir():
        with Image.open(path) as picture:
            assert set(notes) <= set(picture.text["Description"].splitlines())  # type: ignore[attr-defined]
    (line,), row, kept = life("--identify")
    assert [*line.values()][-3:] == ["=4711", "2024-01-31", "환자7"]
    assert [*row.items()][-3:] == [
        ("patient_id", "'=4711"), ("study_date", "2024-01-31"), ("accession_number", "환자7"),
    ]  # fmt: skip
    assert life("--identify") == ([], row, kept)
    # And nothing of it stays once it is not wanted.
    (line,), row, kept = life()
    assert "patient_id" not in line | row and "4711" not in kept
