"""Line integrals of bone: vertebral bodies, posterior arches, ribs, sacrum and pelvis.

Everything is the excess over soft tissue, per mm at the effective energy of a lateral spine exposure, summed
along the beam (no unit).
"""

from __future__ import annotations

import cv2
import numpy as np

from train.simulator.anatomy import Vertebra
from train.simulator.scene import Scene

CORTEX = 0.034
"""Excess attenuation of compact bone, 1/mm."""


def trabecular(t_score: float) -> float:
    """Excess attenuation (1/mm) of spongy bone over soft tissue.

    About 165 mg/cm3 of mineral at T 0 and 66 at T -3, less what fatty marrow takes away: its share of the
    pores grows from about 40 % at T 0 to 60 % at T -3.
    """
    mineral = float(np.clip(165 + 33 * t_score, 15, 270))
    fat = float(np.clip(0.40 - 0.065 * t_score, 0.2, 0.75))
    return 3.8e-5 * mineral - 0.0012 * fat


def draw_bodies(image: np.ndarray, scene: Scene, t_score: float, rng: np.random.Generator) -> None:
    """Add every vertebral body to the line-integral image (R, C) float32."""
    x, y = scene.field.axes()
    cell = float(y[1, 0] - y[0, 0])
    grain = _trabeculae(image.shape, cell, t_score, rng)
    mid_y = float(y.mean())
    for v in scene.spine.vertebrae:
        reach = 0.5 * np.hypot(v.depth, max(v.hp, v.ha)) + 7.0
        rows = np.flatnonzero(np.abs(y[:, 0] - v.centre[1]) < reach)
        cols = np.flatnonzero(np.abs(x[0] - v.centre[0]) < reach)
        if len(rows) < 2 or len(cols) < 2:
            continue
        part = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
        # The beam diverges from a source about 1.1 m away, so bodies far from the centre are seen obliquely.
        roll = v.roll + 0.6 * np.arctan2(v.centre[1] - mid_y, 1100.0)
        image[part] += _body(v, x[:, part[1]], y[part[0]], cell, roll, t_score, grain[part])


def _body(
    v: Vertebra,
    x: np.ndarray,
    y: np.ndarray,
    cell: float,
    roll: float,
    t_score: float,
    grain: np.ndarray,
) -> np.ndarray:
    """One body as a stack of sagittal slices of an elliptic cylinder with concave endplates."""
    rng = np.random.default_rng(v.seed)
    cos, sin = np.float32(np.cos(v.tilt)), np.float32(np.sin(v.tilt))
    dx, dy = x - np.float32(v.centre[0]), y - np.float32(v.centre[1])
    u, w = dx * cos + dy * sin, -dx * sin + dy * cos
    p = v.local_points().astype(np.float32)
    half = v.depth / 2
    dip_top, dip_bottom = p[4, 1] - (p[0, 1] + p[1, 1]) / 2, (p[3, 1] + p[2, 1]) / 2 - p[5, 1]
    hurt = v.grade > 0
    plate = float(np.clip(0.62 + 0.07 * (t_score + 2.0), 0.38, 0.85)) * rng.normal(1.0, 0.06)
    plate_top, plate_low = (plate + thick for thick in v.sclerosis)
    wall = float(np.clip(0.50 + 0.07 * (t_score + 2.0), 0.28, 0.75)) * rng.normal(1.0, 0.06)
    uneven = 0.20 + 0.06 * v.grade if hurt else 0.10 + v.waviness
    ragged = rng.standard_normal(5) / (1, 1.3, 1.6, 2, 2.5) * uneven
    waves = 5 if hurt or v.waviness else 2
    lip_top, lip_low = (np.float32(lip * v.depth) for lip in v.lips)
    hook = np.float32(0.10 * v.reference)
    # Enough slices that neighbours' endplates merge: too few would draw a comb on deep or oblique bodies.
    slices = int(np.clip((dip_top + dip_bottom + abs(roll) * v.width) / 0.5, 15, 32))
    z = ((np.arange(slices) + 0.5) / slices * 2 - 1).astype(np.float32)
    dz = v.width / slices
    body = np.zeros(u.shape, np.float32)
    shell = np.zeros(u.shape, np.float32)
    packed = np.zeros(u.shape, np.float32)
    power = 2.5
    for k in z:
        us, ws = u - np.float32(v.rotation * k * v.width / 2), w - np.float32(roll * k * v.width / 2)
        flat = us / np.float32(half)
        top = p[1, 1] + (p[0, 1] - p[1, 1]) * (flat + 1) / 2
        low = p[2, 1] + (p[3, 1] - p[2, 1]) * (flat + 1) / 2
        mid = 1 - np.square(np.clip((2 * ws - top - low) / (low - top), -1, 1))
        hw = np.float32(half) * (1 - np.where(flat > 0, 0.085, 0.06) * mid)
        if lip_top + lip_low > 0.5:
            spur = lip_top * np.exp(-np.abs(ws - top) / hook) + lip_low * np.exp(-np.abs(low - ws) / hook)
            hw = hw + np.where(flat > 0, spur, 0.2 * spur) * np.float32(1 - 0.5 * k * k)
        s = np.abs(us) / hw
        dome = np.maximum(1 - s * s * np.sqrt(s), 0) * np.float32(1 - abs(k) ** power)
        rough = sum(
            np.float32(a) * np.sin(np.float32(1.5 * (j + 1)) * flat + np.float32(2.0 * j + 3 * k * hurt))
            for j, a in enumerate(ragged[:waves])
        )
        edge_top = ws - (top + dip_top * dome + rough * (1 - s * s).clip(0))
        edge_low = (low - dip_bottom * dome) - ws
        for place, breadth, deep, side in v.nodes:
            dent = np.exp(-np.square((flat - np.float32(place)) / np.float32(breadth)))
            dent *= np.float32(deep * v.reference * max(1 - (2.2 * k) ** 2, 0))
            if side:
                edge_low = edge_low - dent
            else:
                edge_top = edge_top - dent
        edge_wall = hw * (np.float32((1 - abs(k) ** power) ** (1 / power)) - s)
        end = np.minimum(edge_top, edge_low)
        inside = np.clip(np.minimum(end, edge_wall) / cell + 0.5, 0, 1)
        below_plate = np.minimum(edge_top - plate_top, edge_low - plate_low)
        inner = np.clip(np.minimum(below_plate, edge_wall - wall) / cell + 0.5, 0, 1)
        body += inner
        shell += inside - inner
        if hurt:
            packed += inner * np.exp(-np.maximum(edge_top, 0) / 2.2)
    spongy = trabecular(t_score) * v.spongy
    crowding = 1 + 0.5 * (1 - (v.ha + v.hm + v.hp) / 3 / v.reference) if hurt else 1.0
    total: np.ndarray = dz * (spongy * crowding * body * (1 + grain) + CORTEX * shell)
    if hurt:
        total += dz * packed * 0.0040 * rng.uniform(0.5, 1.3)
    return total


