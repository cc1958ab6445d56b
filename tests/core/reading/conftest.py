from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dicom_files import dataset, write

from verte_core.reading.radiograph import Radiograph, load


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    """Open the image of ``dataset(...)``."""

    def open_it(*args: Any, **elements: Any) -> Radiograph:
        return load(write(tmp_path / "image.dcm", dataset(*args, **elements)))

    return open_it
