"""The truth.jsonl that ``simulate`` leaves beside a manifest: what was drawn of each image, one a line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from verte_core.errors import DataError

TRUTH = "truth.jsonl"


@dataclass(frozen=True)
class Truth:
    """What is known of each image that the file names."""

    _by_name: Mapping[Path, dict[str, Any]]

    def of(self, image: Path) -> dict[str, Any] | None:
        """The truth of an image, or of the one that it is a copy of in another format; None if not named."""
        return self._by_name.get(_name(image))


def truth_file(manifest: Path) -> Path:
    """Where the truth of a manifest's images is, if there is any."""
    return manifest.with_name(TRUTH)


def read_truth(manifest: Path) -> Truth | None:
    """The truth beside a manifest; None where there is no such file.

    Raises:
        DataError: when it can't be read.
    """
    path = truth_file(manifest)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        truths = [json.loads(line) for line in lines]
        return Truth({_name(manifest.parent / truth["path"]): truth for truth in truths})
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}.") from error
    except (ValueError, LookupError, TypeError) as error:
        raise DataError(f"{path} is damaged or of another form than simulate writes.") from error


def _name(image: Path) -> Path:
    """Its place without a suffix; what follows the last point of a UID is none."""
    path = image.resolve()
    return path.with_suffix("") if path.suffix[1:2].isalpha() else path


def beside(image: Path) -> dict[str, Any] | None:
    """What is known of an image by a file beside it: its own ``NAME.json``, or a truth.jsonl that names it.

    The latter may stand one folder above, as ``simulate`` leaves it. None where there is neither.

    Raises:
        DataError: when the file can't be read.
    """
    own = image.with_suffix(".json")
    if own.is_file():
        try:
            content = json.loads(own.read_text(encoding="utf-8"))
        except OSError as error:
            raise DataError(f"{own} can't be read: {error.strerror}.") from error
        except ValueError as error:
            raise DataError(f"{own} is damaged.") from error
        # Any program may leave a JSON file beside an image.
        return content if isinstance(content, dict) and "vertebrae" in content else None
    for folder in (image.parent, image.parent.parent):
        path = folder / TRUTH
        if path.is_file():
            state = path.stat()
            truth = _cached(path, state.st_mtime_ns, state.st_size)
            return truth.of(image) if truth else None
    return None


@lru_cache(maxsize=2)
def _cached(path: Path, *_: int) -> Truth | None:
    return read_truth(path)