def _trabeculae(shape: tuple[int, int], cell: float, t_score: float, rng: np.random.Generator) -> np.ndarray:
    """Relative variation of spongy bone (R, C): fine when dense, sparse vertical struts when porous."""
    white = rng.standard_normal(shape, np.float32)
    fine = cv2.GaussianBlur(white, (0, 0), 0.55 / cell)
    struts = cv2.GaussianBlur(
        rng.standard_normal(shape, np.float32), (0, 0), sigmaX=0.38 / cell, sigmaY=3.6 / cell
    )
    fine /= fine.std()
    struts /= struts.std()
    loss = float(np.clip((-t_score + 0.5) / 4.0, 0, 1))
    grain: np.ndarray = 0.10 * fine + (0.04 + 0.20 * loss) * struts
    return grain.astype(np.float32)


def draw_arches(image: np.ndarray, scene: Scene, t_score: float, rng: np.random.Generator) -> None:
    """Add pedicles, articular processes and spinous processes, each side a little apart."""
    cell, density = cell_mm(scene), _bone(t_score)
    layer = np.zeros_like(image)
    mid_y = scene.field.y0 + scene.field.height * scene.field.spacing / 2
    for v in scene.spine.vertebrae:
        thoracic = v.level.startswith("T") and v.level not in ("T12",)
        d, h = -v.depth / 2, v.reference
        roll = v.roll + 0.6 * np.arctan2(v.centre[1] - mid_y, 1100.0)
        pedicle = [(d + 2, -0.42), (d - 9, -0.36), (d - 10, 0.02), (d + 2, 0.06)]
        upper = [
            (d - 6, -0.30),
            (d - 7, -0.72),
            (d - 11, -0.80),
            (d - 17, -0.45),
            (d - 17, 0.05),
            (d - 9, 0.05),
        ]
        lower = [
            (d - 9, -0.20),
            (d - 18, -0.25),
            (d - 24, 0.30),
            (d - 21, 0.84),
            (d - 15, 0.86),
            (d - 12, 0.30),
        ]
        if thoracic:
            spinous = [
                (d - 17, -0.05),
                (d - 26, 0.15),
                (d - 50, 1.10),
                (d - 47, 1.40),
                (d - 36, 1.15),
                (d - 18, 0.50),
            ]
        else:
            spinous = [
                (d - 18, -0.02),
                (d - 30, 0.02),
                (d - 49, 0.18),
                (d - 52, 0.62),
                (d - 44, 0.78),
                (d - 20, 0.60),
            ]
        squash = 0.5 if v.level[0] == "C" else 0.9 if thoracic else 1.0
        for side in (-1, 1):
            shift = np.array(
                [v.rotation * side * 17 + rng.normal(0, 0.6), roll * side * 17 + rng.normal(0, 0.6)]
            )
            for outline, fill, rim in ((pedicle, 0.085, 0.105), (upper, 0.085, 0.065), (lower, 0.095, 0.065)):
                local = np.array([(d + (a - d) * squash, b * h) for a, b in outline]) + shift
                shape(
                    layer,
                    scene,
                    v.to_plane(_wobble(local, rng)),
                    1.5 * fill * density,
                    1.5 * rim * density,
                    1.3 / cell,
                )
        local = np.array([(d + (a - d) * squash, b * h) for a, b in spinous]) + rng.normal(0, 1.0, 2)
        shape(layer, scene, v.to_plane(_wobble(local, rng)), 0.15 * density, 0.13 * density, 1.4 / cell)
    image += cv2.GaussianBlur(layer, (0, 0), 0.7 / cell)


