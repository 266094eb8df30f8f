"""A lead and how people decide on it: a pure state machine.

    open ──all needed reviewers: same person, same candidate──> confirmed
    open ──all needed reviewers: different person─────────────> rejected
    open ──anything else, once all needed have spoken─────────> undetermined
    open ──its time is over───────────────────────────────────> expired
    open ──taken back, or its last candidate is erased────────> withdrawn

    open, planted ──all needed reviewers have spoken──────────> check

    confirmed ──somebody contests it──────────────────────────> contested
    contested ──one more reviewer: the same candidate─────────> upheld
    contested ──anything else─────────────────────────────────> overturned

Disagreement closes a lead as undetermined and never becomes a match: whoever wants another
opinion searches again, on the record. A lead closes only with the last verdict that it needs,
even when an earlier one has settled it, for closing early would tell the next reviewer what the
first one said. A planted lead, of which it is known that nobody is on it, ends as a check and
names nobody; until then nothing tells it apart (`docs/concepts/review.md`). A verdict of a
reviewer who was suspended after giving it does not count while a lead is open: another one takes
its place. A closed lead keeps its state, but for a confirmed one that is contested: nothing is
handed out on it until a reviewer who had no part in it has looked, without being told whom the
others named, and doubt overturns it. That answer is final. Reviewers are distinct people with
keys of their own, none of them the one who searched (Regulation (EU) 2024/1689, Art. 14(5):
separately verified and confirmed by at least two natural persons).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from recognizance.errors import ConflictError, InputError, RoleError
from recognizance.review.verdict import Choice, Contest, LeadCandidate, Showing, Verdict
from recognizance.texts import checked_text
from recognizance.types import Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from recognizance.types import Principal, Quality

MAX_REASON = 2000
"""Characters in the reason of a verdict."""

ERASED = "erased together with the person it was about"


class LeadState(StrEnum):
    """Where a lead stands. `OPEN` and `CONTESTED` wait for people."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNDETERMINED = "undetermined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CONTESTED = "contested"
    UPHELD = "upheld"
    OVERTURNED = "overturned"
    CHECK = "check"


class Part(StrEnum):
    """What somebody has to do with a lead that waits."""

    TO_DECIDE = "waits for you"
    DECIDED = "you decided"
    SEARCHED = "you searched"
    NONE = "not for you"


WAITING = frozenset({LeadState.OPEN, LeadState.CONTESTED})
"""States in which reviewers may speak, and see nothing of what others said."""

