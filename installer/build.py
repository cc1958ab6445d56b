"""Builds the installed program: ``python -m installer.build [OUT]``, where the plain packages are installed.

PyInstaller makes a folder of both programs; what they never use is taken out, licences, a bill of materials
and checksums are put in, and all is packed.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from installer import hollow, licences, prune, sbom, trim
from verte_core import __version__

ROOT = Path(__file__).parent.parent
EPOCH = "1700000000"
"""The date of every file, so that the same sources make the same archive."""
MOST_INSTALLED, MOST_PACKED = 450, 180
"""In millions of bytes."""


def main() -> int:
    """Build into the folder of the command line, or ``dist``; 1 when the result is larger than it may be."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist").absolute()
    program = out / "verte"
    shutil.rmtree(program, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    _freeze(out)
    names = trim.distributions()
    trim.shrink_standard(program / "_internal")
    gone: list[str] = []
    if sys.platform == "linux":
        gone = hollow.hollow(program / "_internal")
        prune.prune(program)
        prune.strip(program)
    licences.check(names, program)
    licences.collect(names, program)
    sbom.write(program / "sbom.cdx.json", sbom.bill(names, program, gone))
    (program / "VERSION").write_text(f"{__version__}\n{_build_machine()}\n", encoding="utf-8")
    _write_sums(program)
    packed = _pack(program, out / f"verte-desktop-{__version__}-{_system()}.tar.xz")
    installed = sum(each.lstat().st_size for each in program.rglob("*")) / 1e6
    megabytes = {"installed": round(installed), "packed": round(packed.stat().st_size / 1e6)}
    print(json.dumps({"megabytes": megabytes, "left_out": gone}))
    return int(megabytes["installed"] > MOST_INSTALLED or megabytes["packed"] > MOST_PACKED)


def _freeze(out: Path) -> None:
    environment = os.environ | {"SOURCE_DATE_EPOCH": EPOCH, "PYTHONHASHSEED": "1"}
    command = [
        *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"),
        *("--distpath", str(out), "--workpath", str(out / "work"), str(ROOT / "installer" / "verte.spec")),
    ]
    subprocess.run(command, check=True, env=environment)
    shutil.rmtree(out / "work")


def _write_sums(program: Path) -> None:
    files = sorted(path for path in program.rglob("*") if path.is_file() and not path.is_symlink())
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(program).as_posix()}\n"
        for path in files
    ]
    (program / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def _pack(program: Path, target: Path) -> Path:
    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mtime, member.uid, member.gid, member.uname, member.gname = int(EPOCH), 0, 0, "root", "root"
        return member

    tar = target.with_suffix("")
    with tarfile.open(tar, "w") as archive:
        for path in sorted(program.rglob("*")):
            name = Path("verte-desktop") / path.relative_to(program)
            archive.add(path, str(name), recursive=False, filter=plain)
    if shutil.which("xz"):
        # All cores, which lzma of Python does not use; and a dictionary that spans both programs, which hold
        # the same modules.
        lzma2 = "--lzma2=preset=6e,dict=64MiB"
        subprocess.run(["xz", "--force", "--threads=0", lzma2, str(tar)], check=True)
    else:
        import lzma

        with tar.open("rb") as source, lzma.open(target, "wb") as packed:
            shutil.copyfileobj(source, packed)
        tar.unlink()
    return target


def _build_machine() -> str:
    """The C library that the program needs at least, which is the build machine's, or the system."""
    return " ".join(platform.libc_ver()) if sys.platform == "linux" else sys.platform


def _system() -> str:
    return {"linux": "linux-x86_64", "win32": "windows-x86_64", "darwin": "macos-arm64"}[sys.platform]


if __name__ == "__main__":
    sys.exit(main())
