"""The six points of a vertebral body, from the mask of its vertebra."""

from __future__ import annotations

import cv2
import numpy as np

from train.simulator.anatomy import AI, AS, MI, MS, PI, PS, Points

SLAB_MM = 4.0
"""To each side of the midline: there the canal parts the body from the spinous process."""
FINE_MM = 0.5
LEAST_MM2 = 100.0
"""A body's area in the midsagittal plane; what is less is a rest at the volume's edge."""


def silhouette(mask: np.ndarray, middle: float, step: np.ndarray) -> np.ndarray | None:
    """The body in the midsagittal plane, bool (Y, X) in cells of `FINE_MM`; None where there is none.

    mask (Z, Y, X): of the whole vertebra. middle: voxel of the midline. step (3,): mm between voxels.
    """
    reach = max(round(SLAB_MM / step[0]), 1)
    first = max(round(middle) - reach, 0)
    plane = mask[first : round(middle) + reach + 1].mean(0, dtype=np.float32)
    size = tuple(int(n) for n in np.round(np.array(plane.shape[::-1]) * step[:0:-1] / FINE_MM))
    fine = cv2.GaussianBlur(cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC), (0, 0), 1.5)
    count, parts, stats, centres = cv2.connectedComponentsWithStats((fine > 0.5).astype(np.uint8))
    large = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] * FINE_MM**2 >= LEAST_MM2]
    if not large:
        return None
    # The spinous process lies behind.
    largest = max(stats[i, cv2.CC_STAT_AREA] for i in large)
    whole = [i for i in large if stats[i, cv2.CC_STAT_AREA] > 0.4 * largest]
    front: np.ndarray = parts == max(whole, key=lambda i: centres[i][0])
    return front


def centre(body: np.ndarray) -> np.ndarray:
    """Of a silhouette, (x, y) in mm from the volume's back and top edge."""
    rows, columns = np.nonzero(body)
    found: np.ndarray = (np.array([columns.mean(), rows.mean()]) + 0.5) * FINE_MM
    return found


def six_points(body: np.ndarray, down: np.ndarray) -> Points:
    """Six points (6, 2) of a silhouette as (x, y) in mm from the volume's back and top edge.

    down (2,): unit vector along the column towards the feet. A corner is the point of the outline that lies
    farthest along the diagonal; the middle of an endplate lies where the outline is crossed half way.
    """
    forwards = np.array([down[1], -down[0]])
    contours, _ = cv2.findContours(body.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = (max(contours, key=len)[:, 0].astype(float) + 0.5) * FINE_MM
    middle = outline.mean(0)
    local = (outline - middle) @ np.stack([forwards, down], 1)
    half = np.percentile(np.abs(local), 90, axis=0)
    points = np.zeros((6, 2))
    for index, sign in {AS: (1, -1), PS: (-1, -1), PI: (-1, 1), AI: (1, 1)}.items():
        along = local / half @ np.array(sign, float)
        # The mean of the points near the corner, which no single spur moves.
        points[index] = local[along > along.max() - 0.12].mean(0)
    for index, front, back in ((MS, AS, PS), (MI, AI, PI)):
        between = (points[front] + points[back]) / 2
        beside = np.abs(local[:, 0] - between[0]) < 2.0
        side = beside & (local[:, 1] < 0 if index == MS else local[:, 1] > 0)
        points[index] = (between[0], local[side, 1].mean() if side.any() else between[1])
    moved: Points = points @ np.stack([forwards, down]) + middle
    return moved
