"""What befalls a picture between the detector and an archive, drawn far more widely than one hospital's.

A network that has seen one maker's clean pictures reads their look; one that has seen many reads the bones
(domain randomisation: Tobin et al., IROS 2017:23). The ranges are ours; of the grain, up to four times the
power that drawn films have above 1/8 cycle a pixel, as real ones have.
"""

from __future__ import annotations

import string

import cv2
import numpy as np

CANVAS = (1024, 512)
"""What the network sees; sizes are of its pixels, whatever the film's."""
MOTTLE, GRAIN, GAMMA = 0.55, 1.7, 0.7
"""Greatest deviation of coarse and of fine variation, relative to the picture's own; powers of two of the
tone curve."""
COARSE, FINE = 40.0, 2.5
"""What is coarse and what is fine, pixels."""


def handled(pixels: np.ndarray, rng: np.random.Generator, vfa: bool) -> np.ndarray:
    """A picture (H, W) float32 in 0-1 after handling, still in 0-1. Nothing in it looks at the person."""
    unit = max(pixels.shape[0] / CANVAS[0], pixels.shape[1] / CANVAS[1])
    strength = 0.5 if vfa else 1.0
    black = pixels < 0.02
    coarse, fine = (_variation(pixels, ~black, unit, size) for size in (COARSE, FINE))
    changed = np.clip(pixels, 0, 1) ** np.float32(2 ** (strength * GAMMA * rng.uniform(-1, 1)))
    if rng.random() < 0.7:
        amount = strength * MOTTLE * coarse * rng.random() ** 1.5
        changed = changed + np.float32(amount) * _mottle(pixels.shape, unit, rng)
    if rng.random() < 0.3:
        changed = cv2.GaussianBlur(changed, (0, 0), unit * rng.uniform(0.4, 1.4))
    elif rng.random() < 0.4:
        soft = cv2.GaussianBlur(changed, (0, 0), unit * rng.uniform(1.0, 4.0))
        changed = changed + np.float32(rng.uniform(0.3, 1.8)) * (changed - soft)
    grain = rng.standard_normal(pixels.shape, np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), unit * rng.uniform(0.35, 0.9))
    amount = strength * GRAIN * fine * rng.random()
    changed = changed + grain * np.float32(amount / grain[::4, ::4].std())
    # The shutter's black is laid over the picture afterwards.
    changed = np.clip(np.where(black, pixels, changed), 0, 1)
    if not vfa and rng.random() < 0.35:
        changed = _compressed(changed, int(rng.integers(35, 96)))
    if not vfa and rng.random() < 0.25:
        _frame(changed, rng)
    if not vfa and rng.random() < 0.35:
        _write(changed, rng)
    return changed


def _variation(picture: np.ndarray, where: np.ndarray, unit: float, size: float) -> float:
    """Deviation of what is finer than a size, in a mask."""
    step = max(int(unit * size / 4), 1)
    small = cv2.resize(picture, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    seen = cv2.resize(where.astype(np.uint8), small.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    rest = small - cv2.GaussianBlur(small, (0, 0), unit * size / step)
    return float(rest[seen].std()) if seen.any() else 0.0


def _mottle(shape: tuple[int, ...], unit: float, rng: np.random.Generator) -> np.ndarray:
    """Clouds of bowel, fat and skin folds, from 8 to 80 pixels, of deviation 1."""
    total = np.zeros(shape, np.float32)
    for size, weight in ((80, 1.0), (30, 0.8), (10, 0.5)):
        cells = [max(int(n / (size * unit)) + 3, 4) for n in shape]
        coarse = rng.standard_normal(cells, np.float32)
        total += np.float32(weight) * cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
    scaled: np.ndarray = total / total.std()
    return scaled


def _compressed(picture: np.ndarray, quality: int) -> np.ndarray:
    _, stream = cv2.imencode(
        ".jpg", np.round(picture * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    decoded = np.asarray(cv2.imdecode(stream, cv2.IMREAD_GRAYSCALE), np.float32)
    return decoded / 255


def _frame(picture: np.ndarray, rng: np.random.Generator) -> None:
    """The bright, grey or black edge of a scanned or copied film, narrower than what fractures stay clear
    of."""
    value = rng.choice([0.0, 1.0, rng.random()])
    height, width = picture.shape
    top, bottom, left, right = (
        rng.uniform(0, 0.05, 4) * (rng.random(4) < 0.7) * [height, height, width, width]
    ).astype(int)
    picture[:top] = picture[height - bottom :] = value
    picture[:, :left] = picture[:, width - right :] = value


def _write(picture: np.ndarray, rng: np.random.Generator) -> None:
    """Burnt-in lines of text near an edge, as consoles write them: made-up letters and digits."""
    height, width = picture.shape
    size = width / 512 * rng.uniform(0.3, 0.75)
    line = round(26 * size)
    column = round(width * rng.uniform(0.01, 0.6))
    lines = int(rng.integers(1, 4))
    row = line if rng.random() < 0.6 else height - lines * line + line // 2
    ink, halo = (np.zeros(picture.shape, np.uint8) for _ in range(2))
    thick = max(1, round(1.6 * size))
    outlined = rng.random() < 0.15
    for _ in range(lines):
        characters = list(string.ascii_uppercase + string.digits + " .:/-")
        text = "".join(rng.choice(characters, int(rng.integers(4, 22))))
        at = (column, row)
        cv2.putText(ink, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, 255, thick, cv2.LINE_AA)
        if outlined:
            cv2.putText(halo, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, 255, 3 * thick, cv2.LINE_AA)
        row += line
    picture[halo > 127] = 0
    picture[ink > 127] = rng.uniform(0.8, 1.0)
