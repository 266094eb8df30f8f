"""Templates of submissions: filled in, with what only the applicant knows marked MISSING."""

from __future__ import annotations

from difflib import get_close_matches

from recognizance.errors import InputError
from recognizance.gate.bundle import rules_root


def kinds() -> tuple[str, ...]:
    """The kinds there are, by name."""
    return tuple(sorted(path.stem for path in (rules_root() / "templates").glob("*.toml")))


def template(kind: str) -> str:
    """The TOML of a submission of that kind.

    Raises:
        InputError: There is no such kind; the hint names those there are.
    """
    known = kinds()
    if kind not in known:
        nearest = get_close_matches(kind, known, n=1)
        raise InputError(
            f"There is no template {kind!r}.",
            hint=(f"Did you mean {nearest[0]!r}? " if nearest else "")
            + f"Kinds are: {', '.join(known)}.",
        )
    return (rules_root() / "templates" / f"{kind}.toml").read_text(encoding="utf-8")
