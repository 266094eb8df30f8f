"""`python -m recognizance` is the command line."""

from recognizance.cli import main

main()
