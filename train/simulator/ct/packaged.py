"""The two volumes that come with the program. Where a body's six points are was set by hand in the source
(volumes/corners.json).
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

import cv2
import numpy as np

from train.simulator.anatomy import AI, AS, MI, MS, PI, PS, Points
from train.simulator.ct.volume import WIDTH, Bodies, CtVolume, ramp, split

FOLDER = Path(__file__).with_name("volumes")
VOLUMES = ("lidc", "totalsegmentator")
PARTIAL = {"lidc": ("T4", "L3"), "totalsegmentator": ("T12", "S1")}
"""Bodies that the volume cuts off, that its slices do not resolve, or that carry no six points: no truth."""
ANCHOR = {"lidc": -1, "totalsegmentator": 0}
"""The volume ends soon beyond this body."""
FINE_MM = 1.5


@functools.cache
def load(name: str) -> CtVolume:
    """Read a volume of this package and split it."""
    with np.load(FOLDER / f"{name}.npz") as stored:
        hounsfield = stored["codes"].astype(np.float32) * 10 - 1024
        step, origin = stored["step"], stored["origin"]
    hounsfield, step, origin = _refined(hounsfield, step, origin)
    corners: dict[str, Points] = json.loads((FOLDER / "corners.json").read_text("utf-8"))[name]
    points = np.array(list(corners.values()), float)
    deepest = np.full(hounsfield.shape, -np.inf, np.float32)
    label = np.zeros(hounsfield.shape, np.uint8)
    for index, body in enumerate(points):
        part, depth = _depth(body, hounsfield.shape, step, origin)
        label[part][(depth > 0.5) & (depth > deepest[part])] = index + 1
        deepest[part] = np.maximum(deepest[part], depth)
    whole = tuple(level not in PARTIAL[name] for level in corners)
    bodies = Bodies(tuple(corners), whole, points, ANCHOR[name])
    return split(name, bodies, hounsfield, deepest, label, step, origin)


def _refined(
    hounsfield: np.ndarray, step: np.ndarray, origin: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The volume with voxels of at most `FINE_MM` in the sagittal plane, endplates smoothed along themselves.

    Thick voxels cut an oblique endplate into steps, which a projection shows as a dotted line.
    """
    times = np.array([1, *np.ceil(step[1:] / FINE_MM)])
    shape = (np.array(hounsfield.shape[:0:-1]) * times[:0:-1]).astype(int)
    fine = np.stack([cv2.resize(plane, shape, interpolation=cv2.INTER_LANCZOS4) for plane in hounsfield])
    size = step / times
    rows, columns = np.indices(fine.shape[1:], np.float32)
    for plane in fine:
        dy, dx = np.gradient(cv2.GaussianBlur(np.maximum(plane, 0), (0, 0), 1.0), *size[1:])
        yy, xx, xy = (cv2.GaussianBlur(a, (0, 0), 2.5 / size[2]) for a in (dy * dy, dx * dx, dx * dy))
        spread = np.hypot(yy - xx, 2 * xy)
        along = np.arctan2(2 * xy, xx - yy) / 2 + np.pi / 2
        line = ramp(spread / (yy + xx + 400), 0.2, 0.6)
        mean = np.zeros_like(plane)
        for shift, weight in zip((-3.0, -1.5, 0.0, 1.5, 3.0), (0.12, 0.23, 0.3, 0.23, 0.12), strict=True):
            column = (columns + shift / size[2] * np.cos(along)).astype(np.float32)
            row = (rows + shift / size[1] * np.sin(along)).astype(np.float32)
            moved = cv2.remap(plane, column, row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
            mean += np.float32(weight) * moved
        plane += line * (mean - plane)
    return fine, size, origin - step / 2 + size / 2


def _depth(
    body: Points, shape: tuple[int, ...], step: np.ndarray, origin: np.ndarray
) -> tuple[tuple[slice, ...], np.ndarray]:
    """The part (Z, Y, X) of a volume round a body, and how deep its voxels lie in the body, mm.

    Negative outside; rounded to the sides as a body is.
    """
    s = np.linspace(0, 1, 9)[:, None]
    outline = []
    for a, m, b in ((PS, MS, AS), (AI, MI, PI)):
        bow = body[m] - (body[a] + body[b]) / 2
        outline += list(body[a] * (1 - s) + body[b] * s + 4 * s * (1 - s) * bow)
    forward = body[AS] + body[AI] - body[PS] - body[PI]
    depth = np.linalg.norm(forward) / 2
    forward /= np.linalg.norm(forward)
    fine, pad = 0.25, 6.0
    low = np.min(outline, 0) - pad
    cells = np.ceil((np.max(outline, 0) + pad - low) / fine).astype(int)
    mask = np.zeros(cells[::-1], np.uint8)
    cv2.fillPoly(mask, [np.round((np.array(outline) - low) / fine - 0.5).astype(np.int32)], 1)
    signed = cv2.distanceTransform(mask, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
    reach = WIDTH * depth + pad
    first = np.array([-reach, low[1], low[0]])
    last = np.array([reach, *(low + cells * fine)[::-1]])
    start = np.clip(np.ceil((first - origin) / step), 0, shape).astype(int)
    stop = np.clip(np.ceil((last - origin) / step), 0, shape).astype(int)
    z, y, x = (o + np.arange(a, b) * d for o, a, b, d in zip(origin, start, stop, step, strict=True))
    at = np.stack(np.meshgrid(x, y), -1)
    where = ((at - low) / fine - 0.5).astype(np.float32)
    plane = fine * cv2.remap(
        signed, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    away = at - body[:4].mean(0)
    across = np.abs(away @ forward) / (depth / 2)
    sideways = np.abs(z) / (WIDTH * depth)
    round_ = (across[None] ** 2.5 + sideways[:, None, None] ** 2.5) ** (1 / 2.5)
    nearest: np.ndarray = np.minimum(plane[None], (1 - round_) * depth / 2 * 1.15).astype(np.float32)
    return tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True)), nearest
