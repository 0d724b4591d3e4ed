"""The facts about backups ask this machine patiently."""

from lab._patient import live_source as live_source
