from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verte_core.errors import ImageError
from verte_core.image_types import Protocol
from verte_core.preprocess import DEFAULT, Preprocessing, min_max, placement_of, prepare, to_8_bit

protocols = st.sampled_from(["radiograph", "vfa"])
sides = st.integers(64, 9000)
# Whole images are expensive: their area is bounded, their shapes reach as far as those of bare placements.
small_shapes = st.one_of(
    st.tuples(st.integers(64, 700), st.integers(64, 700)),
    st.tuples(st.integers(5000, 9000), st.integers(64, 90)),
    st.tuples(st.integers(64, 90), st.integers(5000, 9000)),
)


@settings(max_examples=60, deadline=None)
@given(
    small_shapes,
    protocols,
    st.sampled_from([(np.uint8, 255), (np.uint16, 4095), (np.uint16, 65535)]),
    st.integers(),
)
def test_any_image_fits_the_canvas(
    shape: tuple[int, int], protocol: Protocol, kind: tuple, seed: int
) -> None:
    dtype, top = kind
    rng = np.random.default_rng(abs(seed))
    pixels = rng.integers(0, top, shape, endpoint=True).astype(dtype)
    image, placement = prepare(pixels, protocol)
    assert image.shape == (1024, 512)
    assert image.dtype == np.float32
    assert image.min() >= 0.0
    assert image.max() <= 1.0
    outside = np.ones(image.shape, bool)
    outside[
        placement.fit_top : placement.fit_top + placement.fit_height,
        placement.fit_left : placement.fit_left + placement.fit_width,
    ] = False
    assert not image[outside].any()
    assert image[~outside].any()


@given(sides, sides, protocols)
def test_the_largest_scale_that_fits_keeps_the_aspect_within_a_pixel(
    height: int, width: int, protocol: Protocol
) -> None:
    placed = placement_of((height, width), DEFAULT[protocol])
    assert placed.fit_height == 1024 or placed.fit_width == 512
    assert placed.fit_height <= 1024
    assert placed.fit_width <= 512
    scale = min(1024 / placed.crop_height, 512 / placed.crop_width)
    assert abs(placed.crop_height * scale - placed.fit_height) <= 3  # truncated width, then full height
    assert abs(placed.crop_width * scale - placed.fit_width) <= 1
    above, before = placed.fit_top, placed.fit_left
    assert 0 <= 1024 - placed.fit_height - 2 * above <= 1
    assert 0 <= 512 - placed.fit_width - 2 * before <= 1


@given(sides, sides, protocols, st.floats(0, 1), st.floats(0, 1))
def test_points_make_the_round_trip_within_a_pixel(
    height: int, width: int, protocol: Protocol, row: float, column: float
) -> None:
    placed = placement_of((height, width), DEFAULT[protocol])
    point = np.array([row * height, column * width])
    assert np.abs(placed.to_source(placed.to_model(point)) - point).max() < 1
    on_canvas = placed.to_model([[placed.crop_top, placed.crop_left]])[0]
    assert np.allclose(on_canvas, [placed.fit_top, placed.fit_left])


def test_a_map_comes_back_to_where_it_was() -> None:
    placed = placement_of((1500, 900), DEFAULT["radiograph"])
    source = np.zeros((1500, 900), np.float32)
    source[700:760, 300:380] = 1
    back = placed.map_to_source(placed.map_to_model(source))
    rows, columns = np.nonzero(back > 0.5)
    assert abs(rows.mean() - 729.5) < 2
    assert abs(columns.mean() - 339.5) < 2
    assert not back[:, :45].any()  # what the crop removed stays empty


def independent_prepare(pixels: npt.NDArray, crop: bool) -> npt.NDArray[np.float64]:
    """The published steps once more, in plain numpy and by their definitions."""
    flat = np.sort(pixels.ravel())
    low = int(flat[math.ceil(flat.size * 0.001) - 1])
    high = int(flat[math.ceil(flat.size * 0.999) - 1])
    share = (pixels.astype(float) - low) / (high - low)
    eight = np.where(share < 0.02, 0, np.floor(share * 255 + 0.5).clip(0, 255)).astype(int)
    counts = [int((eight == level).sum()) for level in range(256)]
    first = next(level for level in range(256) if counts[level])
    mapping, below = np.zeros(256), 0
    for level in range(first + 1, 256):
        below += counts[level]
        # Round half to even, as cvRound does.
        mapping[level] = np.rint(np.float32(below) * np.float32(255.0 / (eight.size - counts[first])))
    equalized = mapping[eight]
    unit = (equalized - equalized.min()) / (equalized.max() - equalized.min())
    if crop:
        left = int(unit.shape[1] * 0.05)
        unit = unit[:, left : unit.shape[1] - left]
    height, width = unit.shape
    if width > height:
        new_height, new_width = int(height * 512 / width), 512
    else:
        new_height, new_width = 1024, int(width * 1024 / height)
        if new_width > 512:
            new_height, new_width = int(height * 512 / width), 512
    rows = ((np.arange(new_height) + 0.5) * height / new_height - 0.5).clip(0, height - 1)
    columns = ((np.arange(new_width) + 0.5) * width / new_width - 0.5).clip(0, width - 1)
    r0, c0 = np.floor(rows).astype(int), np.floor(columns).astype(int)
    r1, c1 = np.minimum(r0 + 1, height - 1), np.minimum(c0 + 1, width - 1)
    fr, fc = (rows - r0)[:, None], (columns - c0)[None]
    resized = (unit[np.ix_(r0, c0)] * (1 - fc) + unit[np.ix_(r0, c1)] * fc) * (1 - fr)
    resized += (unit[np.ix_(r1, c0)] * (1 - fc) + unit[np.ix_(r1, c1)] * fc) * fr
    canvas = np.zeros((1024, 512))
    up, left = (1024 - new_height) // 2, (512 - new_width) // 2
    canvas[up : up + new_height, left : left + new_width] = resized
    return canvas


