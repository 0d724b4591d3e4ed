"""TYPE. One file per kind of fact; the differences between operating systems end here."""
