"""Heights, lengths and angles that a reader measures on an image."""
