"""The distributed training loop and what it reads."""
