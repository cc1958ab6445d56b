"""Libraries of the build machine that nothing is linked with, and symbols that nobody reads: Linux only.

PyInstaller takes in what every plugin of Qt needs, those that are left out later too.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path


def strip(program: Path) -> None:
    """Take the symbols for debuggers, most of their size, out of Python's own libraries."""
    internal = program / "_internal"
    for library in [*internal.glob("libpython*.so*"), *internal.glob("python3*/lib-dynload/*.so")]:
        subprocess.run(["strip", "--strip-unneeded", str(library)], check=True)


def prune(program: Path) -> list[str]:
    """Remove the top libraries that are not reached from programs, modules and plugins; their names."""
    internal = program / "_internal"
    top = {path.name: path for path in internal.iterdir() if re.match(r"lib.*\.so", path.name)}
    waiting = [path for path in program.rglob("*") if _is_binary(path) and path not in top.values()]
    reached: set[str] = set()
    while waiting:
        for name in _needed(waiting.pop()):
            if name in top and name not in reached:
                reached.add(name)
                waiting.append(top[name])
    # The programs open Python's own by themselves.
    gone = [name for name in top if name not in reached and not name.startswith("libpython")]
    for name in gone:
        top[name].unlink()
    return sorted(gone)


def _is_binary(path: Path) -> bool:
    if not path.is_file() or path.is_symlink():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _needed(library: Path) -> list[str]:
    done = subprocess.run(["objdump", "-p", str(library)], check=True, capture_output=True, text=True)
    return re.findall(r"NEEDED\s+(\S+)", done.stdout)
