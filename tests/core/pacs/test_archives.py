"""A real archive is asked, and given objects, in each way that it speaks."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from orthanc import Orthanc, free_port, image
from pynetdicom import AE, evt
from pynetdicom.sop_class import ComputedRadiographyImageStorage  # type: ignore[attr-defined]

from verte_core.errors import VerteError
from verte_core.pacs.archive import Archive, Query, dated
from verte_core.pacs.connecting import connect
from verte_core.pacs.errors import NodeError, NotTakenError
from verte_core.pacs.nodes import DicomwebNode, DimseNode, Tls

WAYS = ("web", "get", "move")


def archive(orthanc: Orthanc, way: str) -> Archive:
    return connect("archive", orthanc.web if way == "web" else orthanc.dimse(way))


@pytest.mark.parametrize("way", WAYS)
def test_images_go_there_and_come_back_as_they_were(orthanc: Orthanc, way: str, tmp_path: Path) -> None:
    paths = [image(tmp_path / f"{n}.dcm", n, patient_id=f"P-{n}") for n in range(2)]
    peer = archive(orthanc, way)
    assert "answers" in peer.echo()
    assert peer.send(paths) == [None, None]
    (study,) = peer.studies(Query(patient_id="P-1"))
    assert (study.patient_id, study.patient_name) == ("P-1", "Hong^Gildong")
    assert study.modalities == ("CR",) and study.images == 1
    (found,) = peer.instances(study.uid)
    assert (found.modality, found.body_part) == ("CR", "LSPINE")
    peer.fetch(found, tmp_path / "back.dcm")
    assert pydicom.dcmread(tmp_path / "back.dcm") == pydicom.dcmread(paths[1])
    assert len(peer.studies(Query(patient_id="P-*"))) == 2
    assert len(peer.studies(Query(patient_id="P-*"), most=1)) == 1
    assert len(peer.studies(Query(patient_id="P-?", patient_name="Hong^G*"))) == 2
    assert peer.studies(Query(patient_id="nobody")) == []


@pytest.mark.parametrize("syntax", ["JPEG2000Lossless", "RLELossless", "ImplicitVRLittleEndian"])
@pytest.mark.parametrize("way", WAYS)
def test_a_transfer_syntax_stays(orthanc: Orthanc, way: str, syntax: str, tmp_path: Path) -> None:
    path = image(tmp_path / "a.dcm", 1)
    stored = pydicom.dcmread(path)
    wanted = getattr(pydicom.uid, syntax)
    if syntax.startswith("Implicit"):
        stored.file_meta.TransferSyntaxUID = wanted
        stored.save_as(path, implicit_vr=True, little_endian=True)
    else:
        stored.compress(wanted, generate_instance_uid=False)
        stored.save_as(path)
    peer = archive(orthanc, way)
    assert peer.send([path]) == [None]
    (found,) = peer.instances(str(stored.StudyInstanceUID))
    peer.fetch(found, tmp_path / "back.dcm")
    assert pydicom.dcmread(tmp_path / "back.dcm").file_meta.TransferSyntaxUID == wanted


@pytest.mark.parametrize("way", WAYS)
def test_an_image_that_is_not_there_is_said(orthanc: Orthanc, way: str, tmp_path: Path) -> None:
    peer = archive(orthanc, way)
    peer.send([image(tmp_path / "a.dcm", 1)])
    (study,) = peer.studies(Query())
    (found,) = peer.instances(study.uid)
    with pytest.raises(NodeError, match=r"archive (answered|sent)"):
        peer.fetch(replace(found, uid="1.2.3"), tmp_path / "back.dcm")
    assert not (tmp_path / "back.dcm").exists()


def test_no_dicom_is_not_taken_and_costs_no_other(orthanc: Orthanc, tmp_path: Path) -> None:
    (tmp_path / "b.dcm").write_bytes(b"no DICOM")
    paths = [image(tmp_path / "a.dcm", 1), tmp_path / "b.dcm", image(tmp_path / "c.dcm", 2)]
    for way in ("web", "get"):
        first, second, third = archive(orthanc, way).send(paths)
        assert first is None and third is None
        assert isinstance(second, NotTakenError) and "can't be read as DICOM" in str(second)


def test_a_class_that_a_peer_lacks_is_not_taken(tmp_path: Path) -> None:
    kept = []
    peer = AE("PEER")
    peer.add_supported_context(ComputedRadiographyImageStorage)
    port = free_port()
    server = peer.start_server(
        ("127.0.0.1", port),
        block=False,
        evt_handlers=[(evt.EVT_C_STORE, lambda event: kept.append(event) or 0)],
    )
    capture = image(tmp_path / "b.dcm", 2)
    stored = pydicom.dcmread(capture)
    stored.SOPClassUID = stored.file_meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    stored.save_as(capture)
    try:
        node = DimseNode(ae_title="PEER", host="127.0.0.1", port=port, timeout=5.0)
        said = connect("peer", node).send([image(tmp_path / "a.dcm", 1), capture])
    finally:
        assert server is not None
        server.shutdown()
    assert said[0] is None and len(kept) == 1
    assert isinstance(said[1], NotTakenError)
    assert "peer takes no Secondary Capture Image Storage" in str(said[1])


UNREACHABLE = [
    (
        DicomwebNode(url="http://127.0.0.1:9/x", timeout=2.0),
        "can't be reached at 127.0.0.1:9: Connection refused",
    ),
    (DicomwebNode(url="http://nowhere.invalid/x", timeout=2.0), "can't be reached at nowhere.invalid"),
    (DimseNode(ae_title="X", host="127.0.0.1", port=9, timeout=2.0), "can't be reached at 127.0.0.1, port 9"),
    (
        DimseNode(ae_title="X", host="nowhere.invalid", port=104, timeout=2.0),
        "can't be reached at nowhere.invalid",
    ),
]


@pytest.mark.parametrize(("node", "says"), UNREACHABLE)
def test_a_node_that_is_not_there_is_named(node: DicomwebNode | DimseNode, says: str) -> None:
    with pytest.raises(NodeError, match=rf"^far .*{says}"):
        connect("far", node).echo()


def test_an_answer_in_another_language_is_named(orthanc: Orthanc) -> None:
    web, dimse = orthanc.web, orthanc.dimse()
    for node, says in (
        (replace(web, url=f"{orthanc.url}/no-such"), "HTTP status 404"),
        (replace(web, url=web.url.replace("http:", "https:")), "is not trusted, or does not trust us"),
        (replace(dimse, port=orthanc.http), "does not speak DICOM"),
        (replace(dimse, tls=Tls(), timeout=3.0), "by TLS"),
    ):
        with pytest.raises(NodeError, match=says):
            connect("archive", node).echo()


def test_what_settings_name_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VERTE_TEST_TOKEN", raising=False)
    with pytest.raises(NodeError, match="environment variable VERTE_TEST_TOKEN"):
        connect("a", DicomwebNode(url="http://x", token_from="VERTE_TEST_TOKEN"))
    with pytest.raises(NodeError, match=r"tls\.ca names is not there"):
        connect("a", DicomwebNode(url="http://x", tls=Tls(ca=str(tmp_path / "ca.pem"))))
    with pytest.raises(NodeError, match=r"tls\.ca names is not there"):
        connect("a", DimseNode(ae_title="A", host="h", port=1, tls=Tls(ca=str(tmp_path / "ca.pem"))))
    assert not os.environ.get("VERTE_TEST_TOKEN")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", ""),
        ("2026-11-27", "20261127"),
        ("20261127", "20261127"),
        ("2026-11-01..2026-11-27", "20261101-20261127"),
        ("20261101-20261127", "20261101-20261127"),
        ("2026-11-01..", "20261101-"),
        ("..2026-11-27", "-20261127"),
    ],
)
def test_dates_are_those_of_dicom(said: str, meant: str) -> None:
    assert dated(said) == meant


@pytest.mark.parametrize("said", ["yesterday", "27.11.2026", "..", "2026-11-27 2026-11-28", "2026"])
def test_what_is_no_date_is_said(said: str) -> None:
    with pytest.raises(VerteError, match="is no date; write 2026-11-27"):
        dated(said)
