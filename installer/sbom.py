"""The bill of materials of the installed program, in CycloneDX: packages, and the libraries they carry."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from installer.licences import licence_of

_LIBRARY = re.compile(r"^(lib)?(?P<name>[A-Za-z_0-9+.-]*?)(-[0-9a-f]{8})*(\.abi3|\.cpython-\S+?)?"
                      r"(?P<so>\.so|\.dll|\.dylib|\.pyd)\.?(?P<version>[\w.]*)$")  # fmt: skip
_CARRIED = {
    "opencv-python-headless": (
        *("libjpeg-turbo", "libtiff", "libwebp", "OpenJPEG", "zlib", "protobuf", "Intel IPP ICV"),
    ),
    "pyside6-essentials": ("Qt", "ICU", "PCRE2", "zlib", "libpng", "HarfBuzz", "FreeType"),
    "onnxruntime": ("Eigen", "MLAS", "protobuf", "FlatBuffers", "abseil"),
    "python-gdcm": ("GDCM", "CharLS", "OpenJPEG", "IJG libjpeg", "expat", "zlib"),
    "pylibjpeg-openjpeg": ("OpenJPEG",),
    "pyjpegls": ("CharLS",),
    "pillow": ("libjpeg-turbo", "libtiff", "OpenJPEG", "zlib-ng", "FreeType"),
}
"""What is linked into the libraries of a wheel and has no file of its own; its version is the wheel's."""


def bill(names: Sequence[str], program: Path, left_out: Iterable[str] = ()) -> dict[str, Any]:
    """The bill of materials.

    Args:
        names: of the packages, the program first.
        program: its folder.
        left_out: libraries that wheels carry and the program does not hold.
    """
    ours, *others = (_package(name) for name in names)
    python = {"type": "platform", "name": "CPython", "version": sys.version.split()[0], "bom-ref": "cpython"}
    files = sorted(path for path in program.rglob("*") if path.is_file() and not path.is_symlink())
    libraries = [made for path in files if (made := _library(path, program))]
    gone = [
        {"type": "library", "name": each, "scope": "excluded", "bom-ref": f"excluded:{each}",
         "description": "carried by a wheel; not in the program, where it is needed an empty library is"}
        for each in sorted(left_out)
    ]  # fmt: skip
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": ours | {"type": "application"}},
        "components": [python, *others, *libraries, *gone],
    }


def write(path: Path, made: dict[str, Any]) -> None:
    """Write it as JSON."""
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def _package(name: str) -> dict[str, Any]:
    version = metadata.version(name)
    carried = [
        {"type": "library", "name": each, "bom-ref": f"{name}:{each}"} for each in _CARRIED.get(name, ())
    ]
    made: dict[str, Any] = {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name}@{version}",
        "bom-ref": f"pkg:pypi/{name}@{version}",
        "licenses": [{"license": {"name": licence_of(name)}}],
    }
    return made | ({"components": carried} if carried else {})


def _library(path: Path, program: Path) -> dict[str, Any] | None:
    found = _LIBRARY.match(path.name)
    if not found:
        return None
    place = path.relative_to(program).as_posix()
    content = path.read_bytes()
    made = {
        "type": "library",
        "name": found["name"],
        "bom-ref": f"file:{place}",
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}],
        "properties": [{"name": "file", "value": place}],
    }
    version = _stated(content, found["name"]) or found["version"]
    return made | ({"version": version} if version else {})


def _stated(content: bytes, name: str) -> str:
    """The version that the texts of a library say, where its file's name tells less."""
    pattern = {
        "crypto": rb"OpenSSL (\d+\.\d+\.\d+[a-z]?) ",
        "ssl": rb"OpenSSL (\d+\.\d+\.\d+[a-z]?) ",
        "avcodec": rb"FFmpeg version (\S+)",
        "scipy_openblas64_": rb"OpenBLAS (\d+\.\d+\.\d+)",
    }.get(name)
    found = re.search(pattern, content) if pattern else None
    return found.group(1).decode() if found else ""
