"""A file is written whole or not at all, and a cell is no formula."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from verte_core.files import replacing, with_formula, without_formula, write

KILLED = """
import os, signal, sys
from pathlib import Path
from verte_core.files import replacing
with replacing(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process")
def test_kills_leave_what_was_there_and_no_more_than_one_half(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write(path, b"before")
    root = Path(__file__).parents[2]
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=root)
        assert done.returncode == -signal.SIGKILL
        assert path.read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 2
    write(path, b"after")
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == b"after"


def test_an_error_leaves_what_was_there_and_no_half(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write(path, b"before")
    with pytest.raises(RuntimeError, match="within"), replacing(path, "utf-8") as file:
        file.write("half")
        raise RuntimeError("within")
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == b"before"


@pytest.mark.parametrize(
    "text", ["", "plain", "'quoted", "=1+1", "+1", "-1", "@x", "\tx", "'=x", "''=x", "a=b"]
)
def test_cells_are_no_formula_and_can_be_read_back(text: str) -> None:
    cell = without_formula(text)
    assert not cell.startswith(tuple("=+-@\t\r\n")) and with_formula(cell) == text
