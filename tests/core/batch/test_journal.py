"""Runs that are killed, repeated, doubled and shared out, and what their files hold."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from batches import grow, hold, life, lives, write_images
from hypothesis import given
from hypothesis import strategies as st
from processes import start

from verte_core.batch import journal
from verte_core.batch.journal import Journal, read
from verte_core.batch.record import ImageRecord
from verte_core.batch.scores_file import ScoresFile
from verte_core.cli import main
from verte_core.errors import VerteError
from verte_core.reading.image_files import find_images
from verte_core.results import Provenance

IMAGES = 6


class Hospital:
    """A folder of images, one of them broken, and the command that scores it."""

    def __init__(self, folder: Path, spine: npt.NDArray[np.uint16], weights_file: Path) -> None:
        self.images = folder / "images"
        write_images(self.images, spine, IMAGES)
        (self.images / "03.dcm").write_bytes(b"not an image")
        self.out = folder / "scores.csv"
        self.journal = folder / "scores.csv.rows-0.jsonl"
        self.log = folder / "forwards"
        self.command = ["score", str(self.images), "--model", str(weights_file), "--device", "cpu"]
        self.command += ["--out", str(self.out)]

    def names(self) -> list[str]:
        return [f"{index:02}.dcm" for index in range(IMAGES)]

    def rows(self) -> list[dict[str, str]]:
        with self.out.open(newline="", encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))

    def forwards(self) -> Counter[str]:
        """How often the network saw each image."""
        names = {hashlib.sha256(path.read_bytes()).hexdigest(): path.name for path in self.images.iterdir()}
        ids = self.log.read_text().split() if self.log.exists() else []
        return Counter(names[each] for each in ids)

    def scored(self) -> set[str]:
        """Images whose row is in a journal."""
        found = set()
        for path in self.out.parent.glob("*.jsonl"):
            for line in path.read_bytes().split(b"\n"):
                if line.endswith(b"}"):
                    row = json.loads(line)
                    found |= {Path(row["path"]).name} if row["status"] == "scored" else set()
        return found


@pytest.fixture
def hospital(tmp_path: Path, spine: npt.NDArray[np.uint16], weights_file: Path) -> Hospital:
    return Hospital(tmp_path, spine, weights_file)


@pytest.mark.parametrize(
    "deaths",
    [
        ["before 1", "after 1", "before 3"],
        ["within 1", "within 2"],
        ["after 4", "within 3"],
        ["after 6", "csv"],
        ["journal"],
    ],
    ids=", ".join,
)
def test_a_killed_run_goes_on_and_scores_nothing_twice(hospital: Hospital, deaths: list[str]) -> None:
    for moment in deaths:
        known, before = hospital.scored(), hospital.forwards()
        assert life(hospital.command, moment, hospital.log) == -signal.SIGKILL
        assert known <= hospital.scored()
        assert not known & (hospital.forwards() - before).keys()
        assert hospital.out.exists() == (moment == "journal")
    known, before = hospital.scored(), hospital.forwards()
    assert life(hospital.command, "never", hospital.log) == 1
    assert (hospital.forwards() - before).keys() == set(hospital.names()) - known - {"03.dcm"}
    rows = hospital.rows()
    assert [Path(row["path"]).name for row in rows] == hospital.names()
    assert [row["status"] for row in rows].count("scored") == IMAGES - 1
    assert rows[3]["status"] == "refused"
    assert {path.name for path in hospital.out.parent.iterdir()} >= {"scores.csv", hospital.journal.name}
    # As if nothing had happened.
    killed, again = rows, hospital.out.with_name("whole.csv")
    hospital.command[-1], hospital.out = str(again), again
    assert main(hospital.command) == 1
    assert hospital.rows() == killed


def test_a_kill_from_outside(hospital: Hospital) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "verte_core.cli", *hospital.command, "--json"],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert process.stdout
    told = [json.loads(process.stdout.readline()) for _ in range(2)]
    process.kill()
    process.wait()
    assert {Path(row["path"]).name for row in told} <= hospital.scored()
    known = hospital.scored()
    assert main(hospital.command) == 1
    assert known <= hospital.scored()
    assert len(hospital.rows()) == IMAGES


def test_a_second_run_scores_what_is_new_or_changed(
    hospital: Hospital, spine: npt.NDArray[np.uint16], capsys: pytest.CaptureFixture[str]
) -> None:
    def names_scored() -> set[str]:
        capsys.readouterr()
        main([*hospital.command, "--json"])
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [Path(row["path"]).name for row in hospital.rows()] == sorted(
            path.name for path in hospital.images.iterdir()
        )
        return {Path(row["path"]).name for row in rows if row["status"] == "scored"}

    first = names_scored()
    assert first == set(hospital.names()) - {"03.dcm"}
    assert names_scored() == set()
    write_images(hospital.images.parent / "new", spine, 9)
    (hospital.images.parent / "new" / "08.dcm").rename(hospital.images / "01a.dcm")
    assert names_scored() == {"01a.dcm"}
    os.utime(hospital.images / "02.dcm", ns=(1, 1))
    assert names_scored() == {"02.dcm"}
    (hospital.images / "04.dcm").unlink()
    assert names_scored() == set()
    hospital.command += ["--protocol", "radiograph"]
    assert len(names_scored()) == IMAGES - 1


@pytest.mark.parametrize("begun", ["relative", "above", "absolute"])
def test_relative_and_absolute_paths_are_the_same_run(
    hospital: Hospital, weights_file: Path, monkeypatch: pytest.MonkeyPatch, begun: str
) -> None:
    root, elsewhere = hospital.out.parent, hospital.out.parent / "elsewhere"
    elsewhere.mkdir()
    (root / "weights").symlink_to(weights_file.parent)
    table = root / "clinical.csv"
    table.write_text("path,age\nimages/00.dcm,50\n../images/01.dcm,51\n")

    def run(way: str) -> int:
        monkeypatch.chdir(elsewhere if way == "above" else root)
        start = {"relative": "", "above": "../", "absolute": f"{root}/"}[way]
        table.replace(elsewhere / "clinical.csv") if table.exists() else None
        return main([
            "score", f"{start}images", "--model", f"{start}weights/{weights_file.name}",
            "--table", f"{start}elsewhere/clinical.csv", "--out", f"{start}scores.csv",
            "--heatmaps", f"{start}maps",
        ])  # fmt: skip

    assert run(begun) == 1
    before = hospital.journal.read_bytes()
    rows = hospital.rows()
    assert all(Path(row["path"]).is_absolute() for row in rows)
    assert [row["age"] for row in rows][:3] == ["50.0", "51.0", "62.0"]
    maps = {each: each.stat().st_mtime_ns for each in (root / "maps").iterdir()}
    for way in ("relative", "above", "absolute"):
        assert run(way) == 1
        # Only the refused image was tried again.
        assert hospital.journal.read_bytes() == before and hospital.rows() == rows
        assert {each: each.stat().st_mtime_ns for each in (root / "maps").iterdir()} == maps


@pytest.mark.parametrize("key", ["path", "sop_instance_uid"])
def test_a_changed_table_scores_those_it_changes(
    hospital: Hospital, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    from verte_core.reading import radiograph

    keys = [
        path.name if key == "path" else radiograph.load(path).header.sop_instance_uid
        for path in sorted(hospital.images.iterdir())
        if path.name != "03.dcm"
    ]
    table = hospital.out.with_name("clinical.csv")
    hospital.command += ["--json", "--table", str(table)]
    for ages, expected in [((50, 51), 5), ((50, 51), 0), ((50, 52), 1), ((50, ""), 1)]:
        table.write_text(f"{key},age\n" + "".join(f"{k},{a}\n" for k, a in zip(keys, ages, strict=False)))
        capsys.readouterr()
        main(hospital.command)
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert sum(row["status"] == "scored" for row in rows) == expected
        assert [row["age"] for row in hospital.rows()][:2] == [f"{a or 61}.0" for a in ages]


def test_two_runs_do_not_write_to_the_same_file(
    hospital: Hospital, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScoresFile(hospital.out):
        assert main(hospital.command) == 2
    assert "Another run is writing to" in capsys.readouterr().err
    assert main(hospital.command) == 1


def test_another_file_is_not_overwritten(hospital: Hospital, capsys: pytest.CaptureFixture[str]) -> None:
    hospital.out.write_text("path,age\na.dcm,60\n")
    assert main(hospital.command) == 2
    assert "was not written by this program" in capsys.readouterr().err
    assert hospital.out.read_text().startswith("path,age")


def test_a_full_disk_is_a_sentence_and_keeps_the_old_file(
    hospital: Hospital, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(hospital.command)
    before = hospital.out.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(hospital.command) == 1
    assert "can't be written: No space left on device. The rows before are in" in capsys.readouterr().err
    assert hospital.out.read_bytes() == before


def test_a_spreadsheet_takes_no_cell_for_a_formula(
    tmp_path: Path, spine: npt.NDArray[np.uint16], weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from verte_core.batch.clinical_table import ClinicalValues
    from verte_core.batch.run import ScoringRun
    from verte_core.network import weights
    from verte_core.scoring.scorers import Scorers

    images = write_images(tmp_path / "images", spine, 6)
    names = ["=1+1.dcm", "+1.dcm", "-1.dcm", "@SUM.dcm", "\tx.dcm", "größe.dcm"]
    for image, name in zip(images, names, strict=True):
        image.rename(image.with_name(name))
    strange = images[0].with_name(os.fsdecode(b"caf\xe9.dcm"))
    strange.write_bytes(b"")
    monkeypatch.chdir(tmp_path / "images")
    out = tmp_path / "scores.csv"
    paths = [Path(name) for name in (*names, strange.name)]
    scorers = Scorers.of_files([weights.load(weights_file)], "cpu")
    with ScoringRun(scorers, paths, lambda path, uid: ClinicalValues(), out=out) as run:
        for _ in run.outcomes():
            pass
        counts = run.finish().kinds
    assert counts.total() - counts[""] >= 1
    content = out.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfpath,status,")
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines(keepends=True)))
    assert [row["path"] for row in rows] == [
        *(f"'{name}" for name in names[:5]), "größe.dcm", r"caf\udce9.dcm",
    ]  # fmt: skip
    assert all(0 < float(row["pvf_score"]) < 1 for row in rows[:6])
    # What the CSV had to change is not what the next run goes by.
    assert [record.path for record in read(out)] == [*names, strange.name]


def damages() -> dict[str, Callable[[dict[str, Any]], bytes]]:
    """What may become of a journal's line, from its content."""

    def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], bytes]:
        def make(entry: dict[str, Any]) -> bytes:
            change(entry)
            return json.dumps(entry).encode()

        return make

    def first_score(entry: dict[str, Any]) -> dict[str, Any]:
        return entry["scores"]["pvf"]

    return {
        "cut short": lambda entry: json.dumps(entry).encode()[:-20],
        "two in one": lambda entry: json.dumps(entry).encode()[:40] + json.dumps(entry).encode(),
        "a number": lambda entry: b"7",
        "nested": lambda entry: b"[" * 100_000,
        "not UTF-8": lambda entry: json.dumps(entry).encode().replace(b"scored", b"sc\xff\xfered"),
        "zeros": lambda entry: bytes(300),
        "no source": changed(lambda entry: entry.pop("source")),
        "source is none": changed(lambda entry: entry.update(source=None)),
        "source is text": changed(lambda entry: entry.update(source="x")),
        "kind is missing": changed(lambda entry: entry.pop("kind")),
        "kind is a list": changed(lambda entry: entry.update(kind=[])),
        "given lacks a field": changed(lambda entry: entry["given"].pop("age")),
        "given is none": changed(lambda entry: entry.update(given=None)),
        "protocol is none": changed(lambda entry: entry.update(protocol="x-ray")),
        "path is a number": changed(lambda entry: entry.update(path=7)),
        "status is new": changed(lambda entry: entry.update(status="done")),
        "score is text": changed(lambda entry: first_score(entry).update(value="high")),
        "score is a number in quotes": changed(lambda entry: first_score(entry).update(value="0.5")),
        "score is no number": changed(lambda entry: first_score(entry).update(value=math.nan)),
        "score lacks its spread": changed(lambda entry: first_score(entry).pop("spread")),
        "zone is new": changed(lambda entry: first_score(entry).update(zone="higher")),
        "scored without a score": changed(lambda entry: entry.update(scores={})),
        "refused with a score": changed(lambda entry: entry.update(status="refused")),
        "age is out of range": changed(lambda entry: entry["inputs"].update(age=7.0)),
        "provenance is new": changed(lambda entry: entry.update(trained_on="x-rays")),
        "something is added": changed(lambda entry: entry.update(more=1)),
        "empty": changed(lambda entry: entry.clear()),
        "a list": lambda entry: json.dumps([entry]).encode(),
        "of an earlier program": changed(lambda entry: entry.update(row={"path": entry.pop("path")})),
    }


