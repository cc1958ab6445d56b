"""The page that the sections make."""
