"""Tries a built or installed program from outside: ``python smoke.py FOLDER SAMPLES [--root ROOT]``.

It needs nothing but Python's own library, so that it runs wherever the program does. With ``--root`` the
program runs inside that root (chroot), in which FOLDER and SAMPLES are looked for, too.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SUFFIX = ".exe" if sys.platform == "win32" else ""
OF_THE_SYSTEM = re.compile(r"lib(GL|GLX|EGL|OpenGL|wayland-\w+)\.so")
"""What a system with a screen has."""
TOLERANCE = 1e-3
"""Of a score: another processor sums in another order."""


class Smoke:
    """The checks, counted."""

    def __init__(self, folder: Path, samples: Path, root: Path | None) -> None:
        self.folder, self.samples, self.root = folder, samples, root
        self.failed = self.passed = 0
        self.home = "/root" if root else tempfile.mkdtemp()

    def check(self, name: str, is_right: bool, detail: object = "") -> None:
        """Count one."""
        self.passed, self.failed = self.passed + is_right, self.failed + (not is_right)
        print("ok  " if is_right else "FAIL", name, "" if is_right else f"\n     {detail}", flush=True)

    def run(self, program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """One of the two programs, in an environment that knows nothing."""
        keep = ("SYSTEMROOT", "TEMP", "LOCALAPPDATA", "APPDATA", "USERPROFILE") if SUFFIX else ()
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": self.home, "LC_ALL": "C.UTF-8"}
        environment |= {"QT_QPA_PLATFORM": "offscreen"} | {name: os.environ[name] for name in keep}
        command = ["chroot", str(self.root)] if self.root else []
        command += [str(self.folder / f"{program}{SUFFIX}"), *map(str, arguments)]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=300
        )

    def outside(self, path: Path | str) -> Path:
        """A path of the program as this process sees it."""
        return self.root / str(path).lstrip("/") if self.root else Path(path)

    def words(self) -> None:
        """Help and version."""
        version = self.outside(self.folder / "VERSION").read_text().split()[0]
        for program in ("verte", "verte-desktop"):
            done = self.run(program, "--version")
            self.check(f"{program} --version", done.stdout.strip() == f"VERTE {version}", done)
        done = self.run("verte", "score", "--help")
        self.check("help", done.returncode == 0 and "--heatmaps" in done.stdout, done)
        done = self.run("verte", "info")
        self.check("model cards", done.returncode == 0 and "verte-sim-vfa" in done.stdout, done.stderr)

    def scores(self, expected: Path) -> None:
        """Of every sample, and of every transfer syntax, beside a table of what a checkout gives."""
        rows = {}
        started = time.monotonic()
        done = self.run("verte", "score", self.samples, "--json", "--table", self.samples / "clinical.csv")
        taken = time.monotonic() - started
        for line in done.stdout.splitlines():
            row = json.loads(line)
            rows[Path(row["path"]).name] = row
        table = [json.loads(line) for line in expected.read_text(encoding="utf-8").splitlines()]
        self.check(
            f"{len(table)} rows in {taken:.1f} s", rows.keys() == {each["file"] for each in table}, done
        )
        for wanted in table:
            row = rows.get(wanted["file"], {})
            same = row.get("status") == wanted["status"]
            for score in ("pvf_score", "osteo_score"):
                ours, theirs = row.get(score), wanted[score]
                same = same and (ours == theirs or (ours and theirs and abs(ours - theirs) <= TOLERANCE))
            self.check(f"row of {wanted['file']}", bool(same), row)
        one = self.samples / "simulated-fracture.dcm"
        times = []
        for _ in range(3):
            started = time.monotonic()
            self.run("verte", "score", one)
            times.append(time.monotonic() - started)
        print(f"     one image from process start: {min(times):.2f} s, the best of 3")

    def window(self) -> None:
        """A picture of it, with a score."""
        target = f"{self.home}/window.png"
        done = self.run("verte-desktop", self.samples / "simulated-fracture.dcm", "--snapshot", target)
        picture = self.outside(target)
        content = picture.read_bytes() if picture.exists() else b""
        is_picture = content[:4] == b"\x89PNG" and len(content) > 50_000
        self.check("picture of the window", done.returncode == 0 and is_picture, done)

    def bad_input(self) -> None:
        """Sentences, and no traceback."""
        folder = self.outside(self.home) / "bad"
        folder.mkdir(exist_ok=True)
        (folder / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\1" * 50)
        inside = f"{self.home}/bad"
        done = self.run("verte", "score", inside)
        self.check("a broken file", done.returncode == 1 and "refused:" in done.stdout, done)
        done = self.run("verte", "score", f"{inside}/none.dcm")
        self.check("a missing file", done.returncode != 0 and "Traceback" not in done.stderr, done)
        (folder / "x.safetensors").write_bytes(b"junk")
        done = self.run("verte", "info", "--model", f"{inside}/x.safetensors")
        self.check("broken weights", done.returncode == 2 and "safetensors" in done.stderr, done)

    def sockets(self) -> None:
        """Nothing goes to another machine, as the system's calls tell.

        A library may ask by a socket bound to ::1, as urllib3 does, whether the system has IPv6.
        """
        if sys.platform != "linux" or self.root or not Path("/usr/bin/strace").exists():
            return
        trace = Path(self.home) / "trace"
        command = ["strace", "-f", "-e", "trace=bind,connect,sendto,sendmsg,sendmmsg", "-o", str(trace)]
        image = str(self.samples / "simulated-fracture.dcm")
        subprocess.run(
            [*command, str(self.folder / "verte"), "score", image], capture_output=True, timeout=300
        )
        spoken = re.findall(r".*AF_(?:INET6?|PACKET).*", trace.read_text())
        beyond = [each for each in spoken if not re.search(r'"(::1|127\.[\d.]+)"', each)]
        self.check("no connection to another machine", not beyond, beyond)

    def contents(self) -> None:
        """Licences and the bill of materials are in it, torch and what is forbidden are not."""
        inside = self.outside(self.folder)
        names = [path.name.lower() for path in inside.rglob("*")]
        torch = [each for each in names if each.startswith(("libtorch", "torch_", "c10."))]
        self.check("no torch", not torch, torch)
        text = (inside / "licences" / "LGPL-3.0.txt").read_text()
        self.check("the text of the LGPL", "GNU LESSER GENERAL PUBLIC LICENSE" in text)
        packages = [each for each in (inside / "licences").iterdir() if each.is_dir()]
        self.check(
            "licences of every package", len(packages) > 20 and all(any(each.iterdir()) for each in packages)
        )
        bill = json.loads((inside / "sbom.cdx.json").read_text())
        stated = {each["name"] for each in bill["components"]}
        self.check("bill of materials", {"pyside6-essentials", "onnxruntime", "pydicom"} <= stated, stated)
        if sys.platform == "linux":
            self._check_links(inside)

    def _check_links(self, inside: Path) -> None:
        if self.root:
            return
        missing = set()
        # A wheel's modules look beside themselves for what they carry; asked alone, a library of it does not.
        internal = inside / "_internal"
        path = ":".join(map(str, [internal, internal / "PySide6" / "Qt" / "lib", *internal.glob("*.libs")]))
        for library in inside.rglob("*.so*"):
            done = subprocess.run(
                ["ldd", str(library)], capture_output=True, text=True, env={"LD_LIBRARY_PATH": path}
            )
            missing |= set(re.findall(r"(\S+) => not found", done.stdout))
        missing = {each for each in missing if not OF_THE_SYSTEM.match(each)}
        self.check("every library is found", not missing, missing)


def main() -> int:
    """Run all; 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("samples", type=Path)
    parser.add_argument("--expected", type=Path, default=Path(__file__).with_name("expected.jsonl"))
    parser.add_argument("--root", type=Path)
    options = parser.parse_args()
    smoke = Smoke(options.folder, options.samples, options.root)
    smoke.words()
    smoke.scores(options.expected)
    smoke.window()
    smoke.bad_input()
    smoke.sockets()
    smoke.contents()
    print(f"{smoke.passed} passed, {smoke.failed} failed")
    return int(smoke.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
