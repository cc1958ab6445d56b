"""Which images of a cohort the shipped weights find unlike those that they learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from verte_core.errors import VerteError
from verte_core.reading.isolated import Readers
from verte_core.results import Likeness
from verte_core.scoring.scorers import Scorers
from verte_core.training.dataset import Example

MOST = 300
"""So many images are looked at, each of which takes a forward."""


@dataclass(frozen=True)
class Asked:
    """One image of those that were drawn: its number, and what the weights say; None where nothing does."""

    number: int
    likeness: Likeness | None


def asked(examples: Sequence[Example], seed: int = 0) -> list[Asked]:
    """Up to ``MOST`` images, drawn at random, in order."""
    drawn = np.random.default_rng(seed).permutation(len(examples))[:MOST]
    scorers = Scorers()
    found = []
    with Readers(1) as readers:
        for number in tqdm(sorted(drawn.tolist()), "comparing with the shipped weights", unit="image"):
            try:
                image = readers.load(examples[number].path)
                scorer = scorers.of(image, image.protocol or scorers.kinds[0])
                likeness = scorer.likeness_all([scorer.encode(image, scorer.metadata.protocol)])[0]
            except VerteError:
                likeness = None
            found.append(Asked(number, likeness))
    return found
