"""JUDGE. One file = one check; its path is its id (disks/space.py is disks.space)."""
