"""Checks of the area power."""
