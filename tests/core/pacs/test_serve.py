"""``verte serve`` beside a real archive: every image scored once, whatever ends in between."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
import requests
from orthanc import Orthanc, free_port, image
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.sop_class import SecondaryCaptureImageStorage  # type: ignore[attr-defined]

from verte_desktop.terminal import main

SERVE = "import sys; from verte_desktop.terminal import main; sys.exit(main(sys.argv[1:]))"
Config = Callable[..., Path]
Once = Callable[[Path], int]


@pytest.fixture
def config(orthanc: Orthanc, tmp_path: Path) -> Config:
    def write(more: str = "", node: str = "allow_simulated = true", nodes: str = "") -> Path:
        path = tmp_path / "nodes.toml"
        path.write_text(
            f"""
{nodes}
[nodes.archive]
kind = "dicomweb"
url = "{orthanc.url}/dicom-web"
orthanc = "{orthanc.url}"
{node}
[nodes.pacs]
kind = "dimse"
ae_title = "ORTHANC"
host = "127.0.0.1"
port = {orthanc.dicom}
allow_simulated = true
[serve]
source = "archive"
spool = "{tmp_path / "spool"}"
feed = "changes"
every = 0.2
least_free_mb = 1
{more}
"""
        )
        return path

    return write


@pytest.fixture
def once(weights_file: Path, one_thread: None) -> Once:
    def run(path: Path) -> int:
        given = ["serve", "--config", str(path), "--once", "--model", str(weights_file), "--device", "cpu"]
        return main(given)

    return run


def dimse(name: str, port: int) -> str:
    """The table of a node on this machine."""
    return f"""
