"""The parts around the image."""
