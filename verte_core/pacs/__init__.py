"""The archive of a hospital: its nodes, images out of it, and results back into it."""
