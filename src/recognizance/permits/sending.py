"""The letter to the authority, signed by each of those who ask, one after the other.

A proposal that its officers have signed is asked for by a letter that the proposer and each officer
sign. They sit at consoles of their own, so each signs the same letter when they come to it; it is
dated by the last signature under the permit, so that it is the same for all. With the last
signature it is recorded, and can leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognizance.canonical import parse_json
from recognizance.errors import ConflictError, RoleError
from recognizance.gate.letters import PermitRequest
from recognizance.gate.permit_signatures import askers
from recognizance.keys import fingerprint
from recognizance.ledger import LogName
from recognizance.permits.exchange import record_request
from recognizance.permits.kept import kept_submission
from recognizance.permits.waiting import SIGNED, filed

if TYPE_CHECKING:
    from recognizance.workspace import Actor, Workspace

LETTER_SIGNED: Final = "request_signed"
ANSWERED: Final = "request_answered"


@dataclass(frozen=True, slots=True)
class _Given:
    """A signature that was given before, as a key that gives it again."""

    public_key: bytes
    signature: bytes

    def sign(self, _message: bytes) -> bytes:
        """The signature; whether it is one of this letter, opening the letter says."""
        return self.signature


@dataclass(frozen=True, slots=True)
class Letter:
    """A request on its way to be signed.

    Attributes:
        request: What it says.
        given: The signatures so far, by principal id.
        waits_for: Ids of those who have not signed it.
    """

    request: PermitRequest
    given: dict[str, _Given]
    waits_for: frozenset[str]

    @property
    def data(self) -> bytes:
        """The letter as it is sent."""
        return self.request.seal(tuple(self.given.values()))


@dataclass(frozen=True, slots=True)
class Reply:
    """What the authority answered to a request, as it was taken in.

    Attributes:
        kind: `countersigned`, `conditional`, `refused` or `returned`.
        rules: Ids of the rules that refused, or whose questions are open.
        reason: Why, in words.
        questions: What to answer before asking again.
    """

    kind: str
    rules: tuple[str, ...]
    reason: str
    questions: tuple[str, ...]


def reply_to(workspace: Workspace, permit_id: str) -> Reply | None:
    """The newest answer about a permit; None where there is none yet."""
    newest = None
    for entry in workspace.ledger.entries(LogName.DECISIONS, kinds={ANSWERED}):
        if entry.public["permit"] == permit_id:
            newest = entry
    if newest is None:
        return None
    private = workspace.ledger.private(LogName.DECISIONS, newest.index)
    words = private if isinstance(private, dict) else {}
    return Reply(
        kind=str(newest.public["answer"]),
        rules=_texts(newest.public["rules"]),
        reason=str(words.get("reason", "")),
        questions=_texts(words.get("questions", ())),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()


def letter_of(workspace: Workspace, permit_id: str) -> Letter:
    """The letter that asks for a permit.

    Raises:
        NotFoundError: There is no such proposal.
        ConflictError: It is not signed by its officers, or needs no letter.
    """
    found = filed(workspace, permit_id)
    if found.state not in {"signed", "requested"}:
        raise ConflictError(
            "This proposal has no letter to the authority.",
            hint="There is one once its officers have signed, where the class needs the authority.",
        )
    kinds = frozenset({SIGNED, LETTER_SIGNED})
    entries = [
        entry
        for entry in workspace.ledger.entries(LogName.DECISIONS, kinds=kinds)
        if entry.public["permit"] == permit_id
    ]
    dated = max(entry.time for entry in entries if entry.kind == SIGNED)
    submission = kept_submission(workspace, found.permit)
    given = {}
    for entry in entries:
        private = workspace.ledger.private(LogName.DECISIONS, entry.index)
        if entry.kind == LETTER_SIGNED and isinstance(private, dict):
            key, text = str(private["public_key"]), str(private["signature"])
            given[str(entry.public["by"])] = _Given(bytes.fromhex(key), bytes.fromhex(text))
    left = askers(found.permit) - given.keys()
    return Letter(PermitRequest(found.permit, submission, dated), given, frozenset(left))


def sign_letter(workspace: Workspace, permit_id: str, *, by: Actor) -> Letter:
    """Sign the letter as one of those who ask; with the last signature it is recorded.

    Raises:
        ConflictError: There is no letter, or it is signed already.
        RoleError: Nobody who asks for this permit.
    """
    letter = letter_of(workspace, permit_id)
    me = by.principal.principal_id
    if me in letter.given:
        raise ConflictError("You have signed this letter.", hint="It waits for the others.")
    if me not in letter.waits_for or fingerprint(by.key.public_key) != me:
        raise RoleError(
            "The letter is signed by the proposer and by the officers who signed the permit.",
            hint="Have one of them sign it.",
        )
    mine = _mine(letter.request, by)
    workspace.ledger.append(
        LogName.DECISIONS,
        LETTER_SIGNED,
        {"permit": permit_id, "by": me},
        private={"public_key": mine.public_key.hex(), "signature": mine.signature.hex()},
        now=workspace.clock(),
    )
    signed = letter_of(workspace, permit_id)
    if not signed.waits_for:
        record_request(workspace, signed.data)
    return signed


def _mine(request: PermitRequest, by: Actor) -> _Given:
    document = parse_json(request.seal([by.key]))
    match document:
        case {"signatures": [{"signature": str(text)}]}:
            return _Given(by.key.public_key, bytes.fromhex(text))
        case _:  # pragma: no cover  # a letter that was written just now has this form
            raise ConflictError("The letter was not signed.", hint="Sign it again.")