[nodes.{name}]
kind = "dimse"
ae_title = "PEER"
host = "127.0.0.1"
port = {port}
allow_simulated = true
"""


def audit(tmp_path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (tmp_path / "spool" / "audit.jsonl").read_text().splitlines()]


def results(orthanc: Orthanc) -> Counter[str]:
    """How many reports each image has."""
    found = Counter()
    for tags in orthanc.find(Modality="SR"):
        groups = tags["CurrentRequestedProcedureEvidenceSequence"][0]["ReferencedSeriesSequence"]  # type: ignore[index]
        found[groups[0]["ReferencedSOPSequence"][0]["ReferencedSOPInstanceUID"]] += 1
    return found


@pytest.mark.parametrize(
    "way", ["feed = 'changes'", "feed = 'query'\ndays = 20000", "feed = 'changes'\ntarget = 'pacs'"]
)
def test_new_images_are_scored_once_and_results_stand_beside_them(
    orthanc: Orthanc, config: Config, once: Once, tmp_path: Path, way: str
) -> None:
    paths = [image(tmp_path / f"{n}.dcm", n) for n in range(3)]
    for path in paths:
        orthanc.upload(path)
    settings = config()
    settings.write_text(settings.read_text().replace('feed = "changes"', "") + way)
    assert once(settings) == 0
    assert results(orthanc) == {str(pydicom.dcmread(path).SOPInstanceUID): 1 for path in paths}
    assert len(orthanc.find(SeriesDescription="VERTE heatmaps*")) == 3
    before = len(orthanc.find())
    assert once(settings) == 0
    assert len(orthanc.find()) == before == 9
    said = [line["action"] for line in audit(tmp_path)]
    # What was stored is not fetched as if it were new.
    assert Counter(said)["fetched"] == Counter(said)["scored"] == Counter(said)["sent"] == 3
    text = (tmp_path / "spool" / "audit.jsonl").read_text()
    assert "Gildong" not in text and str(pydicom.dcmread(paths[0]).SOPInstanceUID) not in text
    assert not list((tmp_path / "spool" / "images").iterdir())


def test_what_cannot_be_scored_is_said_and_not_asked_again(
    orthanc: Orthanc, config: Config, once: Once, tmp_path: Path
) -> None:
    path = image(tmp_path / "a.dcm", 1)
    stored = pydicom.dcmread(path)
    stored.PatientAge, stored.PatientBirthDate = "", ""
    stored.save_as(path)
    orthanc.upload(path)
    path = image(tmp_path / "b.dcm", 2)
    stored = pydicom.dcmread(path)
    stored.BodyPartExamined, stored.SeriesDescription = "HAND", "HAND AP"
    stored.save_as(path)
    orthanc.upload(path)
    assert once(config()) == 0
    (refused,) = (line for line in audit(tmp_path) if line["action"] == "refused")
    assert "age" in refused["reason"]
    assert not results(orthanc)
    assert [line["action"] for line in audit(tmp_path)].count("fetched") == 1


def test_without_a_bmi_the_scores_are_ranges(
    orthanc: Orthanc, config: Config, once: Once, tmp_path: Path
) -> None:
    orthanc.upload(image(tmp_path / "a.dcm", 1, height=None))
    assert once(config()) == 0
    (report,) = orthanc.find(Modality="SR")
    said = json.dumps(report)
    assert "unknown BMI" in said and "pVF-score, least" in said and "pVF-score, greatest" in said


def test_a_table_knows_what_the_header_lacks(
    orthanc: Orthanc, config: Config, once: Once, tmp_path: Path
) -> None:
    path = image(tmp_path / "a.dcm", 1, height=None)
    orthanc.upload(path)
    uid = pydicom.dcmread(path).SOPInstanceUID
    (tmp_path / "clinical.csv").write_text(f"sop_instance_uid,bmi\n{uid},23.5\n")
    assert once(config(f'table = "{tmp_path / "clinical.csv"}"')) == 0
    (report,) = orthanc.find(Modality="SR")
    assert "BMI 23.5" in json.dumps(report)


def test_scores_of_simulated_weights_are_not_sent_unasked(
    orthanc: Orthanc,
    config: Config,
    once: Once,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    orthanc.upload(image(tmp_path / "a.dcm", 1))
    assert once(config(node="")) == 2
    said = capsys.readouterr().err
    assert "simulated images" in said and "allow_simulated = true" in said
    assert len(orthanc.find()) == 1


def test_a_result_is_not_sent_by_hand_either(
    orthanc: Orthanc,
    config: Config,
    weights_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    one_thread: None,
) -> None:
    out = tmp_path / "out"
    given = ["export", str(image(tmp_path / "a.dcm", 1)), "--sr", "--sc", "--out", str(out)]
    assert main([*given, "--model", str(weights_file), "--device", "cpu"]) == 0
    nodes = str(config(node=""))
    assert main(["send", "archive", str(out), "--nodes", nodes]) == 2
    assert "allow_simulated = true" in capsys.readouterr().err
    assert main(["send", "archive", str(tmp_path / "a.dcm"), "--nodes", nodes]) == 0
    assert len(orthanc.find()) == 1
    assert main(["send", "pacs", str(out), "--nodes", nodes]) == 0
    assert len(orthanc.find()) == 3


def test_a_peer_that_lacks_reports_has_the_captures(
    orthanc: Orthanc, config: Config, once: Once, tmp_path: Path
) -> None:
    orthanc.upload(image(tmp_path / "a.dcm", 1))
    peer, port, kept = AE("PEER"), free_port(), []
    peer.add_supported_context(SecondaryCaptureImageStorage, list(ALL_TRANSFER_SYNTAXES))
    handlers = [(evt.EVT_C_STORE, lambda event: kept.append(event.request.AffectedSOPInstanceUID) or 0)]
    server = peer.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers)
    nodes = dimse("peer", port)
    try:
        assert once(config('target = "peer"', nodes=nodes)) == 1
    finally:
        assert server is not None
        server.shutdown()
    assert len(kept) == 1
    (failed,) = (line for line in audit(tmp_path) if line["action"] == "failed")
    assert "peer takes no Enhanced SR Storage" in failed["reason"]
    (folder,) = (tmp_path / "spool" / "failed").iterdir()
    assert [path.name.endswith("_sr.dcm") for path in folder.glob("*.dcm")] == [True]


def test_an_archive_that_is_away_is_asked_again(
    orthanc: Orthanc, config: Config, once: Once, tmp_path: Path
) -> None:
    orthanc.upload(image(tmp_path / "a.dcm", 1))
    away = config("retry_minutes = [0, 0]")
    here = away.read_text()
    away.write_text(dimse("gone", free_port()) + here + 'target = "gone"\n')
    assert once(away) == 1
    assert [line["action"] for line in audit(tmp_path)].count("scored") == 1
    away.write_text(here)
    assert once(away) == 0
    assert set(results(orthanc).values()) == {1}
    assert [line["action"] for line in audit(tmp_path)].count("scored") == 1


def test_a_full_spool_begins_nothing_and_goes_on_when_there_is_room(
    orthanc: Orthanc,
    config: Config,
    once: Once,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    orthanc.upload(image(tmp_path / "a.dcm", 1))
    settings = config()
    room = settings.read_text()
    settings.write_text(room.replace("least_free_mb = 1", "least_free_mb = 1000000000"))
    assert once(settings) == 1
    assert "nearly full" in capsys.readouterr().err
    assert not results(orthanc)
    settings.write_text(room)
    assert once(settings) == 0
    assert set(results(orthanc).values()) == {1}


def start(path: Path, weights: Path) -> subprocess.Popen[str]:
    given = ["serve", "--config", str(path), "--model", str(weights), "--device", "cpu"]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, *given],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert process.stderr is not None and "at work" in process.stderr.readline()
    return process


def wait_for(orthanc: Orthanc, number: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and len(orthanc.find(Modality="SR")) < number:
        time.sleep(0.5)


def test_sixty_images_and_six_kills_give_sixty_results(
    orthanc: Orthanc, config: Config, weights_file: Path, tmp_path: Path
) -> None:
    rng = random.Random(3)
    for number in range(60):
        orthanc.upload(image(tmp_path / "in" / f"{number}.dcm", number, patient_id=f"P-{number % 7}"))
    settings = config()
    for _ in range(6):
        process = start(settings, weights_file)
        time.sleep(rng.uniform(0.3, 2.5))
        process.kill()
        process.wait()
    process = start(settings, weights_file)
    wait_for(orthanc, 60, 60)
    process.terminate()
    assert process.wait(30) == 0
    found = results(orthanc)
    assert len(found) == 60 and set(found.values()) == {1}
    assert len(orthanc.find(SeriesDescription="VERTE heatmaps*")) == 60
    left = {
        path.name
        for name in ("claims", "waiting", "outbox", "images")
        for path in (tmp_path / "spool" / name).iterdir()
    }
    assert not left


def test_of_two_workers_one_is_killed_and_nothing_is_lost_or_doubled(
    orthanc: Orthanc, config: Config, weights_file: Path, tmp_path: Path
) -> None:
    for number in range(24):
        orthanc.upload(image(tmp_path / "in" / f"{number}.dcm", number))
    settings = config()
    first, second = start(settings, weights_file), start(settings, weights_file)
    wait_for(orthanc, 4, 30)
    first.kill()
    first.wait()
    wait_for(orthanc, 24, 60)
    second.terminate()
    assert second.wait(30) == 0
    found = results(orthanc)
    assert len(found) == 24 and set(found.values()) == {1}


def test_counters_are_on_loopback_alone(
    orthanc: Orthanc, config: Config, weights_file: Path, tmp_path: Path
) -> None:
    orthanc.upload(image(tmp_path / "a.dcm", 1))
    port = free_port()
    given = ["serve", "--config", str(config()), "--model", str(weights_file), "--metrics", str(port)]
    process = subprocess.Popen([sys.executable, "-c", SERVE, *given], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None and "at work" in process.stderr.readline()
    wait_for(orthanc, 1, 30)
    time.sleep(1)
    said = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    process.terminate()
    process.wait(20)
    assert 'verte_actions_total{action="sent"} 1.0' in said


def test_a_worklist_knows_size_and_weight(
    orthanc: Orthanc, config: Config, once: Once, tmp_path: Path
) -> None:
    step = pydicom.Dataset()
    step.Modality, step.ScheduledStationAETitle = "CR", "MODALITY"
    step.ScheduledProcedureStepStartDate = "20260101"
    wanted = pydicom.Dataset()
    wanted.PatientID, wanted.PatientName, wanted.AccessionNumber = "P-1", "Hong^Gildong", ""
    wanted.PatientSize, wanted.PatientWeight = "1.60", "64"
    wanted.ScheduledProcedureStepSequence = [step]
    wanted.file_meta = pydicom.dataset.FileMetaDataset()
    wanted.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    wanted.file_meta.MediaStorageSOPClassUID = "1.2.276.0.7230010.3.1.0.1"
    wanted.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    wanted.save_as(orthanc.worklists / "step.wl", enforce_file_format=True)
    orthanc.upload(image(tmp_path / "a.dcm", 1, height=None))
    assert once(config('worklist = "pacs"')) == 0
    (report,) = orthanc.find(Modality="SR")
    assert "BMI 25 kg/m2" in json.dumps(report)
