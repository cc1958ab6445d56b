"""How a run is optimised: its settings, and what optimizer, schedule and precision they make."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch
from annotated_types import Ge, Gt, Le, Lt

from verte_core.network.fusion_net import FusionNet

Precision = Literal["auto", "float32", "bfloat16", "float16"]
Schedule = Literal["constant", "cosine"]
Optimizer = Literal["adam", "adamw", "sgd"]
_Rate = Annotated[float, Gt(0), Le(1)]


@dataclass(frozen=True)
class Optimization:
    """How a run is optimised. Values that the papers leave open are marked as ours.

    The ranges are checked where a configuration is read.
    """

    epochs: Annotated[int, Ge(1)] = 100
    """At most; published."""
    epoch_examples: Annotated[int, Ge(1)] | None = None
    """Examples drawn an epoch, at most those of the training split; all of them when None. Ours."""
    batch_size: Annotated[int, Ge(1)] = 30
    """Published."""
    micro_batch: Annotated[int, Ge(1)] = 30
    """Examples that go through the network at once, on each process; their gradients add up to that of the
    batch. Ours."""
    optimizer: Optimizer = "adam"
    """``adam`` is published. ``adamw`` decays weights apart from the gradient (Loshchilov and Hutter, ICLR
    2019), and ``sgd`` has Nesterov's momentum."""
    momentum: Annotated[float, Ge(0), Lt(1)] = 0.9
    """Of ``sgd`` alone."""
    learning_rate: _Rate = 1e-4
    """Of the optimizer; published for Adam."""
    head_learning_rate: _Rate | None = None
    """Of all that follows the backbone; ``learning_rate`` when None. Ours: after crops, the mean over a
    whole image dilutes one vertebra some thirtyfold, and the head has to make up for it in few steps."""
    schedule: Schedule = "constant"
    """``constant``, or ``cosine``: from the learning rate to a hundredth of it, after the warm-up. Ours."""
    warm_up: Annotated[float, Ge(0), Lt(1)] | None = None
    """Share of the steps over which the rate rises linearly from nothing; when None, a twentieth before
    ``cosine`` and none before ``constant``. Ours."""
    gradient_clip: Annotated[float, Gt(0), Le(1e6)] | None = None
    """Norm of the gradient of a whole batch, over all that learns, to which a longer one is cut; not cut when
    None. Ours."""
    weight_decay: Annotated[float, Ge(0), Le(1)] = 1e-5
    """Of the optimizer; published without its value, this one is ours."""
    label_smoothing: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Of the labels while it learns: 1 becomes one less half of this, and 0 half of it. Ours."""
    focal_gamma: Annotated[float, Ge(0), Le(10)] = 0.0
    """By which examples that are already told well weigh less (focal loss, Lin et al., ICCV 2017); 0 is plain
    cross-entropy, which is published."""
    frozen_stages: Annotated[int, Ge(0), Le(7)] = 0
    """Stages of the backbone, counted from the input, that keep their weights; the stem goes with the
    first. Ours, for a short fine-tuning."""
    patience: Annotated[int, Ge(1)] = 15
    """Epochs without a better mean validation AUROC before the run ends. Ours."""
    rotation: Annotated[float, Ge(0), Le(180)] = 15.0
    """Degrees to either side, uniform. The kind is published (2025), the magnitude is ours."""
    scaling: Annotated[float, Ge(0), Lt(1)] = 0.15
    """Part of the size by which it grows or shrinks, uniform. The kind is published, the magnitude ours."""
    noise: Annotated[float, Ge(0), Le(1)] = 0.02
    """Standard deviation of Gaussian noise on images in [0, 1]. The kind is published, the magnitude ours."""
    flip: bool = True
    """Mirror half of the images left to right, as the published implementation does for fractures."""
    appearance: Annotated[float, Ge(0), Le(1)] = 0.0
    """How strongly the look of an image is changed at random, 0 for not at all: tone curve, mottle, grain,
    blur or sharpening, a burnt-in band. Ours; see ``augmentation``."""
    cell_target_weight: Annotated[float, Ge(0), Le(1000)] = 1.0
    """Of the squared errors of what the cells of the feature map add to the logits, where the data says what
    they should. Ours."""
    seed: Annotated[int, Ge(0), Lt(2**63)] = 1111
    """Published."""
    precision: Precision = "auto"
    """Of the network while it learns: ``auto`` is ``bfloat16`` on a GPU that has it and ``float32``
    elsewhere; ``float16`` goes with a scaled loss. Weights and validation are always float32. Ours."""
    workers: Annotated[int, Ge(0), Le(256)] = 0
    """Processes that read ahead for each process of the run; they change no result. Ours."""
    checkpoint_steps: Annotated[int, Ge(1)] | None = None
    """Steps between two checkpoints within an epoch; only after epochs when None. Ours."""


def precision_of(name: Precision, device: torch.device) -> torch.dtype:
    """That of the network while it learns on ``device``."""
    if name == "auto":
        fast = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if fast else torch.float32
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[name]


def optimizer_of(model: FusionNet, settings: Optimization) -> torch.optim.Optimizer:
    """For what learns in ``model``, in a group for the backbone and one for all that follows."""
    body = [parameter for parameter in model.backbone.parameters() if parameter.requires_grad]
    in_body = {id(parameter) for parameter in model.backbone.parameters()}
    head = [parameter for parameter in model.parameters() if id(parameter) not in in_body]
    groups: list[dict[str, Any]] = [
        {"params": body},
        {"params": head, "lr": settings.head_learning_rate or settings.learning_rate},
    ]
    rate, decay = settings.learning_rate, settings.weight_decay
    if settings.optimizer == "sgd":
        momentum = settings.momentum
        return torch.optim.SGD(groups, rate, momentum, weight_decay=decay, nesterov=momentum > 0)
    kind = torch.optim.AdamW if settings.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=rate, weight_decay=decay)


def schedule_of(name: Schedule, steps: int, share: float | None = None) -> Callable[[int], float]:
    """The factor of the learning rate at each of ``steps``, of which a share is the warm-up."""
    if name == "constant" and not share:
        return lambda step: 1.0
    warm_up = max(steps // 20, 1) if share is None else int(steps * share)

    def factor(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        if name == "constant":
            return 1.0
        done = (step - warm_up) / max(steps - warm_up, 1)
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))

    return factor
