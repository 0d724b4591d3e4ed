"""Monitoring plugins of others, run as checks."""
