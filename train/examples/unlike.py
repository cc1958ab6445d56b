"""Pictures that weights must know again as unlike: turned, uninverted and blurred ones, and no radiographs at
all.

Made of prepared images (1024, 512) uint8, or drawn. Frontal images and those of the other kind can't be made
so; they lie in folders, each named after its look.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from verte_core.errors import DataError
from verte_core.image_types import Protocol
from verte_core.preprocess import MODEL_HEIGHT, MODEL_WIDTH, prepare

Picture = npt.NDArray[np.uint8]
UNLIKE_FOLDER = "unlike"
"""Beside the manifest: a folder a look, each with images of it."""
OTHER = "other"
BLURS = (5.0, 16.0)
"""Of the network's pixels: from where a reader would send a picture back."""


def upside_down(image: Picture, rng: np.random.Generator) -> Picture:
    """Turned by half, or mirrored top to bottom."""
    return np.ascontiguousarray(image[::-1, ::-1] if rng.random() < 0.5 else image[::-1])


def turned(image: Picture, rng: np.random.Generator) -> Picture:
    """Turned by a quarter to either side, and fitted again."""
    content = np.rot90(_content(image), 1 if rng.random() < 0.5 else 3)
    scale = min(MODEL_HEIGHT / content.shape[0], MODEL_WIDTH / content.shape[1])
    size = (max(int(content.shape[1] * scale), 1), max(int(content.shape[0] * scale), 1))
    return _centred(cv2.resize(np.ascontiguousarray(content), size, interpolation=cv2.INTER_AREA))


def inverted(image: Picture, rng: np.random.Generator) -> Picture:
    """Dark for bright, as a MONOCHROME1 image without the word; the padding stays black."""
    content = _content(image).copy()
    negative = cv2.equalizeHist(255 - content)
    return _centred(negative)


def blurred(image: Picture, rng: np.random.Generator) -> Picture:
    """Out of focus or moved."""
    if rng.random() < 0.7:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(*BLURS)), np.uint8)
    length = int(rng.integers(25, 70))
    kernel = np.full((length, 1) if rng.random() < 0.5 else (1, length), 1 / length, np.float32)
    return np.asarray(cv2.filter2D(image, -1, kernel), np.uint8)


ALTERED: dict[str, Callable[[Picture, np.random.Generator], Picture]] = {
    "upside down": upside_down,
    "turned": turned,
    "inverted": inverted,
    "blurred": blurred,
}
"""By look."""


def other(rng: np.random.Generator, protocol: Protocol) -> Picture:
    """No radiograph at all: noise, clouds, shapes, stripes, leaves, a page of text, or part of a
    photograph."""
    shape = (int(rng.integers(500, 1100)), int(rng.integers(400, 1000)))
    drawn = rng.choice(_DRAWN)(shape, rng)
    low, high = float(drawn.min()), float(drawn.max())
    pixels = np.round((drawn - low) / max(high - low, 1e-6) * 255).astype(np.uint8)
    pixels[0, 0], pixels[-1, -1] = 0, 255
    prepared, _ = prepare(pixels, protocol)
    return np.round(prepared * 255).astype(np.uint8)


def _noise(shape: tuple[int, int], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    noise = rng.standard_normal(shape, np.float32)
    return noise if rng.random() < 0.5 else cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.5, 3))


def _clouds(shape: tuple[int, int], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    total = np.zeros(shape, np.float32)
    for cells in (3, 7, 15, 31, 63):
        coarse = rng.standard_normal((cells, cells), np.float32)
        total += cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC) / cells ** rng.uniform(0, 1)
    return total


