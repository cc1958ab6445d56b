"""Line integrals of everything but bone: trunk, lungs, heart, bowel gas and a calcified aorta."""

from __future__ import annotations

import cv2
import numpy as np

from train.simulator.people import Person
from train.simulator.scene import Scene

MUSCLE = 0.0185
"""Attenuation of soft tissue, 1/mm, at the effective energy of a lateral spine exposure."""
_STEP = 4


def draw_soft(scene: Scene, person: Person, rng: np.random.Generator) -> np.ndarray:
    """Line integrals (R, C) float32 of the trunk. Its girth follows BMI alone, never bone density."""
    x, y = scene.field.axes(_STEP)
    spine, k = scene.spine, scene.spine.magnification
    over = person.bmi - 24.5
    own = np.random.default_rng([spine.seed, 1])
    mid = spine.midline(y[:, 0])[:, None].astype(np.float32)
    at = {v.level: v.centre for v in spine.vertebrae}
    belly = np.exp(-np.square((y - at["L3"][1]) / 110))
    back = mid - np.maximum(84 + 1.8 * over + own.normal(0, 4), 76) * k
    chest = np.clip((at["T9"][1] - y) / 160, 0, 1)
    front = (
        mid
        + (
            np.maximum(122 + 4.5 * over + own.normal(0, 8), 98)
            + np.maximum(18 + 2.5 * over, 0) * belly
            + 25 * chest
        )
        * k
    )
    girth = (305 + 8.5 * over + own.normal(0, 10) - 25 * belly) * (1.04 if person.sex == "M" else 0.99)
    hips = np.clip((y - at["L5"][1]) / 90, 0, 1)
    girth = girth + 25 * hips
    # Shoulders and arms: why the upper thoracic bodies are poor in these images.
    girth = girth + 120 * np.clip((at["T7"][1] - y) / 90, 0, 1)
    neck = np.clip((at["T1"][1] + 8 - y) / 55, 0, 1)
    back, front, girth = (
        edge * (1 - neck) + slim * neck
        for edge, slim in ((back, mid - 66 * k), (front, mid + 70 * k), (girth, 135))
    )
    place = np.clip((x - (back + front) / 2) / ((front - back) / 2), -1, 1)
    trunk = girth * (1 - np.abs(place) ** 2.6) ** (1 / 2.2)
    # Organs and fat: smooth variation that no two people share. Most of it is coarser than a vertebral body.
    trunk *= 1 + 0.025 * _cloud(trunk.shape, 40, rng) + 0.010 * _cloud(trunk.shape, 14, rng)
    trunk *= 1 + 0.003 * _cloud(trunk.shape, 4, rng)
    total = MUSCLE * trunk
    total -= _lungs(scene, x, y, mid, back, front, girth, rng)
    total -= _gas(x, y, mid, front, at, k, rng)
    total = np.maximum(total, 0.02 * (trunk > 0))
    total = np.where(np.abs(place) < 1, total, 0).astype(np.float32)
    total = cv2.GaussianBlur(total, (0, 0), 1.3)
    rows, cols = scene.field.shape
    full: np.ndarray = cv2.resize(total, (cols, rows), interpolation=cv2.INTER_CUBIC)
    if own.random() < np.clip((person.age - 50) / 50, 0, 0.6):
        _aorta(full, scene, own)
    return full


