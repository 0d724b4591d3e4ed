"""Locked doors: who and what can get into the machine."""
