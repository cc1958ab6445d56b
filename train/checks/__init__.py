"""A page of checks of a cohort: who is in it, what its images are like, and which of them to look at."""
