"""How much bone of a given T-score attenuates over soft tissue, per mm at the energy of a spine exposure."""

from __future__ import annotations

import numpy as np

CORTEX = 0.034
"""Excess attenuation of compact bone, 1/mm; ours, by eye."""
MINERAL_PER_MG_CM3, FAT = 3.8e-5, 0.0012
"""What 1 mg/cm3 of mineral adds to a mm of spongy bone, and what fat in all of its pores would take; 1/mm."""


def trabecular(t_score: float) -> float:
    """Excess attenuation (1/mm) of spongy bone over soft tissue.

    About 165 mg/cm3 of mineral at T 0 and 66 at T -3, less what fatty marrow takes away: its share of the
    pores grows from about 40 % at T 0 to 60 % at T -3.
    """
    mineral = float(np.clip(165 + 33 * t_score, 15, 270))
    fat = float(np.clip(0.40 - 0.065 * t_score, 0.2, 0.75))
    return MINERAL_PER_MG_CM3 * mineral - FAT * fat


def elsewhere(t_score: float, reference: float = -1.5) -> float:
    """Bone other than the bodies, relative to that at T ``reference``; it loses mineral more slowly.

    Ours, by eye.
    """
    return float(np.clip(1.0 + 0.10 * (t_score - reference), 0.65, 1.35))