def test_a_damaged_line_of_a_journal_costs_its_image_alone(hospital: Hospital) -> None:
    assert main(hospital.command) == 1
    rows, before = hospital.rows(), hospital.forwards()
    lines = hospital.journal.read_bytes().splitlines()
    assert json.loads(lines[2])["path"].endswith("02.dcm")
    damaged = {name: damage(json.loads(lines[2])) for name, damage in damages().items()}
    for name, line in damaged.items():
        hospital.journal.write_bytes(b"\n".join([*lines[:2], line, *lines[3:]]) + b"\n")
        left = {Path(record.path).name for record in read(hospital.out)}
        assert left == set(hospital.names()) - {"02.dcm"}, name
    # And all of them at once.
    hospital.journal.write_bytes(b"\n".join([*lines[:2], *damaged.values(), *lines[3:]]) + b"\n")
    life(hospital.command, "never", hospital.log)
    assert hospital.forwards() - before == Counter({"02.dcm": 1})
    assert hospital.rows() == rows


def test_two_processes_share_the_images_and_give_the_rows_of_one(hospital: Hospital) -> None:
    assert lives(hospital.command, ["never", "never"], hospital.log) == [1, 0]
    assert hospital.forwards() == Counter(set(hospital.names()) - {"03.dcm"})
    shared = hospital.rows()
    assert [Path(row["path"]).name for row in shared] == hospital.names()
    assert [path.name for path in hospital.out.parent.glob("*.jsonl")] == [hospital.journal.name]
    hospital.journal.unlink()
    main(hospital.command)
    assert hospital.rows() == shared


