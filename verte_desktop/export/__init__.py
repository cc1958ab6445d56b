"""What the reader takes away."""
