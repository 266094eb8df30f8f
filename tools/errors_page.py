"""Write docs/errors.md from the error tree; `--check` only compares."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from recognizance import errors

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
HEAD = """# Errors

Every error has a stable code and an exit code, and says what to do next. With `--json` an error is
`{"error": {"code", "message", "hint", "rules", "entry", "exit_code"}}`; `entry` is where the
failed use stands in the ledger. This page is made by `tools/errors_page.py` from the error tree,
and a test holds them equal.

Exit codes: 0 done, 1 internal, 2 bad input, 3 incomplete, 4 refused, 5 no usable face.

| code | exit | class | when |
|---|---|---|---|
"""


def render() -> str:
    """The whole page."""
    tree = [
        item
        for item in vars(errors).values()
        if inspect.isclass(item) and issubclass(item, errors.RecognizanceError)
    ]
    rows = [
        f"| `{each.code}` | {each.exit_code} | `{each.__name__}` "
        f"| {(inspect.getdoc(each) or '').splitlines()[0]} |"
        for each in tree
    ]
    return HEAD + "\n".join(rows) + "\n"


def main() -> int:
    """Write or compare."""
    if "--check" in sys.argv:
        return 0 if PAGE.read_text(encoding="utf-8") == render() else 1
    PAGE.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