def test_a_process_that_dies_costs_no_row_of_the_others(hospital: Hospital) -> None:
    _, second = lives(hospital.command, ["never", "before 3"], hospital.log)
    assert second == -signal.SIGKILL
    known, before = hospital.scored(), hospital.forwards()
    # 0, 2 and 4 are the first one's; the second died after 1 and 3.
    assert known == {"00.dcm", "01.dcm", "02.dcm", "04.dcm"}
    assert life(hospital.command, "never", hospital.log) == 1
    assert hospital.forwards() - before == Counter({"05.dcm": 1})
    assert [Path(row["path"]).name for row in hospital.rows()] == hospital.names()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory as Linux tells it")
def test_memory_does_not_grow_with_the_images(
    tmp_path: Path, spine: npt.NDArray[np.uint16], weights_file: Path
) -> None:
    """VERTE_BATCH_IMAGES=10000 is a hospital's archive; the few by default would show an image each."""
    (image,) = write_images(tmp_path / "images", spine, 1)
    links = []
    for index in range(int(os.environ.get("VERTE_BATCH_IMAGES", "150"))):
        links.append(image.with_name(f"link{index:05}.dcm"))
        links[-1].symlink_to(image)
    process = start(grow, links, weights_file, tmp_path)
    process.join()
    assert process.exitcode == 0
    early, late, images = map(int, (tmp_path / "memory").read_text().split())
    assert images == len(links)
    assert late - early < 40 * 2**20


