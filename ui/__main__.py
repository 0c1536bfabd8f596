"""`python -m ui` is `switchyard`."""

from .cli import main

main()
