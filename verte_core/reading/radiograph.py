"""Opens a file as one radiograph, known by its content and never by its suffix: DICOM or a picture."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from verte_core.errors import ImageError
from verte_core.image_types import KINDS, Pixels, Protocol, ProtocolChoice
from verte_core.reading import dicom, geometry, header, orientation, origin, pictures, windows
from verte_core.reading.header import Header
from verte_core.reading.orientation import UNCHANGED, Edges, Grid
from verte_core.reading.windows import Window

__all__ = ["Edges", "Header", "Radiograph", "Window", "header_rows", "load"]


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One image, read-only.

    Pixels and display are upright and square: where the header tells that the file's are not, they were
    turned and resampled, and a note says so.

    Attributes:
        id: SHA-256 of the file's bytes, in hex.
        pixels: uint8 or uint16 (H, W), bone bright, modality values before any VOI: the model's input.
        display: what the screen shows: ``pixels`` itself, or the result of the file's first VOI LUT.
        windows: those of the file, in its order, and an automatic one last.
        spacing: mm between the centres of rows and of columns, by ``geometry.pixel_size``; ``None`` for
            pictures.
        protocol: by ``origin.kind``; ``None`` when nothing tells.
        notes: whole sentences that a reader should know.
        unfit: one sentence why the header says that this is no lateral image of the spine, by
            ``origin.unfit``; ``None`` when nothing tells against it.
        length_caution: what has to be known of lengths by ``spacing``, a sentence; may be empty.
        to_file: from points (row, column) of ``pixels`` to those of the file, which may lie otherwise there.
        edges: the letters A, P, L, R, H and F of the edges; ``None`` when the header does not tell.
    """

    path: Path
    id: str
    pixels: Pixels
    display: Pixels
    windows: tuple[Window, ...]
    spacing: tuple[float, float] | None
    protocol: Protocol | None
    header: Header
    notes: tuple[str, ...]
    unfit: str | None = None
    edges: Edges | None = None
    length_caution: str = ""
    to_file: Grid = UNCHANGED

    def __post_init__(self) -> None:
        if self.pixels.min() == self.pixels.max():
            raise ImageError("The image is constant: every pixel has the same value.", kind="constant")
        for array in (self.pixels, self.display):
            array.setflags(write=False)

    def overruling(self, choice: ProtocolChoice) -> str | None:
        """What to say when it is scored as ``choice`` against its header; ``None`` when that agrees."""
        if choice == "auto" or (self.unfit is None and self.protocol in (None, choice)):
            return None
        said = self.unfit or f"The header says that it is {KINDS[self.protocol or choice]}."
        return f"Scored as {KINDS[choice]} on the reader's word. {said}"


def load(path: Path) -> Radiograph:
    """Open a DICOM, PNG, JPEG or TIFF file.

    Raises:
        ImageError: one sentence that names the cause, whatever the file holds. Anything else that comes is a
            fault of this program.
    """
    data = _read(path)
    image_id = hashlib.sha256(data).hexdigest()
    with _quietly():
        if not _is_plain_picture(data):
            return _from_dicom(path, image_id, data)
        return _from_picture(path, image_id, data)


def header_rows(path: Path) -> list[tuple[str, str, str, str]]:
    """Tag, VR, keyword or name, and shortened value of each element before the pixels; none for a picture.

    Raises:
        ImageError: as ``load``.
    """
    data = _read(path)
    with _quietly():
        return [] if _is_plain_picture(data) else dicom.rows(data)


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the libraries quiet: they warn of the values of elements."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except MemoryError as error:
            raise ImageError(
                "There is not enough memory to open the image.", kind="not enough memory"
            ) from error


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ImageError("This is a folder, not an image file.", kind="can't be read")
        if not path.exists():
            raise ImageError("The file does not exist.", kind="can't be read")
        if not path.is_file():
            raise ImageError("This is a device or a pipe, not an image file.", kind="can't be read")
        if path.stat().st_size > dicom.MAX_FILE_BYTES:
            raise ImageError(
                f"The file is larger than {dicom.MAX_FILE_BYTES // 1024**2} MiB, the limit.",
                kind="not supported",
            )
        data = path.read_bytes()
    except PermissionError as error:
        raise ImageError("There is no permission to read the file.", kind="can't be read") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        raise ImageError(f"The file can't be read: {reason}.", kind="can't be read") from error
    if not data:
        raise ImageError("The file is empty.", kind="empty file")
    return data


def _is_plain_picture(data: bytes) -> bool:
    """DICOM comes first, because its preamble may make it a TIFF as well (PS3.10 7.1)."""
    return pictures.is_picture(data) and not dicom.is_part_10(data)


def _from_picture(path: Path, image_id: str, data: bytes) -> Radiograph:
    pixels, notes = pictures.decode(data)
    size = geometry.picture_pixel_size(data, notes)
    if not size.is_square():
        pixels = size.resampled(pixels)
        notes.append(size.note())
    window = windows.automatic(pixels)
    return Radiograph(path, image_id, pixels, pixels, (window,), None, None, Header(), tuple(notes))


def _from_dicom(path: Path, image_id: str, data: bytes) -> Radiograph:
    notes: list[str] = []
    dataset = dicom.parse(data)
    dicom.bring_up_frame_groups(dataset)
    pixels, display, shown = dicom.grey_levels(dataset, notes)
    size = geometry.pixel_size(dataset, notes)
    directions = orientation.directions(dataset, notes)
    stored = pixels.shape
    if not size.is_square():
        pixels, display = _both(size.resampled, pixels, display)
        notes.append(size.note())
        size = size.squared()
    down, across = (own / now for own, now in zip(stored, pixels.shape, strict=True))
    to_file: Grid = ((down, 0.0, 0.0), (0.0, across, 0.0))
    spacing = size.spacing
    turn = orientation.turn(directions) if directions else None
    if directions and turn:
        back = turn.back((pixels.shape[0], pixels.shape[1]))
        scaled = tuple(
            tuple(each * scale for each in row) for row, scale in zip(back, (down, across), strict=True)
        )
        to_file = cast(Grid, scaled)
        pixels, display = _both(turn.of, pixels, display)
        notes.append(turn.note(directions))
        directions = turn.directions(directions)
        spacing = turn.spacing(spacing)
    facts = header.read(dataset, notes)
    protocol = origin.kind(dataset)
    unfit = origin.unfit(dataset, protocol, directions, notes)
    edges = directions.edges if directions else None
    told = tuple(notes)
    return Radiograph(
        path,
        image_id,
        pixels,
        display,
        shown,
        spacing,
        protocol,
        facts,
        told,
        unfit,
        edges,
        size.caution,
        to_file,
    )


def _both(change: Callable[[Pixels], Pixels], pixels: Pixels, display: Pixels) -> tuple[Pixels, Pixels]:
    """Pixels and display changed alike; where they are one array, they stay one."""
    changed = change(pixels)
    return changed, changed if display is pixels else change(display)