def test_the_lock_of_a_killed_process_is_free(hospital: Hospital, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    holder = start(hold, hospital.out, ready)
    while not ready.exists():
        assert holder.is_alive()
        time.sleep(0.01)
    for _ in range(2):
        with pytest.raises(VerteError, match=r"Another run is writing to .*scores\.csv; wait for its end"):
            ScoresFile(hospital.out).__enter__()
    holder.kill()
    holder.join()
    # What is left beside the results says nothing, and is no image.
    assert [path for path in tmp_path.iterdir() if path.suffix == ".lock"]
    assert not [path for path in find_images([tmp_path]) if path.suffix == ".lock"]
    assert main(hospital.command) == 1


def test_a_lock_makes_no_folder(
    tmp_path: Path, weights_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.dcm").write_bytes(b"")
    out = tmp_path / "none" / "scores.csv"
    command = ["score", str(tmp_path / "images"), "--model", str(weights_file), "--out", str(out)]
    assert main(command) == 1
    assert f"{out} can't be written: No such file or directory." in capsys.readouterr().err
    assert not out.parent.exists()


def test_a_name_for_journals_stands_for_all_of_them(tmp_path: Path) -> None:
    scores = tmp_path / "a.rows-1.csv"
    for rank in (0, 12):
        path = journal.path_of(scores, rank)
        assert path.match(journal.PATTERN) and journal.scores_of(path) == scores
        path.touch()
    assert journal.scores_of(scores) == scores
    assert journal.beside(scores) == [journal.path_of(scores, 0), journal.path_of(scores, 12)]


@given(st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=())))
def test_any_name_of_a_file_comes_back_from_the_journal(path: str, reason: str) -> None:
    record = ImageRecord(path, "id", Provenance.CLINICAL, "auto").refused(VerteError(reason))
    with TemporaryDirectory() as folder:
        with Journal(Path(folder) / "j") as file:
            file.add(record)
        assert [found for _, found in journal.lines(Path(folder) / "j")] == [record]


NEW_SCORE = """
from verte_core import results
results.TASKS["hip"] = results.Task("hip-score", "hip", "hip fracture", "hip fracture")
from verte_core.batch import columns, reviews
from verte_core.batch.record import ImageRecord, Source
score = results.Score(0.25, 0.25, 0.25, "low", 0.125)
record = ImageRecord("/a.dcm", "id", results.Provenance.CLINICAL, "auto", source=Source(None, None))
cells = columns.cells(record.scored({"hip": score}))
assert [cells[f"hip_{name}"] for name in ("score", "spread", "zone")] == [0.25, 0.125, "low"]
assert cells["pvf_score"] is None
assert list(cells) == list(columns.COLUMNS)
assert "hip_score" in reviews.COLUMNS
"""


def test_a_new_score_has_its_columns() -> None:
    done = subprocess.run([sys.executable, "-c", NEW_SCORE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
