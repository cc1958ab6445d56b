"""Writes requirements-SYSTEM.txt with the hashes of every wheel: ``python -m installer.requirements``.

The versions are those of constraints.txt, and the packages those of an installation with the extra pacs and
PyInstaller, for Python 3.12 on each system. pip resolves them for a system that is not its own; nothing has
to run there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE, ROOT = Path(__file__).parent, Path(__file__).parent.parent
PLATFORMS = {
    "Linux": ["manylinux_2_28_x86_64", "manylinux_2_34_x86_64", "manylinux2014_x86_64",
              "manylinux_2_27_x86_64"],
    "Windows": ["win_amd64"],
    "macOS": ["macosx_14_0_arm64", "macosx_13_0_arm64", "macosx_13_0_universal2", "macosx_11_0_arm64",
              "macosx_11_0_universal2", "macosx_10_13_universal2", "macosx_10_9_universal2"],
}  # fmt: skip
PYTHON = "3.12"
FOR_THE_BUILD = ["hatchling", "pyinstaller"]
OF_THE_SYSTEM = {"Linux": [], "Windows": ["colorama", "pefile", "pywin32-ctypes"], "macOS": ["macholib"]}
"""What PyInstaller and tqdm need on one system alone: pip asks for what the system it runs on needs."""


def main() -> int:
    """Write all three."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["pacs"], *FOR_THE_BUILD]
    for system, tags in PLATFORMS.items():
        lines = [_line(each) for each in _resolved([*wanted, *OF_THE_SYSTEM[system]], tags, system)]
        head = "# Written by python -m installer.requirements; the wheels of a build on this system.\n"
        text = head + "".join(sorted(lines, key=str.lower))
        (HERE / f"requirements-{system}.txt").write_text(text, encoding="utf-8")
    return 0


def _resolved(wanted: list[str], tags: list[str], system: str) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        platforms = [part for tag in tags for part in ("--platform", tag)]
        command = [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"),
            *("--report", str(report), "--target", folder, "--only-binary", ":all:"),
            *("--python-version", PYTHON, "--implementation", "cp", *platforms),
            *("--constraint", str(ROOT / "constraints.txt"), *wanted),
        ]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{system}: {done.stderr}")
        found: list[dict[str, object]] = json.loads(report.read_text())["install"]
    return found


def _line(found: dict[str, object]) -> str:
    metadata, download = found["metadata"], found["download_info"]
    assert isinstance(metadata, dict) and isinstance(download, dict)
    digest = download["archive_info"]["hashes"]["sha256"]
    return f"{metadata['name']}=={metadata['version']} \\\n    --hash=sha256:{digest}\n"


if __name__ == "__main__":
    sys.exit(main())
