"""Simulated lateral spine images with known truth: no open set carries both labels that we train on."""

from train.simulator.cohort_folder import simulate

__all__ = ["simulate"]
