from __future__ import annotations

from collections.abc import Iterator

import orthanc as peers
import pytest


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[peers.Orthanc]:
    with peers.started(tmp_path_factory.mktemp("orthanc")) as made:
        yield made


@pytest.fixture
def orthanc(running: peers.Orthanc) -> peers.Orthanc:
    running.clear()
    return running
