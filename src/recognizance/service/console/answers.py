"""What came of a use, as whoever asked may read it again: from the ledger, so nothing is repeated.

An answer's address is its entry. It is for the one who asked, and names those whom the desk had
named to them then; once somebody is erased, what was kept of them is gone from here too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from recognizance.errors import NotFoundError
from recognizance.ledger import LogName
from recognizance.types import Operation
from recognizance.uses import LEAD_NOTICE, SELF_ATTESTED, rate_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recognizance.ledger import Entry
    from recognizance.types import Principal
    from recognizance.workspace import Workspace

ASKED: Final = frozenset({Operation.SEARCH, Operation.VERIFY, Operation.ENROLL})
"""What a person asks for here."""

_NAMING: Final = frozenset({"candidate", "match"})
_ABOUT_SOMEBODY: Final = _NAMING | {"held_for_review"}
_LOOKED_AT: Final = 200
"""House number: how many of the newest entries are read for somebody's own answers."""

_MOST: Final = 8


def answer_of(workspace: Workspace, asker: Principal, index: int) -> dict[str, Any]:
    """One answer.

    Raises:
        NotFoundError: It is nobody's, or somebody else's, or was erased.
    """
    ledger = workspace.ledger
    entry = ledger.entry(LogName.USES, index)
    private = _own(workspace, entry, asker)
    if private is None:
        raise NotFoundError(
            "There is no answer of yours at this address.",
            hint="Your last answers stand on the page of searches.",
        )
    public, outcome = entry.public, entry.public["outcome"]
    permit_id = public.get("permit")
    self_attested = permit_id is not None and workspace.shelf.find(str(permit_id)).self_attested
    notices = [LEAD_NOTICE] if outcome in _ABOUT_SOMEBODY else []
    return {
        "entry": entry,
        "outcome": outcome,
        "operation": entry.kind,
        "case": private.get("case"),
        "named": list(private.get("subjects", ())) if outcome in _NAMING else [],
        "lead": public.get("lead"),
        "rate": rate_sentence(str(public["rate"]), int(str(public["target_ppb"])))
        if "rate" in public
        else None,
        "notices": [*notices, SELF_ATTESTED] if self_attested else notices,
    }


def receipt_of(workspace: Workspace, asker: Principal, index: int) -> str:
    """The proof that an answer was recorded.

    Raises:
        NotFoundError: As `answer_of`.
    """
    answer_of(workspace, asker, index)
    return workspace.ledger.receipt(LogName.USES, index)


def answers_lately(workspace: Workspace, asker: Principal) -> list[Entry]:
    """What somebody asked lately, newest first: whoever lost a connection finds the answer here."""
    return [each for each, _ in zip(_lately(workspace, asker), range(_MOST), strict=False)]


def _lately(workspace: Workspace, asker: Principal) -> Iterator[Entry]:
    ledger = workspace.ledger
    size = ledger.size(LogName.USES)
    newest = ledger.entries(LogName.USES, start=max(0, size - _LOOKED_AT), stop=size, kinds=ASKED)
    for entry in reversed(list(newest)):
        if _own(workspace, entry, asker) is not None:
            yield entry


def _own(workspace: Workspace, entry: Entry, asker: Principal) -> dict[str, Any] | None:
    """The private part of an entry that answers this person; None of any other."""
    if entry.kind not in ASKED or entry.public.get("outcome") in {None, "intent"}:
        return None
    private = workspace.ledger.private(entry.log, entry.index)
    if not isinstance(private, dict) or private.get("principal") != asker.principal_id:
        return None
    return private
