"""From line integrals to pixels: Beer-Lambert, scatter, quantum noise, film curve, collimator, letters."""

from __future__ import annotations

import cv2
import numpy as np

from train.simulator.scene import Scene

WHITE = 4095


def expose(total: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Pixels (height, width) uint16, 12 bits, bone bright (MONOCHROME2 sense), from line integrals (R, C).

    Exposure, scatter, noise, curve and sharpening are drawn without looking at the person.
    """
    field = scene.field
    vfa = field.protocol == "vfa"
    cell = field.height * field.spacing / field.shape[0]
    focus = rng.uniform(0.20, 0.38) if not vfa else rng.uniform(0.45, 0.75)
    primary = np.exp(-cv2.GaussianBlur(total, (0, 0), focus / cell))
    aperture = _aperture(scene)
    small = cv2.resize(primary * aperture, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA)
    # Only tissue scatters: rays that met next to none must not flood the picture beside the skin.
    small = np.minimum(small, 1.5 * np.median(small[small > 0]))
    scatter = cv2.GaussianBlur(small, (0, 0), 35 / (10 * cell), borderType=cv2.BORDER_REFLECT)
    scatter = cv2.resize(scatter, total.shape[::-1], interpolation=cv2.INTER_LINEAR)
    signal = primary * np.maximum(aperture, 0.004) + rng.uniform(0.25, 0.7) * scatter
    signal = cv2.resize(signal, (field.width, field.height), interpolation=cv2.INTER_LINEAR)
    # Quanta behind the densest tissue set the grain; a finer pixel catches fewer of them.
    quanta = rng.uniform(2500, 9000) * (0.05 if vfa else 1.0) * (field.spacing / 0.2) ** 2
    level = float(np.percentile(signal[::16, ::16], 25))
    noise = rng.standard_normal(signal.shape, np.float32)
    if not vfa:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.6) * 1.7
    signal += noise * np.sqrt(signal * np.float32(level / quanta))
    film = -np.log(np.maximum(signal, np.float32(1e-7)))
    film = _sharpen(film, field.spacing, rng)
    inside = film[field.height // 8 : -field.height // 8 : 8, field.width // 8 : -field.width // 8 : 8]
    low, high = np.percentile(inside, [rng.uniform(0.5, 6), 99.7])
    low -= rng.uniform(0.0, 0.5)
    high += rng.uniform(0.05, 0.5)
    toned = np.clip((film - np.float32(low)) / np.float32(high - low), 0, 1) ** np.float32(
        rng.uniform(0.75, 1.35)
    )
    top, bottom = rng.uniform(0.86, 1.0), rng.uniform(0.0, 0.05)
    pixels: np.ndarray = (bottom + (top - bottom) * toned) * WHITE
    shutter = rng.random() < 0.5
    if field.facing == "left":
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        aperture = aperture[:, ::-1]
    if shutter and any(field.borders):
        pixels *= cv2.resize(aperture, (field.width, field.height), interpolation=cv2.INTER_LINEAR)
    if not vfa and rng.random() < 0.8:
        _letter(pixels, scene, rng)
    stored: np.ndarray = np.clip(np.rint(pixels), 0, WHITE).astype(np.uint16)
    return stored


def _aperture(scene: Scene) -> np.ndarray:
    """1 inside the collimator's opening, 0 outside, (R, C) float32; a little turned and soft-edged."""
    rows, cols = scene.field.shape
    top, bottom, left, right = scene.field.borders
    if not any(scene.field.borders):
        return np.ones((rows, cols), np.float32)
    corners = np.array(
        [
            (left * cols if left else -cols, top * rows if top else -rows),
            ((1 - right) * cols if right else 2 * cols, top * rows if top else -rows),
            ((1 - right) * cols if right else 2 * cols, (1 - bottom) * rows if bottom else 2 * rows),
            (left * cols if left else -cols, (1 - bottom) * rows if bottom else 2 * rows),
        ]
    )
    centre = np.array([cols / 2, rows / 2])
    c, s = np.cos(scene.field.turn), np.sin(scene.field.turn)
    corners = (corners - centre) @ np.array([[c, s], [-s, c]]) + centre
    mask = np.zeros((rows, cols), np.float32)
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1.0)
    soft: np.ndarray = cv2.GaussianBlur(mask, (0, 0), 1.5)
    return soft


def _sharpen(film: np.ndarray, spacing: float, rng: np.random.Generator) -> np.ndarray:
    """Raise detail over the coarse picture, as the makers' processing does."""
    small = cv2.resize(film, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(
        small, (0, 0), rng.uniform(6, 18) / (10 * spacing), borderType=cv2.BORDER_REFLECT
    )
    coarse = cv2.resize(small, film.shape[::-1], interpolation=cv2.INTER_CUBIC)
    sharp: np.ndarray = film + np.float32(rng.uniform(0.0, 1.2)) * (film - coarse)
    return sharp


def _letter(pixels: np.ndarray, scene: Scene, rng: np.random.Generator) -> None:
    """A lead letter near a corner, on the belly's side or the back's."""
    height, width = pixels.shape
    size = height / 1000 * rng.uniform(1.2, 2.4)
    row = int(height * (rng.uniform(0.06, 0.14) if rng.random() < 0.7 else rng.uniform(0.88, 0.95)))
    col = int(width * (rng.uniform(0.05, 0.12) if rng.random() < 0.5 else rng.uniform(0.82, 0.90)))
    ink = np.zeros(pixels.shape, np.uint8)
    cv2.putText(
        ink,
        str(rng.choice(["L", "R"])),
        (col, row),
        cv2.FONT_HERSHEY_SIMPLEX,
        size,
        255,
        max(2, round(size * rng.uniform(2, 4))),
        cv2.LINE_AA,
    )
    pixels[ink > 127] = WHITE * rng.uniform(0.93, 1.0)
