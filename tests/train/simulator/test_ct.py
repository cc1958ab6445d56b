"""Projections of real CT volumes: the truth lies where the image shows it."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from train.simulator.anatomy import Body
from train.simulator.ct.packaged import VOLUMES, load
from train.simulator.ct.projection import covered, project
from train.simulator.ct.spine import shape_ct
from train.simulator.people import FRACTURE_KINDS, Fracture


@dataclass
class Projection:
    """A spine under a grid over all that its volume covers; x0, y0, cell: mm."""

    bodies: tuple[Body, ...]
    line_integrals: np.ndarray
    x0: float
    y0: float
    cell: float


def draw(
    volume: str, t_score: float = -1.0, *fractures: Fracture, cell: float = 0.32, seed: int = 1
) -> Projection:
    spine = shape_ct(load(volume), fractures, seed).posed(np.array([(1.15, -0.03, 0), (0.03, 1.15, 0)]))
    (x0, y0), (x1, y1) = covered(spine)
    shape = (round((y1 - y0) / cell), round((x1 - x0) / cell))
    total = project(spine, (x0, y0), shape, cell, t_score, 5.5, np.random.default_rng(seed))
    return Projection(spine.bodies, total, x0, y0, cell)


def cells(scene: Projection, points: np.ndarray) -> np.ndarray:
    """Plane points (..., 2) as (column, row) of the grid; whole numbers are cell centres."""
    return (points - [scene.x0, scene.y0]) / scene.cell - 0.5


def mask(scene: Projection, body: Body) -> np.ndarray:
    """The inner three fifths of a body."""
    outline = body.points[:4]
    inner = cells(scene, outline.mean(0) + 0.6 * (outline - outline.mean(0)))
    drawn = np.zeros(scene.line_integrals.shape, np.uint8)
    cv2.fillPoly(drawn, [np.round(inner).astype(np.int32)], 1)
    return drawn.astype(bool)


def plate_offset(scene: Projection, body: Body, corners: tuple[int, int]) -> float:
    """How far, in mm along the body, the brightest line lies from the stated endplate."""
    front, back = body.points[list(corners)]
    middle = body.points[4 if corners == (0, 1) else 5]
    s = np.linspace(0.2, 0.8, 25)[:, None]
    bow = middle - (front + back) / 2
    plate = front * (1 - s) + back * s + 4 * s * (1 - s) * bow
    along = (body.points[[2, 3]].mean(0) - body.points[[0, 1]].mean(0)) / body.hm
    outwards = -along if corners == (0, 1) else along
    # Outwards no farther than half a disc, beyond which the neighbour's endplate begins.
    steps = np.arange(-5.0, 3.0, 0.25)
    at = cells(scene, plate[None] + steps[:, None, None] * outwards).astype(np.float32)
    image = scene.line_integrals - cv2.GaussianBlur(scene.line_integrals, (0, 0), 6 / scene.cell)
    profile = cv2.remap(image, at[..., 0], at[..., 1], cv2.INTER_LINEAR).mean(1)
    return float(abs(steps[profile.argmax()]))


@pytest.mark.parametrize("volume", VOLUMES)
def test_endplates_are_bright_where_the_truth_says(volume: str) -> None:
    healthy = draw(volume)
    broken = draw(volume, -1.0, Fracture("L1", "wedge", 0.45), Fracture("L2", "crush", 0.3))
    for scene in (healthy, broken):
        offsets = [plate_offset(scene, b, c) for b in scene.bodies for c in ((0, 1), (3, 2))]
        # Slices of 2.5 mm do not part the two endplates of the narrow discs above T8.
        assert np.mean(np.array(offsets) <= 2.0) >= 0.65, np.round(offsets, 1)


@pytest.mark.parametrize("kind", FRACTURE_KINDS)
@pytest.mark.parametrize(("loss", "grade"), [(0.22, 1), (0.33, 2), (0.55, 3)])
def test_heights_give_the_requested_grade(kind: str, loss: float, grade: int) -> None:
    scene = draw("totalsegmentator", -2.0, Fracture("L1", kind, loss), cell=1.0)
    (body,) = [b for b in scene.bodies if b.grade]
    before = {"wedge": body.ha / body.hp, "biconcave": body.hm / body.hp, "crush": body.hp / body.reference}
    assert (body.kind, body.grade) == (kind, grade)
    assert 1 - before[kind] == pytest.approx(loss, abs=1e-6)
    lengths = np.linalg.norm(body.points[[3, 5, 2]] - body.points[[0, 4, 1]], axis=1)
    assert lengths == pytest.approx([body.ha, body.hm, body.hp])
    for other in scene.bodies:
        if not other.grade:
            assert min(other.ha, other.hm, other.hp) > 0.8 * max(other.hp, other.reference)


@pytest.mark.parametrize("volume", VOLUMES)
def test_a_collapse_leaves_no_fold(volume: str) -> None:
    scene = draw(volume, -2.0, Fracture("L1", "crush", 0.6), Fracture("L2", "wedge", 0.6), cell=1.0)
    down = [b.points[[1, 2], 1] for b in scene.bodies]
    assert (np.diff(np.concatenate(down)) > 0).all()
    assert sum(b.grade > 0 for b in scene.bodies) == 2


@pytest.mark.parametrize("volume", VOLUMES)
def test_dense_bone_is_brighter_than_what_surrounds_it(volume: str) -> None:
    dense, porous = draw(volume, 0.5, cell=0.64), draw(volume, -4.0, cell=0.64)
    more = dense.line_integrals - porous.line_integrals
    inside = np.mean([more[mask(dense, b)].mean() for b in dense.bodies])
    assert inside > 0.08
    assert inside > 4 * np.median(np.abs(more))


def test_line_integrals_are_those_of_a_trunk() -> None:
    scene = draw("totalsegmentator")
    spine = np.array([np.median(scene.line_integrals[mask(scene, b)]) for b in scene.bodies])
    assert scene.line_integrals.dtype == np.float32
    assert scene.line_integrals.min() >= 0
    assert (spine > 3.5).all() and (spine < 11).all()
    for body in scene.bodies:
        at = cells(scene, body.points)
        assert (at > 0).all() and (at < np.array(scene.line_integrals.shape[::-1]) - 1).all()


def test_the_same_seed_gives_the_same_image_and_another_gives_another() -> None:
    first, again, other = (
        draw("lidc", -2.0, Fracture("L1", "wedge", 0.3), cell=0.64, seed=seed) for seed in (5, 5, 7)
    )
    np.testing.assert_array_equal(first.line_integrals, again.line_integrals)
    np.testing.assert_array_equal(first.bodies[0].points, again.bodies[0].points)
    assert not np.allclose(first.bodies[0].points, other.bodies[0].points)


def test_fractures_lie_at_their_levels_and_others_are_passed_over() -> None:
    events = tuple(Fracture(level, "biconcave", 0.3) for level in ("T8", "L2", "L3"))
    broken = {
        volume: [b.level for b in draw(volume, -2.0, *events, cell=1.0).bodies if b.grade]
        for volume in VOLUMES
    }
    assert broken == {"lidc": ["T8", "L2"], "totalsegmentator": ["L2", "L3"]}


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (Fracture("L1", "burst", 0.3), "unknown fracture 'burst': use one of wedge, biconcave, crush"),
        (Fracture("L1", "wedge", 0.9), r"a fracture takes 0\.2 to 0\.7 of the height, not 0\.9"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(event: Fracture, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        shape_ct(load("lidc"), (event,), 0)
