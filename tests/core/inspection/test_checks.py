"""What the score does when parts of the image are taken away, on a network whose answer is known."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from verte_core.inspection import checks
from verte_core.inspection.checks import BLOCK, CELL, Looked
from verte_core.results import sigmoid

SIZE = (8, 8)


class Bright:
    """Scores how bright one cell of the image is; a cell of its feature map is the mean of that cell."""

    def __init__(self, row: int, column: int) -> None:
        self._weight = np.zeros(SIZE, np.float32)
        self._weight[row, column] = 1

    def encode(self, images: np.ndarray) -> np.ndarray:
        height, width = SIZE
        cells = images.reshape(len(images), 1, height, CELL, width, CELL).mean(axis=(3, 5))
        return np.asarray(cells, np.float32)

    def contributions(self, features: np.ndarray, inputs: object, task: str) -> Any:
        return SimpleNamespace(total=float(60 * (features[0, 0] * self._weight).sum() - 30))

    def cells(self, features: np.ndarray, task: str) -> np.ndarray:
        return features[0, 0] * self._weight

    def shuffled(self, generator: np.random.Generator, with_encoder: bool) -> "Bright":
        twin = Bright(0, 0)
        twin._weight = generator.permuted(self._weight.ravel()).reshape(SIZE)
        return twin


@pytest.fixture
def looked() -> Looked:
    image = np.full((SIZE[0] * CELL, SIZE[1] * CELL), 0.1, np.float32)
    image[5 * CELL : 6 * CELL, 2 * CELL : 3 * CELL] = 1
    member: Any = Bright(5, 2)
    return Looked(member, image, member.encode(image[None, None]), None, "pvf")


def quiet(done: int, total: int) -> None:
    assert 0 <= done <= total


def the_map() -> np.ndarray:
    cells = np.zeros(SIZE, np.float32)
    cells[5, 2] = 1
    return cells


def test_occlusion_falls_where_the_score_rests(looked: Looked) -> None:
    fallen = checks.occlusion(looked, quiet)
    block = np.zeros(SIZE, bool)
    block[5 // BLOCK * BLOCK :, :BLOCK] = True
    assert fallen[block].min() > 1
    np.testing.assert_allclose(fallen[~block], 0, atol=1e-4)


def test_the_right_map_deletes_faster_than_a_random_order(looked: Looked) -> None:
    found = checks.faithfulness(looked, the_map(), quiet)
    assert found.deletion.area < 0.2 < found.random_deletion.area
    assert found.insertion.area > 0.8 > found.random_insertion.area
    assert found.deletion.scores[0] == found.insertion.scores[-1] == pytest.approx(sigmoid(looked.log_odds()))
    alone = checks.deletion(looked, the_map())
    assert alone.scores == found.deletion.scores


def test_road_is_above_0_for_the_right_map_and_below_for_the_opposite(looked: Looked) -> None:
    assert checks.road(looked, the_map(), quiet) > 0.3
    assert checks.road(looked, 1 - the_map(), quiet) < -0.3


def test_confidence_drop(looked: Looked) -> None:
    assert checks.confidence_drop(looked, the_map()) < 0.05
    assert checks.confidence_drop(looked, 1 - the_map()) > 0.9


def test_random_weights_make_another_map(looked: Looked) -> None:
    member: Any = Bright(5, 2)
    features = member.encode(looked.image[None, None])
    found = checks.randomised(member, looked.image, features, "pvf", quiet)
    assert abs(found.head) < 0.6 and found.network is not None


@pytest.mark.parametrize(
    "check", [checks.occlusion, lambda looked, step: checks.road(looked, the_map(), step)]
)
def test_a_check_ends_when_nobody_waits(looked: Looked, check: Callable[..., object]) -> None:
    def drop(done: int, total: int) -> None:
        if done == 2:
            raise KeyError("dropped")

    with pytest.raises(KeyError, match="dropped"):
        check(looked, drop)
