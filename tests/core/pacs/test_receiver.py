"""The receiver: what it has answered for is kept, and nobody else gets in."""

from __future__ import annotations

import os
import random
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
import trustme
from orthanc import Orthanc, free_port, image
from pynetdicom import AE
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ComputedRadiographyImageStorage,
    EnhancedSRStorage,
)

from verte_core.pacs.connecting import connect
from verte_core.pacs.errors import NodeError
from verte_core.pacs.nodes import DimseNode, Tls

SERVE = "import sys; from verte_desktop.terminal import main; sys.exit(main(sys.argv[1:]))"
Start = Callable[..., subprocess.Popen[str]]
IMAGES, KILLS = 40, 5
needs_storescu = pytest.mark.skipif(not shutil.which("storescu"), reason="needs dcmtk")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(orthanc: Orthanc, weights_file: Path, tmp_path: Path, port: int) -> Iterator[Start]:
    begun: list[subprocess.Popen[str]] = []

    def serve(
        more: str = "", every: float = 0.2, host: str = "127.0.0.1", least_free_mb: int = 1
    ) -> subprocess.Popen[str]:
        settings = tmp_path / "nodes.toml"
        settings.write_text(
            f"""
[nodes.pacs]
kind = "dimse"
ae_title = "ORTHANC"
host = "127.0.0.1"
port = {orthanc.dicom}
allow_simulated = true
timeout = 5.0
[serve]
target = "pacs"
spool = "{tmp_path / "spool"}"
every = {every}
least_free_mb = {least_free_mb}
[receiver]
port = {port}
allow = [{{ ae_title = "MODALITY", host = "{host}" }}]
{more}
"""
        )
        given = ["serve", "--config", str(settings), "--model", str(weights_file), "--device", "cpu"]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, *given], stderr=subprocess.PIPE, text=True, env=environment
        )
        begun.append(process)
        assert process.stderr is not None and "at work" in process.stderr.readline()
        return process

    yield serve
    for process in begun:
        process.kill()
        process.wait()


def store(
    port: int,
    path: Path,
    caller: str = "MODALITY",
    called: str = "VERTE",
    tls: tuple[ssl.SSLContext, str] | None = None,
) -> int | None:
    """The status of a C-STORE; None when there was no association."""
    own = AE(caller)
    own.connection_timeout = own.acse_timeout = own.dimse_timeout = 5
    own.add_requested_context(ComputedRadiographyImageStorage)
    association = own.associate("127.0.0.1", port, ae_title=called, tls_args=tls)
    if not association.is_established:
        return None
    status = association.send_c_store(pydicom.dcmread(path))
    association.release()
    return int(status.Status) if "Status" in status else None


