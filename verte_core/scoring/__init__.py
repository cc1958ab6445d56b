"""Scores and heatmaps of one image."""

from verte_core.scoring.scorer import Scorer

__all__ = ["Scorer"]
