"""`python -m recognizance` is the command line."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Load the command line and run it; Ctrl-C while it is being loaded is no traceback."""
    try:
        from recognizance.cli import main as run  # noqa: PLC0415  # loading it takes a while
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
