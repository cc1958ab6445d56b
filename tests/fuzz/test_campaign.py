"""The fuzzer finds what it is for: a stray exception, an abort, a hang, a sentence that is none."""

from __future__ import annotations

from pathlib import Path

import fuzz_doubles
import pytest

from fuzz import seeds, targets
from fuzz.__main__ import main
from fuzz.campaign import Outcomes, campaign
from verte_core.errors import VerteError

NUMBERS = [each for each in range(40) if targets.target_of(each) != "weights"]
"""Without those that take torch."""


def test_what_is_planted_is_found() -> None:
    outcomes = Outcomes()
    for each in campaign(1, NUMBERS, processes=1, run=fuzz_doubles.run, seconds=8):
        outcomes.add(*each)
    # An image that ends its child is survived; anything else that does is a fault.
    assert targets.target_of(3) == "image" and targets.target_of(17) == "table"
    assert sorted(outcomes.faults) == [5, 7, 9, 17]
    assert "IndexError: list index out of range" in outcomes.faults[7]
    assert outcomes.faults[5] == "takes too long"
    assert outcomes.kinds["image"]["decoder ended"] == 1 and outcomes.kinds["image"]["empty file"] == 1
    assert sum(kinds.total() for kinds in outcomes.kinds.values()) == len(NUMBERS)
    image = outcomes.table().splitlines()[1].split()
    assert image == ["image", "32", "27", "2", "1", "3"]


def test_an_input_is_always_the_same() -> None:
    numbers = range(0, 200, 3)
    assert [targets.made(1, each) for each in numbers] == [targets.made(1, each) for each in numbers]
    assert len({targets.made(1, each) for each in numbers}) > 60
    assert targets.made(1, 4) != targets.made(2, 4)


@pytest.mark.parametrize("target", targets.SHARES)
def test_sound_files_are_read(target: str, tmp_path: Path) -> None:
    for number, data in enumerate(seeds.of(target)):
        suffix = ".xlsx" if data[:2] == b"PK" else targets.SUFFIXES[target]
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(data)
        targets.TRIES[target](path)


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--inputs", "100", "--processes", "1", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "image               80" in said and "100 inputs of seed 1" in said
    assert not any(tmp_path.iterdir())
    monkeypatch.setattr(targets, "target_of", lambda number: "configuration")
    with pytest.raises(VerteError):
        main(["--only", "39", "--out", str(tmp_path)])
    (path,) = tmp_path.iterdir()
    assert path.read_bytes() == targets.made(1, 39)
