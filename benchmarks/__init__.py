"""``python -m benchmarks``: speed and memory, as ratios of things measured side by side in one run."""
