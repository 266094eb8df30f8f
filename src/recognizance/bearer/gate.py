"""Tokens at the desk: what has to hold before one is made, and before a face is held against one.

A stolen code is useless: it is bound to one journey, to the permit, and either to a device that
signs a fresh challenge or to a gate at which somebody looks at the person and the document. All of
that is checked before a picture is read.

Nothing about the bearer stays here. The one thing that is kept is that a challenge was answered, by
a digest of random bytes, so that no answer counts twice.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from recognizance import conditions
from recognizance.bearer.custody import custody_of
from recognizance.bearer.quantise import quantise
from recognizance.bearer.token import (
    BearerKeys,
    Binding,
    BindingKind,
    Ticket,
    open_token,
    seal_token,
    short_digest,
    token_digest,
)
from recognizance.errors import (
    BearerBindingError,
    BearerChallengeError,
    BearerExpiredError,
    BearerJourneyError,
    InputError,
    ModelMismatchError,
    PermitScopeError,
)
from recognizance.keys import verify_signature
from recognizance.ledger import LogName
from recognizance.types import PermitClass, Role, utc_text
from recognizance.uses import Enrollment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any, Self

    from recognizance.bearer.token import Carried
    from recognizance.gate.permit import Permit
    from recognizance.ledger import Ledger
    from recognizance.types import Features, Operation, Principal
    from recognizance.uses import Request

FUNCTION = "verify_1to1"
"""The only function of a permit under which tokens are made and read."""

CARRIED = frozenset({"device", "subject_key"})
"""`tmpl.custody` of a submission that leaves the templates with the people."""

CHALLENGE_LASTS = timedelta(seconds=60)
"""House number: long enough to hold a telephone to a gate, too short to pass a challenge around."""

_CHALLENGE = struct.Struct(">Q16s16s")
CHALLENGE_BYTES = _CHALLENGE.size
_CLOCK_TOLERANCE = timedelta(seconds=5)
_TAKEN = "bearer_challenge"
_ENTRIES_AT_ONCE = 64


# ---- what goes in ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handout:
    """Whom to give a token, and what it is to be good for.

    Attributes:
        journey: Id of the one journey.
        release: Id of the release that the person signed; only the token holds its digest.
        binding: To what the token is bound.
        until: When it ends.
        minor: Whether the person is a child, as the operator states it; None if not stated.
    """

    journey: str
    release: str
    binding: Binding
    until: datetime
    minor: bool | None = None


@dataclass(frozen=True, slots=True)
class DeviceProof:
    """What the device of the bearer answered.

    Attributes:
        challenge: The gate's challenge, 40 bytes.
        signature: Ed25519 over `proof_message`, 64 bytes.
    """

    challenge: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Attendance:
    """What a person at a staffed gate states: I looked at the bearer, and saw the document.

    Attributes:
        principal: Who states it; an operator.
        gate_id: At which gate.
    """

    principal: Principal
    gate_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What a bearer shows.

    Attributes:
        token: The text of the code.
        journey: Id of the journey that the gate serves now.
        proof: That this is the bearer; None where nothing was proven.
    """

    token: str
    journey: str
    proof: DeviceProof | Attendance | None


def proof_message(token: str, challenge: bytes, permit_id: str) -> bytes:
    """What a device signs: the token, the challenge and the permit, each by SHA-256.

    Raises:
        BearerUnreadableError: The token is none.
    """
    return (
        b"recognizance bearer proof 1\0"
        + token_digest(token)
        + hashlib.sha256(challenge).digest()
        + hashlib.sha256(permit_id.encode()).digest()
    )


def as_bearer(request: Request, operation: Operation) -> Request:
    """The request as one that opens no gallery, with exactly one photograph.

    Raises:
        InputError: It has none, or several.
    """
    if len(request.photographs) != 1:
        raise InputError(
            f"A token is about one photograph, not {len(request.photographs)}.",
            hint="Give one photograph in which the person is alone.",
        )
    return replace(request, operation=operation, gallery_id=None, bearer=True)


def stated_of(carried: Carried, shown: Shown) -> dict[str, Any]:
    """What the ledger keeps of a token that was read: how it is bound, and who attended the gate.

    Not of whom, and not which token: a verification leaves no trace of its bearer.
    """
    kind = carried.ticket.binding.kind
    attended = shown.proof.principal.principal_id if isinstance(shown.proof, Attendance) else None
    private = {} if attended is None else {"attended_by": attended}
    return {"binding": kind.word, "private": private}


