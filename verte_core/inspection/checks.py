"""How far a heatmap can be trusted: what the score does when the parts that it names are taken away.

All of these need further forwards of the encoder, so each tells how far it is and can be dropped.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from verte_core.clinical import ClinicalInputs
from verte_core.extras import INSPECT, needed
from verte_core.inspection.methods import relative
from verte_core.results import sigmoid
from verte_core.scoring.member import Member

Floats = npt.NDArray[np.float32]
Cells = npt.NDArray[np.float64]

Step = Callable[[int, int], None]
"""Told how many of how many forwards are done; whatever it raises ends the check."""
Impute = Callable[[Floats, Sequence[npt.NDArray[np.uint8]]], Sequence[Floats]]
"""Fills what masks take away of an image, as ``imputed``."""
CELL = 32
"""Pixels of the model's image for one cell of the feature map."""
BLOCK = 4
"""Cells on a side of what occlusion covers at a time."""
FRACTIONS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
"""Of the image's cells, at which deletion and insertion ask for the score."""
SHUFFLES, SEED = 20, 2018
ROAD_FRACTIONS = (0.2, 0.4, 0.6, 0.8)
_BLUR = 24.0
"""Standard deviation in pixels of the blur that stands for what is taken away: no edge is left of a vertebra,
and the picture stays a radiograph in its greys."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The score while cells are taken away, or put back, in some order.

    Attributes:
        fractions: of the cells, 0..1.
        scores: at each of them, 0..1.
    """

    fractions: tuple[float, ...]
    scores: tuple[float, ...]

    @property
    def area(self) -> float:
        """Under the curve, by trapezoids."""
        return float(np.trapezoid(self.scores, self.fractions))


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """Deletion and insertion (Petsiuk et al., RISE, BMVC 2018) by a map, and in a random order.

    A map that shows what the score rests on has a small area of deletion, and a large one of insertion.
    """

    deletion: Curve
    insertion: Curve
    random_deletion: Curve
    random_insertion: Curve


