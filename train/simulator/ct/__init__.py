"""Films projected from public CT volumes, with known fractures."""
