"""The analyses, each a section of the report."""
