"""What the numbers of a picture's appearance tell, and what not."""

import numpy as np
import pytest

from verte_core.network.appearance import LENGTH, appearance


def picture(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((1024, 512), np.float32)


@pytest.mark.parametrize("shape", [(1024, 512), (64, 32), (300, 700)])
def test_there_are_as_many_of_a_picture_of_any_size(shape: tuple[int, int]) -> None:
    found = appearance(np.random.default_rng(0).random(shape, np.float32))
    assert found.shape == (LENGTH,) and found.dtype == np.float32 and np.isfinite(found).all()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_plain_picture_has_no_edges(value: float) -> None:
    found = appearance(np.full((1024, 512), value, np.float32))
    assert np.count_nonzero(found) == (512 if value else 0)


def test_an_edge_from_bright_to_dark_is_not_one_from_dark_to_bright() -> None:
    step = np.zeros((1024, 512), np.float32)
    step[512:] = 1
    there, back = appearance(step), appearance(1 - step)
    edges = slice(0, LENGTH - 512 - 3)
    assert there[edges] @ back[edges] == 0
    assert np.flatnonzero(there[edges]).size == np.flatnonzero(back[edges]).size == 8 * 2


def test_the_last_numbers_say_how_sharp_it_is() -> None:
    import cv2

    sharp = picture()
    blurred = cv2.GaussianBlur(sharp, (0, 0), 3)
    assert (appearance(blurred)[-3:] < appearance(sharp)[-3:] - 1).all()
