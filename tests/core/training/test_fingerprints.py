from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from verte_core.training.fingerprints import fingerprints


def test_contents_are_read_once_and_again_when_they_change(tmp_path: Path) -> None:
    file, memory = tmp_path / "a", tmp_path / "kept" / "memory.json"
    file.write_bytes(b"one")
    assert fingerprints([file], memory) == [hashlib.sha256(b"one").hexdigest()]
    noted = json.loads(memory.read_text())
    noted[str(file)][2] = "from memory"
    memory.write_text(json.dumps(noted))
    assert fingerprints([file], memory) == ["from memory"]
    file.write_bytes(b"another")
    assert fingerprints([file], memory) == [hashlib.sha256(b"another").hexdigest()]


@pytest.mark.parametrize("damage", ["{", "[]", '{"a": [1]}', '{"a": 1}', "null"])
def test_a_damaged_memory_is_made_anew(tmp_path: Path, damage: str) -> None:
    file, memory = tmp_path / "a", tmp_path / "memory.json"
    file.write_bytes(b"one")
    memory.write_text(damage)
    assert fingerprints([file, file], memory) == [hashlib.sha256(b"one").hexdigest()] * 2
    assert list(json.loads(memory.read_text())) == [str(file)]


def test_without_a_place_for_the_memory_every_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    assert fingerprints([tmp_path / "a"], tmp_path / "a" / "memory.json")
    with pytest.raises(OSError):
        fingerprints([tmp_path / "nowhere"], tmp_path / "memory.json")