NAMING = frozenset({LeadState.CONFIRMED, LeadState.UPHELD})
"""States in which a lead names somebody."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Candidates of one search that wait for people.

    Attributes:
        lead_id: Random id.
        permit_id: Permit of the search.
        gallery_id: Gallery that was searched.
        operator_id: Who searched, and so does not review.
        case_id: The case, where one was named.
        probe_digest: SHA-256 of the probe's bytes, hex.
        candidates: By rank.
        reviews_needed: How many reviewers have to speak, at least 1.
        opened_at: When the search was.
        verdicts: What was decided so far, in the order of deciding.
        state: Where the lead stands.
        erased_ranks: Ranks of candidates who were erased since; they are not given again.
        contest: Why it was contested; None if it was not.
        quality: What was measured on the probe; None on leads of older versions.
        searched: How many references were searched; None likewise.
        rate_ppb: False match rate that every candidate keeps; None likewise. It is the same for
            all of them, so it points to nobody.
        showings: To whom it was shown, and when first.
        planted: Of a planted lead: the reference whose picture the probe is; else None.
    """

    lead_id: str
    permit_id: str
    gallery_id: str
    operator_id: str
    case_id: str | None
    probe_digest: str
    candidates: tuple[LeadCandidate, ...]
    reviews_needed: int
    opened_at: datetime
    verdicts: tuple[Verdict, ...] = ()
    state: LeadState = LeadState.OPEN
    erased_ranks: tuple[int, ...] = ()
    contest: Contest | None = None
    quality: Quality | None = None
    searched: int | None = None
    rate_ppb: int | None = None
    showings: tuple[Showing, ...] = ()
    planted: str | None = None

    def __post_init__(self) -> None:
        if self.reviews_needed < 1:
            raise InputError(
                "A lead waits for at least one reviewer.",
                hint="Without review a search has candidates and makes no lead.",
            )

    @property
    def confirmed(self) -> LeadCandidate | None:
        """Whom all reviewers confirmed; `None` in any other state, and once they are erased."""
        return self.named if self.state in NAMING else None

    @property
    def named(self) -> LeadCandidate | None:
        """Whom the first verdict named; who that is means nothing while reviewers may differ."""
        chosen = self.counted[0].reference_id if self.counted else None
        return next((each for each in self.candidates if each.reference_id == chosen), None)

    @property
    def counted(self) -> tuple[Verdict, ...]:
        """The verdicts that count."""
        return tuple(verdict for verdict in self.verdicts if not verdict.set_aside)

    def is_about(self, subject_id: str) -> bool:
        """Whether the search gave this person first; a planted lead is about nobody."""
        first = min(self.candidates, key=lambda each: each.rank)
        return self.planted is None and first.subject_id == subject_id

    def without_subject(self, subject_id: str) -> Lead:
        """The lead once a person is erased.

        Their candidates go. Verdicts that named them stay, for who has decided has decided, but
        no longer say whom they named, nor why: a reason describes a face. A closed lead keeps its
        state, and an open one without candidates, or one that was planted, is withdrawn.
        """
        gone = {each.reference_id for each in self.candidates if each.subject_id == subject_id}
        kept = tuple(each for each in self.candidates if each.reference_id not in gone)
        about_them = self.named is not None and self.named.reference_id in gone
        ranks = tuple(each.rank for each in self.candidates if each.reference_id in gone)
        withdrawn = self.state is LeadState.OPEN and (not kept or self.planted is not None)
        return replace(
            self,
            candidates=kept,
            verdicts=tuple(
                replace(verdict, reference_id=None, reason=ERASED)
                if verdict.reference_id in gone
                else verdict
                for verdict in self.verdicts
            ),
            state=LeadState.WITHDRAWN if withdrawn else self.state,
            erased_ranks=self.erased_ranks + ranks,
            contest=replace(self.contest, reason=ERASED)
            if self.contest and about_them
            else self.contest,
        )

    def expire(self) -> Lead:
        """The lead once its time is over: expired if it was open, else as it is."""
        return self._close(LeadState.EXPIRED)

    def withdraw(self) -> Lead:
        """The lead once it is taken back: withdrawn if it was open, else as it is."""
        return self._close(LeadState.WITHDRAWN)

    def _close(self, state: LeadState) -> Lead:
        return replace(self, state=state) if self.state is LeadState.OPEN else self


def shown_numbers(lead: Lead) -> dict[int, LeadCandidate]:
    """The candidates under the numbers by which reviewers speak of them.

    The order is shuffled by a hash, so that a number says nothing about the rank. It is the same
    for everybody, so that pictures and notes agree, and stays when somebody is erased.
    """
    by_rank = {each.rank: each for each in lead.candidates}
    shuffled = sorted(
        [*by_rank, *lead.erased_ranks],
        key=lambda rank: hashlib.sha256(f"{lead.lead_id}|{rank}".encode()).digest(),
    )
    return {
        number: by_rank[rank] for number, rank in enumerate(shuffled, start=1) if rank in by_rank
    }


def check_may_review(lead: Lead, principal: Principal) -> None:
    """Refuse whoever is no reviewer, and the one who searched.

    Raises:
        RoleError: It is one of them.
    """
    if Role.REVIEWER not in principal.roles:
        raise RoleError(
            "Only a reviewer may decide on a lead.",
            hint="Act as one (RECOGNIZANCE_PRINCIPAL), or have the role given by the custodian.",
            rules=("LE-09",),
        )
    if principal.principal_id == lead.operator_id:
        raise RoleError(
            "Who searched does not review.", hint="Ask another reviewer.", rules=("LE-09",)
        )
    if lead.contest is not None and (
        principal.principal_id == lead.contest.principal_id
        or any(verdict.reviewer_id == principal.principal_id for verdict in lead.verdicts)
    ):
        raise RoleError(
            "A contested lead is looked at by somebody who had no part in it.",
            hint="Ask a reviewer who neither decided on it nor contested it.",
            rules=("PS-02",),
        )


def part_in(lead: Lead, principal: Principal) -> Part:
    """What somebody has to do with a lead that waits for people."""
    if principal.principal_id == lead.operator_id:
        return Part.SEARCHED
    if any(verdict.reviewer_id == principal.principal_id for verdict in lead.verdicts):
        return Part.DECIDED
    try:
        check_may_review(lead, principal)
    except RoleError:
        return Part.NONE
    return Part.TO_DECIDE


