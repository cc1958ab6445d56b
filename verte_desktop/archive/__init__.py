"""The windows for a hospital's archive."""
