"""An Orthanc of one's own, on free ports and an empty folder."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from verte_core.pacs.nodes import DicomwebNode, DimseNode

_PLUGINS = Path("/usr/share/orthanc/plugins")
_NEEDED = ("libOrthancDicomWeb.so", "libModalityWorklists.so")


@dataclass(frozen=True)
class Orthanc:
    """A running one.

    Attributes:
        http: port of its own interface and of DICOMweb.
        dicom: port of DIMSE.
        move_port: where it sends what C-MOVE asks for, to VERTE.
        worklists: folder of the worklist's files.
    """

    http: int
    dicom: int
    move_port: int
    worklists: Path

    @property
    def url(self) -> str:
        """Of its own interface."""
        return f"http://127.0.0.1:{self.http}"

    @property
    def web(self) -> DicomwebNode:
        """As a node that speaks DICOMweb."""
        return DicomwebNode(url=f"{self.url}/dicom-web", orthanc=self.url, allow_simulated=True)

    def dimse(self, retrieve: str = "get") -> DimseNode:
        """As a node that speaks DIMSE."""
        return DimseNode(
            ae_title="ORTHANC",
            host="127.0.0.1",
            port=self.dicom,
            retrieve=retrieve,  # type: ignore[arg-type]
            move_port=self.move_port,
            allow_simulated=True,
        )

    def upload(self, path: Path) -> None:
        """Put a file there."""
        requests.post(f"{self.url}/instances", data=path.read_bytes(), timeout=30).raise_for_status()

    def find(self, **query: str) -> list[dict[str, Any]]:
        """Tags of instances."""
        asked = {"Level": "Instance", "Query": query, "Expand": False}
        ids = requests.post(f"{self.url}/tools/find", json=asked, timeout=60).json()
        return [
            requests.get(f"{self.url}/instances/{each}/simplified-tags", timeout=30).json() for each in ids
        ]

    def clear(self) -> None:
        """Delete all that is there."""
        for each in requests.get(f"{self.url}/patients", timeout=30).json():
            requests.delete(f"{self.url}/patients/{each}", timeout=60)
        for path in self.worklists.iterdir():
            path.unlink()


def program() -> str | None:
    """Where Orthanc is, if it is installed with the plug-ins that are needed."""
    there = all((_PLUGINS / name).exists() for name in _NEEDED)
    return shutil.which("Orthanc", path="/usr/sbin:/usr/bin:/usr/local/bin") if there else None


@contextmanager
def started(folder: Path) -> Iterator[Orthanc]:
    """One with an empty archive; it must be installed."""
    found = program()
    assert found is not None
    made = Orthanc(free_port(), free_port(), free_port(), folder / "worklists")
    settings = {
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "Plugins": [str(_PLUGINS / name) for name in _NEEDED],
        "Worklists": {"Enable": True, "Database": str(made.worklists)},
        "HttpPort": made.http,
        "DicomPort": made.dicom,
        "DicomAet": "ORTHANC",
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAlwaysAllowGet": True,
        "DicomModalities": {"verte": {"AET": "VERTE", "Host": "127.0.0.1", "Port": made.move_port}},
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    made.worklists.mkdir()
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([found, str(folder / "orthanc.json")], stdout=log, stderr=log)
    try:
        _wait(made, folder / "log")
        yield made
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(made: Orthanc, log: Path) -> None:
    for _ in range(200):
        try:
            requests.get(f"{made.url}/system", timeout=1)
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise AssertionError(log.read_text())