def _shapes(shape: tuple[int, int], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    canvas = np.full(shape, float(rng.uniform(0, 255)), np.float32)
    for _ in range(int(rng.integers(5, 60))):
        centre = tuple(int(v) for v in rng.uniform((0, 0), shape[::-1]))
        axes = tuple(int(v) for v in rng.uniform(8, 220, 2))
        shade, thick = float(rng.uniform(0, 255)), int(rng.choice([-1, 3, 9]))
        if rng.random() < 0.5:
            cv2.ellipse(canvas, centre, axes, float(rng.uniform(0, 180)), 0, 360, shade, thick)
        else:
            corner = (centre[0] + axes[0], centre[1] + axes[1])
            cv2.rectangle(canvas, centre, corner, shade, thick)
    return canvas + 6 * rng.standard_normal(shape, np.float32)


def _stripes(shape: tuple[int, int], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    rows, columns = np.indices(shape, np.float32)
    angle, period = rng.uniform(0, np.pi), rng.uniform(8, 400)
    wave = np.sin((rows * np.sin(angle) + columns * np.cos(angle)) * 2 * np.pi / period)
    return np.asarray(wave + rng.uniform(0, 0.5) * rng.standard_normal(shape), np.float32)


def _page(shape: tuple[int, int], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    page = np.full(shape, 255, np.uint8)
    size = rng.uniform(0.4, 1.4)
    for row in range(int(40 * size), shape[0], int(36 * size)):
        letters = "".join(chr(int(c)) for c in rng.integers(33, 122, int(rng.integers(4, 70))))
        cv2.putText(page, letters, (15, row), cv2.FONT_HERSHEY_SIMPLEX, size, 20, 2, cv2.LINE_AA)
    return page.astype(np.float32) if rng.random() < 0.6 else 255 - page.astype(np.float32)


def _photograph(shape: tuple[int, int], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """A part of one of scikit-learn's two sample photographs (CC BY)."""
    from sklearn.datasets import load_sample_images

    picture = rng.choice(load_sample_images().images)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    height, width = (int(n * rng.uniform(0.35, 1.0)) for n in grey.shape)
    top, left = (int(rng.integers(0, n - m + 1)) for n, m in zip(grey.shape, (height, width), strict=True))
    part = np.rot90(grey[top : top + height, left : left + width], int(rng.integers(4)))
    return np.asarray(cv2.resize(np.ascontiguousarray(part), shape[::-1]), np.float32)


def _leaves(shape: tuple[int, int], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Things before things, of every size, as photographs have them (dead leaves: Lee, Mumford and Huang,
    Int J Comput Vis 2001;41:35)."""
    canvas = np.full(shape, float(rng.uniform(0, 255)), np.float32)
    texture = _clouds(shape, rng)
    texture /= max(float(texture.std()), 1e-6)
    count = int(rng.integers(60, 500))
    # Far things first: the density of sizes falls with their cube.
    for size in np.sort(12 / np.sqrt(rng.uniform(0.0016, 1, count)))[::-1]:
        centre = tuple(int(v) for v in rng.uniform((0, 0), shape[::-1]))
        axes = (int(size * rng.uniform(0.5, 1.5)) + 1, int(size) + 1)
        leaf = np.zeros(shape, np.uint8)
        cv2.ellipse(leaf, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
        own = leaf > 0
        canvas[own] = rng.uniform(0, 255) + rng.uniform(0, 25) * texture[own]
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.4, 1.5)), np.float32)


_DRAWN = np.array(
    [_noise, _clouds, _shapes, _stripes, _page, _photograph, _photograph, _leaves, _leaves], object
)


def _content(image: Picture) -> Picture:
    """The picture without its padding."""
    rows, columns = (np.flatnonzero(image.any(axis)) for axis in (1, 0))
    if not len(rows):
        raise DataError("A prepared image is empty.")
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _centred(content: npt.NDArray[np.integer]) -> Picture:
    canvas = np.zeros((MODEL_HEIGHT, MODEL_WIDTH), np.uint8)
    top, left = (MODEL_HEIGHT - content.shape[0]) // 2, (MODEL_WIDTH - content.shape[1]) // 2
    canvas[top : top + content.shape[0], left : left + content.shape[1]] = content
    return canvas