_RIB_LENGTH = {"T12": 0.42, "T11": 0.62, "T3": 0.8, "T2": 0.6, "T1": 0.4}


def draw_ribs(image: np.ndarray, scene: Scene, t_score: float, rng: np.random.Generator) -> None:
    """Add both ribs of every thoracic level as curved hollow bands."""
    cell, density = cell_mm(scene), _bone(t_score)
    layer = np.zeros_like(image)
    t = np.linspace(0, 1, 40)[:, None]
    steep = rng.uniform(0.85, 1.2)
    for v in scene.spine.vertebrae:
        if not v.level.startswith("T"):
            continue
        length = _RIB_LENGTH.get(v.level, 1.0) * rng.normal(1, 0.04)
        start = v.to_plane(np.array([[-v.depth * 0.42, -v.hp * 0.38]]))[0]
        for _ in range(2):
            j = rng.normal(0, 4.0, (3, 2))
            a, b, c = (
                start + (-72, 2) + j[0],
                start + (-58, 62 * steep) + j[1],
                start + (135, 120 * steep) + j[2],
            )
            s = t * length
            curve = (1 - s) ** 3 * start + 3 * s * (1 - s) ** 2 * a + 3 * s * s * (1 - s) * b + s**3 * c
            points, band = pixels(scene, curve), rng.uniform(8.5, 11.0)
            outer, inner = np.zeros(layer.shape, np.uint8), np.zeros(layer.shape, np.uint8)
            cv2.polylines(outer, [points], False, 1, max(1, round(band / cell)), cv2.LINE_8, _SHIFT)
            cv2.polylines(inner, [points], False, 1, max(1, round((band - 2.6) / cell)), cv2.LINE_8, _SHIFT)
            cv2.addWeighted(layer, 1, outer.astype(np.float32), 0.115 * density, 0, dst=layer)
            cv2.addWeighted(layer, 1, inner.astype(np.float32), -0.065 * density, 0, dst=layer)
    image += cv2.GaussianBlur(layer, (0, 0), 0.8 / cell)


def draw_arms(image: np.ndarray, scene: Scene, t_score: float, rng: np.random.Generator) -> None:
    """Add the shoulder blades and the raised upper arms, which hide the upper thoracic bodies."""
    cell, density, k = cell_mm(scene), _bone(t_score), scene.spine.magnification
    at = {v.level: v.centre for v in scene.spine.vertebrae}
    layer = np.zeros_like(image)
    for _ in range(2):
        joint = at["T3"] + (rng.normal((18, -4), 9, 2)) * k
        blade = np.array([(0, 0), (-30, -14), (-58, 18), (-44, 104), (-32, 100), (-14, 40)], float)
        shape(
            layer,
            scene,
            smooth(joint + blade * k + rng.normal(0, 3, 2)),
            0.03 * density,
            0.10 * density,
            3 / cell,
        )
        angle = rng.normal(-0.35, 0.2)
        along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        shaft = np.array(
            [(-8, -20), (12, -22), (34, -12), (260, -11), (260, 11), (34, 12), (6, 20), (-12, 8)]
        )
        arm = joint + (shaft[:, :1] * along + shaft[:, 1:] * across) * k
        shape(layer, scene, smooth(arm), 0.22 * density, 0.30 * density, 4.0 / cell)
    image += cv2.GaussianBlur(layer, (0, 0), 1.2 / cell)