# ---- the checks -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bearer:
    """The making and reading of tokens in one workspace.

    Attributes:
        keys: The keys of tokens and challenges.
        custody: Who holds the templates, as the submission of a permit says (`tmpl.custody`).
        ledger: Remembers which challenges were answered.
    """

    keys: BearerKeys
    custody: Callable[[Permit], str]
    ledger: Ledger

    @classmethod
    def of_workspace(
        cls, secret: bytes, workspace_id: str, submissions: Path, ledger: Ledger
    ) -> Self:
        """With keys of a workspace's own, and what its submissions say of custody."""
        keys = BearerKeys.derive(secret, workspace_id)
        return cls(keys, partial(custody_of, submissions), ledger)

    def check_handout(self, permit: Permit, handout: Handout, *, now: datetime) -> None:
        """Step 1 of making a token: may this permit give one, to this person, for so long?

        Raises:
            PermitScopeError: It is for another function, its submission keeps the templates with
                the operator, the person is a child, or the token would outlive what it serves.
            InputError: The release, or the journey, was not stated.
        """
        _check_function(permit)
        if self.custody(permit) not in CARRIED:
            raise PermitScopeError(
                "The submission of this permit leaves the templates with the operator.",
                hint="Have a permit issued for a submission with tmpl.custody = "
                '"device" or "subject_key".',
                rules=("PR-07",),
            )
        if handout.minor is None:  # nothing stays here in which it could be looked up later
            raise PermitScopeError(
                "Whether the person is a child was not stated.",
                hint="State it with --adult (or --minor).",
                rules=("HR-16", "EV-09"),
            )
        stated = Enrollment("", "own_enrollment", handout.release, handout.minor)
        conditions.check_enrollment(permit, stated)
        short_digest("release", handout.release)
        short_digest("journey", handout.journey)
        latest = conditions.keep_until(permit, now)
        if not now < handout.until <= latest:
            raise PermitScopeError(
                f"The token must end after now, and by {utc_text(latest)} at the latest.",
                hint="Name an earlier end with --until: the end of the journey.",
                rules=("PR-08",),
            )

    def check_kept_here(self, permit: Permit) -> None:
        """Step 1 of an enrollment: may this permit keep templates in a gallery?

        The other side of `check_handout`. What a household or people who opted in call their
        device may be the very machine that this runs on, so only permits that an authority
        countersigned are held to it.

        Raises:
            PermitScopeError: Its submission says that the templates stay with the people.
        """
        strict = permit.permit_class in {PermitClass.STANDARD, PermitClass.URGENT}
        if strict and permit.function == FUNCTION and self.custody(permit) in CARRIED:
            raise PermitScopeError(
                "The submission of this permit leaves the templates with the people.",
                hint="Give each a token of their own: `recognizance enroll --bearer`.",
                rules=("PR-07",),
            )

    def make(self, permit: Permit, features: Features, handout: Handout, *, now: datetime) -> str:
        """The token of one person."""
        ticket = Ticket(
            model=short_digest("model", features.model_id),
            cohort=short_digest("cohort", features.cohort_id),
            journey=short_digest("journey", handout.journey),
            release=short_digest("release", handout.release),
            binding=handout.binding,
            issued_at=now,
            expires_at=handout.until,
        )
        template = quantise(features.vector)
        return seal_token(self.keys, permit.permit_id, ticket, template, features.cohort_mean)

    def read(self, permit: Permit, shown: Shown, *, now: datetime) -> Carried:
        """Step 1 of reading a token: is it ours, of this permit, journey and time, and proven?

        The challenge is taken last: it is spent only by an answer that is right.

        Raises:
            BearerUnreadableError: It is no token.
            BearerPermitError: It was made under another permit.
            BearerForgedError: It was not made here, or was changed.
            BearerExpiredError: Its time is over.
            BearerJourneyError: It is for another journey.
            BearerBindingError: Who shows it has not proven to be at its device or gate.
            BearerChallengeError: The challenge is not ours, too old, or was answered before.
            ModelMismatchError: It was made with another model.
            PermitScopeError: The permit is for another function.
            RoleError: Who attends the gate is no operator.
        """
        _check_function(permit)
        carried = open_token(self.keys, permit.permit_id, shown.token)
        ticket = carried.ticket
        if now >= ticket.expires_at:
            raise BearerExpiredError(
                f"The token ended at {utc_text(ticket.expires_at)}.",
                hint="Have a new token made, or send the person the other way.",
            )
        if ticket.journey != short_digest("journey", shown.journey):
            raise BearerJourneyError(
                "The token was made for another journey.",
                hint="A token serves one journey and nothing else; send the person the other way.",
                rules=("PR-08",),
            )
        if ticket.model != short_digest("model", permit.model_id):
            raise ModelMismatchError(
                "The token was made with another model than the permit's.",
                hint="Have a new token made from a photograph.",
            )
        self._check_proof(permit, ticket.binding, shown, now=now)
        return carried

    def challenge(self, permit_id: str, *, now: datetime) -> bytes:
        """A fresh challenge for one answer within a minute: time, random bytes, and their code."""
        made_at, fresh = int(now.timestamp() * 1000), secrets.token_bytes(16)
        return _CHALLENGE.pack(made_at, fresh, self._code(permit_id, made_at, fresh))

    # ---- who shows it -----------------------------------------------------------------------

    def _check_proof(
        self, permit: Permit, binding: Binding, shown: Shown, *, now: datetime
    ) -> None:
        match binding.kind, shown.proof:
            case BindingKind.DEVICE, DeviceProof() as proof:
                self._check_challenge(permit, proof.challenge, now=now)
                message = proof_message(shown.token, proof.challenge, permit.permit_id)
                if not verify_signature(binding.value, message, proof.signature):
                    raise BearerBindingError(
                        "The challenge was not signed by the device that the token is bound to.",
                        hint="Have the bearer's own device answer a new challenge.",
                    )
                self._take(permit, proof.challenge, now=now)
            case BindingKind.STAFFED_GATE, Attendance() as attendance:
                conditions.check_role(attendance.principal, "attend a gate", Role.OPERATOR)
                if binding != Binding.staffed_gate(attendance.gate_id):
                    raise BearerBindingError(
                        "The token is bound to another gate.",
                        hint="Send the bearer to that gate, or the other way.",
                    )
            case BindingKind.DEVICE, _:
                raise BearerBindingError(
                    "The token is bound to a device, and no device has answered.",
                    hint="Make a challenge (`recognizance bearer challenge`), have the device sign "
                    "it, and give both: --challenge and --device-proof.",
                )
            case _:
                raise BearerBindingError(
                    "The token is bound to a staffed gate, and nobody there has spoken.",
                    hint="Name the gate and who looked at the bearer: --gate and --staffed-by.",
                )

    def _check_challenge(self, permit: Permit, challenge: bytes, *, now: datetime) -> None:
        if len(challenge) != CHALLENGE_BYTES:
            raise _bad_challenge("it was not made here")
        made_at, fresh, code = _CHALLENGE.unpack(challenge)
        if not hmac.compare_digest(code, self._code(permit.permit_id, made_at, fresh)):
            raise _bad_challenge("it was not made here, or for another permit")
        age = now - datetime.fromtimestamp(made_at / 1000, UTC)
        if not -_CLOCK_TOLERANCE <= age < CHALLENGE_LASTS:
            raise _bad_challenge("its minute is over")

    def _code(self, permit_id: str, made_at: int, fresh: bytes) -> bytes:
        message = f"{permit_id}\0{made_at}\0".encode() + fresh
        return hmac.digest(self.keys.challenge, message, "sha256")[: len(fresh)]

    def _take(self, permit: Permit, challenge: bytes, *, now: datetime) -> None:
        """Spend a challenge, once, whoever else is at work on this ledger.

        The entry is written first and then looked for. Entries have one order, so of two that
        answer the same challenge exactly one finds no other before it.
        """
        digest = hashlib.sha256(challenge).hexdigest()
        public = {
            "outcome": "challenge_taken",
            "permit": permit.permit_id,
            "challenge": digest,
        }
        entry = self.ledger.append(LogName.USES, _TAKEN, public, now=now)
        since = now - CHALLENGE_LASTS - 2 * _CLOCK_TOLERANCE
        for stop in range(entry.index, 0, -_ENTRIES_AT_ONCE):
            start = max(0, stop - _ENTRIES_AT_ONCE)
            earlier = tuple(self.ledger.entries(LogName.USES, start=start, stop=stop))
            if any(e.kind == _TAKEN and e.public.get("challenge") == digest for e in earlier):
                raise _bad_challenge("it was answered before")
            if earlier[0].time < since:
                return


def _check_function(permit: Permit) -> None:
    if permit.function != FUNCTION:
        raise PermitScopeError(
            "Tokens are compared one to one, and this permit is for another function.",
            hint=f'Have a permit issued for a submission with fn = "{FUNCTION}".',
            rules=("D4",),
        )


def _bad_challenge(why: str) -> BearerChallengeError:
    return BearerChallengeError(
        f"The challenge does not count: {why}.",
        hint="Make a new one with `recognizance bearer challenge`; each serves one answer.",
    )
