"""Measurements come back as they were written, and no file makes more than a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from verte_core.errors import DataError, OutputError
from verte_core.measuring import kept
from verte_core.measuring.items import Line, Measurements
from verte_core.measuring.vertebra import Vertebra

SIX = tuple((float(row), row * 2.5) for row in range(6))
ALL = Measurements(
    "ab12",
    (
        Vertebra("T12", SIX),
        Vertebra("", SIX),
        Line("length", SIX[:2]),
        Line("angle", SIX[:3]),
        Line("cobb", SIX[:4]),
        Line("calibration", SIX[:2], 25.4),
    ),
)


def test_a_round_trip(tmp_path: Path) -> None:
    path = kept.write(tmp_path / "measurements", ALL)
    assert path.name == "ab12.json"
    assert kept.read(tmp_path / "measurements", "ab12") == ALL
    assert kept.read(tmp_path / "measurements", "other") == Measurements("other")
    # Without any, nothing is left.
    kept.write(tmp_path / "measurements", Measurements("ab12"))
    assert not path.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"image_id": "of another"},
        {"vertebrae": [{"level": "L9", "points": {}}]},
        {"vertebrae": [{"level": "L1", "points": {"anterior_superior": [1, 2]}}]},
        {"lines": [{"kind": "circle", "points": [[0, 0]]}]},
        {"lines": [{"kind": "length", "points": [[0, 0]]}]},
        {"lines": [{"kind": "length", "points": [[0, 0], [1, "NaN"]]}]},
        {"lines": [{"kind": "length", "points": [[0, 0], [1, 1e300]]}]},
        {"lines": [{"kind": "calibration", "points": [[0, 0], [1, 1]], "known_mm": -1}]},
        {"lines": [{"kind": "calibration", "points": [[0, 0], [1, 1]]}]},
        {"lines": 7},
        {"vertebrae": None},
    ],
)
def test_a_file_of_another_form_is_a_sentence(tmp_path: Path, change: dict[str, Any]) -> None:
    path = kept.path_of(tmp_path, "ab12")
    path.write_text(json.dumps(kept.to_plain(ALL) | change))
    with pytest.raises(DataError, match=r"ab12.json are damaged, or of another version\."):
        kept.read(tmp_path, "ab12")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null"])
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    kept.path_of(tmp_path, "ab12").write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        kept.read(tmp_path, "ab12")


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can't be written"):
        kept.write(tmp_path / "file", ALL)
