"""The licences of what the installed program holds, and the refusal of those that it must not hold."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

TEXTS = Path(__file__).with_name("texts")
"""LGPL-3.0 and the GPL-3.0 that it builds on, which Qt's wheels leave out."""
NOTICE = """This program uses Qt and Qt for Python (PySide6) under the GNU Lesser General Public License,
version 3; its text is in LGPL-3.0.txt, and that of the GPL which it refers to in GPL-3.0.txt. They are shared
libraries in _internal/PySide6 and can be replaced by others of the same interface. Their source is at
https://download.qt.io/official_releases/ (qt/ and QtForPython/).

FFmpeg, OpenSSL, libaom and a second OpenBLAS, which the wheels of OpenCV and GDCM carry, are not in the Linux
program: empty libraries of the same names stand in their place.
"""
_COPYLEFT = re.compile(r"\bA?GPL|Affero|General Public", re.IGNORECASE)
_WEAK = re.compile(r"LGPL|Lesser|Library General|exception", re.IGNORECASE)
_FORBIDDEN_LIBRARIES = re.compile(r"^lib(readline|gdbm|history|x264|x265|xvidcore|fdk-aac|gsl|poppler)\b")
_STATED = ("License-Expression", "License")
_FILES = re.compile(r"licen[cs]e|copying|notice", re.IGNORECASE)


class ForbiddenError(Exception):
    """What may not be in the installed program."""


def is_free_to_ship(licence: str) -> bool:
    """Whether one of the licences that are offered is neither GPL nor AGPL."""
    offers = re.split(r"\s+OR\s+|;", licence)
    return any(not _COPYLEFT.search(each) or _WEAK.search(each) for each in offers)


def licence_of(name: str) -> str:
    """That of an installed package, as its metadata say it."""
    found = metadata.metadata(name)
    classifiers = [each.split(" :: ")[-1] for each in found.get_all("Classifier", []) if "License ::" in each]
    given = [found[name].strip().partition("\n")[0] for name in _STATED if name in found]
    stated = next(filter(None, given), "")
    return stated[:120] or "; ".join(classifiers) or "as its files say"


def check(names: Iterable[str], program: Path) -> None:
    """See that no package and no library of the program is under the GPL or the AGPL alone.

    Raises:
        ForbiddenError: naming them.
    """
    wrong = [f"{name} ({licence_of(name)})" for name in names if not is_free_to_ship(licence_of(name))]
    wrong += [path.name for path in program.rglob("*") if _FORBIDDEN_LIBRARIES.match(path.name)]
    if wrong:
        raise ForbiddenError(f"Under the GPL or AGPL, so not to be shipped: {', '.join(sorted(set(wrong)))}.")


def collect(names: Iterable[str], program: Path) -> Path:
    """Write the folder ``licences`` of the program: the texts of every package, and the LGPL's notice."""
    folder = program / "licences"
    folder.mkdir()
    (folder / "NOTICE.txt").write_text(NOTICE, encoding="utf-8")
    for text in TEXTS.iterdir():
        shutil.copyfile(text, folder / text.name)
    for name in names:
        own = folder / name
        own.mkdir()
        (own / "LICENCE-AS-STATED.txt").write_text(licence_of(name) + "\n", encoding="utf-8")
        for file in metadata.files(name) or []:
            # ONNX Runtime and OpenCV keep theirs beside the modules.
            if _FILES.search(file.name) and file.suffix not in (".py", ".pyc", ".pyi"):
                source = Path(str(file.locate()))
                if source.is_file():
                    shutil.copyfile(source, own / file.name)
    for library in (program / "_internal").glob("lib*.so*"):
        _copy_of_debian(library.name, folder)
    return folder


def _copy_of_debian(library: str, folder: Path) -> None:
    """The copyright file of the Debian package that a library of the build machine is from."""
    if not shutil.which("dpkg"):
        return
    found = subprocess.run(["dpkg", "-S", f"*/{library}"], capture_output=True, text=True)
    package = found.stdout.partition(":")[0]
    source = Path("/usr/share/doc") / package / "copyright"
    if package and source.is_file():
        (folder / "system").mkdir(exist_ok=True)
        shutil.copyfile(source, folder / "system" / f"{package}.txt")