def draw_pelvis(image: np.ndarray, scene: Scene, t_score: float, rng: np.random.Generator) -> None:
    """Add sacrum, both iliac wings and the femoral heads, as far as the field shows them."""
    cell, density, k = cell_mm(scene), _bone(t_score), scene.spine.magnification
    layer = np.zeros_like(image)
    slope = scene.spine.sacral_slope
    depth = scene.spine.vertebrae[0].depth
    along, at = slope, np.zeros(2)
    front, back = [], []
    for i in range(5):
        half = depth / 2 * (1 - 0.17 * i)
        forward = np.array([np.cos(along), np.sin(along)])
        front.append(at + forward * half)
        back.append(at - forward * half)
        length = (27, 23, 20, 18, 16)[i] * k
        if i:
            _line(layer, scene, np.array([front[-1], back[-1]]), 0.10 * density, 1.6 / cell)
        at = at + length * np.array([-np.sin(along), np.cos(along)])
        along += np.deg2rad((4, -4, -14, -20, -30)[i])
    first = np.array([front[0], back[0]])
    _line(layer, scene, first, 0.30 * density, 1.5 / cell)
    outline = smooth(np.array(front + back[::-1]) + rng.normal(0, 0.8, (10, 2)))
    shape(layer, scene, outline, 0.20 * density, 0.16 * density, 1.8 / cell)
    canal = np.array(back + [b + np.array([-16, -3]) * k for b in back[::-1]])
    shape(layer, scene, canal, 0.16 * density, 0.16 * density, 2.0 / cell)
    wing = np.array(
        [
            (-50, 8),
            (-46, -22),
            (-28, -46),
            (0, -58),
            (30, -50),
            (58, -24),
            (76, 8),
            (60, 30),
            (52, 60),
            (36, 96),
            (4, 104),
            (-14, 74),
            (-34, 46),
        ],
        float,
    )
    turn = slope - np.deg2rad(36)
    wing = (wing * k) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    offset = rng.normal(0, 4.5, 2)
    for side in (-1, 1):
        points = smooth((wing + rng.normal(0, 4.0, wing.shape)) * rng.normal(1, 0.03) + side * offset)
        shape(layer, scene, points, 0.13 * density, 0.09 * density, 4.0 / cell)
        head = np.stack([24 * np.cos(np.linspace(0, 6.28, 40)), 24 * np.sin(np.linspace(0, 6.28, 40))], 1) * k
        shape(
            layer,
            scene,
            head + np.array([22, 108]) * k + side * offset,
            0.30 * density,
            0.12 * density,
            1.5 / cell,
        )
    image += cv2.GaussianBlur(layer, (0, 0), 1.0 / cell)


_SHIFT = 4


def _bone(t_score: float) -> float:
    """Bone other than the bodies loses mineral more slowly."""
    return float(np.clip(1.0 + 0.10 * (t_score + 1.5), 0.65, 1.35))


def cell_mm(scene: Scene) -> float:
    """Grid pixel in mm."""
    return scene.field.height * scene.field.spacing / scene.field.shape[0]


def pixels(scene: Scene, xy: np.ndarray) -> np.ndarray:
    """Plane points (N, 2) as fixed-point grid coordinates for OpenCV."""
    field, (rows, cols) = scene.field, scene.field.shape
    col = (xy[:, 0] - field.x0) / (field.width * field.spacing) * cols - 0.5
    row = (xy[:, 1] - field.y0) / (field.height * field.spacing) * rows - 0.5
    return np.round(np.stack([col, row], 1) * (1 << _SHIFT)).astype(np.int32)


def shape(layer: np.ndarray, scene: Scene, xy: np.ndarray, fill: float, rim: float, rim_width: float) -> None:
    """Add a closed outline: `fill` inside and `rim` more along its edge."""
    points = pixels(scene, xy)
    pad = int(rim_width) + 3
    low, high = points.min(0) // (1 << _SHIFT) - pad, points.max(0) // (1 << _SHIFT) + pad
    c0, r0 = np.maximum(low, 0)
    c1, r1 = np.minimum(high, np.array(layer.shape[::-1]))
    if c1 <= c0 or r1 <= r0:
        return
    points = points - np.array([c0, r0], np.int32) * (1 << _SHIFT)
    mask = np.zeros((r1 - r0, c1 - c0), np.float32)
    cv2.fillPoly(mask, [points], fill, cv2.LINE_8, _SHIFT)
    edge = np.zeros_like(mask)
    cv2.polylines(edge, [points], True, rim, max(1, round(rim_width)), cv2.LINE_8, _SHIFT)
    layer[r0:r1, c0:c1] += mask + edge


def _line(layer: np.ndarray, scene: Scene, xy: np.ndarray, value: float, width: float) -> None:
    stroke = np.zeros_like(layer)
    cv2.polylines(stroke, [pixels(scene, xy)], False, value, max(1, round(width)), cv2.LINE_8, _SHIFT)
    layer += stroke


def _wobble(local: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return smooth(local + rng.normal(0, 0.9, local.shape))


def smooth(points: np.ndarray) -> np.ndarray:
    """Round the corners of a closed outline (two rounds of Chaikin's corner cutting)."""
    for _ in range(2):
        following = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], 1).reshape(
            -1, 2
        )
    return points
