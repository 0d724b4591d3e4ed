"""`python -m itaudit` is `itaudit`."""

from itaudit.cli.app import main

main()
