"""`itaudit drill`: proves that files come back from a backup. Looks and judges nothing else; `scan` reads what it noted."""
