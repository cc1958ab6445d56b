"""The window of VERTE Desktop: a thin PySide6 program over verte_core."""
