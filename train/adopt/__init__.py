"""Public data that a person brings, and the authors' own weights, made into what this program reads."""
