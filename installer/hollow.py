"""Empty libraries in the place of those that wheels are linked with and the program never calls: Linux only.

OpenCV's wheel is linked with FFmpeg (and through it OpenSSL), an AVIF codec and a second OpenBLAS, 80 MB of
which the program, which scales and equalises images, calls nothing; GDCM's with OpenSSL 1.1.1k, to encrypt.
A loader refuses to go without them, so small libraries of the same names hold their symbols; calling one ends
the process.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

_LINKED = (
    (
        "cv2",
        "cv2.abi3.so",
        "opencv_python_headless.libs",
        r"lib(av(codec|format|util|if)|swscale|openblas)",
    ),
    ("_gdcm", "libgdcmCommon.so*", "python_gdcm.libs", r"lib(ssl|crypto)"),
)
"""The folder and the library that is linked, the folder of what with, and what of it is never called."""
_ONLY_FOR_THEM = re.compile(r"lib(swresample|vpx|crypto|ssl|drm|aom|gfortran|quadmath)-[0-9a-f]{8}\.so")


def hollow(internal: Path) -> list[str]:
    """Replace them in the folder of an installed program's libraries.

    Returns:
        The places of the libraries that are no longer there.
    """
    gone = []
    for folder, pattern, carried, never_called in _LINKED:
        (user,) = (path for path in (internal / folder).glob(pattern) if not path.is_symlink())
        symbols = _undefined(user)
        for library in sorted((internal / carried).iterdir()):
            if re.match(never_called, library.name):
                own = _defined(library)
                _write_hollow(library, {name: version for name, version in symbols.items() if name in own})
            elif _ONLY_FOR_THEM.match(library.name):
                library.unlink()
            else:
                continue
            gone.append(f"{carried}/{library.name}")
    for link in internal.iterdir():
        # PyInstaller links every library from the top.
        if link.is_symlink() and not link.exists():
            link.unlink()
    return gone


def _undefined(library: Path) -> dict[str, str]:
    """The symbols that a library wants from others, and their versions, empty for none."""
    wanted = {}
    for line in _nm(library, "--undefined-only"):
        name, _, version = line.split()[-1].partition("@")
        wanted[name] = version.lstrip("@")
    return wanted


def _defined(library: Path) -> set[str]:
    return {line.split()[-1].partition("@")[0] for line in _nm(library, "--defined-only")}


def _nm(library: Path, which: str) -> list[str]:
    command = ["nm", "--dynamic", "--with-symbol-versions", which, str(library)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def _write_hollow(library: Path, symbols: dict[str, str]) -> None:
    code = "".join(f"void {name}(void) {{ __builtin_trap(); }}\n" for name in sorted(symbols))
    versions = sorted(set(symbols.values()) - {""})
    script = "".join(
        f"{version} {{ global: {''.join(f'{name};' for name in symbols if symbols[name] == version)} }};\n"
        for version in versions
    )
    with tempfile.TemporaryDirectory() as folder:
        source, map_file = Path(folder) / "hollow.c", Path(folder) / "hollow.map"
        source.write_text(code)
        map_file.write_text(script)
        versioned = [f"-Wl,--version-script={map_file}"] if versions else []
        command = [
            *("gcc", "-shared", "-fPIC", "-fno-builtin", "-nostdlib", "-Wl,--build-id=none", "-s"),
            *(f"-Wl,-soname,{library.name}", *versioned, "-o", str(library), str(source)),
        ]
        library.unlink()
        subprocess.run(command, check=True)
    library.chmod(0o755)
