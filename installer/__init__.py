"""The installed program: built, trimmed, packed and tried; README.md says which file is for whom."""
