"""The image beside its heatmaps, with scores, zones and notices, as one picture."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from verte_core.batch import heatmap_picture
from verte_core.batch.pipeline import Scored
from verte_core.dicom_results.reported import Reported
from verte_core.heatmap_colors import CAVEAT
from verte_core.results import Score, title

_GAP = 12
_HEIGHT = 720
"""Of each panel: three of them on a screen, and small enough to be encoded at once."""
_WORDS = 1.4
"""Larger than in a single heatmap: a viewer shows the whole at about half its size."""


def picture(reported: Reported, scored: Scored) -> npt.NDArray[np.uint8]:
    """RGB (H, W, 3): the image, then the heatmap of each score in turn, and words below."""
    image, record = scored.radiograph, reported.record
    grey = heatmap_picture.shaded(image, _HEIGHT)
    panels = [cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)]
    for task in record.scores:
        cam = scored.scorer.explain(scored.encoded, record.inputs, task)
        panels.append(heatmap_picture.over(grey, scored.encoded.placement.map_to_small(cam, _HEIGHT)))
    gap = np.zeros((panels[0].shape[0], _GAP, 3), np.uint8)
    beside = [part for panel in panels for part in (gap, panel)][1:]
    names = ", ".join(["the image", *(f"heatmap of the {title(task)}" for task in record.scores)])
    caption = (
        *(_in_words(task, score) for task, score in record.scores.items()),
        f"From left to right: {names}. {CAVEAT}",
        *([f"For {reported.inputs}."] if reported.inputs else []),
        f"Weights {reported.weights}; VERTE Desktop {record.version}.",
        *reported.cautions,
        *reported.notes,
    )
    return heatmap_picture.captioned(np.hstack(beside), caption, _WORDS)


def _in_words(task: str, score: Score) -> str:
    value = f"{score.value:.2f}" if score.low == score.high else f"{score.low:.2f} to {score.high:.2f}"
    return f"{title(task)} {value}, {score.zone or 'uncertain, since BMI is unknown'}"
