"""What a network is taught by: the labels of images, and what single cells of its feature map should say."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def masked_loss(
    logits: Tensor, labels: Tensor, known: Tensor, smoothing: float = 0.0, gamma: float = 0.0
) -> Tensor:
    """Binary cross-entropy summed over the labels that are not NaN, divided by ``known``, their number.

    ``known`` is of the whole batch, so that the parts of a batch add up to its mean. With ``smoothing``, 1
    and 0 are taught as that much nearer to each other; with ``gamma``, what is told well already weighs less
    (focal loss, without a weight for the classes: Lin et al., ICCV 2017).
    """
    mask, plain = ~labels.isnan(), labels.nan_to_num()
    taught = plain * (1 - smoothing) + smoothing / 2 if smoothing else plain
    losses = F.binary_cross_entropy_with_logits(logits, taught, reduction="none")
    if gamma:
        of_truth = torch.where(plain > 0.5, logits, -logits).sigmoid()
        losses = losses * (1 - of_truth) ** gamma
    return (losses * mask).sum() / known.clamp(min=1)


def cell_loss(contributions: Tensor, targets: Tensor, drawn: Tensor) -> Tensor:
    """Squared error of ``contributions`` (N, tasks, h, w), summed where ``targets`` is known, by ``drawn``.

    The sum over a map is then learned to tell how much there is of what it looks for, as by the density maps
    of Lempitsky and Zisserman (NIPS 2010). ``drawn`` is the number of images in the whole batch.
    """
    mask = ~targets.isnan()
    return ((contributions - targets.nan_to_num()) ** 2 * mask).sum() / drawn