class Looked:
    """One image under one network, for the checks of one score.

    Args:
        member: the network.
        image: prepared, float32 (H, W) in [0, 1].
        features: its feature map (1, C, h, w).
        inputs: of the person; None for an image-only model.
        task: the score.
    """

    def __init__(
        self, member: Member, image: Floats, features: Floats, inputs: ClinicalInputs | None, task: str
    ) -> None:
        self._member, self._inputs, self._task = member, inputs, task
        self.image, self._features = image, features
        self.blurred = np.asarray(cv2.GaussianBlur(image, (0, 0), _BLUR), np.float32)
        self.size: tuple[int, int] = features.shape[2:]

    def log_odds(self) -> float:
        """Of the score of the image as it is."""
        return self._member.contributions(self._features, self._inputs, self._task).total

    def log_odds_of(self, image: Floats) -> float:
        """Of the score of another image of the same size: one forward."""
        features = self._member.encode(image[None, None])
        return self._member.contributions(features[None, 0], self._inputs, self._task).total

    def covered(self, taken: npt.NDArray[np.bool_]) -> Floats:
        """The image with its blurred likeness where cells (h, w) are taken away."""
        height, width = self.image.shape
        mask = cv2.resize(taken.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        return np.asarray(np.where(mask > 0, self.blurred, self.image), np.float32)


def occlusion(looked: Looked, step: Step) -> Floats:
    """What covering each block of cells takes from the score, in log odds: (h, w); positive where it falls.

    One forward for each block of ``BLOCK`` by ``BLOCK`` cells.
    """
    before = looked.log_odds()
    fallen = np.zeros(looked.size, np.float32)
    blocks = list(_blocks(looked.size))
    for done, block in enumerate(blocks):
        step(done, len(blocks))
        taken = np.zeros(looked.size, np.bool_)
        taken[block] = True
        fallen[block] = before - looked.log_odds_of(looked.covered(taken))
    step(len(blocks), len(blocks))
    return fallen


def _blocks(size: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    for row in range(0, size[0], BLOCK):
        for column in range(0, size[1], BLOCK):
            yield slice(row, row + BLOCK), slice(column, column + BLOCK)


def faithfulness(looked: Looked, cells: Floats, step: Step) -> Faithfulness:
    """Deletion and insertion of a map's cells (h, w), the highest first, beside one random order.

    A tie goes to the cell that comes first, so that the same map gives the same curves.
    """
    by_map = np.argsort(-cells.ravel(), kind="stable")
    at_random = np.random.default_rng(SEED).permutation(cells.size)
    steps = _Counted(step, 4 * (len(FRACTIONS) - 2) + 1)
    ends = sigmoid(looked.log_odds()), sigmoid(looked.log_odds_of(looked.blurred))
    steps.next()
    return Faithfulness(
        *(
            _curve(looked, order, cells.shape, ends, deleting, steps.next)
            for order in (by_map, at_random)
            for deleting in (True, False)
        )
    )


def deletion(looked: Looked, cells: Floats) -> Curve:
    """Deletion alone: one forward for each of ``FRACTIONS`` but the first."""
    order = np.argsort(-cells.ravel(), kind="stable")
    ends = sigmoid(looked.log_odds()), sigmoid(looked.log_odds_of(looked.blurred))
    return _curve(looked, order, cells.shape, ends, True, lambda: None)


def _curve(
    looked: Looked,
    order: npt.NDArray[np.int64],
    shape: tuple[int, ...],
    ends: tuple[float, float],
    deleting: bool,
    next_step: Callable[[], None],
) -> Curve:
    full, empty = ends
    scores = [full if deleting else empty]
    for fraction in FRACTIONS[1:-1]:
        taken = np.full(order.size, not deleting)
        taken[order[: max(round(fraction * order.size), 1)]] = deleting
        scores.append(sigmoid(looked.log_odds_of(looked.covered(taken.reshape(shape)))))
        next_step()
    return Curve(FRACTIONS, (*scores, empty if deleting else full))


@dataclass(frozen=True)
class Randomised:
    """Spearman's rank correlation between the magnitudes of a map's cells and those of shuffled weights.

    Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018. A map that stays the same does not depend
    on what the network has learnt.

    Attributes:
        head: the mean over ``SHUFFLES`` shuffles of every tensor behind the encoder.
        network: with every tensor of the network shuffled once; None where that gives no finite number.
    """

    head: float
    network: float | None


def randomised(member: Member, image: Floats, features: Floats, task: str, step: Step) -> Randomised:
    """Make the map again with shuffled weights; one forward, with an encoder that is built for it."""
    own = np.abs(member.cells(features, task)).ravel()
    generator = np.random.default_rng(SEED)
    total = SHUFFLES + 1
    found = []
    for done in range(SHUFFLES):
        step(done, total)
        shuffled = member.shuffled(generator, with_encoder=False)
        found.append(_rank_correlation(own, np.abs(shuffled.cells(features, task)).ravel()))
    step(SHUFFLES, total)
    other = member.shuffled(generator, with_encoder=True)
    made = np.abs(other.cells(other.encode(image[None, None])[None, 0], task)).ravel()
    step(total, total)
    return Randomised(
        float(np.mean(found)), _rank_correlation(own, made) if np.isfinite(made).all() else None
    )


def imputed(image: Floats, masks: Sequence[npt.NDArray[np.uint8]]) -> list[Floats]:
    """An image (H, W) with the zeros of each mask (H, W) filled by the library's noisy linear imputation.

    Raises:
        VerteError: when the extra ``inspect`` is not installed.
    """
    with needed(INSPECT):
        import torch
        from pytorch_grad_cam.metrics.road import NoisyLinearImputer

    imputer = NoisyLinearImputer(noise=0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of how the library calls NumPy
        return [imputer(torch.from_numpy(image)[None], torch.from_numpy(each)).numpy()[0] for each in masks]


def road(looked: Looked, cells: Floats, step: Step, impute: Impute = imputed) -> float:
    """Remove and debias (Rong et al., ICML 2022): how much more the score falls without the strong cells.

    The score without the weakest cells less that without the strongest, halved, the mean over
    ``ROAD_FRACTIONS``; cells are filled by the grad-cam library's noisy linear imputation, on an image of an
    eighth. Above 0 the map names what the score rests on; a random one gives 0.

    Args:
        looked: the image.
        cells: of the map (h, w).
        step: told how far it is.
        impute: ``imputed``, or that in another process.

    Raises:
        VerteError: when the extra ``inspect`` is not installed.
    """
    order = np.argsort(-cells.ravel(), kind="stable")
    height, width = looked.image.shape
    reduced = cv2.resize(looked.image, (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    eighth = np.asarray(reduced, np.float32)
    steps = _Counted(step, 2 * len(ROAD_FRACTIONS))
    counts = [round(fraction * cells.size) for fraction in ROAD_FRACTIONS]
    masks = []
    for chosen in (order[end] for count in counts for end in (slice(-count, None), slice(count))):
        kept = np.ones(cells.size, np.uint8)
        kept[chosen] = 0
        masks.append(kept.reshape(cells.shape))
    small = [cv2.resize(each, eighth.shape[::-1], interpolation=cv2.INTER_NEAREST) for each in masks]
    scores = []
    for mask, filled in zip(masks, impute(eighth, small), strict=True):
        enlarged = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
        full = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST)
        without = np.where(full > 0, looked.image, enlarged)
        scores.append(sigmoid(looked.log_odds_of(np.asarray(without, np.float32))))
        steps.next()
    weakest, strongest = scores[::2], scores[1::2]
    return float(np.mean(np.subtract(weakest, strongest)) / 2)


def confidence_drop(looked: Looked, cells: Floats) -> float:
    """What is lost of a score when only what the map shows is left of the image, 0..1; one forward.

    Average drop (Chattopadhay et al., WACV 2018): the image times the enlarged map, the fall of the score
    relative to it, 0 where it rises.
    """
    height, width = looked.image.shape
    strength = cv2.resize(relative(cells), (width, height), interpolation=cv2.INTER_LINEAR)
    before = sigmoid(looked.log_odds())
    after = sigmoid(looked.log_odds_of(np.asarray(looked.image * strength, np.float32)))
    return max(before - after, 0.0) / max(before, 1e-12)


class _Counted:
    def __init__(self, step: Step, total: int) -> None:
        self._step, self._done, self._total = step, 0, total
        step(0, total)

    def next(self) -> None:
        self._done += 1
        self._step(self._done, self._total)


def _rank_correlation(one: Floats, other: Floats) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: Floats) -> Cells:
    """Mean ranks: equal values have the same."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place], np.float64)
