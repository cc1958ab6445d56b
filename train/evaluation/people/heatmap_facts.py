"""What is kept of one image's heatmap of the pVF-score, and its like of shuffled weights."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import cv2
import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import spearmanr

from train.evaluation.figures.pointing_game import peak_of
from train.evaluation.figures.proportions import Mask
from train.examples.patches import Outline
from verte_core.clinical import ClinicalInputs
from verte_core.inspection import checks
from verte_core.network.fusion_net import FusionNet
from verte_core.network.weights import Weights
from verte_core.scoring.scorer import Encoded, Scorer

Array = npt.NDArray[np.float64]

TASK = "pvf"
CHECKED = 50
"""Images, the first of the split, whose map is made a second time with shuffled weights."""
DRAWS = 20
"""Shuffles of the weights. One tells little: where few patterns make up the features, a single draw may give
nearly the same map or its opposite."""
SEED = 2018
DROPPED, DEBIASED = 50, 20
"""Images, the first of the split, of which the confidence drop and ROAD are asked: one forward more for each,
and eight."""


@dataclass(frozen=True)
class HeatmapFacts:
    """What is kept of one image's heatmap of the pVF-score.

    Attributes:
        peak: (row, column) on the 1024 x 512 canvas; None where nothing raised the score.
        energy_fractured: share of the map's sum inside the fractured bodies, 0..1; None where the map is
            zero throughout, or no outlines are known.
        energy_bodies: the same inside all outlined bodies.
        area_fractured: share of the canvas that the fractured bodies cover, 0..1; None without outlines.
        area_bodies: the same of all outlined bodies.
        confidence_drop: what is lost of the score where only what the map shows is left of the image, 0..1;
            None where that was not asked.
        road: remove and debias, -1..1; None where that was not asked.
        shuffled: Spearman's rank correlation, -1..1, between the absolute values of the map and of that of
            shuffled weights, for each draw, the mean over several networks; empty where that was not made,
            or a map is the same everywhere.
    """

    peak: tuple[int, int] | None
    energy_fractured: float | None = None
    energy_bodies: float | None = None
    area_fractured: float | None = None
    area_bodies: float | None = None
    confidence_drop: float | None = None
    road: float | None = None
    shuffled: tuple[float, ...] = ()


Twins = tuple[FusionNet, tuple[FusionNet, ...]]
"""A network, and ``DRAWS`` of the same with shuffled weights after the encoder."""


def shuffled(files: Sequence[Weights]) -> list[Twins]:
    """Each network with its twins, in which every tensor after the encoder is permuted by a fixed seed."""
    generator = torch.Generator().manual_seed(SEED)
    networks = [each.build() for each in files]
    return [(each, tuple(_twin(each, generator) for _ in range(DRAWS))) for each in networks]


def _twin(network: FusionNet, generator: torch.Generator) -> FusionNet:
    # The encoder, which is nearly all of a network, is not copied.
    twin = copy.deepcopy(network, {id(network.backbone): network.backbone})
    with torch.no_grad():
        for name, tensor in twin.named_parameters():
            if not name.startswith("backbone."):
                order = torch.randperm(tensor.numel(), generator=generator)
                tensor.copy_(tensor.flatten()[order].reshape(tensor.shape))
    return twin


def measure(
    scorer: Scorer,
    encoded: Encoded,
    inputs: ClinicalInputs | None,
    outlines: Sequence[Outline] | None,
    networks: Sequence[Twins] = (),
    place: int | None = None,
) -> HeatmapFacts:
    """Make the heatmap of the pVF-score and keep its facts; milliseconds.

    Args:
        scorer: one that gives a pVF-score.
        encoded: the image.
        inputs: of the person; None for an image-only model.
        outlines: its vertebrae; None where they are not known.
        networks: ``shuffled`` of the scorer's weights files; without them there is no comparison.
        place: of the image in the split, by which some are looked at more closely; None looks at none so.
    """
    heatmap = scorer.explain(encoded, inputs, TASK)
    facts = HeatmapFacts(
        peak_of(heatmap),
        **(_asked_again(scorer, encoded, inputs, place) if place is not None else {}),
        shuffled=_likenesses(encoded, networks) if networks else (),
    )
    if outlines is None:
        return facts
    fractured = _inside([each for each in outlines if each.grade], heatmap.shape)
    bodies = _inside(outlines, heatmap.shape)
    energies: list[float | None] = [None, None]
    if facts.peak is not None:
        total = heatmap.sum(dtype=np.float64)
        energies = [float(heatmap[mask].sum(dtype=np.float64) / total) for mask in (fractured, bodies)]
    return dataclasses.replace(
        facts,
        energy_fractured=energies[0],
        energy_bodies=energies[1],
        area_fractured=float(fractured.mean()),
        area_bodies=float(bodies.mean()),
    )


def _asked_again(
    scorer: Scorer, encoded: Encoded, inputs: ClinicalInputs | None, place: int
) -> dict[str, float]:
    """Confidence drop and ROAD, by the first network that gives a pVF-score, as the window has them."""
    member, features = next(
        (each, own) for each, own in zip(scorer.members, encoded.features, strict=True) if TASK in each.tasks
    )
    cells = member.cells(features, TASK)
    looked = checks.Looked(member, encoded.image, features, inputs, TASK)
    found = {}
    if place < DROPPED:
        found["confidence_drop"] = checks.confidence_drop(looked, cells)
    if place < DEBIASED and cells.max() > 0:
        found["road"] = checks.road(looked, cells, lambda done, total: None)
    return found


def _likenesses(encoded: Encoded, networks: Sequence[Twins]) -> tuple[float, ...]:
    by_network = []
    for (own, twins), features in zip(networks, encoded.features, strict=True):
        if TASK in own.architecture.tasks:
            true, *others = (_magnitudes(each, features) for each in (own, *twins))
            if any(np.ptp(each) == 0 for each in (true, *others)):
                return ()
            by_network.append([float(spearmanr(true, other).statistic) for other in others])
    return tuple(map(fmean, zip(*by_network, strict=True)))


def _magnitudes(network: FusionNet, features: npt.NDArray[np.float32]) -> Array:
    """Absolute values of the map, cell by cell (h * w,).

    Not clipped at zero as Grad-CAM is, which may leave nothing of a map of shuffled weights.
    """
    task = network.architecture.tasks.index(TASK)
    with torch.no_grad():
        cells = network.cell_contributions(torch.from_numpy(features))[0, task]
        return np.asarray(cells.abs().flatten(), np.float64)


def _inside(bodies: Sequence[Outline], shape: tuple[int, ...]) -> Mask:
    """The pixels (H, W) of some bodies together."""
    mask = np.zeros(shape, np.uint8)
    for body in bodies:
        # OpenCV puts the centre of the first pixel at 0, outlines at 0.5; here in 1/256 pixels.
        points = np.round((body.corners[:, ::-1] - 0.5) * 256).astype(np.int32)
        cv2.fillPoly(mask, [points], 1, shift=8)
    return mask > 0
