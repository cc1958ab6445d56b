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

    moved = move(image)
    if settings.appearance:
        moved = _appearance(moved, settings.appearance, seeds)
    moved = (moved + noise * settings.noise).clamp(0, 1)
    return moved, move(cell_targets) if cell_targets.numel() else cell_targets


MOTTLE, GRAIN, GAMMA = 0.09, 0.06, 0.8
"""At full strength: greatest deviation of coarse and of fine variation, and powers of two of the tone
curve."""
_CLOUDS = ((8, 1.0), (16, 0.6), (40, 0.36))
"""Cells across the image, and weights, of what mottle is made of: soft tissue, stool and gas."""


def _appearance(image: Tensor, strength: float, seeds: Tensor) -> Tensor:
    """Images (N, 1, H, W) in [0, 1] as other devices and archives would give them; the padding stays black.

    Domain randomisation as of Tobin et al., IROS 2017:23; the ranges are ours.
    """
    generator = torch.Generator(image.device)
    height, width = image.shape[2:]
    changed = []
    for own, seed in zip(image, seeds.tolist(), strict=True):
        generator.manual_seed(seed + 1)
        tone, mottle, coarse_grain, grain, focus, sharp, band, place = torch.rand(
            8, generator=generator, device=image.device, dtype=image.dtype
        ).tolist()
        new = own.clamp(1e-4, 1) ** (2 ** (strength * GAMMA * (2 * tone - 1)))
        for cells, weight in _CLOUDS:
            coarse = new.new_empty(1, 1, 2 * cells, cells).normal_(generator=generator)
            cloud = F.interpolate(coarse, size=(height, width), mode="bicubic")[0]
            new = new + strength * MOTTLE * mottle**1.5 * weight * cloud
        speckle = torch.empty_like(own).normal_(generator=generator)
        if coarse_grain < 0.6:  # twice as coarse, and as strong
            speckle = 2.2 * F.avg_pool2d(speckle, 3, 1, 1)
        new = new + strength * GRAIN * grain**2 * speckle
        if focus < 0.3:
            new = F.avg_pool2d(new, 3, 1, 1)
        elif focus > 0.7:
            new = new + 1.5 * strength * sharp * (new - F.avg_pool2d(new, 9, 1, 4))
        if band < 0.2:
            top = int(place * 0.95 * height)
            new[:, top : top + height // 40, : int(width * sharp)] = tone
        changed.append(torch.where(own > 0, new, own))
    return torch.stack(changed).clamp(0, 1)
