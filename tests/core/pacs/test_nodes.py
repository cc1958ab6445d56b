"""The file of nodes is read strictly, and written without loss."""

import sys
from pathlib import Path

import pytest

from verte_core.cli import main
from verte_core.errors import VerteError
from verte_core.pacs import nodes, settings
from verte_core.pacs.nodes import DicomwebNode, DimseNode, Tls

WEB = '[nodes.a]\nkind = "dicomweb"\nurl = "https://pacs.example/dicom-web"\n'
DIMSE = '[nodes.b]\nkind = "dimse"\nae_title = "PACS"\nhost = "pacs"\nport = 104\n'


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    known = {
        "archive": DicomwebNode(
            url="https://pacs.example:8443/dicom-web", token_from="TOKEN", tls=Tls(ca="ca.pem")
        ),
        "pacs": DimseNode(ae_title="PACS 1", host="10.0.0.1", port=104, tls=Tls(), retrieve="move"),
        "old": DimseNode(ae_title="OLD", host="old", port=104),
    }
    path = write(tmp_path / "nodes.toml", '[serve]\nspool = "s"\nsource = "archive"\n')
    nodes.write(path, known)
    assert nodes.read(path) == known
    assert settings.read(path)[0].source == "archive"
    nodes.write(tmp_path / "new" / "nodes.toml", known)
    assert (tmp_path / "new" / "nodes.toml").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[nodes.a\n", "is no TOML"),
        ("[nodes.a]\nurl = 'http://x'\n", "nodes.a lacks a key: 'kind', dicomweb or dimse"),
        (WEB.replace("dicomweb", "ftp"), "nodes.a"),
        (WEB + "colour = 1\n", r"Unknown key in nodes.a: 'colour'"),
        (WEB.replace("https://pacs.example/dicom-web", "pacs.example"), "nodes.a.url"),
        (WEB + "timeout = 'long'\n", "nodes.a.timeout must be a number"),
        (WEB + "user = 'me'\n", "nodes.a, user and password_from go together"),
        (WEB + "user = 'me'\npassword_from = 'P'\ntoken_from = 'T'\n", "exclude each other"),
        (WEB + "[nodes.a.tls]\nkey = 'k'\n", "certificate and key go together"),
        (DIMSE.replace("104", "70000"), "nodes.b.port must be at most 65535"),
        (DIMSE.replace("104", "'104'"), "nodes.b.port must be a whole number"),
        (DIMSE.replace('"PACS"', '"AN AE TITLE THAT IS TOO LONG"'), "nodes.b.ae_title"),
        (DIMSE.replace('"PACS"', '" "'), "nodes.b.ae_title"),
        (DIMSE.replace('ae_title = "PACS"\n', ""), "nodes.b lacks a key: 'ae_title'"),
        ("[archives.a]\n", "Unknown key in the file of nodes: 'archives'"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(VerteError, match=says):
        nodes.read(write(tmp_path / "nodes.toml", text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (WEB, r"has no table \[serve\]"),
        (WEB + "[serve]\nsource = 'a'\n", "serve lacks a key: 'spool'"),
        (WEB + "[serve]\nspool = 's'\n", r"serve needs a source, or a table \[receiver\]"),
        (WEB + "[serve]\nspool = 's'\n[receiver]\nallow = []\n", "receiver.allow must not be empty"),
        (
            WEB + "[serve]\nspool = 's'\n[[receiver.allow]]\nae_title = 'CT'\nhost = 'h'\n",
            "serve needs a target",
        ),
        (WEB + "[serve]\nspool = 's'\nsource = 'a'\nfeed = 'mail'\n", "serve.feed must be one of"),
        (WEB + "[serve]\nspool = 's'\nsource = 'a'\nobjects = ['seg']\n", "serve.objects"),
    ],
)
def test_settings_of_the_service_that_cannot_be_used_are_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(VerteError, match=says):
        settings.read(write(tmp_path / "nodes.toml", text))


def test_a_node_that_is_not_there_is_named_beside_those_that_are(tmp_path: Path) -> None:
    known = nodes.read(write(tmp_path / "nodes.toml", WEB + DIMSE))
    with pytest.raises(VerteError, match=r"no node 'c' in the file of nodes; known: a, b"):
        nodes.chosen(known, "c")


def test_without_the_extra_the_package_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write(tmp_path / "nodes.toml", WEB)
    for name in ("dicomweb_client", "dicomweb_client.api"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("dicomweb", "feed"):
        monkeypatch.delitem(sys.modules, f"verte_core.pacs.{name}", raising=False)
    assert main(["echo", "--nodes", str(path)]) == 2
    said = capsys.readouterr().err
    assert "need the package dicomweb_client: pip install 'verte-desktop[pacs]'" in said
