"""Files that stand for others: the DICOMDIR of a disc, and ZIP archives as portals and PACS hand them out."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from verte_core.errors import ImageError
from verte_core.reading import dicom, header

MAX_FILES = 10_000
"""In an archive."""
MAX_BYTES = 8 * 1024**3
"""Of an archive's files together."""
MAX_RATIO = 200
"""Times the size of the archive. Radiographs shrink to a half or a fifth."""
_STEP = 1024**2
_LONGEST_NAME = 60
_DICOMDIR = "DICOMDIR"
_ENCRYPTED = 0x1


def is_dicomdir(path: Path) -> bool:
    """Whether a file is the directory of a DICOM file-set, by its name, which is fixed (PS3.10 8.6)."""
    return path.name.upper() == _DICOMDIR and path.is_file()


def is_zip(path: Path) -> bool:
    """Whether a file is a ZIP archive, by name and content: an .xlsx is one as well."""
    return path.suffix.lower() == ".zip" and path.is_file() and zipfile.is_zipfile(path)


def referenced(path: Path) -> list[Path]:
    """The images that a DICOMDIR lists, in its order (PS3.3 F.3.2.2), as far as their files are there.

    Raises:
        ImageError: when it can't be read, or none of its images is there.
    """
    try:
        records = header.items(dicom.parse(path.read_bytes(), header_only=True), "DirectoryRecordSequence")
    except OSError as error:
        raise ImageError(f"The file can't be read: {error.strerror}.", kind="can't be read") from error
    listed = [header.texts(record, "ReferencedFileID") for record in records]
    parts = [each for each in listed if each and not any(part in ("", ".", "..") for part in each)]
    found = [file for each in parts if (file := _below(path.parent, each)) is not None]
    if not found:
        raise ImageError(
            f"The DICOMDIR lists {len(parts)} files, and none of them is there: copy its whole folder.",
            kind="not an image",
        )
    return list(dict.fromkeys(found))


def unpack(path: Path, folder: Path) -> None:
    """Write the files of a ZIP archive below a folder; names that lead out of it lose that.

    Raises:
        ImageError: for an archive that is encrypted, damaged, or beyond the limits.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [each for each in archive.infolist() if not each.is_dir()]
            if len(entries) > MAX_FILES:
                raise ImageError(
                    f"The archive holds more than {MAX_FILES:,} files, the limit.", kind="not supported"
                )
            left = min(MAX_BYTES, MAX_RATIO * path.stat().st_size)
            for number, entry in enumerate(entries):
                if entry.flag_bits & _ENCRYPTED:
                    raise ImageError(
                        "The archive is encrypted: unpack it with its password, and open the folder.",
                        kind="not supported",
                    )
                if stat.S_ISLNK(entry.external_attr >> 16):
                    continue
                target = folder / _safe(entry.filename, number)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as packed, target.open("xb") as file:
                    for piece in _pieces(packed):
                        left -= len(piece)
                        if left < 0:
                            raise ImageError(
                                f"The archive is larger than {MAX_BYTES // 1024**3} GiB or more than"
                                f" {MAX_RATIO} times its own size once unpacked, the limits.",
                                kind="not supported",
                            )
                        file.write(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeError, ValueError) as error:
        raise ImageError("The archive is damaged, or packed in a way that can't be read.") from error
    except OSError as error:
        raise ImageError(f"The archive can't be unpacked: {error.strerror}.", kind="can't be read") from error


def _pieces(packed: IO[bytes]) -> Iterator[bytes]:
    while piece := packed.read(_STEP):
        yield piece


def _safe(name: str, number: int) -> Path:
    """A name below the folder, of a length that every system takes; its number keeps it unique."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part.strip("./: ")]
    kept = [
        "".join(each if each.isprintable() and each not in '<>:"|?*/' else "_" for each in p) for p in parts
    ]
    *folders, last = [part[:_LONGEST_NAME] for part in kept] or [""]
    file = Path(last or "file")
    return Path(*folders[-3:], f"{file.stem}{f'_{number}' if number else ''}{file.suffix}")


def _below(folder: Path, parts: list[str]) -> Path | None:
    """A file of the file-set; a disc's names may have come out in small letters, or with ``;1``."""
    for part in parts:
        exact = folder / part
        if not exact.exists():
            try:
                names = {each.name.split(";")[0].casefold(): each for each in folder.iterdir()}
            except OSError:
                return None
            exact = names.get(part.casefold(), exact)
        folder = exact
    return folder if folder.is_file() else None
