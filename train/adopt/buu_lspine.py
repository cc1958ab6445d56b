"""BUU-LSPINE: lateral lumbar films with the lines of the endplates, sex and age in the name.

Klinwichit et al., Appl Sci 2023;13:8646. Each LA/NNNN-S-AAAYV.jpg has a CSV of the same name whose rows are
lines from one corner of an endplate to the other, x1,y1,x2,y2 and more: the upper and the lower one of L1,
and so on to L5, then the upper one of S1.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from train.adopt.rows import Adopted, said, write_manifest
from verte_core.clinical import AGE_RANGE
from verte_core.errors import DataError

FOLDER = "LA"
NAME = re.compile(r"(?P<person>\d+)-(?P<sex>[FM])-(?P<age>\d{1,3})Y\d$")
LINES = 11
BODIES = 5
LOSS = 0.20
"""Of height, from which on a body is taken as fractured: Genant's grade 1."""
LEANING = ("L1", "L2", "L3", "L4")
"""Those whose front and back are compared; L5 is wedged in everybody."""


def adopt(source: Path, out: Path) -> str:
    """Write a manifest of the lateral films; what became of them, for a reader.

    A film counts as fractured when the lower side of one of L1-L4 has lost 20 % against the other, or one of
    L1-L5 20 % of its mean height against the mean of its neighbours. The middle height is not in the data, so
    biconcave fractures go unseen.

    Raises:
        DataError: when there is no such folder, or nothing of use in it.
        OutputError: when the manifest can't be written.
    """
    folder = source / FOLDER if (source / FOLDER).is_dir() else source
    films = sorted(path for path in folder.glob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not films:
        raise DataError(f"{source} holds no films as in BUU-LSPINE: {FOLDER}/0001-F-037Y1.jpg and so on.")
    adopted, left_out = [], {}
    for path in films:
        try:
            adopted.append(_adopted(path))
        except DataError as error:
            left_out[path.name] = str(error)
    write_manifest(out, adopted)
    return said(adopted, left_out)


def _adopted(path: Path) -> Adopted:
    named = NAME.fullmatch(path.stem)
    if named is None:
        raise DataError("its name is not of the form 0001-F-037Y1.")
    age = float(named["age"])
    if not AGE_RANGE[0] <= age <= AGE_RANGE[1]:
        raise DataError(
            f"it is of a person of {age:g} years; the method is for {AGE_RANGE[0]:g} to {AGE_RANGE[1]:g}."
        )
    fractured = is_fractured(_lines(path.with_suffix(".csv")))
    return Adopted(path, f"buu-{named['person']}", age, named["sex"], pvf=int(fractured))


def _lines(path: Path) -> npt.NDArray[np.float64]:
    """The endplates (11, 2, 2) as (x, y) of both corners, from L1 downwards."""
    try:
        rows = [row for row in csv.reader(path.read_text("utf-8-sig").splitlines()) if row]
        numbers = [[float(cell) for cell in row[:4]] for row in rows if _is_number(row[0])]
        lines = np.array(numbers, np.float64).reshape(-1, 2, 2)
    except FileNotFoundError:
        raise DataError(f"it has no {path.name}.") from None
    except (OSError, UnicodeDecodeError, ValueError, csv.Error):
        raise DataError(f"{path.name} is not rows of x1,y1,x2,y2.") from None
    if len(lines) != LINES:
        raise DataError(f"{path.name} has {len(lines)} lines, not the {LINES} of L1 to S1.")
    middles = lines.mean(1)[:, 1]
    if (np.diff(middles) <= 0).any() or not np.isfinite(lines).all():
        raise DataError(f"the lines of {path.name} do not follow each other downwards.")
    return lines


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_fractured(lines: npt.NDArray[np.float64]) -> bool:
    """Whether a body of endplates (11, 2, 2) has lost a fifth of its height, by what the lines show."""
    # Left corner first, however the line was drawn.
    ordered = np.take_along_axis(lines, np.argsort(lines[..., 0], axis=1)[..., None], axis=1)
    upper, lower = ordered[0 : 2 * BODIES : 2], ordered[1 : 2 * BODIES : 2]
    heights = np.linalg.norm(lower - upper, axis=2)
    sides = heights[: len(LEANING)]
    wedged = sides.min(1) <= (1 - LOSS) * sides.max(1)
    means = heights.mean(1)
    around = np.array([means[[i for i in (n - 1, n + 1) if 0 <= i < BODIES]].mean() for n in range(BODIES)])
    return bool(wedged.any() or (means <= (1 - LOSS) * around).any())
