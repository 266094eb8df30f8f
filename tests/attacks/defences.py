"""What stops each attack, and the edits of the source that take it away.

They are data: `defences.d` holds one table a defence. `tools/attack_mutation.py` makes the edits in
a copy and expects the attack to succeed there; where two layers stop the same attack, both go.
Files are named from the repository's root.
"""

import tomllib
from pathlib import Path

from attack_book import Defence, Edit


def _read() -> dict[str, Defence]:
    found: dict[str, Defence] = {}
    for path in sorted(Path(__file__).with_name("defences.d").glob("*.toml")):
        for key, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            assert key not in found, key
            edits = tuple(Edit(**edit) for edit in table.pop("edit", ()))
            found[key] = Defence(**table, edits=edits)
    assert len({defence.name for defence in found.values()}) == len(found)
    return found


DEFENCES = _read()


def __getattr__(key: str) -> Defence:
    """A defence by its key, as `by.PERMIT_DIGEST`."""
    try:
        return DEFENCES[key]
    except KeyError:
        raise AttributeError(key) from None
