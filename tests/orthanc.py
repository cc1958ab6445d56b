"""A real archive: Orthanc with DICOMweb, on free ports and an empty folder."""

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

import numpy as np
import pytest
import requests

from train.simulator.dicom import Patient, Pixels, write_image
from verte_core.pacs.nodes import DicomwebNode, DimseNode

PLUGINS = Path("/usr/share/orthanc/plugins")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(frozen=True)
class Orthanc:
    """A running one; ``move_port`` is where it sends what C-MOVE asks for, to VERTE."""

    http: int
    dicom: int
    move_port: int
    worklists: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    @property
    def web(self) -> DicomwebNode:
        return DicomwebNode(url=f"{self.url}/dicom-web", orthanc=self.url, allow_simulated=True)

    def dimse(self, retrieve: str = "get") -> DimseNode:
        return DimseNode(
            ae_title="ORTHANC",
            host="127.0.0.1",
            port=self.dicom,
            retrieve=retrieve,  # type: ignore[arg-type]
            move_port=self.move_port,
            allow_simulated=True,
        )

    def upload(self, path: Path) -> None:
        requests.post(f"{self.url}/instances", data=path.read_bytes(), timeout=30).raise_for_status()

    def find(self, **query: str) -> list[dict[str, str]]:
        """Tags of instances."""
        asked = {"Level": "Instance", "Query": query, "Expand": False}
        ids = requests.post(f"{self.url}/tools/find", json=asked, timeout=60).json()
        return [
            requests.get(f"{self.url}/instances/{each}/simplified-tags", timeout=30).json() for each in ids
        ]

    def clear(self) -> None:
        for each in requests.get(f"{self.url}/patients", timeout=30).json():
            requests.delete(f"{self.url}/patients/{each}", timeout=30)
        for path in self.worklists.iterdir():
            path.unlink()


@contextmanager
def started(folder: Path) -> Iterator[Orthanc]:
    """One with an empty archive; the test is left out where there is no such program."""
    program = shutil.which("Orthanc", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("needs Orthanc with its DICOMweb plug-in")
    made = Orthanc(free_port(), free_port(), free_port(), folder / "worklists")
    settings = {
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "Plugins": [str(PLUGINS / "libOrthancDicomWeb.so"), str(PLUGINS / "libModalityWorklists.so")],
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
        process = subprocess.Popen([program, str(folder / "orthanc.json")], stdout=log, stderr=log)
    try:
        for _ in range(100):
            try:
                requests.get(f"{made.url}/system", timeout=1)
                break
            except requests.RequestException:
                time.sleep(0.1)
        else:
            raise AssertionError((folder / "log").read_text())
        yield made
    finally:
        process.terminate()
        process.wait(20)


def spine(seed: int, shape: tuple[int, int] = (300, 160)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    blocks = 900 * ((rows // 30) % 2) * (abs(columns - shape[1] // 2) < 30)
    return (1200 + 2 * columns + blocks + rng.integers(0, 50, shape)).astype(np.uint16)


def image(path: Path, seed: int, patient_id: str = "P-1", height: float | None = 1.6) -> Path:
    """A radiograph that has all that a score needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    patient = Patient(patient_id, "Hong^Gildong", 71, "F", height, 60.0 if height else None)
    return write_image(path, patient, Pixels(spine(seed), 0.2))