@pytest.mark.parametrize("shape", [(700, 400), (400, 700), (900, 300), (640, 640), (1300, 600)])
@pytest.mark.parametrize("protocol", ["radiograph", "vfa"])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_equals_an_independent_version(shape: tuple[int, int], protocol: Protocol, bits: int) -> None:
    rng = np.random.default_rng(bits)
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    waves = np.sin(rows / 37) * np.cos(columns / 23) + rng.normal(0, 0.1, shape)
    scaled = (waves - waves.min()) / (waves.max() - waves.min()) * (2**bits - 1)
    pixels = scaled.astype(np.uint8 if bits == 8 else np.uint16)
    image, _ = prepare(pixels, protocol)
    assert np.abs(image - independent_prepare(pixels, protocol == "radiograph")).max() < 1e-4


def test_eight_bits_pass_unchanged_in_version_1_and_twelve_keep_their_order() -> None:
    eight = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert to_8_bit(eight, version=1) is eight
    twelve = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    levels = to_8_bit(twelve).ravel().astype(int)
    assert (np.diff(levels) >= 0).all()
    assert (levels[0], levels[-1]) == (0, 255)


def bordered() -> npt.NDArray[np.uint8]:
    """A spine-like 8-bit picture whose border is nearly black."""
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.normal(120, 900, (700, 400)), (0, 0), 12)
    picture[:150] = picture[-100:] = 10
    picture[:, :60] = 10
    return np.clip(picture, 10, 250).astype(np.uint8)


@pytest.mark.parametrize("spoilt", ["one dark pixel", "one bright pixel", 75, 95])
def test_an_odd_pixel_or_a_jpeg_changes_little_of_an_8_bit_picture(spoilt: str | int) -> None:
    before = bordered()
    after = before.copy()
    if isinstance(spoilt, int):
        after = cv2.imdecode(cv2.imencode(".jpg", before, [cv2.IMWRITE_JPEG_QUALITY, spoilt])[1], 0)
        assert (after < 10).any()
    else:
        after[5, 5] = 0 if "dark" in spoilt else 255
    (was, _), (now, _) = prepare(before, "radiograph"), prepare(np.asarray(after), "radiograph")
    assert np.abs(was - now).mean() < 0.01
    old = Preprocessing(0.05, 0.05, version=1)
    if spoilt != "one bright pixel":
        assert np.abs(prepare(before, old)[0] - prepare(np.asarray(after), old)[0]).mean() > 0.05


def test_one_bright_letter_does_not_use_up_the_levels() -> None:
    pixels = np.tile(np.arange(1000, 1500, dtype=np.uint16), (500, 1))
    lettered = pixels.copy()
    lettered[0, :100] = 65535
    assert len(np.unique(to_8_bit(lettered))) > 200


def test_a_nearly_constant_image_keeps_its_contrast() -> None:
    pixels = np.full((300, 300), 700, np.uint16)
    pixels[5, 5] = 900
    image, _ = prepare(pixels, "vfa")
    assert image.max() > 0


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_constant_image_is_refused(dtype: type) -> None:
    with pytest.raises(ImageError, match="constant"):
        prepare(np.full((100, 100), 77, dtype), "radiograph")
    with pytest.raises(ImageError):
        min_max(np.zeros((3, 3), np.uint8))


@pytest.mark.parametrize("shape", [(2789, 1978), (900, 500), (1735, 930)])
def test_a_map_made_small_is_the_map_of_the_source_made_small(shape: tuple[int, int]) -> None:
    placement = placement_of(shape, DEFAULT["radiograph"])
    model_map = cv2.GaussianBlur(np.random.default_rng(0).random((1024, 512), np.float32), (0, 0), 20)
    small = placement.map_to_small(model_map, 720)
    wanted = cv2.resize(placement.map_to_source(model_map), small.shape[::-1], interpolation=cv2.INTER_AREA)
    inside = (slice(5, -5), slice(45, -45))
    np.testing.assert_allclose(small[inside], wanted[inside], atol=0.01)
