"""From tables and truth files to what a network learns from."""
