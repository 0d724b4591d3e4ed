"""Backups of this machine: where they are kept, what they hold, and when a restore was last tried. One file a product."""
