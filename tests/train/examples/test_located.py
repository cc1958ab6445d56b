from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from builders import STATISTICS, box

from train.examples.located import CellTargets, LocatedRadiographs
from train.examples.patches import Outline
from verte_core.clinical import ClinicalInputs
from verte_core.training.dataset import Example

DEFAULT_TARGETS = CellTargets(6.0)


def located(
    *bodies: list[Outline],
    tasks: tuple[str, ...] = ("osteo", "pvf"),
    settings: CellTargets = DEFAULT_TARGETS,
) -> LocatedRadiographs:
    examples = [
        Example(
            Path(str(index)),
            str(index),
            "train",
            ClinicalInputs(65, "F", 24),
            {"pvf": float(any(body.grade for body in each)), "osteo": 0.0},
        )
        for index, each in enumerate(bodies)
    ]
    images = np.zeros((len(bodies), 1024, 512), np.uint8)
    return LocatedRadiographs(examples, images, bodies, STATISTICS, tasks, settings)


def test_a_fractured_body_adds_its_part_where_it_is() -> None:
    # 64 pixels high and wide: four whole cells, of rows 10 and 11 and columns 4 and 5.
    image, _, labels, cell_targets = located([box(352, 160, 2, side=64), box(600, 160, 0)])[0]
    assert image.shape == (1, 1024, 512)
    assert labels.tolist() == [0.0, 1.0]
    assert torch.isnan(cell_targets[0]).all()
    assert cell_targets[1].sum().item() == pytest.approx(6.0, rel=1e-5)
    assert cell_targets[1, 10:12, 4:6].sum() > 5.5
    assert cell_targets[1, :10].sum() + cell_targets[1, 13:].sum() == 0


def test_a_window_asks_its_cells_for_what_they_add_to_the_whole_image() -> None:
    torch.manual_seed(0)
    data = located(
        [box(352, 256, 2, side=64), box(900, 256, 0)], settings=CellTargets(6.0, window=(256, 192))
    )
    shown = 0
    for _ in range(40):
        image, _, labels, cell_targets = data[0]
        assert image.shape == (1, 256, 192)
        assert cell_targets.shape == (2, 8, 6)
        assert labels[0] == 0.0 and torch.isnan(labels[1]), "a window says nothing of the whole image"
        # The mean over the 512 cells of a whole image is that over these 48, times 512 / 48.
        added = cell_targets[1].sum().item() * 48 / 512
        assert -1e-6 <= added <= 6.001
        shown += added > 5.9
    assert shown > 15, "most windows are about the fractured body"


def test_every_body_says_how_dense_it_is() -> None:
    # The label of these bodies is 0.25, of log odds -1.1.
    bodies = [box(352, 160, 2, side=64), box(600, 160, 0, side=64)]
    _, _, labels, cell_targets = located(bodies, tasks=("density", "pvf"))[0]
    assert torch.isnan(labels[0])
    assert cell_targets[0].sum().item() == pytest.approx(2 * math.log(1 / 3), rel=1e-4)
    assert cell_targets[0, 10:13].sum().item() == pytest.approx(cell_targets[0, 17:21].sum().item(), rel=1e-4)


def test_two_fractures_add_twice_and_none_nothing() -> None:
    both = located([box(352, 160, 2), box(500, 160, 1)], [box(352, 160, 0)])
    sums = {data[3][1].sum().round().item() for data in (both[index] for index in range(len(both)))}
    assert sums == {12.0, 0.0}


def test_images_with_fractures_are_a_third() -> None:
    data = located([box(352, 160, 2)], *[[box(352, 160, 0)] for _ in range(12)])
    fractured = [data.image_of(index) == 0 for index in range(len(data))]
    assert np.mean(fractured) == pytest.approx(1 / 3, abs=0.02)
