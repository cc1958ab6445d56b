"""Figures with intervals, from arrays."""
