"""`python -m ui` is `switchyard`."""

from ui.cli.main import main

main()
