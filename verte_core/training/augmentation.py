"""Random changes of the images that a network learns from, on its device."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from verte_core.training.settings import Optimization


def augment(
    image: Tensor, cell_targets: Tensor, settings: Optimization, seeds: Tensor
) -> tuple[Tensor, Tensor]:
    """Rotate, scale, maybe mirror, and add Gaussian noise, each image (N, 1, H, W) by its seed (N,).

    ``cell_targets`` (N, tasks, h, w) or (N, tasks, 0, 0) go along.
    """
    _, _, height, width = image.shape
    generator = torch.Generator(image.device)
    noise = torch.empty_like(image)
    draws = []
    for own_noise, seed in zip(noise, seeds.tolist(), strict=True):
        generator.manual_seed(seed)
        draws.append(torch.rand(3, generator=generator, device=image.device, dtype=image.dtype))
        own_noise.normal_(generator=generator)
    turn, size, side = torch.stack(draws, 1)
    angle = (2 * turn - 1) * math.radians(settings.rotation)
    scale = 1 + (2 * size - 1) * settings.scaling
    mirror = torch.where(side < (0.5 if settings.flip else 0.0), -1.0, 1.0)
    cos, sin, zero = angle.cos() / scale, angle.sin() / scale, torch.zeros_like(angle)
    ratio = height / width
    # Normalised coordinates are not square: without the ratio a rotation would shear.
    rows = [
        torch.stack([cos * mirror, -sin * ratio, zero], 1),
        torch.stack([sin * mirror / ratio, cos, zero], 1),
    ]
    affine = torch.stack(rows, 1)

    def move(maps: Tensor) -> Tensor:
        return F.grid_sample(
            maps, F.affine_grid(affine, list(maps.shape), align_corners=False), align_corners=False
        )

    moved = (move(image) + noise * settings.noise).clamp(0, 1)
    return moved, move(cell_targets) if cell_targets.numel() else cell_targets
