"""What ageing and growth do to vertebrae without fracturing them; a reader must not take it for a fracture.

Every change keeps the heights clear of Genant's 20 %, and none looks at bone density or fractures.
"""

from __future__ import annotations

import numpy as np

from train.simulator.anatomy import LEVELS, Spine, Vertebra


def degenerate(spine: Spine, rng: np.random.Generator, age: float) -> None:
    """Wear in place: narrow discs, osteophytes, Schmorl's nodes, Scheuermann's disease, mild wedging.

    How common: radiographic osteophytes in most people over 60, Schmorl's nodes in some 15 %, Scheuermann's
    disease in some 5 %, rounded from population studies.
    """
    wear = float(np.clip(rng.normal((age - 45) / 40, 0.25), 0.0, 1.3))
    _narrow_discs(spine, rng, wear)
    for i, v in enumerate(spine.vertebrae):
        worn_below = v.sclerosis[1] > 0
        worn_above = i + 1 < len(spine.vertebrae) and spine.vertebrae[i + 1].disc < 0.7 * v.disc
        above, below = rng.gamma(1.3, 0.06, 2) * wear * (1 + 1.2 * np.array([worn_above, worn_below]))
        v.lips = (float(min(above, 0.26)), float(min(below, 0.26)))
    if rng.random() < 0.15:
        first = int(rng.integers(LEVELS.index("L3"), LEVELS.index("T8")))
        for v in spine.vertebrae[first : first + int(rng.integers(1, 4))]:
            v.nodes = tuple(_draw_node(rng) for _ in range(int(rng.integers(1, 3))))
    if rng.random() < 0.05:
        first = int(rng.integers(LEVELS.index("T11"), LEVELS.index("T8")))
        for v in spine.vertebrae[first : first + int(rng.integers(3, 6))]:
            v.waviness = rng.uniform(0.5, 1.0)
            v.disc *= rng.uniform(0.6, 0.85)
            _wedge(v, rng.uniform(0.06, 0.12))
    if rng.random() < 0.10 + 0.15 * wear:
        first = int(rng.integers(LEVELS.index("L2"), LEVELS.index("T6")))
        for v in spine.vertebrae[first : first + int(rng.integers(1, 4))]:
            _wedge(v, rng.uniform(0.10, 0.15))


def _narrow_discs(spine: Spine, rng: np.random.Generator, wear: float) -> None:
    """Disc disease, mostly low lumbar, with sclerosis of both neighbouring endplates."""
    for i in range(LEVELS.index("T8") + 1):
        v = spine.vertebrae[i]
        if rng.random() < wear * (0.22 if i < 3 else 0.08):
            v.disc *= rng.uniform(0.35, 0.7)
            thick = rng.uniform(0.2, 1.0)
            v.sclerosis = (v.sclerosis[0], thick)
            if i:
                below = spine.vertebrae[i - 1]
                below.sclerosis = (thick, below.sclerosis[1])


def _draw_node(rng: np.random.Generator) -> tuple[float, float, float, int]:
    return (
        float(rng.uniform(-0.45, 0.4)),
        float(rng.uniform(0.14, 0.3)),
        float(rng.uniform(0.08, 0.2)),
        int(rng.integers(2)),
    )


def _wedge(v: Vertebra, loss: float) -> None:
    """Lower the front to the given fraction below the back, and the middle with it, as far as not yet so."""
    v.ha = min(v.ha, v.hp * (1 - loss))
    v.hm = max(min(v.hm, (v.ha + v.hp) / 2 * 0.95), 0.86 * v.hp)
