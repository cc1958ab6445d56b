"""What several test folders need: a real weights file of a tiny network, and a picture with structure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from builders import metadata, tiny_model

from verte_core.network import saving


@pytest.fixture(scope="session")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    saving.save(path, tiny_model().state_dict(), metadata())
    return path


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Networks this small only wait for more, and for long beside another program."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def spine() -> npt.NDArray[np.uint16]:
    """A 12-bit picture with some structure, (900, 500)."""
    rows, columns = np.mgrid[0:900, 0:500]
    blocks = 900 * ((rows // 60) % 2) * (abs(columns - 250) < 60)
    rng = np.random.default_rng(3)
    return (1200 + 2 * columns + blocks + rng.integers(0, 50, rows.shape)).astype(np.uint16)
