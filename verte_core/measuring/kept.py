"""Where measurements are kept: one JSON file an image, by the image's id, which names no patient."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from verte_core import files
from verte_core.errors import DataError, OutputError
from verte_core.measuring.items import POINTS_OF, Item, Line, Measurements
from verte_core.measuring.vertebra import LEVELS, POINTS, Point, Vertebra

VERSION = 1
FOLDER = "measurements"
"""Beside a scores file."""


def path_of(folder: Path, image_id: str) -> Path:
    """The file of an image's measurements."""
    return folder / f"{image_id}.json"


def read(folder: Path, image_id: str) -> Measurements:
    """The measurements of an image; none where nothing was measured.

    Raises:
        DataError: when the file can't be read, or is of another form.
    """
    path = path_of(folder, image_id)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Measurements(image_id)
    except OSError as error:
        raise DataError(f"The measurements {path} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise DataError(f"The measurements {path} are damaged.") from error
    try:
        return from_plain(content, image_id)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"The measurements {path} are damaged, or of another version.") from error


def write(folder: Path, measurements: Measurements) -> Path:
    """Keep the measurements of an image, in place of former ones; without any, the file goes.

    Raises:
        OutputError: when they can't be written.
    """
    path = path_of(folder, measurements.image_id)
    try:
        if measurements.items:
            folder.mkdir(parents=True, exist_ok=True)
            files.write(path, json.dumps(to_plain(measurements), indent=1).encode())
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"The measurements {path} can't be written: {error.strerror}.") from error
    return path


def to_plain(measurements: Measurements) -> dict[str, Any]:
    """As JSON has it. Points are (row, column) in pixels of the upright image with square pixels."""
    return {
        "version": VERSION,
        "image_id": measurements.image_id,
        "vertebrae": [
            {"level": each.level, "points": dict(zip(POINTS, map(list, each.points), strict=True))}
            for each in measurements.vertebrae
        ],
        "lines": [
            {
                "kind": each.kind,
                "points": list(map(list, each.points)),
                **({} if each.known_mm is None else {"known_mm": each.known_mm}),
            }
            for each in measurements.lines
        ],
    }


def from_plain(content: Any, image_id: str) -> Measurements:
    """Back from JSON.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: when it is of another form.
    """
    if content["version"] != VERSION or content["image_id"] != image_id:
        raise ValueError(content["version"])
    items: list[Item] = []
    for each in content["vertebrae"]:
        level = each["level"]
        if level and level not in LEVELS:
            raise ValueError(level)
        items.append(Vertebra(level, tuple(_point(each["points"][name]) for name in POINTS)))
    for each in content["lines"]:
        kind, points = each["kind"], tuple(map(_point, each["points"]))
        known = each.get("known_mm")
        if len(points) != POINTS_OF[kind] or (kind == "calibration" and not float(known) > 0):
            raise ValueError(kind)
        items.append(Line(kind, points, None if known is None else float(known)))
    return Measurements(image_id, tuple(items))


def _point(given: Any) -> Point:
    row, column = map(float, given)
    # Not NaN and not endless; where it lies is the reader's affair.
    if not abs(row) + abs(column) < 1e6:
        raise ValueError(given)
    return row, column
