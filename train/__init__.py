"""Simulating, training and evaluating: ``python -m train``. Runs from a checkout; not in the wheel."""
