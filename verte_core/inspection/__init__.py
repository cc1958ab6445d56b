"""A close look at one score: what moved it, by which method, and how far a heatmap can be trusted."""