def wait_for(orthanc: Orthanc, number: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and len(orthanc.find(Modality="SR")) < number:
        time.sleep(0.5)


def scored(orthanc: Orthanc) -> list[str]:
    """The image of each report."""
    return [
        tags["CurrentRequestedProcedureEvidenceSequence"][0]["ReferencedSeriesSequence"][0][  # type: ignore[index]
            "ReferencedSOPSequence"
        ][0]["ReferencedSOPInstanceUID"]
        for tags in orthanc.find(Modality="SR")
    ]


@needs_storescu
def test_what_was_answered_for_is_scored_through_kills(
    start: Start, orthanc: Orthanc, port: int, tmp_path: Path
) -> None:
    rng = random.Random(5)
    waiting = [image(tmp_path / "in" / f"{number:03}.dcm", number) for number in range(IMAGES)]
    uids = {str(pydicom.dcmread(path).SOPInstanceUID) for path in waiting}
    process, kills = start(), 0
    command = ["storescu", "-aet", "MODALITY", "-aec", "VERTE", "-to", "5", "127.0.0.1", str(port)]
    end = time.monotonic() + 240
    while waiting and time.monotonic() < end:
        sending = subprocess.Popen([*command, str(waiting[0])], stderr=subprocess.DEVNULL)
        if kills < KILLS and IMAGES - len(waiting) >= (kills + 1) * IMAGES // (KILLS + 1):
            time.sleep(rng.uniform(0, 0.08))
            process.kill()
            process.wait()
            process, kills = start(), kills + 1
        if sending.wait() == 0:
            waiting.pop(0)
    assert not waiting and kills == KILLS
    wait_for(orthanc, IMAGES, 200)
    found = scored(orthanc)
    assert len(found) == IMAGES and set(found) == uids


def test_only_who_is_allowed_gets_in(start: Start, port: int, tmp_path: Path) -> None:
    start(every=60)
    path = image(tmp_path / "a.dcm", 1)
    assert store(port, path, caller="ROGUE") is None
    assert store(port, path, called="OTHER") is None
    assert store(port, path) == 0x0000
    assert len(list((tmp_path / "spool" / "received").iterdir())) == 1
    assert "not let in" in (tmp_path / "spool" / "audit.jsonl").read_text()


def test_the_address_has_to_fit_too(start: Start, port: int, tmp_path: Path) -> None:
    start(every=60, host="127.0.0.9")
    assert store(port, image(tmp_path / "a.dcm", 1)) == 0x0124
    assert not list((tmp_path / "spool" / "received").iterdir())


def test_the_same_image_again_is_no_error_and_another_under_its_uid_is(
    start: Start, port: int, tmp_path: Path
) -> None:
    start(every=60)
    path = image(tmp_path / "a.dcm", 1)
    assert [store(port, path) for _ in range(2)] == [0x0000, 0x0000]
    stored = pydicom.dcmread(path)
    stored.PatientID = "ANOTHER"
    stored.save_as(path)
    assert store(port, path) == 0x0111
    (kept,) = (tmp_path / "spool" / "received").iterdir()
    assert pydicom.dcmread(kept).PatientID == "P-1"


def test_a_full_spool_says_so(start: Start, port: int, tmp_path: Path) -> None:
    start(every=60, least_free_mb=1_000_000_000)
    assert store(port, image(tmp_path / "a.dcm", 1)) == 0xA700
    assert not list((tmp_path / "spool").rglob("*.dcm"))


def test_what_is_no_image_is_not_taken(start: Start, port: int) -> None:
    start(every=60)
    own = AE("MODALITY")
    own.acse_timeout = 5
    own.add_requested_context(EnhancedSRStorage)
    association = own.associate("127.0.0.1", port, ae_title="VERTE")
    assert not association.is_established and association.rejected_contexts


def test_one_that_says_nothing_holds_up_nobody(start: Start, port: int, tmp_path: Path) -> None:
    start(every=60)
    with socket.create_connection(("127.0.0.1", port)):
        assert store(port, image(tmp_path / "a.dcm", 1)) == 0x0000


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def files(folder: Path, authority: trustme.CA, name: str) -> tuple[Path, Path, Path]:
    """The authority's certificate, and a certificate and key of its making."""
    folder.mkdir(exist_ok=True)
    own = authority.issue_cert(name)
    ca, certificate, key = (folder / f"{name}-{what}.pem" for what in ("ca", "certificate", "key"))
    authority.cert_pem.write_to_path(str(ca))
    own.cert_chain_pems[0].write_to_path(str(certificate))
    own.private_key_pem.write_to_path(str(key))
    return ca, certificate, key


def test_tls_lets_in_who_shows_a_certificate_of_ours(
    start: Start, port: int, tmp_path: Path, authority: trustme.CA
) -> None:
    ca, certificate, key = files(tmp_path / "own", authority, "localhost")
    start(f'tls = {{ ca = "{ca}", certificate = "{certificate}", key = "{key}" }}', every=60)
    path = image(tmp_path / "a.dcm", 1)
    good = files(tmp_path / "good", authority, "modality.example")
    rogue = files(tmp_path / "rogue", trustme.CA(), "rogue.example")

    def send(own: tuple[Path, Path, Path] | None) -> int | None:
        context = ssl.create_default_context(cafile=str(ca))
        if own is not None:
            context.load_cert_chain(own[1], own[2])
        return store(port, path, tls=(context, "localhost"))

    with socket.create_connection(("127.0.0.1", port)):
        # It holds up nobody, though it never shakes hands.
        assert send(good) == 0x0000
    assert send(rogue) is None
    assert send(None) is None
    assert store(port, path) is None
    assert send(good) == 0x0000
    ours = DimseNode(
        ae_title="VERTE",
        host="localhost",
        port=port,
        calling_ae_title="MODALITY",
        tls=Tls(ca=str(good[0]), certificate=str(good[1]), key=str(good[2])),
        timeout=5.0,
    )
    assert "answers" in connect("verte", ours).echo()
    assert connect("verte", ours).send([image(tmp_path / "b.dcm", 2)]) == [None]
    with pytest.raises(NodeError, match="by TLS"):
        connect("verte", replace(ours, host="127.0.0.1")).echo()
