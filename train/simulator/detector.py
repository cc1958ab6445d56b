"""From line integrals to pixels: Beer-Lambert, scatter, quantum noise, film curve, collimator, letters."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from train.simulator.handling import handled
from train.simulator.scene import Field

WHITE = 4095


@dataclass(frozen=True)
class Look:
    """What a maker's images have in common, each as a range to draw from.

    blur: of the focal spot and the detector, mm. quanta: behind the densest tissue, per 0.2 mm pixel. detail:
    by how much detail is raised, and detail_mm, what counts as detail. gamma: of the film curve. shutter:
    share of images that are blackened outside the collimator.
    """

    blur: tuple[float, float]
    quanta: tuple[float, float]
    detail: tuple[float, float]
    detail_mm: tuple[float, float]
    gamma: tuple[float, float]
    shutter: float


LOOKS = {
    "GE-LIKE": Look((0.20, 0.30), (3000, 9000), (0.4, 1.2), (6, 13), (0.75, 1.2), 0.7),
    "DONGKANG-LIKE": Look((0.26, 0.38), (2500, 7000), (0.0, 0.7), (9, 18), (0.9, 1.35), 0.3),
    "HOLOGIC-LIKE": Look((0.45, 0.75), (125, 450), (0.0, 1.2), (6, 18), (0.75, 1.35), 0.0),
}
"""After the three devices of the published images; the figures are ours, matched by eye."""


def expose(total: np.ndarray, field: Field, manufacturer: str, rng: np.random.Generator) -> np.ndarray:
    """Pixels (height, width) uint16, 12 bits, bone bright (MONOCHROME2 sense), from line integrals (R, C).

    Exposure, scatter, noise, curve and sharpening are drawn without looking at the person.
    """
    look, vfa = LOOKS[manufacturer], field.protocol == "vfa"
    cell = field.height * field.spacing / field.shape[0]
    primary = np.exp(-cv2.GaussianBlur(total, (0, 0), rng.uniform(*look.blur) / cell))
    aperture = _aperture(field)
    small = cv2.resize(primary * aperture, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA)
    # Only tissue scatters: rays that met next to none must not flood the picture beside the skin.
    small = np.minimum(small, 1.5 * np.median(small[small > 0]))
    scatter = cv2.GaussianBlur(small, (0, 0), 35 / (10 * cell), borderType=cv2.BORDER_REFLECT)
    scatter = cv2.resize(scatter, total.shape[::-1], interpolation=cv2.INTER_LINEAR)
    signal = primary * np.maximum(aperture, 0.004) + rng.uniform(0.25, 0.7) * scatter
    signal = cv2.resize(signal, (field.width, field.height), interpolation=cv2.INTER_LINEAR)
    # Quanta behind the densest tissue set the grain; a finer pixel catches fewer of them.
    quanta = rng.uniform(*look.quanta) * (field.spacing / 0.2) ** 2
    level = float(np.percentile(signal[::16, ::16], 25))
    noise = rng.standard_normal(signal.shape, np.float32)
    if not vfa:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.6) * 1.7
    signal += noise * np.sqrt(signal * np.float32(level / quanta))
    film = -np.log(np.maximum(signal, np.float32(1e-7)))
    film = _sharpen(film, field.spacing, look, rng)
    # Consoles set the window by what lies in the body; bare detector and collimator do not count.
    seen = film[::8, ::8]
    tissue = cv2.resize(total * (aperture > 0.5), seen.shape[::-1], interpolation=cv2.INTER_AREA) > 0.8
    inside = seen[tissue]
    low, high = np.percentile(inside, [rng.uniform(0.5, 6), 99.7])
    low -= rng.uniform(0.0, 0.5)
    high += rng.uniform(0.05, 0.5)
    toned = np.clip((film - np.float32(low)) / np.float32(high - low), 0, 1) ** np.float32(
        rng.uniform(*look.gamma)
    )
    top, bottom = rng.uniform(0.86, 1.0), rng.uniform(0.0, 0.05)
    pixels: np.ndarray = ((bottom + (top - bottom) * toned) * WHITE).astype(np.float32)
    shutter = rng.random() < look.shutter
    if field.facing == "left":
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        aperture = aperture[:, ::-1]
    if shutter and any(field.borders):
        pixels *= cv2.resize(aperture, (field.width, field.height), interpolation=cv2.INTER_LINEAR)
    if not vfa and rng.random() < 0.8:
        _letter(pixels, rng)
    pixels = WHITE * handled(pixels / WHITE, rng, vfa)
    stored: np.ndarray = np.clip(np.rint(pixels), 0, WHITE).astype(np.uint16)
    return stored


def _aperture(field: Field) -> np.ndarray:
    """1 inside the collimator's opening, 0 outside, (R, C) float32; a little turned and soft-edged."""
    rows, cols = field.shape
    top, bottom, left, right = field.borders
    if not any(field.borders):
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
    c, s = np.cos(field.turn), np.sin(field.turn)
    corners = (corners - centre) @ np.array([[c, s], [-s, c]]) + centre
    mask = np.zeros((rows, cols), np.float32)
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1.0)
    soft: np.ndarray = cv2.GaussianBlur(mask, (0, 0), 1.5)
    return soft


def _sharpen(film: np.ndarray, spacing: float, look: Look, rng: np.random.Generator) -> np.ndarray:
    """Raise detail over the coarse picture, as the makers' processing does."""
    small = cv2.resize(film, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(
        small, (0, 0), rng.uniform(*look.detail_mm) / (10 * spacing), borderType=cv2.BORDER_REFLECT
    )
    coarse = cv2.resize(small, film.shape[::-1], interpolation=cv2.INTER_CUBIC)
    sharp: np.ndarray = film + np.float32(rng.uniform(*look.detail)) * (film - coarse)
    return sharp


def _letter(pixels: np.ndarray, rng: np.random.Generator) -> None:
    """A lead letter near a corner, in front or behind, at times with a ball or ring beside it."""
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
    if rng.random() < 0.2:
        beside = (col + round(15 * size), row - round(60 * size * rng.choice([-1, 1])))
        cv2.circle(
            ink, beside, round(8 * size), 255, -1 if rng.random() < 0.5 else round(3 * size), cv2.LINE_AA
        )
    pixels[ink > 127] = WHITE * rng.uniform(0.93, 1.0)
