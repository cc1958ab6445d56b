"""Closed outlines and lines of bone, drawn onto the grid of line integrals."""

from __future__ import annotations

import cv2
import numpy as np

from train.simulator.scene import Scene

SHIFT = 4
"""Binary digits after the point in OpenCV's fixed-point coordinates: 1/16 of a grid pixel."""


def cell_mm(scene: Scene) -> float:
    """Grid pixel in mm."""
    return scene.field.height * scene.field.spacing / scene.field.shape[0]


def pixels(scene: Scene, xy: np.ndarray) -> np.ndarray:
    """Plane points (N, 2) as fixed-point grid coordinates for OpenCV."""
    field, (rows, cols) = scene.field, scene.field.shape
    col = (xy[:, 0] - field.x0) / (field.width * field.spacing) * cols - 0.5
    row = (xy[:, 1] - field.y0) / (field.height * field.spacing) * rows - 0.5
    return np.round(np.stack([col, row], 1) * (1 << SHIFT)).astype(np.int32)


def shape(layer: np.ndarray, scene: Scene, xy: np.ndarray, fill: float, rim: float, rim_width: float) -> None:
    """Add a closed outline: `fill` inside and `rim` more along its edge."""
    points = pixels(scene, xy)
    pad = int(rim_width) + 3
    low, high = points.min(0) // (1 << SHIFT) - pad, points.max(0) // (1 << SHIFT) + pad
    c0, r0 = np.maximum(low, 0)
    c1, r1 = np.minimum(high, np.array(layer.shape[::-1]))
    if c1 <= c0 or r1 <= r0:
        return
    points = points - np.array([c0, r0], np.int32) * (1 << SHIFT)
    mask = np.zeros((r1 - r0, c1 - c0), np.float32)
    cv2.fillPoly(mask, [points], fill, cv2.LINE_8, SHIFT)
    edge = np.zeros_like(mask)
    cv2.polylines(edge, [points], True, rim, max(1, round(rim_width)), cv2.LINE_8, SHIFT)
    layer[r0:r1, c0:c1] += mask + edge


def smooth(points: np.ndarray) -> np.ndarray:
    """Round the corners of a closed outline (two rounds of Chaikin's corner cutting)."""
    for _ in range(2):
        following = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], 1).reshape(
            -1, 2
        )
    return points


def line(layer: np.ndarray, scene: Scene, xy: np.ndarray, value: float, width: float) -> None:
    """Add a line through plane points (N, 2), mm; width in grid pixels."""
    stroke = np.zeros_like(layer)
    cv2.polylines(stroke, [pixels(scene, xy)], False, value, max(1, round(width)), cv2.LINE_8, SHIFT)
    layer += stroke
