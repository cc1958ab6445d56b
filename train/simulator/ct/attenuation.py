"""From Hounsfield units to what a radiograph's beam loses."""

from __future__ import annotations

import numpy as np

WATER_PER_MM = 0.02
"""Attenuation of water at diagnostic energies."""
BONE_GAIN, BONE_HU = 1.75, (150.0, 300.0)
"""Bone attenuates more at radiographic energies than its CT number at 120 kV says; from where to where the
gain rises from 1. Ours, by eye."""


def attenuation(hounsfield: np.ndarray) -> np.ndarray:
    """Attenuation in 1/mm, of the shape of ``hounsfield`` (...)."""
    gain = 1 + (BONE_GAIN - 1) * np.clip((hounsfield - BONE_HU[0]) / (BONE_HU[1] - BONE_HU[0]), 0, 1)
    per_mm: np.ndarray = WATER_PER_MM * (1 + hounsfield / 1000) * gain
    return per_mm
