"""Everything of VERTE Desktop but the window: reading, preprocessing, model, scoring, training."""

__version__ = "0.1.0"
