"""KEEP. Scans, what is remembered of findings, and the series of measurements: SQLite in the platform's state folder."""
