"""A file is written whole or not at all, and a cell is no formula."""

import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verte_core.files import replacing, short_name, with_formula, without_formula, write

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


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a;=HYPERLINK(1)", "a;'=HYPERLINK(1)"),
        ("a; +1", "a;' +1"),
        ('a;"=1"', 'a;\'"=1"'),
        ("a\t=1", "a\t'=1"),
        ("a\n@x", "a\n'@x"),
        ("\uff1d1", "'\uff1d1"),
        ("a;\uff201", "a;'\uff201"),
        (" =1", "' =1"),
        ("age 60; sex F", "age 60; sex F"),
        ("a=b;c", "a=b;c"),
    ],
)
def test_no_part_of_a_cell_is_a_formula_where_semicolons_part_cells(text: str, cell: str) -> None:
    assert without_formula(text) == cell and with_formula(cell) == text


@given(st.text(st.sampled_from("a;'\t\r\n =-\"\uff1d")))
def test_any_cell_can_be_read_back(text: str) -> None:
    cell = without_formula(text)
    assert with_formula(cell) == text
    for part in re.split("[;\t\r\n]", cell):
        assert not part.lstrip(' "').startswith(tuple("=+-@\uff1d"))


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o400])
def test_a_file_is_private_unless_it_was_or_is_said_to_be_public(tmp_path: Path, mode: int) -> None:
    before = os.umask(0o022)
    try:
        write(tmp_path / "private", b"1")
        write(tmp_path / "public", b"1", public=True)
        write(tmp_path / "replaced", b"1")
        (tmp_path / "replaced").chmod(mode)
        write(tmp_path / "replaced", b"2")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("private", "public", "replaced")]
    assert modes == [0o600, 0o644, mode]


def test_names_as_long_as_they_may_be_can_be_written(tmp_path: Path) -> None:
    name = "한" * 85
    assert len(name.encode()) == 255
    write(tmp_path / name, b"1")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert short_name("a", ".png", "/a") == "a.png"
    short = [short_name("한" * 85, "_pvf.png", whole) for whole in ("/x", "/y")]
    assert short[0] != short[1]
    for each in short:
        assert len(each.encode()) <= 255 and each.startswith("한" * 70) and each.endswith("_pvf.png")


def test_closing_does_not_replace_the_cause(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the cause"), replacing(tmp_path / "a") as file:
        file.write(b"x")
        os.close(file.fileno())  # its buffer can't be written any more
        raise RuntimeError("the cause")
    assert not list(tmp_path.iterdir())
