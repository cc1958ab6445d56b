"""What a network is taught by: the labels of images, and what single cells of its feature map should say."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def masked_loss(logits: Tensor, labels: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy summed over the labels that are not NaN, divided by ``known``, their number.

    ``known`` is of the whole batch, so that the parts of a batch add up to its mean.
    """
    mask = ~labels.isnan()
    losses = F.binary_cross_entropy_with_logits(logits, labels.nan_to_num(), reduction="none")
    return (losses * mask).sum() / known.clamp(min=1)


def cell_loss(contributions: Tensor, targets: Tensor, drawn: Tensor) -> Tensor:
    """Squared error of ``contributions`` (N, tasks, h, w), summed where ``targets`` is known, by ``drawn``.

    The sum over a map is then learned to tell how much there is of what it looks for, as by the density maps
    of Lempitsky and Zisserman (NIPS 2010). ``drawn`` is the number of images in the whole batch.
    """
    mask = ~targets.isnan()
    return ((contributions - targets.nan_to_num()) ** 2 * mask).sum() / drawn
