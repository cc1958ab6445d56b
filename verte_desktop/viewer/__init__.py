"""The image with its heatmap."""
