"""Where padding, air and body are, and what is said of a map that lies outside."""

import numpy as np

from verte_core.inspection import regions as regions_of
from verte_core.inspection.regions import quadrants, regions, where_it_lies
from verte_core.preprocess import DEFAULT, placement_of
from verte_core.scoring.contributions import Contributions

CELLS = (32, 16)


def prepared() -> tuple[np.ndarray, object]:
    """A wide image: padding above and below; a body in the middle with a hole, air at its sides."""
    placement = placement_of((600, 600), DEFAULT["vfa"])
    image = np.zeros((1024, 512), np.float32)
    image[300:720, 120:400] = 0.6
    image[450:500, 200:300] = 0
    return image, placement


def found(cells: np.ndarray) -> tuple[float, float, str]:
    image, placement = prepared()
    own = regions(image, placement, CELLS)  # type: ignore[arg-type]
    contributions = Contributions(cells.astype(np.float32), {}, 0.0)
    return *own.outside(contributions), where_it_lies(own, contributions)


def test_padding_air_and_body() -> None:
    cells = np.zeros(CELLS)
    cells[2, 8] = 1
    padding, air, said = found(cells)
    assert (padding, air) == (1, 0) and "the padding around the image" in said
    cells = np.zeros(CELLS)
    cells[16, 1] = 1
    padding, air, said = found(cells)
    assert padding == 0 and air == 1 and "the air around the body" in said and said.startswith("100%")
    # In the hole of the body, which is body; what lowers the score is not counted.
    cells = np.zeros(CELLS)
    cells[14, 7], cells[0, 0] = 1, -5
    assert found(cells) == (0, 0, "")


def test_nothing_raised_it() -> None:
    assert found(np.full(CELLS, -1.0)) == (0, 0, "")


def test_an_image_of_air_alone() -> None:
    _, placement = prepared()
    own = regions(np.zeros((1024, 512), np.float32), placement, CELLS)  # type: ignore[arg-type]
    assert not own.body.any()


def test_quadrants() -> None:
    relative = np.zeros((4, 4), np.float32)
    relative[0, 0], relative[3, 3], relative[3, 2] = 1, 2, 1
    shares = quadrants(relative)
    assert list(shares) == list(regions_of.QUADRANTS)
    assert list(shares.values()) == [0.25, 0, 0, 0.75]
    assert sum(quadrants(np.zeros((4, 4), np.float32)).values()) == 0