def decide(
    lead: Lead, reviewer: Principal, choice: str, *, rank: int | None, reason: str, now: datetime
) -> Lead:
    """Add one reviewer's verdict.

    Args:
        lead: The lead, open or contested.
        reviewer: Who decides.
        choice: `same_person`, `different_person` or `cannot_say`.
        rank: Which candidate, by the number that `view_for` shows, for the same person; `None`
            otherwise.
        reason: Why, in words.
        now: When.

    Returns:
        The lead with the verdict; its state says whether it is closed.

    Raises:
        RoleError: No reviewer, or the one who searched, or one who has decided already.
        ConflictError: The lead is closed.
        InputError: No such choice or candidate, a candidate where none is meant, or no reason.
    """
    check_may_review(lead, reviewer)
    if lead.state not in WAITING:
        raise ConflictError(
            f"The lead is closed: {lead.state}.", hint="Search again for another opinion."
        )
    if any(verdict.reviewer_id == reviewer.principal_id for verdict in lead.verdicts):
        raise RoleError(
            "This reviewer has decided on this lead already.",
            hint="The next verdict has to come from somebody else.",
            rules=("LE-09",),
        )
    said = _choice(choice)
    verdict = Verdict(
        reviewer_id=reviewer.principal_id,
        choice=said,
        reference_id=_named(lead, said, rank),
        reason=_reason(reason),
        at=now,
    )
    if lead.state is LeadState.CONTESTED:
        agrees = lead.named is not None and verdict.reference_id == lead.named.reference_id
        state = LeadState.UPHELD if agrees else LeadState.OVERTURNED
    else:
        state = _outcome(lead, (*lead.counted, verdict))
    return replace(lead, verdicts=(*lead.verdicts, verdict), state=state)


def set_aside(lead: Lead, suspended: Callable[[str, datetime], bool]) -> Lead:
    """An open lead without the verdicts of those who were suspended after they gave them.

    Args:
        lead: The lead.
        suspended: Whether that reviewer was suspended at that moment or after it.
    """
    if lead.state is not LeadState.OPEN:
        return lead
    verdicts = tuple(
        replace(each, set_aside=each.set_aside or suspended(each.reviewer_id, each.at))
        for each in lead.verdicts
    )
    return replace(lead, verdicts=verdicts)


def contest(lead: Lead, principal: Principal, *, reason: str, now: datetime) -> Lead:
    """Have a confirmed lead looked at again.

    Anybody may: whoever is affected comes to somebody who has a key.

    Args:
        lead: The lead, confirmed.
        principal: Who takes it down.
        reason: Why, in words.
        now: When.

    Raises:
        ConflictError: It is not confirmed, or a contest was answered already.
        InputError: No reason, or a very long one.
    """
    if lead.state is not LeadState.CONFIRMED:
        raise ConflictError(
            f"Only a confirmed lead is contested; this one is {lead.state}.",
            hint="See it with `recognizance review show`.",
        )
    taken_down = Contest(principal.principal_id, _reason(reason), now)
    return replace(lead, state=LeadState.CONTESTED, contest=taken_down)


def _outcome(lead: Lead, verdicts: tuple[Verdict, ...]) -> LeadState:
    if len(verdicts) < lead.reviews_needed:
        return LeadState.OPEN
    if lead.planted is not None:
        return LeadState.CHECK
    choices = {verdict.choice for verdict in verdicts}
    named = {verdict.reference_id for verdict in verdicts}
    # `None` among the named is somebody who was erased: nobody can be confirmed any more.
    if choices == {Choice.SAME_PERSON} and len(named) == 1 and None not in named:
        return LeadState.CONFIRMED
    if choices == {Choice.DIFFERENT_PERSON}:
        return LeadState.REJECTED
    return LeadState.UNDETERMINED


def _choice(word: str) -> Choice:
    try:
        return Choice(word)
    except ValueError as error:
        raise InputError(
            "That is no verdict.", hint="Say same_person, different_person or cannot_say."
        ) from error


def _named(lead: Lead, choice: Choice, number: int | None) -> str | None:
    shown = shown_numbers(lead)
    if choice is Choice.SAME_PERSON and number in shown:
        return shown[number].reference_id
    if choice is not Choice.SAME_PERSON and number is None:
        return None
    raise InputError(
        "The verdict same_person names one candidate that is shown; the others name nobody.",
        hint="Name the candidate by its number, with same_person only.",
    )


def _reason(text: str) -> str:
    return checked_text(text, what="The reason", longest=MAX_REASON)
