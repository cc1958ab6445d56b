"""Files that the reader takes away: whole or not at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage

from verte_core.errors import OutputError


def png(image: QImage) -> bytes:
    """A picture as a PNG file."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


def write(path: Path, data: bytes) -> None:
    """Write a file in one step; what was there before stays until the new one is whole.

    Raises:
        OutputError: when it can't be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise OutputError(f"The file {path} can't be written: {error.strerror}.") from error