def _lungs(
    scene: Scene,
    x: np.ndarray,
    y: np.ndarray,
    mid: np.ndarray,
    back: np.ndarray,
    front: np.ndarray,
    girth: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    at = {v.level: v.centre for v in scene.spine.vertebrae}
    k = scene.spine.magnification
    edge_back, edge_front = back + 30 * k, front - 22 * k
    across = np.clip((x - edge_back) / (edge_front - edge_back), 0, 1)
    lens = np.sqrt(np.clip(4 * across * (1 - across), 0, 1))
    sulcus = at["T12"][1] + rng.normal(8, 14) * k
    breadth = np.maximum(girth - 130, 60) / 2
    shape = (y.shape[0], x.shape[1])
    removed: np.ndarray = np.zeros(shape, np.float32)
    height = rng.uniform(50, 85) * k
    for _ in range(2):
        rise = np.sin(np.pi * np.clip(across, 0, 1) ** 0.75)
        floor = sulcus + rng.normal(0, 7) - (height + rng.normal(0, 6)) * rise
        above = np.clip((floor - y) / (45 * k), 0, 1)
        removed += breadth * np.sqrt(above) * lens
    removed *= np.sqrt(np.clip((y - at["T2"][1] + 15 * k) / (50 * k), 0, 1))
    heart = np.clip(
        1 - np.square((x - mid - 78 * k) / (52 * k)) - np.square((y - at["T8"][1] - 10) / (75 * k)), 0, 1
    )
    removed *= 1 - 0.75 * np.sqrt(heart)
    vessels = 1 + 0.05 * _cloud(shape, 3, rng) + 0.05 * _cloud(shape, 8, rng)
    return 0.0135 * removed * vessels


def _gas(
    x: np.ndarray,
    y: np.ndarray,
    mid: np.ndarray,
    front: np.ndarray,
    at: dict[str, np.ndarray],
    k: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Bowel gas: soft-edged pockets before the spine, some of them over it."""
    shape = (y.shape[0], x.shape[1])
    depth = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(4, 16))):
        cy = rng.uniform(at["T12"][1], at["L5"][1] + 60)
        spread = abs(rng.normal(0, 1))
        cx = float(np.interp(cy, y[:, 0], mid[:, 0])) + (22 + 42 * spread) * k
        a, b, turn = rng.uniform(7, 26) * k, rng.uniform(5, 15) * k, rng.uniform(0, np.pi)
        dx, dy = x - cx, y - cy
        p, q = dx * np.cos(turn) + dy * np.sin(turn), -dx * np.sin(turn) + dy * np.cos(turn)
        depth += np.clip(1 - np.square(p / a) - np.square(q / b), 0, 1) * 2.6 * b * rng.uniform(0.5, 1.3)
    # Stool and gas of the colon: mottled, over the front half of the abdomen.
    texture = _cloud(shape, 5, rng) + 0.6 * _cloud(shape, 2, rng) - rng.uniform(0.2, 1.6)
    patches = np.clip(0.4 + 0.7 * _cloud(shape, 22, rng), 0, 1)
    depth += (
        24
        * rng.uniform(0.3, 1.2)
        * np.clip(texture, 0, 1.5)
        * patches
        * np.clip((y - at["T12"][1]) / 40, 0, 1)
    )
    ragged = np.clip(0.8 + 0.8 * _cloud(shape, 4, rng), 0, 2)
    before = np.clip((x - mid - 5 * k) / (22 * k), 0, 1)
    speckle = np.clip(_cloud(shape, 3, rng) - 0.9, 0, None) * np.clip(
        1 - np.square((y - at["L4"][1]) / 80), 0, 1
    )
    attenuation: np.ndarray = MUSCLE * (
        np.minimum(depth * ragged, 75) * (0.25 + 0.75 * before)
        + 7 * speckle * before * np.clip((front - x) / 30, 0, 1)
    )
    return attenuation


def _aorta(image: np.ndarray, scene: Scene, rng: np.random.Generator) -> None:
    """Chalky streaks in the walls of the abdominal aorta, which says age and not density."""
    field = scene.field
    layer = np.zeros_like(image)
    per_mm = field.shape[0] / (field.height * field.spacing)
    for v in scene.spine.vertebrae[1:5]:
        for wall in (8.0, 27.0):
            for _ in range(int(rng.integers(0, 4))):
                local = np.array([[v.depth / 2 + wall + rng.normal(0, 1.2), rng.uniform(-18, 18)]])
                span = rng.uniform(2, 12)
                ends = v.to_plane(np.concatenate([local, local + np.array((rng.normal(0, 1), span))]))
                points = (ends - (field.x0, field.y0)) * per_mm
                cv2.polylines(
                    layer,
                    [np.round(points * 16).astype(np.int32)],
                    False,
                    rng.uniform(0.08, 0.32),
                    max(1, round(rng.uniform(1, 2.2) * per_mm)),
                    cv2.LINE_8,
                    4,
                )
    image += cv2.GaussianBlur(layer, (0, 0), 0.6 * per_mm)


def _cloud(shape: tuple[int, int], size: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise (R, C) float32 of unit spread; size is the blur in grid pixels."""
    noise: np.ndarray = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), size)
    noise /= noise.std()
    return noise
