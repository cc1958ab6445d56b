"""Many images: tables in, rows out, and a run that goes on later."""
